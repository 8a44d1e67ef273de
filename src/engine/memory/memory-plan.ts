import { forBackend } from '../../../compute/for-backend.js';
import type { MemoryPlan } from '../../../compute/backend.js';
import { bytesOf, space, type Space } from '../../../core/space.js';
import { operators } from '../../../operators/registry.js';
import type { PlannedGuide } from '../guide.js';
import { superpositionBytes } from '../../../models/combined/superposition.js';
import { entriesOf, type PriorSource } from '../prior-source.js';
import { needsDerivative, type RunRequest } from '../request.js';
import { DECOMPOSITION_FIELDS, decompositionBytes } from '../trust/decompose.js';
import { worldMemory } from '../trust/world.js';
import { cpuPlan } from './memory-plan-cpu.js';
import { webGpuPlan } from './memory-plan-webgpu.js';
import type { PlanParts, RunPlan } from './memory-parts.js';

/**
 * What a run will take: the fields that the method and the operator keep, and constants measured with bench/memory (docs/lab/benchmarks.md,
 * docs/reference/gpu.md). Nothing here is computed or allocated but the operator's tables.
 * @throws SlicewiseError MEMORY on a GPU whose buffers cannot hold one slice
 */
export async function memoryPlan(request: RunRequest, source?: PriorSource, guide?: PlannedGuide): Promise<RunPlan> {
  const { scan, physics, own, method, slicing, options } = request;
  const domain = slicing.space;
  const completion = physics.completion?.(scan, own);
  const shape = completion?.shape ?? scan.shape;
  const range = space(
    shape.map((_, i) => `axis${i}`),
    shape,
    scan.dtype,
  );
  const solver = 'solver' in method ? method.solver : undefined;
  const settings = solver?.options(method.settings) as { readonly start?: string } | undefined;
  const entries = source ? entriesOf(source) : [];
  const derivative = needsDerivative(request);
  const hasOperator = solver !== undefined || completion !== undefined;
  const parts: PlanParts = {
    domain,
    range,
    measured: scan.data.byteLength,
    completion: completion?.memory.items ?? [],
    operator: hasOperator ? (await operatorMemory(request, shape)).items : [],
    support: solver !== undefined && physics.support !== undefined && options.unmeasured !== 'prior',
    solver: solver?.memory(domain, range, settings).items,
    starts: settings?.start === 'classical',
    guide: guide ? guideParts(guide, domain, range, solver?.memory(domain, range, settings)) : undefined,
    derivative,
    card: entries[0]?.card,
    others: entries.slice(1).map(({ card }) => card),
    world: source && 'entry' in source && source.entry.card.world && !guide ? worldMemory(domain) : [],
    decomposition: options.decompose ? { fields: DECOMPOSITION_FIELDS, host: decompositionBytes(domain) } : undefined,
    // mean, squares, deviation
    samples: (options.samples ?? 1) > 1 ? [{ what: 'sums over samples', bytes: 3 * bytesOf(domain) }] : [],
    prior: source && 'own' in source ? source.own.bytes(domain).items : overItems(entries.length, domain, derivative),
    batch: options.batch,
  };
  return forBackend(options.backend, 'the memory plan', {
    cpu: (b) => cpuPlan(parts, b),
    webgpu: (b) => webGpuPlan(parts, b),
  });
}

/** Of several priors laid over each other, beside their networks. */
const overItems = (priors: number, domain: Space, derivative: boolean): MemoryPlan['items'] =>
  priors < 2 ? [] : [{ what: 'images of the priors', bytes: superpositionBytes(priors, false, domain, derivative) }];

/** What is needed to make a guide is free again before the fields of the method are taken: only what exceeds them counts. */
function guideParts(
  { spec: { kind, planes }, method }: PlannedGuide,
  domain: Space,
  range: Space,
  solver: MemoryPlan = { items: [] },
): PlanParts['guide'] {
  const sum = (items: MemoryPlan['items']): number => items.reduce((total, { bytes }) => total + bytes, 0);
  const making = sum(method.memory?.(domain, range) ?? []) - sum(solver.items);
  return { planes, making: making > 0 ? [{ what: `making the guide '${kind}'`, bytes: making }] : [] };
}

async function operatorMemory({ scan, grid, physics, options, own }: RunRequest, shape: readonly number[]): Promise<MemoryPlan> {
  const { backend } = options;
  if (physics.operatorMemory) return physics.operatorMemory({ ...scan, shape }, grid, backend, own);
  const operator = await operators.get(scan.kind)({ ...scan, shape }, grid, backend, own);
  try {
    return operator.bytes();
  } finally {
    operator.dispose();
  }
}
