import type { CpuBackend } from '../../../compute/cpu/backend.js';
import { slabLayout } from '../../../compute/cpu/layout.js';
import { bytesOf, componentsOf, type Space } from '../../../core/space.js';
import { networkMemory } from '../../../models/network/network-memory.js';
import { DECOMPOSITION_ITEM, PROCESS_BYTES, SUPPORT_ITEM, type PlanParts, type RunPlan } from './memory-parts.js';

/** Main process and workers together, padding lanes included (Node 20, ONNX Runtime 1.30). */
export function cpuPlan(parts: PlanParts, backend: CpuBackend): RunPlan {
  const { domain, range, solver, card, batch } = parts;
  const [image, data] = [slabBytesOf(domain), slabBytesOf(range)];
  const items: { what: string; bytes: number }[] = [
    { what: 'Node, packages, workers', bytes: PROCESS_BYTES + WORKER * Math.max(1, backend.workers) },
    { what: 'measured data', bytes: parts.measured },
    { what: 'result', bytes: bytesOf(domain) },
    { what: 'messages between threads', bytes: Math.min(MESSAGES, bytesOf(domain)) },
    ...parts.completion,
    ...parts.samples,
  ];
  if (!solver) {
    items.push({ what: 'image and filtered data', bytes: image + data }, ...parts.operator);
    return onHost(items);
  }
  let method = 0;
  for (const item of solver) {
    const { what, bytes } = item;
    // the solver counts values; slabs hold padding lanes too
    const inSlabs = bytes === bytesOf(domain) ? image : bytes === bytesOf(range) ? data : bytes;
    items.push({ what, bytes: item.where === 'host' ? bytes : inSlabs });
    if (item.where !== 'host') method += inSlabs;
  }
  if (parts.decomposition) {
    const { fields, host } = parts.decomposition;
    items.push({ what: DECOMPOSITION_ITEM, bytes: Math.max(0, fields * image - method) + host });
  }
  items.push({ what: 'measured data in slabs', bytes: data });
  if (parts.support) items.push({ what: SUPPORT_ITEM, bytes: slabBytesOf({ ...domain, dtype: 'float32' }) });
  if (parts.starts) items.push({ what: 'starting image', bytes: image });
  if (parts.guide) items.push({ what: 'guide of the prior', bytes: parts.guide.planes * image }, ...parts.guide.making);
  items.push(...parts.operator, ...parts.prior);
  // as many slices as the image has take the place of the method's fields
  const asked = parts.world.filter(({ space }) => space.shape[0] !== domain.shape[0]);
  if (asked.length > 0) {
    items.push({ what: 'world of the prior', bytes: asked.reduce((sum, { space, fields }) => sum + fields * slabBytesOf(space), 0) });
  }
  const [, rows, columns] = domain.shape;
  const { slabs } = slabLayout(domain.shape[0]);
  const slice = componentsOf(domain) * rows * columns * 4;
  items.push({ what: 'edge slices and staging', bytes: 4 * slice * slabs.length });
  for (const own of card ? [card, ...parts.others] : []) {
    items.push(...networkMemory(own, domain, backend.workers, batch, parts.derivative).items);
  }
  return onHost(items, batch);
}

const onHost = (items: readonly { readonly what: string; readonly bytes: number }[], batch?: number): RunPlan => ({
  items: items.map((item) => ({ ...item, where: 'host' })),
  batch,
});

/** A worker thread. */
const WORKER = 12e6;
/** Buffers of messages that wait to be collected; V8 does so before 64 MB. */
const MESSAGES = 64e6;

/** Bytes over all slabs, padding lanes included. */
function slabBytesOf(s: Space): number {
  const { slices, lanes, slabs } = slabLayout(s.shape[0]);
  return (bytesOf(s) / slices) * lanes * slabs.length;
}
