import { SlicewiseError } from '../core/errors.js';
import type { Measurement } from './measurement.js';
import { elements } from '../core/array.js';

/**
 * Refuses NaN and infinities: one of them would spread over a whole slice.
 * @throws SlicewiseError NOT_FINITE with their number and the index of the first, as [i, j, k] of `shape` (complex: `lanes` 2)
 */
export function checkFinite(
  data: ArrayLike<number>,
  shape: readonly number[],
  what: string,
  lanes = 1,
  hint = 'replace bad pixels or leave out bad views before reconstructing',
): void {
  let [count, infinite, first] = [0, 0, -1];
  for (let i = 0; i < data.length; i++) {
    // NaN − NaN and ∞ − ∞ are NaN; every finite value gives 0.
    if (data[i] - data[i] !== 0) {
      if (count++ === 0) first = i;
      if (!Number.isNaN(data[i])) infinite++;
    }
  }
  if (count === 0) return;
  const index: number[] = [];
  let rest = Math.floor(first / lanes);
  for (let a = shape.length - 1; a >= 0; a--) {
    index.unshift(rest % shape[a]);
    rest = Math.floor(rest / shape[a]);
  }
  throw new SlicewiseError('NOT_FINITE', {
    message: `${what} holds values that are not finite (NaN or infinite)`,
    expected: 'finite numbers',
    got: `${named(count, infinite)} of ${data.length}, the first (${data[first]}) at [${index.join(', ')}]`,
    hint,
  });
}

const named = (count: number, infinite: number): string =>
  infinite === 0 ? `${count} NaN` : infinite === count ? `${count} infinite` : `${count - infinite} NaN and ${infinite} infinite`;

/**
 * `checkFinite` on data, weights and arrays, and shapes of the arrays; every reader of measurements ends with it.
 * @throws SlicewiseError NOT_FINITE, SHAPE
 */
export function checkMeasurement(measurement: Measurement): Measurement {
  const { data, weights, arrays = {}, shape, dtype, meta } = measurement;
  const what = `the scan${meta.source ? ` ${meta.source}` : ''}`;
  checkFinite(data, shape, what, dtype === 'complex64' ? 2 : 1);
  if (weights) checkFinite(weights, shape, `the weights of ${what}`);
  for (const [name, array] of Object.entries(arrays)) {
    const lanes = array.dtype === 'complex64' ? 2 : 1;
    if (array.data.length !== lanes * elements(array.shape)) {
      throw new SlicewiseError('SHAPE', {
        message: `${name} of ${what}`,
        expected: `${lanes * elements(array.shape)} values for ${array.shape.join('×')} ${array.dtype}`,
        got: `${array.data.length}`,
      });
    }
    checkFinite(array.data, array.shape, `${name} of ${what}`, lanes);
  }
  return measurement;
}
