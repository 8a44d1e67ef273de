import { svd } from '../../core/linear-algebra/svd.js';
import type { Decomposition } from '../decomposition.js';
import type { DenseMatrix } from './matrix.js';

/**
 * M = U S Vᵀ of a real matrix that every slice is multiplied with. Of a matrix with more rows than columns the coefficients beyond the
 * columns have the singular value 0.
 */
export function matrixDecomposition({ rows, columns, real }: DenseMatrix, slices: number): Decomposition {
  const { values, u, v } = svd(rows, columns, Float64Array.from(real));
  const rank = values.length;
  const image = { length: columns, basis: v };
  const data = { length: rows, basis: u };
  /** Bᵀ x of every slice, in the shape of the data. */
  const analysed = (x: Float32Array, { length, basis }: typeof image): Float32Array =>
    bySlice(x, slices, rows, (slice, out) => {
      for (let k = 0; k < rank; k++) {
        let sum = 0;
        for (let i = 0; i < length; i++) sum += basis[i * rank + k] * slice[i];
        out[k] = sum;
      }
    });
  /** B c of every slice. */
  const synthesised = (c: Float32Array, { length, basis }: typeof image): Float32Array =>
    bySlice(c, slices, length, (slice, out) => {
      for (let i = 0; i < length; i++) {
        let sum = 0;
        for (let k = 0; k < rank; k++) sum += basis[i * rank + k] * slice[k];
        out[i] = sum;
      }
    });
  return {
    singular: Float32Array.from({ length: slices * rows }, (_, n) => values[n % rows] ?? 0),
    coefficients: (x) => analysed(x, image),
    image: (c) => synthesised(c, image),
    ofData: (y) => analysed(y, data),
    data: (c) => synthesised(c, data),
  };
}

function bySlice(from: Float32Array, slices: number, size: number, run: (slice: Float32Array, out: Float32Array) => void): Float32Array {
  const out = new Float32Array(slices * size);
  const each = from.length / slices;
  for (let s = 0; s < slices; s++) run(from.subarray(s * each, (s + 1) * each), out.subarray(s * size, (s + 1) * size));
  return out;
}
