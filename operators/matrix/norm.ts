import type { DenseMatrix } from './matrix.js';

/** ‖M‖₂ by power iteration on MᴴM in float64, to 1e-9 of itself or 1000 rounds; the start is fixed, so the result is too. */
export function spectralNorm({ rows, columns, real, imaginary }: DenseMatrix): number {
  let v = { re: Float64Array.from({ length: columns }, (_, i) => 1 + 0.37 * Math.sin(1 + 2.3 * i)), im: new Float64Array(columns) };
  const product = (x: typeof v, size: number, rowStride: number, columnStride: number, sign: 1 | -1): typeof v => {
    const inner = x.re.length;
    const out = { re: new Float64Array(size), im: new Float64Array(size) };
    for (let r = 0; r < size; r++) {
      for (let c = 0; c < inner; c++) {
        const at = r * rowStride + c * columnStride;
        const [a, b] = [real[at], imaginary ? sign * imaginary[at] : 0];
        out.re[r] += a * x.re[c] - b * x.im[c];
        out.im[r] += a * x.im[c] + b * x.re[c];
      }
    }
    return out;
  };
  const length = (x: typeof v): number => Math.sqrt(x.re.reduce((s, a) => s + a * a, 0) + x.im.reduce((s, a) => s + a * a, 0));
  let norm = 0;
  for (let round = 0; round < 1000; round++) {
    const size = length(v);
    if (size === 0) return 0;
    v = { re: v.re.map((a) => a / size), im: v.im.map((a) => a / size) };
    const image = product(v, rows, columns, 1, 1);
    const next = length(image);
    if (Math.abs(next - norm) <= 1e-9 * next) return next;
    norm = next;
    v = product(image, columns, 1, columns, -1);
  }
  return norm;
}
