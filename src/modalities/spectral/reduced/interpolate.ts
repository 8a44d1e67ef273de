import { keys, mirrored } from '../../../../operators/sampling/reduction/kernels.js';
import type { Separable } from '../../../../operators/sampling/reduction/separable.js';

/**
 * Bicubic interpolation of slices of large pixels: fine sample j lies at (j + ½)/f − ½ of the coarse ones, Keys' cubic of a = −½, ends
 * mirrored.
 * @param x [slice, coarse line, coarse sample]
 * @param factor f
 */
export function bicubic(x: Float32Array, { rows, columns }: Separable, factor: number): Float32Array {
  const [m, n, h, w] = [rows.rows, columns.rows, rows.columns, columns.columns];
  const slices = x.length / (m * n);
  const [r, c] = [taps(h, m, factor), taps(w, n, factor)];
  const out = new Float32Array(slices * h * w);
  const between = new Float64Array(h * n);
  for (let s = 0; s < slices; s++) {
    for (let i = 0; i < h; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (const [at, weight] of r[i]) sum += weight * x[s * m * n + at * n + j];
        between[i * n + j] = sum;
      }
      for (let j = 0; j < w; j++) {
        let sum = 0;
        for (const [at, weight] of c[j]) sum += weight * between[i * n + at];
        out[(s * h + i) * w + j] = sum;
      }
    }
  }
  return out;
}

/** Coarse samples and their weights of every fine one. */
function taps(fine: number, coarse: number, factor: number): (readonly [number, number])[][] {
  return Array.from({ length: fine }, (_, j) => {
    const at = (j + 0.5) / factor - 0.5;
    const low = Math.floor(at) - 1;
    return [0, 1, 2, 3].map((k) => [mirrored(low + k, coarse), keys(Math.abs(low + k - at))] as const);
  });
}
