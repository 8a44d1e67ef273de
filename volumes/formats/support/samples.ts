import { SlicewiseError } from '../../../core/errors.js';

/** Element types found in files. */
export type SampleType =
  'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'int64' | 'uint64' | 'float16' | 'float32' | 'float64';

export const SAMPLE_BYTES: { readonly [type in SampleType]: number } = {
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float16: 2,
  float32: 4,
  float64: 8,
};

const ARRAYS = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** How the samples lie in the bytes and what they mean. */
export interface SampleLayout {
  readonly type: SampleType;
  readonly littleEndian: boolean;
  readonly offset: number;
  readonly count: number;
  /** value = slope · stored + intercept, in double precision before it is rounded to float32. Default 1 and 0. */
  readonly slope?: number;
  readonly intercept?: number;
}

/**
 * Stored samples as float32.
 * @throws SlicewiseError FORMAT when the bytes end before the last sample
 */
export function readSamples(bytes: Uint8Array, layout: SampleLayout): Float32Array {
  const { type, count, slope = 1, intercept = 0 } = layout;
  const stored = view(bytes, layout);
  const out = new Float32Array(count);
  if (stored instanceof BigInt64Array || stored instanceof BigUint64Array) {
    for (let n = 0; n < count; n++) out[n] = Number(stored[n]) * slope + intercept;
  } else if (type === 'float16') {
    for (let n = 0; n < count; n++) out[n] = halfToNumber(stored[n] as number) * slope + intercept;
  } else if (slope === 1 && intercept === 0) {
    out.set(stored);
  } else {
    for (let n = 0; n < count; n++) out[n] = stored[n] * slope + intercept;
  }
  return out;
}

/** Stored samples as double, for short arrays such as angles where float32 would cost digits. */
export function readSamplesDouble(bytes: Uint8Array, layout: SampleLayout): Float64Array {
  const stored = view(bytes, layout);
  const { type, slope = 1, intercept = 0 } = layout;
  return Float64Array.from(
    stored as ArrayLike<number | bigint>,
    (value) => (type === 'float16' ? halfToNumber(Number(value)) : Number(value)) * slope + intercept,
  );
}

/** A typed array over the samples in the machine's own (little) byte order; a copy only where it must be one. */
function view(bytes: Uint8Array, layout: SampleLayout) {
  const { type, littleEndian, offset, count } = layout;
  const size = SAMPLE_BYTES[type];
  const end = offset + count * size;
  if (end > bytes.length) {
    throw new SlicewiseError('FORMAT', {
      message: 'the file ends before its data do',
      expected: `${end} bytes for ${count} ${type} values from byte ${offset}`,
      got: `${bytes.length} bytes`,
      hint: 'the file is truncated or its header is wrong; copy or download it again',
    });
  }
  const swap = !littleEndian && size > 1;
  const aligned = (bytes.byteOffset + offset) % size === 0;
  const raw = swap || !aligned ? bytes.slice(offset, end) : bytes.subarray(offset, end);
  if (swap) swapBytes(raw, size);
  return new ARRAYS[type](raw.buffer as ArrayBuffer, raw.byteOffset, count);
}

/** The bytes of numbers, little endian; not a copy. */
export function littleEndianBytes(samples: Float32Array | Int16Array): Uint8Array {
  // WebAssembly, which everything here needs, is little endian, and so are the machines that run it
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** Reverses the byte order of every `size`-byte word, in place. */
export function swapBytes(bytes: Uint8Array, size: number): void {
  for (let at = 0; at + size <= bytes.length; at += size) {
    for (let low = at, high = at + size - 1; low < high; low++, high--) {
      const keep = bytes[low];
      bytes[low] = bytes[high];
      bytes[high] = keep;
    }
  }
}

/** IEEE 754 binary16. */
function halfToNumber(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Range and kind of the values of a volume, in one pass. */
export interface ValueSummary {
  readonly min: number;
  readonly max: number;
  /** NaN or infinite values; they are left out of min and max. */
  readonly notFinite: number;
  /** Every finite value is a whole number. */
  readonly integers: boolean;
}

export function summariseValues(data: ArrayLike<number>): ValueSummary {
  let min = Infinity;
  let max = -Infinity;
  let notFinite = 0;
  let integers = true;
  for (let n = 0; n < data.length; n++) {
    const value = data[n];
    if (value - value !== 0) {
      notFinite++;
      continue;
    }
    if (value < min) min = value;
    if (value > max) max = value;
    if (integers && value !== Math.trunc(value)) integers = false;
  }
  return { min, max, notFinite, integers };
}

/** Warnings about values that a user should hear of, whatever the format. */
export function valueWarnings(values: ValueSummary, storedType: SampleType): string[] {
  const warnings: string[] = [];
  if (values.notFinite > 0) warnings.push(`${values.notFinite} values are NaN or infinite`);
  const wide = ['int32', 'uint32', 'int64', 'uint64'].includes(storedType);
  if (wide && Math.max(Math.abs(values.min), Math.abs(values.max)) > 2 ** 24) {
    warnings.push(`${storedType} values beyond 2^24 were rounded to float32`);
  }
  return warnings;
}
