/** One run whose memory is measured: started by bench/memory as a process of its own. */
import { createBackend, readInput, readMeasurement, reconstruct } from '../../src/index.js';
import { answer, argument, peakMemory } from './child.js';

export interface MemoryRun {
  readonly scan: string;
  readonly method: string;
  readonly options: object;
  readonly workers: number;
  /** How the image is taken apart, if it is. */
  readonly decompose?: { readonly iterations: number; readonly probes: number };
}

/** Bytes: of the plan, at the peak, and before the run began. */
export interface MemoryUse {
  readonly planned: number;
  readonly peak: number;
  readonly before: number;
  readonly items: readonly { readonly what: string; readonly bytes: number }[];
}

const { scan, method, options, workers, decompose } = argument<MemoryRun>();
const measurement = await readMeasurement(await readInput(scan));
const prior = method === 'dds' || method === 'diffusion-mbir' ? 'ct' : undefined;
const before = peakMemory();
const backend = createBackend({ workers });
const run = reconstruct(measurement, { method, methodOptions: { ...options }, prior, seed: 1, decompose, backend });
await run.ready;
const { items } = run.plan;
await run.result();
answer({ planned: items.reduce((sum, item) => sum + item.bytes, 0), peak: peakMemory(), before, items });
await backend.dispose();
