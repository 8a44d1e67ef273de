import { SlicewiseError } from '../../core/errors.js';

/** Daubechies' orthogonal wavelets of 1 to 8 vanishing moments; haar is db1. */
export const waveletNames = ['haar', 'db1', 'db2', 'db3', 'db4', 'db5', 'db6', 'db7', 'db8'] as const;
export type WaveletName = (typeof waveletNames)[number];

/** Analysis filters of an orthonormal wavelet: averages and details. */
export interface WaveletFilters {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/**
 * Filters of 2p taps by spectral factorisation (Daubechies, Comm. Pure Appl. Math. 41 (1988) 909, §4): with y = (2 − z − 1/z)/4,
 *
 *     |m₀|² = (1 − y)^p P(y),  P(y) = Σ_{k<p} C(p−1+k, k) y^k
 *
 * and of every pair z, 1/z of P's roots the one inside the unit circle: extremal phase. Order and signs are those of PyWavelets' `dec_lo`,
 * `dec_hi`.
 */
export function daubechies(name: WaveletName): WaveletFilters {
  const p = name === 'haar' ? 1 : Number(/^db([1-8])$/.exec(name)?.[1]);
  if (!p) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'wavelet',
      expected: `one of ${waveletNames.join(', ')}`,
      got: `'${name}'`,
    });
  }
  // Π (1 + z)^p Π (z − z_r), a polynomial with real coefficients, highest power first
  let filter: Complex[] = [[1, 0]];
  for (let k = 0; k < p; k++) filter = timesLinear(filter, [-1, 0]);
  for (const y of roots(productPolynomial(p))) filter = timesLinear(filter, inside(y));
  const sum = filter.reduce((s, [re]) => s + re, 0);
  const reversed = filter.map(([re]) => (re / sum) * Math.SQRT2);
  return {
    low: Float64Array.from(reversed).reverse(),
    high: Float64Array.from(reversed, (v, j) => (j % 2 === 0 ? -v : v)),
  };
}

type Complex = readonly [number, number];
const times = ([a, b]: Complex, [c, d]: Complex): Complex => [a * c - b * d, a * d + b * c];
const minus = ([a, b]: Complex, [c, d]: Complex): Complex => [a - c, b - d];
const over = ([a, b]: Complex, [c, d]: Complex): Complex => {
  const squares = c * c + d * d;
  return [(a * c + b * d) / squares, (b * c - a * d) / squares];
};
function root([a, b]: Complex): Complex {
  const modulus = Math.hypot(a, b);
  const re = Math.sqrt((modulus + a) / 2);
  const im = Math.sqrt(Math.max(modulus - a, 0) / 2);
  return [re, b < 0 ? -im : im];
}

/** Coefficients of P, lowest power first. */
function productPolynomial(p: number): number[] {
  const out = [1];
  for (let k = 1; k < p; k++) out.push((out[k - 1] * (p - 1 + k)) / k);
  return out;
}

/** polynomial · (z − r), highest power first. */
function timesLinear(polynomial: readonly Complex[], r: Complex): Complex[] {
  const shifted = [...polynomial, [0, 0] as Complex];
  return shifted.map((c, i) => (i === 0 ? c : minus(c, times(r, polynomial[i - 1]))));
}

/** The z inside the unit circle with z + 1/z = 2 − 4y. */
function inside(y: Complex): Complex {
  const half: Complex = [1 - 2 * y[0], -2 * y[1]];
  const square = times(half, half);
  const difference = root([square[0] - 1, square[1]]);
  const z = minus(half, difference);
  return Math.hypot(...z) < 1 ? z : over([1, 0], z);
}

/** All roots of a polynomial (lowest power first) by the Weierstrass iteration. */
function roots(coefficients: readonly number[]): Complex[] {
  const degree = coefficients.length - 1;
  const lead = coefficients[degree];
  const value = (z: Complex): Complex =>
    coefficients.reduceRight<Complex>(
      (sum, c) => {
        const [re, im] = times(sum, z);
        return [re + c / lead, im];
      },
      [0, 0],
    );
  let found = Array.from({ length: degree }, (_, k): Complex => {
    const angle = (2 * Math.PI * k) / degree + 0.4;
    return [0.5 * Math.cos(angle), 0.5 * Math.sin(angle)];
  });
  for (let round = 0; round < 500; round++) {
    let moved = 0;
    found = found.map((z, i) => {
      const others = found.reduce<Complex>((product, w, j) => (j === i ? product : times(product, minus(z, w))), [1, 0]);
      const step = over(value(z), others);
      moved = Math.max(moved, Math.hypot(...step));
      return minus(z, step);
    });
    if (moved < 1e-15) break;
  }
  return found;
}
