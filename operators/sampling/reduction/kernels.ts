import type { ReductionKernel } from '../../../volumes/kinds/reduced/schema.js';

/** A matrix whose rows are short: row i has `weights[i]` from column `first[i]` on. */
export interface BandedMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly first: Int32Array;
  readonly weights: readonly Float64Array[];
}

/** Of the kernel beyond so many deviations of a Gaussian nothing is left in float32: exp(−18) = 1.5e-8. */
const REACH = 6;

/**
 * Samples of one axis as a coarser one has them: D(i, j) ∝ k((j − c_i)), c_i = f (i + ½) − ½ the middle of coarse sample i in fine ones,
 * rows of sum 1, the axis mirrored at its ends (… 1 0 | 0 1 …). For any number n of fine samples there are ⌈n / f⌉ coarse ones.
 *
 * - bicubic: Keys' cubic of a = −½ stretched by f (Keys 1981, eq. 15), 4 f samples wide, as imresize and Pillow reduce images;
 * - gaussian: exp(−t²/2s²), s the deviation in fine samples.
 */
export function reductionMatrix(n: number, factor: number, kernel: ReductionKernel): BandedMatrix {
  const rows = Math.ceil(n / factor);
  const value =
    kernel.type === 'bicubic' ? (t: number) => keys(Math.abs(t) / factor) : (t: number) => Math.exp(-(t ** 2) / (2 * kernel.std ** 2));
  const reach = kernel.type === 'bicubic' ? 2 * factor : REACH * kernel.std;
  const first = new Int32Array(rows);
  const weights = Array.from({ length: rows }, (_, i) => {
    const centre = factor * (i + 0.5) - 0.5;
    const taps = new Map<number, number>();
    let sum = 0;
    for (let j = Math.ceil(centre - reach); j <= Math.floor(centre + reach); j++) {
      const weight = value(j - centre);
      if (weight === 0) continue;
      const at = mirrored(j, n);
      taps.set(at, (taps.get(at) ?? 0) + weight);
      sum += weight;
    }
    first[i] = Math.min(...taps.keys());
    return Float64Array.from({ length: Math.max(...taps.keys()) - first[i] + 1 }, (_, k) => (taps.get(first[i] + k) ?? 0) / sum);
  });
  return { rows, columns: n, first, weights };
}

/** Keys' kernel with a = −½, of |t|. */
export function keys(t: number): number {
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}

/** Sample j of an axis of n that is mirrored at its ends. */
export function mirrored(j: number, n: number): number {
  const at = ((j % (2 * n)) + 2 * n) % (2 * n);
  return at < n ? at : 2 * n - 1 - at;
}

/** Row-major, all entries. */
export function denseOf({ rows, columns, first, weights }: BandedMatrix): Float64Array {
  const out = new Float64Array(rows * columns);
  weights.forEach((row, i) => out.set(row, i * columns + first[i]));
  return out;
}
