import type { Field } from '../../compute/backend.js';
import { own, type CpuField } from '../../compute/cpu/field.js';
import { SlicewiseError } from '../../core/errors.js';
import { describeSpace } from '../../core/space.js';
import type { Planes } from './lines.js';

/** Addresses of image `index` (a coil) of a complex field of images [slice, …, y, x]. */
export function planesOf(field: CpuField, planeBytes: number, index = 0): Planes {
  const re = field.address + index * planeBytes;
  return [re, re + field.floats * 2];
}

/** Images of a slice: the product of the axes between the slices and the last two. */
export const imagesOf = (field: CpuField): number => field.space.shape.slice(1, -2).reduce((a, n) => a * n, 1);

/** The field as ours. @throws SHAPE unless it is complex, [slices, …, rows, columns] */
export function complexImages(field: Field, shape: readonly [number, number, number]): CpuField {
  const f = own(field);
  const { shape: got, dtype } = f.space;
  const [slices, rows, columns] = shape;
  const fits = got.length >= 3 && got[0] === slices && got.at(-2) === rows && got.at(-1) === columns;
  if (fits && dtype === 'complex64') return f;
  throw new SlicewiseError('SHAPE', {
    message: 'this field does not fit the Fourier transform',
    expected: `complex64 [slice ${slices}, …, ${rows}, ${columns}]`,
    got: describeSpace(f.space),
  });
}
