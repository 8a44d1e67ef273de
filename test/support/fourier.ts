/** Direct centred orthonormal DFTs in float64, for oracles; images are complex interleaved, C order. */
import type { LinearOperator } from '../../operators/operator.js';
import { testArray } from './backends.js';

/** Of `count` lines of n elements that start at `base + line·step` and advance by `stride` elements; sign −1 forward, +1 inverse. */
function along(x: Float64Array, n: number, starts: readonly number[], stride: number, sign: 1 | -1): void {
  const c = Math.floor(n / 2);
  const [cos, sin] = [new Float64Array(n), new Float64Array(n)];
  for (let j = 0; j < n; j++) {
    cos[j] = Math.cos((2 * Math.PI * j) / n) / Math.sqrt(n);
    sin[j] = (sign * Math.sin((2 * Math.PI * j) / n)) / Math.sqrt(n);
  }
  const [re, im] = [new Float64Array(n), new Float64Array(n)];
  for (const start of starts) {
    for (let k = 0; k < n; k++) {
      let [a, b] = [0, 0];
      for (let r = 0; r < n; r++) {
        const j = ((((k - c) * (r - c)) % n) + n) % n;
        const at = 2 * (start + r * stride);
        a += x[at] * cos[j] - x[at + 1] * sin[j];
        b += x[at] * sin[j] + x[at + 1] * cos[j];
      }
      [re[k], im[k]] = [a, b];
    }
    for (let k = 0; k < n; k++) [x[2 * (start + k * stride)], x[2 * (start + k * stride) + 1]] = [re[k], im[k]];
  }
}

/** Every image of `rows` × `columns` in x. */
export function directDft(
  x: ArrayLike<number>,
  rows: number,
  columns: number,
  axes: 'yx' | 'y' | 'x' = 'yx',
  sign: 1 | -1 = -1,
): Float64Array {
  const out = Float64Array.from(x);
  const images = x.length / 2 / rows / columns;
  const range = (n: number, step: number, offset: number): number[] => Array.from({ length: n }, (_, i) => offset + i * step);
  for (let image = 0; image < images; image++) {
    const base = image * rows * columns;
    if (axes.includes('x')) along(out, columns, range(rows, columns, base), 1, sign);
    if (axes.includes('y')) along(out, rows, range(columns, 1, base), columns, sign);
  }
  return out;
}

/** A M F S computed directly: y[z, c] = M[z] F (s[z, c] x[z]). */
export function directCartesian(
  x: ArrayLike<number>,
  [slices, rows, columns]: readonly [number, number, number],
  coils: number,
  maps: ArrayLike<number> | undefined,
  mask: (slice: number, ky: number, kx: number) => number,
): Float64Array {
  const n = rows * columns;
  const coilImages = new Float64Array(2 * slices * coils * n);
  for (let z = 0; z < slices; z++) {
    for (let c = 0; c < coils; c++) {
      for (let i = 0; i < n; i++) {
        const [from, at] = [2 * (z * n + i), 2 * ((z * coils + c) * n + i)];
        const [sr, si] = maps ? [maps[at], maps[at + 1]] : [1, 0];
        coilImages[at] = x[from] * sr - x[from + 1] * si;
        coilImages[at + 1] = x[from] * si + x[from + 1] * sr;
      }
    }
  }
  const out = directDft(coilImages, rows, columns);
  for (let at = 0; at < out.length; at++) {
    const [pixel, z] = [(at >> 1) % n, Math.floor(at / 2 / n / coils)];
    out[at] *= mask(z, Math.floor(pixel / columns), pixel % columns);
  }
  return out;
}

/** Random complex numbers with parts in [−1, 1), interleaved. */
export const complexArray = (length: number, seed: number): Float32Array => testArray(2 * length, seed);

/** A x, Aᴴ x or AᴴA x of data in C order. */
export async function applied(a: LinearOperator, how: 'apply' | 'adjoint' | 'normal', data: Float32Array): Promise<Float32Array> {
  const [from, to] = { apply: [a.domain, a.range], adjoint: [a.range, a.domain], normal: [a.domain, a.domain] }[how];
  const [x, y] = [a.backend.field(from), a.backend.field(to)];
  await a.backend.write(x, data);
  a[how](x, y);
  const result = await a.backend.read(y);
  for (const f of [x, y]) f.dispose();
  return result;
}

/** ⟨a, b⟩ = Σ conj(a) b of complex vectors, float64: real and imaginary part. */
export function hermitian(a: ArrayLike<number>, b: ArrayLike<number>): [number, number] {
  let [re, im] = [0, 0];
  for (let i = 0; i < a.length; i += 2) {
    re += a[i] * b[i] + a[i + 1] * b[i + 1];
    im += a[i] * b[i + 1] - a[i + 1] * b[i];
  }
  return [re, im];
}
export const lengthOf = (a: ArrayLike<number>): number => Math.sqrt(hermitian(a, a)[0]);
