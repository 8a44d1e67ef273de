import type { CpuBackend } from '../../../compute/cpu/backend.js';
import { cpuField } from '../../../compute/cpu/field.js';
import type { Field } from '../../../compute/backend.js';
import { raysKernel } from './rays.generated.js';
import type { Products, SliceScan } from './slice-radon.js';
import { packViews } from '../vectors.js';

const RAY_BYTES = 48;

/** The products of `sliceRadon` by rays.as.ts: slices are the lanes. */
export function sliceProductsCpu({ views, detectors, grid, domain, range }: SliceScan, cpu: CpuBackend): Products {
  const [slices, rows, columns] = grid.shape;
  const vectors = packViews(views, grid);
  const table = cpu.block(domain, detectors * RAY_BYTES);
  const vectorBlock = cpu.block(domain, vectors.byteLength);
  cpu.upload(domain, vectorBlock, vectors);
  const { lanes, slabs } = cpu.slabs(slices).layout;

  const call = (fn: 'forward' | 'adjoint', from: Field, to: Field): void => {
    const [a, b] = fn === 'forward' ? [cpuField(from, domain), cpuField(to, range)] : [cpuField(from, range), cpuField(to, domain)];
    const scratch = [table.address, vectorBlock.address];
    const sizes = [views.length, detectors, rows, columns, grid.spacing[1], grid.spacing[0], lanes];
    cpu.call(domain, raysKernel, fn, [a.address, b.address, ...scratch, ...sizes]);
  };

  return {
    apply: (x, y) => call('forward', x, y),
    adjoint: (y, x) => call('adjoint', y, x),
    bytes: () => ({ items: [], projections: views.length * detectors * lanes * 4 * slabs.length }),
    dispose() {
      for (const block of [table, vectorBlock]) block.free();
    },
  };
}
