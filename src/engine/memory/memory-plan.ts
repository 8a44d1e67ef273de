import type { Backend } from '../../../compute/backend.js';
import { forBackend } from '../../../compute/for-backend.js';
import { space } from '../../../core/space.js';
import type { Card } from '../../../models/card/card.js';
import type { Grid, Measurement } from '../../../volumes/measurement.js';
import type { PlanParts, RunPlan } from './memory-parts.js';
import { cpuPlan } from './memory-plan-cpu.js';
import { webGpuPlan } from './memory-plan-webgpu.js';
import { physicsOf } from '../../modalities/index.js';
import type { CompleteOptions } from '../../modalities/modality.js';
import type { Solver } from '../../solvers/solver.js';

interface IterativePlan {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as in the registry
  readonly solver: Solver<any>;
  readonly settings: object;
  readonly batch?: number;
  readonly card?: Card;
}

/**
 * What a run will take: the fields that the method and the operator keep, and constants measured with bench/memory (docs/benchmarks.md, docs/gpu.md).
 * Nothing here is computed or allocated but the operator's tables.
 * @throws SlicewiseError MEMORY on a GPU whose buffers cannot hold one slice
 */
export async function memoryPlan(
  scan: Measurement,
  grid: Grid,
  backend: Backend,
  options: CompleteOptions = {},
  iterative?: IterativePlan,
): Promise<RunPlan> {
  const physics = physicsOf(scan.kind);
  const domain = physics.domain(grid);
  const completion = physics.completion?.(scan, options);
  const shape = completion?.shape ?? scan.shape;
  const range = space(shape.map((_, i) => `axis${i}`), shape, scan.dtype); // prettier-ignore
  const settings = iterative?.solver.options(iterative.settings) as { readonly start?: string } | undefined;
  const hasOperator = iterative !== undefined || completion !== undefined;
  const parts: PlanParts = {
    domain,
    range,
    measured: scan.data.byteLength,
    completion: completion?.memory.items ?? [],
    operator: hasOperator ? (await physics.operatorMemory({ ...scan, shape }, grid, backend)).items : [],
    solver: iterative?.solver.memory(domain, range, settings).items,
    starts: settings?.start === 'classical',
    card: iterative?.card,
    batch: iterative?.batch,
  };
  return forBackend(backend, 'the memory plan', {
    cpu: (b) => cpuPlan(parts, b),
    webgpu: (b) => webGpuPlan(parts, b),
  });
}
