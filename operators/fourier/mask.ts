import type { CpuBackend } from '../../compute/cpu/backend.js';
import type { Block } from '../../compute/cpu/field.js';
import { SlicewiseError } from '../../core/errors.js';
import type { SamplingMask } from '../../core/sampling-mask.js';
import { space } from '../../core/space.js';
import type { MaskTable } from './lines.js';

/** Along which directions the mask leaves out samples: its values depend on the others not at all. */
export type Undersampled = 'none' | 'x' | 'y' | 'yx';

/** @throws SlicewiseError SHAPE, GEOMETRY for values other than 0 and 1, or a mask without a sample */
export function checkMask(mask: SamplingMask, [slices, rows, columns]: readonly [number, number, number]): void {
  const { data, shape } = mask;
  const fits =
    shape.length === 3 && (shape[0] === 1 || shape[0] === slices) && shape[1] === rows && shape[2] === columns;
  if (!fits || data.length !== shape[0] * rows * columns) {
    throw new SlicewiseError('SHAPE', {
      message: 'the sampling mask does not fit k-space',
      expected: `[1 or ${slices}, ky ${rows}, kx ${columns}]`,
      got: `[${shape.join(', ')}] with ${data.length} values`,
    });
  }
  const other = data.find((v) => v !== 0 && v !== 1);
  if (other !== undefined) {
    throw new SlicewiseError('GEOMETRY', {
      message: 'a sampling mask says which samples were measured',
      expected: 'values 0 and 1',
      got: `${other}`,
    });
  }
  if (!data.includes(1)) {
    throw new SlicewiseError('GEOMETRY', { message: 'the sampling mask has no sample', expected: 'at least one 1' });
  }
}

/** The directions that the mask (of every slice) varies along. */
export function undersampled({ data, shape }: SamplingMask): Undersampled {
  const [slices, rows, columns] = shape;
  let [x, y] = [false, false];
  for (let k = 0, at = 0; k < slices; k++) {
    const first = at;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++, at++) {
        if (c > 0 && data[at] !== data[at - 1]) x = true;
        if (data[at] !== data[first + c]) y = true;
      }
    }
    // a slice that was not measured at all needs its zeros
    if (data[first] === 0 && !x && !y) x = true;
  }
  return x && y ? 'yx' : x ? 'x' : y ? 'y' : 'none';
}

/** The mask on the backend: one direction only where the other does not matter, interleaved where slices differ. */
export interface UploadedMask {
  readonly table: MaskTable;
  readonly block: Block;
  /** In all slabs. */
  readonly bytes: number;
}

export function uploadMask(
  mask: SamplingMask,
  varies: Exclude<Undersampled, 'none'>,
  slices: number,
  backend: CpuBackend,
): UploadedMask {
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
