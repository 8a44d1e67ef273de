import type { MemoryPlan } from '../compute/backend.js';
import type { CpuBackend } from '../compute/cpu/backend.js';
import { slabLayout } from '../compute/cpu/layout.js';
import { bytesOf, space, type Space } from '../core/space.js';
import type { Card } from '../models/card.js';
import type { Grid, Measurement } from '../volumes/measurement.js';
import type { ReconstructOptions } from './reconstruct.js';
import type { Solver } from './solvers/solver.js';

interface IterativePlan {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as in the registry
  readonly solver: Solver<any>;
  readonly options: ReconstructOptions;
  readonly card?: Card;
}

/** What a run will take, main process and workers together. Calibrated against measured resident memory (bench/memory). */
export function memoryPlan(scan: Measurement, grid: Grid, backend: CpuBackend, iterative?: IterativePlan): MemoryPlan {
  const domain = space(['slice', 'y', 'x'], grid.shape);
  const range = space(scan.shape.map((_, i) => `axis${i}`), scan.shape);
  const [padImage, padData] = [padding(domain), padding(range)];
  const items: { what: string; bytes: number }[] = [
    { what: 'process and workers', bytes: 90e6 + 15e6 * Math.max(1, backend.workers) },
    { what: 'measured data (main)', bytes: bytesOf(range) },
    { what: 'image (main)', bytes: 2 * bytesOf(domain) },
  ];
  const slabImage = bytesOf(domain) * padImage;
  const slabData = bytesOf(range) * padData;
  if (!iterative) {
    items.push({ what: 'image and filtered data', bytes: slabImage + slabData });
    return { items };
  }
  const { solver, options, card } = iterative;
  const settings = solver.options(options.methodOptions ?? {});
  for (const { what, bytes } of solver.memory(domain, range, settings).items) {
    items.push({ what, bytes: bytes * (what.includes('projection') ? padData : padImage) });
  }
  items.push({ what: 'measured data (workers)', bytes: slabData });
  items.push({ what: 'transposed image and one sinogram of the operator', bytes: slabImage + slabData });
  if ((settings as { start?: string }).start === 'classical') items.push({ what: 'starting image', bytes: slabImage });
  if (card) {
    const [, rows, columns] = grid.shape;
    const workers = Math.max(1, Math.min(backend.workers, slabLayout(grid.shape[0]).slabs.length));
    const activations = 400 * rows * columns * (options.batch ?? 1) * workers;
    items.push({ what: `network '${card.name}' on ${workers} workers`, bytes: activations + 70e6 * workers });
  }
  return { items };
}

/** Padding lanes of the slabs, as a factor. */
function padding(s: Space): number {
  const { slices, lanes, slabs } = slabLayout(s.shape[0]);
  return (lanes * slabs.length) / slices;
}
