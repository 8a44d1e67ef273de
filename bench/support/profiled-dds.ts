import type { WebGpuBackend } from '../../compute/webgpu/backend.js';
import { networkPrior } from '../../models/network/network-prior.js';
import { loadModel } from '../../models/sources/zoo.js';
import { zoo } from '../../src/node.js';
import { completeScan, optionsFor, requireKind } from '../../src/modalities/registry.js';
import { dds } from '../../src/solvers/dds.js';
import type { Measurement } from '../../volumes/measurement.js';
import { DeviceClock, type Share } from './device-clock.js';

/** Where the seconds of the steps of a DDS run went. */
export interface Profile {
  readonly steps: number;
  /** Wall seconds of all steps, under the clock. */
  readonly total: number;
  /** What is left is vector arithmetic, noise, differences along z, and waiting. */
  readonly seconds: { readonly [share in Share]: number };
  readonly calls: { readonly [share in Share]: number };
}

/** A DDS run whose parts are timed one after the other. */
export async function profiledDds(
  scan: Measurement,
  backend: WebGpuBackend,
  run: { readonly prior: string; readonly steps: number; readonly batch?: number },
): Promise<Profile> {
  const { card, weights } = await loadModel(zoo(), run.prior);
  const prior = await networkPrior(card, weights, backend, { batch: run.batch });
  const { physics, modality } = requireKind(scan.kind);
  const completed = await completeScan(scan);
  const { operator, y, noiseLevel, norm, scale } = await physics.normalise(completed, scan.grid, backend, {
    range: prior.range,
    options: modality.options.parse({}),
  });
  await backend.flush();
  const clock = new DeviceClock(backend);
  const began = performance.now();
  try {
    const problem = {
      backend,
      y,
      noiseLevel,
      operator: clock.operator(operator),
      prior: clock.prior(prior),
      units: { norm, scale },
      seed: 1,
    };
    for await (const step of dds.run(problem, dds.options(optionsFor(scan, 'dds', { steps: run.steps } as object))))
      if (step.step === step.steps) await step.estimate();
    const total = (performance.now() - began) / 1000;
    return { steps: run.steps, total, seconds: clock.seconds, calls: clock.calls };
  } finally {
    clock.stop();
    y.dispose();
    operator.dispose();
    await prior.dispose();
  }
}
