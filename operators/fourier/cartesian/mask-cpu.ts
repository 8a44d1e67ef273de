import type { CpuBackend } from '../../../compute/cpu/backend.js';
import type { Block } from '../../../compute/cpu/field.js';
import type { SamplingMask } from '../../../core/sampling-mask.js';
import { space } from '../../../core/space.js';
import type { MaskTable } from '../fft/lines-cpu.js';
import type { Undersampled } from './mask.js';

/** The mask on the backend: one direction only where the other does not matter, interleaved where slices differ. */
export interface UploadedMask {
  readonly table: MaskTable;
  readonly block: Block;
  /** In all slabs. */
  readonly bytes: number;
}

export function uploadMask(mask: SamplingMask, varies: Exclude<Undersampled, 'none'>, slices: number, backend: CpuBackend): UploadedMask {
  const { data, shape } = mask;
  const [own, rows, columns] = shape;
  const [ny, nx] = [varies === 'x' ? 1 : rows, varies === 'y' ? 1 : columns];
  const { lanes, slabs } = backend.slabs(slices).layout;
  const shared = own === 1;
  const like = space(['slice', 'y', 'x'], [slices, rows, columns], 'complex64');
  const width = shared ? 1 : lanes;
  const block = backend.block(like, ny * nx * width * 4);
  const parts = new Map<number, Uint8Array>();
  for (const { index, first, count } of slabs) {
    const part = new Float32Array(ny * nx * width);
    for (let lane = 0; lane < (shared ? 1 : count); lane++) {
      const slice = shared ? 0 : first + lane;
      for (let r = 0, at = lane; r < ny; r++) {
        for (let c = 0; c < nx; c++, at += width) part[at] = data[(slice * rows + r) * columns + c];
      }
    }
    parts.set(index, new Uint8Array(part.buffer));
  }
  backend.queue.operation(backend.slabs(slices), { op: 'poke', address: block.address, data: parts });
  const element = width * 4;
  return {
    table: {
      address: block.address,
      strides: [varies === 'x' ? 0 : nx * element, varies === 'y' ? 0 : element],
      lanes: shared ? 0 : 16,
    },
    block,
    bytes: block.bytes * slabs.length,
  };
}
