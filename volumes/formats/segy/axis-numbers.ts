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
 * Number axis of the values that occur: from the smallest to the largest in steps of the greatest common divisor of their differences, so that
 * numbering in steps of 2 or 4 has no holes and a missing number is one.
 * @param irregular whether positions (offsets) are meant, which need not lie on numbers: then, where fewer than a quarter of the numbers occur, the
 *   step is the median difference and values are binned
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
    if (values.length / numbers < 0.25) {
      const gaps = values.slice(1).map((v, n) => v - values[n]).sort(); // prettier-ignore
      step = gaps[gaps.length >> 1];
    }
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
