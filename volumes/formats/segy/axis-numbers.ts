import { SlicewiseError } from '../../../core/errors.js';
import type { Column } from './scan.js';

/** Numbers first, first + step, …: what an axis of the grid is. */
export interface AxisNumbers {
  readonly first: number;
  readonly step: number;
  readonly count: number;
  /** How far, in steps, a value is off its number at most: 0 but for positions that were binned. */
  readonly off: number;
}

/** What a caller may fix of an axis; the rest is found. */
export interface AxisChoice {
  readonly first?: number;
  readonly last?: number;
  /** Also the width of a bin, for values that lie irregularly. */
  readonly step?: number;
}

/** Different values in rising order. */
export function distinct(values: Column, use: (n: number) => boolean): Float64Array {
  let kept = 0;
  const sorted = new Float64Array(values.length);
  for (let n = 0; n < values.length; n++) if (use(n) && Number.isFinite(values[n])) sorted[kept++] = values[n];
  const used = sorted.subarray(0, kept).sort();
  let count = 0;
  for (let n = 0; n < kept; n++) if (n === 0 || used[n] !== used[count - 1]) used[count++] = used[n];
  return used.slice(0, count);
}

/** Values with a fraction are taken to this many parts of one. */
const PARTS = 1000;

/**
 * Number axis of the values that occur: from the smallest to the largest in steps of the greatest common divisor of their differences, so
 * that numbering in steps of 2 or 4 has no holes and a missing number is one.
 * @param irregular whether positions (offsets) are meant, which need not lie on numbers: then, where fewer than a quarter of the numbers
 *   occur, the step is that of the clusters of values (`spacing`), and values are binned
 */
export function numberAxis(values: Float64Array, choice: AxisChoice = {}, irregular = false): AxisNumbers {
  const scale = values.every((v) => Number.isInteger(v)) ? 1 : PARTS;
  let divisor = 0;
  for (let n = 1; n < values.length; n++) divisor = gcd(divisor, Math.round((values[n] - values[n - 1]) * scale));
  let step = choice.step ?? (divisor === 0 ? 1 : divisor / scale);
  if (!(step > 0 && Number.isFinite(step))) {
    throw new SlicewiseError('ARGUMENT', { message: 'an axis needs a step above 0', got: String(choice.step) });
  }
  const low = choice.first ?? values[0] ?? 0;
  const high = choice.last ?? values.at(-1) ?? low;
  if (choice.step === undefined && irregular && values.length >= 3) {
    const numbers = (values[values.length - 1] - values[0]) / step + 1;
    if (values.length / numbers < 0.25) step = spacing(values);
  }
  const count = Math.max(1, Math.round((high - low) / step) + 1);
  let off = 0;
  for (const value of values) {
    const at = (value - low) / step;
    off = Math.max(off, Math.abs(at - Math.round(at)));
  }
  // a thousandth of a step is rounding
  return { first: low, step, count, off: off < 1e-3 ? 0 : off };
}

function gcd(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return Math.abs(a);
}

/**
 * Distance of values that lie in clusters, rising: the median of the gaps between clusters (those of at least a quarter of the largest
 * gap), then the slope of the line through the values over their numbers.
 */
function spacing(values: Float64Array): number {
  const gaps = values.slice(1).map((v, n) => v - values[n]);
  const largest = gaps.reduce((most, gap) => Math.max(most, gap), 0);
  const wide = gaps.filter((gap) => gap >= largest / 4).sort();
  const base = wide[wide.length >> 1];
  let [n, sk, sv, skk, skv] = [0, 0, 0, 0, 0];
  for (const value of values) {
    const k = Math.round((value - values[0]) / base);
    n++;
    sk += k;
    sv += value - values[0];
    skk += k * k;
    skv += k * (value - values[0]);
  }
  const fitted = (n * skv - sk * sv) / (n * skk - sk * sk);
  return fitted > base / 2 && fitted < 2 * base ? fitted : base;
}
