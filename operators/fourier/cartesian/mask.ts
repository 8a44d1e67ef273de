import { SlicewiseError } from '../../../core/errors.js';
import type { SamplingMask } from '../../../core/sampling-mask.js';

/** Along which directions the mask leaves out samples: its values depend on the others not at all. */
export type Undersampled = 'none' | 'x' | 'y' | 'yx';

/** @throws SlicewiseError SHAPE, GEOMETRY for values other than 0 and 1, or a mask without a sample */
export function checkMask(mask: SamplingMask, [slices, rows, columns]: readonly [number, number, number]): void {
  const { data, shape } = mask;
  const fits = shape.length === 3 && (shape[0] === 1 || shape[0] === slices) && shape[1] === rows && shape[2] === columns;
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
