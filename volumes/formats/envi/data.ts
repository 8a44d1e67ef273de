import { elements } from '../../../core/array.js';
import { transpose, type NumericArray } from '../../raw-array.js';
import { readSamples, swapBytes, type SampleType } from '../support/samples.js';
import type { EnviBands } from './bands.js';
import { bytesPerValue, type EnviLayout, type Interleave } from './layout.js';

/** Which of (band, line, sample) an index of the file counts, the slowest first. */
const ORDER: { readonly [interleave in Interleave]: readonly [number, number, number] } = {
  bsq: [0, 1, 2],
  bil: [1, 0, 2],
  bip: [1, 2, 0],
};

type Calibration = Pick<EnviBands, 'gains' | 'offsets' | 'noData'>;

/**
 * The numbers of a data file, [band, line, sample], complex ones interleaved (re, im): gain · stored + offset of each band, the value
 * for no data as it is stored.
 * @throws SlicewiseError FORMAT when the bytes end before the data do
 */
export function decodeData(bytes: Uint8Array, layout: EnviLayout, calibration: Calibration): Float32Array {
  const { samples, lines, bands, type, littleEndian, offset, interleave } = layout;
  const lanes = layout.complex ? 2 : 1;
  const shape = [bands, lines, samples];
  const stored = readSamples(bytes, { type, littleEndian, offset, count: lanes * elements(shape) });
  const inFile = ORDER[interleave].map((axis) => shape[axis]);
  const order = [0, 1, 2].map((axis) => ORDER[interleave].indexOf(axis as 0));
  const data = transpose(stored, inFile, order, lanes);
  calibrate(data, layout, calibration, (value, gain, add) => gain * value + add);
  return data;
}

function calibrate(
  data: Float32Array,
  { samples, lines, bands, complex }: EnviLayout,
  { gains, offsets, noData = NaN }: Calibration,
  map: (value: number, gain: number, add: number) => number,
): void {
  if (!gains && !offsets) return;
  const size = samples * lines * (complex ? 2 : 1);
  for (let band = 0; band < bands; band++) {
    const [gain, add] = [gains?.[band] ?? 1, offsets?.[band] ?? 0];
    for (let n = band * size; n < (band + 1) * size; n++) if (data[n] !== noData) data[n] = map(data[n], gain, add);
  }
}

/** Whole numbers that a type holds. */
const LIMITS: { readonly [type in SampleType]?: readonly [low: number, high: number] } = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  int64: [-(2 ** 63), 2 ** 63 - 2 ** 39],
  uint64: [0, 2 ** 64 - 2 ** 40],
};

const ARRAYS = {
  uint8: Uint8Array,
  int16: Int16Array,
  int32: Int32Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/**
 * The same numbers as a file of this layout has them, without its offset: whole numbers rounded, and one that would round to the
 * value for no data moved by one. Undefined where the type cannot hold them (out of range, NaN).
 */
export function encodeData(values: Float32Array, layout: EnviLayout, calibration: Calibration): Uint8Array | undefined {
  const { samples, lines, bands, type, littleEndian, interleave } = layout;
  const { noData = NaN } = calibration;
  const lanes = layout.complex ? 2 : 1;
  const raw = calibration.gains || calibration.offsets ? values.slice() : values;
  calibrate(raw, layout, calibration, (value, gain, add) => (value - add) / gain);
  const limits = LIMITS[type];
  const stored = limits ? whole(raw, values, limits, noData) : raw;
  if (!stored) return undefined;
  const placed = transpose(stored, [bands, lines, samples], ORDER[interleave], lanes);
  const bytes = bytesOf(placed, type);
  if (!littleEndian) swapBytes(bytes, bytesPerValue({ type, complex: false }));
  return bytes;
}

/** Rounded, each within the limits; `values` are the numbers before gains were taken off, among which the value for no data stands. */
function whole(raw: Float32Array, values: Float32Array, [low, high]: readonly [number, number], noData: number): Float64Array | undefined {
  const out = new Float64Array(raw.length);
  for (let n = 0; n < raw.length; n++) {
    let value = Math.round(raw[n]);
    if (!(value >= low && value <= high)) return undefined;
    if (value === noData && values[n] !== noData) value += value < high && (raw[n] >= value || value === low) ? 1 : -1;
    out[n] = value;
  }
  return out;
}

function bytesOf(values: NumericArray, type: SampleType): Uint8Array {
  if (type === 'int64' || type === 'uint64') {
    const wide = type === 'int64' ? new BigInt64Array(values.length) : new BigUint64Array(values.length);
    for (let n = 0; n < values.length; n++) wide[n] = BigInt(values[n]);
    return new Uint8Array(wide.buffer);
  }
  const Ctor = ARRAYS[type as keyof typeof ARRAYS];
  // a copy: the bytes are swapped in place
  return new Uint8Array(Ctor.from(values as Float64Array).buffer as ArrayBuffer);
}
