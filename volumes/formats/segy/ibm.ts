/**
 * IBM System/360 short floating point: sign (1 bit), exponent e (7 bits, excess 64), fraction f (24 bits): ±f/2²⁴ · 16^(e−64). A fraction
 * whose first hexadecimal digit is not zero is normalised; so the significand has 21 to 24 bits. IBM, System/360 Principles of Operation,
 * GA22-6821.
 */

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** The value of an IBM word in double precision: exact for every word. */
export function ibmToNumber(word: number): number {
  const value = (word & 0xffffff) * 2 ** (4 * ((word >>> 24) & 0x7f) - 280);
  return word >>> 31 ? -value : value;
}

/**
 * The nearest IBM word, halves to even, normalised. Rounding is by at most 2⁻²¹ of the value: float32 has up to three bits more than such
 * a word. A value already in IBM precision comes back exactly. Magnitudes up to float32's largest fit; smaller than 16⁻⁶⁵ become zero.
 */
export function numberToIbm(value: number): number {
  if (value === 0) return Object.is(value, -0) ? 0x80000000 : 0;
  const sign = value < 0 ? 0x80000000 : 0;
  const magnitude = Math.abs(value);
  float[0] = magnitude;
  // the exponent by float32's own bits; doubles and subnormals by the logarithm, corrected below
  const stored = bits[0] >>> 23;
  const binary = stored > 0 && stored < 255 ? stored - 127 : Math.floor(Math.log2(magnitude));
  let exponent = Math.floor(binary / 4) + 1;
  // double precision just below a power of 16 may have been rounded up to it
  if (magnitude * 2 ** (24 - 4 * exponent) < 0x100000) exponent--;
  let fraction = roundHalfEven(magnitude * 2 ** (24 - 4 * exponent));
  if (fraction >= 0x1000000) {
    exponent++;
    fraction = 0x100000;
  }
  if (exponent < -64) return sign;
  if (exponent > 63) return (sign | 0x7fffffff) >>> 0;
  return (sign | ((exponent + 64) << 24) | fraction) >>> 0;
}

function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}
