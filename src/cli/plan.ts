import type { MemoryPlan } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { machineMemory } from '../../core/platform/threads.js';
import { bytes, columns } from './text.js';

/** The memory a run will take, item by item. */
export function describePlan(plan: MemoryPlan): string {
  const total = plan.items.reduce((sum, item) => sum + item.bytes, 0);
  const rows = plan.items
    .filter((item) => item.bytes > 0.01 * total)
    .map((item) => [`  ${item.what}`, bytes(item.bytes)]);
  return columns([['memory planned', bytes(total)], ...rows]);
}

/** @throws SlicewiseError MEMORY when the machine (or container) has less */
export function requireFits(planned: number): void {
  const available = machineMemory();
  if (planned <= available) return;
  throw new SlicewiseError('MEMORY', {
    message: 'this run does not fit into memory',
    expected: `at most ${bytes(available)}`,
    got: `a plan of ${bytes(planned)}`,
    hint: 'reconstruct fewer slices at a time, a smaller --size, or use a method that keeps fewer images (cgls, sirt)',
  });
}
