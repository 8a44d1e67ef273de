// AssemblyScript. A dense real matrix times every slice of a slab; element e of lane l lies at base + (e·L + l)·4.
import { madd } from '../../compute/cpu/simd.as';

/**
 * y[r] ← weight · Σ_c m[r·rowStride + c·columnStride] x[c], added to y when `add` is set. Strides (in floats) swapped give the transpose.
 */
export function matrixProduct(
  m: usize, rows: usize, columns: usize, rowStride: usize, columnStride: usize,
  weight: f32, x: usize, y: usize, add: i32, lanes: usize,
): void {
  const step = lanes << 2;
  const w = f32x4.splat(weight);
  for (let q: usize = 0; q < step; q += 16) {
    for (let r: usize = 0; r < rows; r++) {
      let sum = f32x4.splat(0);
      let at = m + ((r * rowStride) << 2);
      for (let c: usize = 0, i = x + q; c < columns; c++, i += step, at += columnStride << 2) {
        sum = madd(v128.load32_splat(at), v128.load(i), sum);
      }
      const out = y + r * step + q;
      v128.store(out, add ? madd(w, sum, v128.load(out)) : f32x4.mul(w, sum));
    }
  }
}
