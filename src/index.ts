import type { Backend } from '../compute/backend.js';
import type { Measurement } from '../volumes/measurement.js';
import { createBackend, modelSources } from './node.js';
import type { MethodChoice } from './engine/options.js';
import { Reconstruction, type ReconstructOptions } from './engine/reconstruct.js';

/**
 * slicewise in Node: everything of the browser entry, with files, worker threads and the zoo filled in.
 * @packageDocumentation
 */
export * from './api.js';
export { addModel, removeModel, type AddedModel } from './engine/own-models.js';
export { createBackend, createGpuBackend, modelSources, readModelFile, userModels, zoo } from './node.js';
export { checkpointFolder } from '../core/platform/checkpoints.js';
export { createFileSink, openFileSource } from '../core/platform/byte-files.js';
export { readInput, writeFileAtomic } from '../core/platform/files.js';

/**
 * Reconstructs a measurement. Iterate the result for its steps, or await `result()`.
 *
 * @example
 * const run = reconstruct(scan, { method: 'dds', prior: 'ct', seed: 1 });
 * for await (const step of run) console.log(step.step, step.residual);
 * const { volume, manifest } = await run.result();
 *
 * Without `backend` one of the CPU is made for the run, with a worker a processor, and disposed with it.
 */
export function reconstruct<const M extends MethodChoice>(
  scan: Measurement,
  options: Omit<ReconstructOptions<M>, 'backend'> & { backend?: Backend } = {},
): Reconstruction {
  const { backend } = options;
  return new Reconstruction(scan, { zoo: modelSources(), ...options, backend: backend ?? createBackend() }, backend === undefined);
}
