import type { Field } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { describeSpace } from '../../core/space.js';

/** Images of a slice of `[slice, …, y, x]`: the product of the axes between the slices and the last two. */
export const imagesOf = ({ space }: Field): number => space.shape.slice(1, -2).reduce((a, n) => a * n, 1);

/** @returns the field. @throws SHAPE unless it is complex, [slices, …, rows, columns] */
export function complexImages<F extends Field>(field: F, shape: readonly [number, number, number]): F {
  const { shape: got, dtype } = field.space;
  const [slices, rows, columns] = shape;
  const fits = got.length >= 3 && got[0] === slices && got.at(-2) === rows && got.at(-1) === columns;
  if (fits && dtype === 'complex64') return field;
  throw new SlicewiseError('SHAPE', {
    message: 'this field does not fit the Fourier transform',
    expected: `complex64 [slice ${slices}, …, ${rows}, ${columns}]`,
    got: describeSpace(field.space),
  });
}
