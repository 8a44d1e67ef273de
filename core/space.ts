import { SlicewiseError } from './errors.js';

/** Element types of a Field. `complex64` is two float32 (re, im), interleaved when read or written. */
export type Dtype = 'float32' | 'complex64';

/**
 * What a vector of the problem looks like: named axes in C order (last runs fastest).
 * Examples: image `[slice, y, x]`, parallel sinogram `[slice, view, detector]`, cone sinogram `[view, row, column]`.
 */
export interface Space {
  readonly axes: readonly string[];
  readonly shape: readonly number[];
  readonly dtype: Dtype;
}

/**
 * A space by the names and lengths of its axes, C order, slices first.
 * @throws SlicewiseError SHAPE for lengths that are no positive whole numbers
 */
export function space(axes: readonly string[], shape: readonly number[], dtype: Dtype = 'float32'): Space {
  if (axes.length !== shape.length || shape.some((n) => !Number.isInteger(n) || n < 1)) {
    throw new SlicewiseError('SHAPE', {
      message: 'a space needs one positive integer per axis',
      expected: `[${axes.join(', ')}]`,
      got: `[${shape.join(', ')}]`,
    });
  }
  return { axes, shape, dtype };
}

/** Number of slices. */
export const slicesOf = (s: Space): number => s.shape[0];
/** Elements of one slice (complex counts once). */
export const sliceSize = (s: Space): number => s.shape.reduce((a, n) => a * n, 1) / slicesOf(s);
/** Elements in all. */
export const sizeOf = (s: Space): number => s.shape.reduce((a, n) => a * n, 1);
/** Float32 values of one element. */
export const componentsOf = (s: Space): 1 | 2 => (s.dtype === 'complex64' ? 2 : 1);
/** Bytes in all, as float32. */
export const bytesOf = (s: Space): number => sizeOf(s) * componentsOf(s) * 4;

/** Equal axes, shape and numbers. */
export function sameSpace(a: Space, b: Space): boolean {
  return a.dtype === b.dtype && a.shape.length === b.shape.length && a.shape.every((n, i) => n === b.shape[i]);
}

/** For people: 'float32 [slice 4, y 64, x 64]'. */
export function describeSpace(s: Space): string {
  return `${s.dtype} [${s.axes.map((axis, i) => `${axis} ${s.shape[i]}`).join(', ')}]`;
}
