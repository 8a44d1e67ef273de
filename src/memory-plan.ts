import type { MemoryPlan } from '../compute/backend.js';
import type { CpuBackend } from '../compute/cpu/backend.js';
import { slabLayout } from '../compute/cpu/layout.js';
import { bytesOf, space, type Space } from '../core/space.js';
import type { Card } from '../models/card.js';
import { optionsFor, physicsOf } from './physics/index.js';
import { networkMemory } from '../models/network-memory.js';
import type { Grid, Measurement } from '../volumes/measurement.js';
import type { ReconstructOptions } from './reconstruct.js';
import type { Solver } from './solvers/solver.js';

interface IterativePlan {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as in the registry
  readonly solver: Solver<any>;
  readonly options: ReconstructOptions;
  readonly card?: Card;
}

/**
 * What a run will take, main process and workers together: the fields that the method and the operator keep, padding lanes included, and
 * constants measured with bench/memory (Node 20, ONNX Runtime 1.30; see docs/benchmarks.md). Nothing here is computed or allocated but the
 * operator's tables.
 */
export async function memoryPlan(
  scan: Measurement,
  grid: Grid,
  backend: CpuBackend,
  iterative?: IterativePlan,
): Promise<MemoryPlan> {
  const physics = physicsOf(scan.kind);
  const domain = physics.domain(grid);
  const shape = physics.completedShape?.(scan, iterative?.options ?? {}) ?? scan.shape;
  const range = space(shape.map((_, i) => `axis${i}`), shape, scan.dtype); // prettier-ignore
  const [image, data] = [slabBytesOf(domain), slabBytesOf(range)];
  const items: { what: string; bytes: number }[] = [
    { what: 'Node, packages, workers', bytes: PROCESS + WORKER * Math.max(1, backend.workers) },
    { what: 'measured data', bytes: bytesOf(range) },
    { what: 'result', bytes: bytesOf(domain) },
    { what: 'messages between threads', bytes: Math.min(MESSAGES, bytesOf(domain)) },
  ];
  if (!iterative) {
    items.push({ what: 'image and filtered data', bytes: image + data });
    return { items };
  }
  const { solver, options, card } = iterative;
  const settings = solver.options(optionsFor(scan, solver.name, options.methodOptions));
  for (const { what, bytes } of solver.memory(domain, range, settings).items) {
    // the solver counts values; slabs hold padding lanes too
    items.push({ what, bytes: bytes === bytesOf(domain) ? image : bytes === bytesOf(range) ? data : bytes });
  }
  items.push({ what: 'measured data in slabs', bytes: data });
  if ((settings as { start?: string }).start === 'classical') items.push({ what: 'starting image', bytes: image });
  items.push(...(await physics.operatorMemory({ ...scan, shape }, grid, backend)).items);
  const { slabs } = slabLayout(grid.shape[0]);
  const [, rows, columns] = grid.shape;
  items.push({ what: 'edge slices and staging', bytes: 4 * rows * columns * 4 * slabs.length });
  if (card) items.push(...networkMemory(card, domain, backend.workers, options.batch).items);
  return { items };
}

/** Node with the package loaded and a scan file read, and each worker thread. */
const PROCESS = 130e6;
const WORKER = 12e6;
/** Buffers of messages that wait to be collected; V8 does so before 64 MB. */
const MESSAGES = 64e6;
/** Bytes over all slabs, padding lanes included. */
function slabBytesOf(s: Space): number {
  const { slices, lanes, slabs } = slabLayout(s.shape[0]);
  return (bytesOf(s) / slices) * lanes * slabs.length;
}
