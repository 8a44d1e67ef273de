import { SlicewiseError } from '../../../core/errors.js';

/**
 * Values rounded to 16 bits.
 * @throws SlicewiseError ARGUMENT for values that do not fit, NOT_FINITE for NaN
 */
export function toInt16(data: Float32Array): Int16Array {
  const out = new Int16Array(data.length);
  for (let n = 0; n < data.length; n++) {
    const value = Math.round(data[n]);
    if (value >= -32768 && value <= 32767) {
      out[n] = value;
      continue;
    }
    if (Number.isNaN(value)) throw new SlicewiseError('NOT_FINITE', { message: 'NaN cannot be stored as int16', hint: 'write float32' });
    throw new SlicewiseError('ARGUMENT', {
      message: 'values do not fit int16',
      expected: '-32768 … 32767',
      got: `${data[n]}`,
      hint: 'write float32',
    });
  }
  return out;
}
