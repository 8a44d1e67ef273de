import type { Planes } from './fourier.js';

/** Dips of a scan: an odd number, so that 0 is one. */
const DIPS = 193;
/** Power of the dips' energy in their weight: ½ makes it an amplitude. */
const SHARPNESS = 0.5;
/** Weight of what lies on no dip. */
const LEAST = 0.05;

/** For every frequency the nearest wavenumber of every dip p: k = −p f, [bins, DIPS]; f in cycles a sample, p in samples a trace. */
export function dipIndex(length: number, timeLength: number, first: number, bins: number, maxSlope: number): Int32Array {
  const index = new Int32Array(bins * DIPS);
  for (let f = 0; f < bins; f++) {
    for (let d = 0; d < DIPS; d++) {
      const p = maxSlope * ((2 * d) / (DIPS - 1) - 1);
      const k = Math.round((-p * (first + f) * length) / timeLength);
      index[f * DIPS + d] = ((k % length) + length) % length;
    }
  }
  return index;
}

export function dipWeights(
  [re, im]: Planes,
  shape: readonly [number, number, number],
  axis: 0 | 1,
  index: Int32Array,
  { maxSlope, usualSlope }: { readonly maxSlope: number; readonly usualSlope: number },
  weights: Float64Array,
): void {
  const [m1, m2, bins] = shape;
  const length = shape[axis];
  const others = axis === 0 ? m2 : m1;
  const at = (k: number, other: number): number => (axis === 0 ? k * m2 + other : other * m2 + k) * bins;
  const power = new Float64Array(length * bins);
  for (let k = 0; k < length; k++) {
    for (let other = 0; other < others; other++) {
      const from = at(k, other);
      for (let f = 0; f < bins; f++) power[k * bins + f] += re[from + f] ** 2 + im[from + f] ** 2;
    }
  }
  const energy = new Float64Array(DIPS);
  for (let f = 0; f < bins; f++) for (let d = 0; d < DIPS; d++) energy[d] += power[index[f * DIPS + d] * bins + f];
  let most = 0;
  for (let d = 0; d < DIPS; d++) {
    const p = maxSlope * ((2 * d) / (DIPS - 1) - 1);
    energy[d] /= 1 + (p / usualSlope) ** 2;
    most = Math.max(most, energy[d]);
  }
  if (most === 0) return;
  const likely = new Float64Array(length * bins).fill(LEAST);
  for (let d = 0; d < DIPS; d++) {
    const weight = (energy[d] / most) ** SHARPNESS;
    for (let f = 0; f < bins; f++) {
      const to = index[f * DIPS + d] * bins + f;
      if (likely[to] < weight) likely[to] = weight;
    }
  }
  for (let k = 0; k < length; k++) {
    for (let other = 0; other < others; other++) {
      const to = at(k, other);
      for (let f = 0; f < bins; f++) weights[to + f] *= likely[k * bins + f] ** 2;
    }
  }
}

/**
 * How strongly a mask folds energy onto other wavenumbers: the largest magnitude of its spectrum outside the main lobe along the slow and
 * along the fast axis, divided by its value at 0. A regular mask has 1.
 * @param weights of the traces, [n1, n2], 0 where missing
 */
export function largestSidelobe(weights: Float64Array, [n1, n2]: readonly [number, number]): readonly [number, number] {
  const along = (length: number, at: (k: number) => number): number => {
    if (length < 4) return 0;
    const sums = Float64Array.from({ length }, (_, k) => at(k));
    const total = sums.reduce((a, b) => a + b, 0);
    if (total === 0) return 0;
    let most = 0;
    // the main lobe of a Hann window ends at 2/length cycles a trace
    for (let q = 5; q <= length; q++) {
      const k = q / (2 * length);
      let [re, im] = [0, 0];
      for (let j = 0; j < length; j++) {
        re += sums[j] * Math.cos(2 * Math.PI * k * j);
        im += sums[j] * Math.sin(2 * Math.PI * k * j);
      }
      most = Math.max(most, Math.hypot(re, im) / total);
    }
    return most;
  };
  const row = (i: number): number => {
    let sum = 0;
    for (let j = 0; j < n2; j++) sum += weights[i * n2 + j];
    return sum;
  };
  const column = (j: number): number => {
    let sum = 0;
    for (let i = 0; i < n1; i++) sum += weights[i * n2 + j];
    return sum;
  };
  return [along(n1, row), along(n2, column)];
}
