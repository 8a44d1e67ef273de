import type { CpuBackend } from '../../../compute/cpu/backend.js';
import { cpuField } from '../../../compute/cpu/field.js';
import type { Field } from '../../../compute/backend.js';
import { oneSliceKernel } from './one-slice.generated.js';
import { RAY_BYTES, TOGETHER } from './ray-bytes.js';
import { raysKernel } from './rays.generated.js';
import { sharedProductsCpu, worthSharing } from './shared-slice-cpu.js';
import type { Products, SliceScan } from './slice-radon.js';
import { packViews } from '../vectors.js';

/**
 * The products of `sliceRadon`: slices are the lanes (rays.as.ts), and where every slab holds but one slice, rays are (one-slice.as.ts),
 * which all workers share where it pays (shared-slice-cpu.ts). The bits are the same.
 */
export function sliceProductsCpu(scan: SliceScan, cpu: CpuBackend): Products {
  if (worthSharing(scan, cpu)) return sharedProductsCpu(scan, cpu);
  const { views, detectors, grid, domain, range } = scan;
  const [slices, rows, columns] = grid.shape;
  const vectors = packViews(views, grid);
  const { lanes, slabs } = cpu.slabs(slices).layout;
  const single = slabs.every(({ count }) => count === 1);
  const table = cpu.block(domain, (detectors + TOGETHER) * RAY_BYTES);
  const vectorBlock = cpu.block(domain, vectors.byteLength);
  cpu.upload(domain, vectorBlock, vectors);
  const scratchBytes = 4 * (2 * rows * columns + detectors + TOGETHER);
  const scratch = single ? cpu.block(domain, scratchBytes) : undefined;

  const call = (fn: 'forward' | 'adjoint', from: Field, to: Field): void => {
    const [a, b] = fn === 'forward' ? [cpuField(from, domain), cpuField(to, range)] : [cpuField(from, range), cpuField(to, domain)];
    const sizes = [views.length, detectors, rows, columns, grid.spacing[1], grid.spacing[0]];
    const given = [a.address, b.address, table.address, vectorBlock.address, ...sizes];
    if (scratch) cpu.call(domain, oneSliceKernel, fn, [...given, scratch.address]);
    else cpu.call(domain, raysKernel, fn, [...given, lanes]);
  };

  return {
    apply: (x, y) => call('forward', x, y),
    adjoint: (y, x) => call('adjoint', y, x),
    bytes: () => ({
      items: scratch ? [{ what: 'slice and its transpose', bytes: scratchBytes * slabs.length }] : [],
      projections: views.length * detectors * lanes * 4 * slabs.length,
    }),
    dispose() {
      for (const block of [table, vectorBlock, scratch]) block?.free();
    },
  };
}
