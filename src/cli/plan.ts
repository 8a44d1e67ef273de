import { SlicewiseError } from '../../core/errors.js';
import { machineMemory } from '../../core/platform/threads.js';
import { planned, type PlanItem, type RunPlan } from '../engine/memory/memory-parts.js';
import { bytes, columns } from './text.js';

/** The memory a run will take, place by place and item by item. */
export function describePlan(plan: RunPlan): string {
  const part = (where: PlanItem['where'], title: string): string[][] => {
    const total = planned(plan, where);
    if (total === 0) return [];
    const rows = plan.items.filter((item) => item.where === where && item.bytes > 0.01 * total);
    return [[title, bytes(total)], ...rows.map((item) => [`  ${item.what}`, bytes(item.bytes)])];
  };
  return columns([...part('host', 'memory planned'), ...part('gpu', 'memory planned on the GPU')]);
}

/**
 * Bytes of the machine's memory.
 * @param shared the GPU is none: what lies on it lies in the memory of the machine
 */
export const hostBytes = (plan: RunPlan, shared: boolean): number => planned(plan, 'host') + (shared ? planned(plan, 'gpu') : 0);

/**
 * @param shared as for `hostBytes`
 * @throws SlicewiseError MEMORY when the machine (or container) has less
 */
export function requireFits(plan: RunPlan, shared: boolean): void {
  const needed = hostBytes(plan, shared);
  const available = machineMemory();
  if (needed <= available) return;
  throw new SlicewiseError('MEMORY', {
    message: 'this run does not fit into memory',
    expected: `at most ${bytes(available)}`,
    got: `a plan of ${bytes(needed)}`,
    hint: 'reconstruct fewer slices at a time, a smaller --size, or use a method that keeps fewer images (cgls, sirt)',
  });
}
