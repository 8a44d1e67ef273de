import { SlicewiseError } from '../../../core/errors.js';
import { ibmToNumber, numberToIbm } from './ibm.js';

/** How samples are stored. */
export type SampleFormatName =
  'ibm32' | 'int32' | 'int16' | 'float32' | 'float64' | 'int24' | 'int8' | 'int64' | 'uint32' | 'uint16' | 'uint64' | 'uint24' | 'uint8';

export interface SampleFormat {
  readonly name: SampleFormatName;
  /** Data sample format code, binary header bytes 3225-3226 (SEG-Y rev 2.0, table 2). */
  readonly code: number;
  /** Bytes of one sample. */
  readonly bytes: number;
  /** Whole numbers from `min` to `max`, or floating point. */
  readonly integer?: { readonly min: number; readonly max: number };
  /** In words, for messages. */
  readonly label: string;
}

const signed = (bits: number) => ({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
const unsigned = (bits: number) => ({ min: 0, max: 2 ** bits - 1 });

/** The formats read and written. Code 4 (fixed point with gain) is obsolete since 2002 and refused. */
export const SAMPLE_FORMATS: readonly SampleFormat[] = [
  { code: 1, name: 'ibm32', bytes: 4, label: 'IBM float, 4 bytes' },
  { code: 2, name: 'int32', bytes: 4, integer: signed(32), label: 'integer, 4 bytes' },
  { code: 3, name: 'int16', bytes: 2, integer: signed(16), label: 'integer, 2 bytes' },
  { code: 5, name: 'float32', bytes: 4, label: 'IEEE float, 4 bytes' },
  { code: 6, name: 'float64', bytes: 8, label: 'IEEE float, 8 bytes' },
  { code: 7, name: 'int24', bytes: 3, integer: signed(24), label: 'integer, 3 bytes' },
  { code: 8, name: 'int8', bytes: 1, integer: signed(8), label: 'integer, 1 byte' },
  { code: 9, name: 'int64', bytes: 8, integer: signed(64), label: 'integer, 8 bytes' },
  { code: 10, name: 'uint32', bytes: 4, integer: unsigned(32), label: 'unsigned integer, 4 bytes' },
  { code: 11, name: 'uint16', bytes: 2, integer: unsigned(16), label: 'unsigned integer, 2 bytes' },
  { code: 12, name: 'uint64', bytes: 8, integer: unsigned(64), label: 'unsigned integer, 8 bytes' },
  { code: 15, name: 'uint24', bytes: 3, integer: unsigned(24), label: 'unsigned integer, 3 bytes' },
  { code: 16, name: 'uint8', bytes: 1, integer: unsigned(8), label: 'unsigned integer, 1 byte' },
];

/** What a user may call a format: our name, the code of the standard, or `ibm`, `ieee`. */
export type SampleFormatChoice = SampleFormatName | 'ibm' | 'ieee' | number;

/** @throws SlicewiseError ARGUMENT when there is no such format */
export function sampleFormat(choice: SampleFormatChoice): SampleFormat {
  const name = choice === 'ibm' ? 'ibm32' : choice === 'ieee' ? 'float32' : choice;
  const found = SAMPLE_FORMATS.find((f) => f.name === name || f.code === Number(name));
  if (found) return found;
  throw new SlicewiseError('ARGUMENT', {
    message: 'no such sample format',
    expected: `ibm, ieee, ${SAMPLE_FORMATS.map((f) => f.name).join(', ')} or a code of the standard`,
    got: String(choice),
  });
}

/**
 * Stored samples as float32. IBM words, 8- to 24-bit integers and float32 come out exactly; wider integers and float64 are rounded to
 * nearest. IBM words beyond float32 become ±Infinity.
 * @param out gets `count` values from `at`
 */
export function decodeSamples(
  format: SampleFormat,
  bytes: Uint8Array,
  offset: number,
  count: number,
  littleEndian: boolean,
  out: Float32Array,
  at = 0,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, count * format.bytes);
  const le = littleEndian;
  switch (format.name) {
    case 'ibm32':
      for (let n = 0; n < count; n++) out[at + n] = ibmToNumber(view.getUint32(4 * n, le));
      break;
    case 'float32':
      for (let n = 0; n < count; n++) out[at + n] = view.getFloat32(4 * n, le);
      break;
    case 'float64':
      for (let n = 0; n < count; n++) out[at + n] = view.getFloat64(8 * n, le);
      break;
    case 'int32':
      for (let n = 0; n < count; n++) out[at + n] = view.getInt32(4 * n, le);
      break;
    case 'uint32':
      for (let n = 0; n < count; n++) out[at + n] = view.getUint32(4 * n, le);
      break;
    case 'int16':
      for (let n = 0; n < count; n++) out[at + n] = view.getInt16(2 * n, le);
      break;
    case 'uint16':
      for (let n = 0; n < count; n++) out[at + n] = view.getUint16(2 * n, le);
      break;
    case 'int8':
      for (let n = 0; n < count; n++) out[at + n] = view.getInt8(n);
      break;
    case 'uint8':
      for (let n = 0; n < count; n++) out[at + n] = view.getUint8(n);
      break;
    case 'int64':
      for (let n = 0; n < count; n++) out[at + n] = Number(view.getBigInt64(8 * n, le));
      break;
    case 'uint64':
      for (let n = 0; n < count; n++) out[at + n] = Number(view.getBigUint64(8 * n, le));
      break;
    case 'int24':
    case 'uint24':
      for (let n = 0; n < count; n++) {
        const [high, low] = le ? [2, 0] : [0, 2];
        const value = (view.getUint8(3 * n + high) << 16) | (view.getUint8(3 * n + 1) << 8) | view.getUint8(3 * n + low);
        out[at + n] = format.name === 'int24' ? (value << 8) >> 8 : value;
      }
      break;
  }
}

/** What storing did to the values. */
export interface EncodeReport {
  /** Values rounded, and the largest difference that made (clipped values apart). */
  rounded: number;
  largestError: number;
  /** Values beyond the format's range, stored as its nearest end. */
  clipped: number;
}

export const newEncodeReport = (): EncodeReport => ({ rounded: 0, largestError: 0, clipped: 0 });

/**
 * Values as stored samples: rounded to nearest (whole numbers: halves away from zero), clipped to the range of the format, both counted
 * in `report`.
 * @throws SlicewiseError NOT_FINITE for NaN or infinity, which most readers cannot take and integer formats cannot hold
 */
export function encodeSamples(
  format: SampleFormat,
  values: Float32Array,
  littleEndian: boolean,
  report: EncodeReport = newEncodeReport(),
): Uint8Array<ArrayBuffer> {
  const { bytes: width, integer, name } = format;
  const bytes = new Uint8Array(values.length * width);
  const view = new DataView(bytes.buffer);
  const le = littleEndian;
  for (let n = 0; n < values.length; n++) {
    const value = values[n];
    if (!Number.isFinite(value)) {
      throw new SlicewiseError('NOT_FINITE', {
        message: `sample ${n} of a trace is ${value}`,
        expected: 'finite numbers',
      });
    }
    if (!integer) {
      if (name === 'float32') view.setFloat32(4 * n, value, le);
      else if (name === 'float64') view.setFloat64(8 * n, value, le);
      else {
        const word = numberToIbm(value);
        view.setUint32(4 * n, word, le);
        note(report, Math.abs(ibmToNumber(word) - value));
      }
      continue;
    }
    let whole = Math.sign(value) * Math.round(Math.abs(value));
    if (whole < integer.min || whole > integer.max) {
      report.clipped++;
      whole = whole < 0 || whole < integer.min ? integer.min : integer.max;
    } else note(report, Math.abs(whole - value));
    switch (width) {
      case 1:
        view.setUint8(n, whole & 0xff);
        break;
      case 2:
        view.setUint16(2 * n, whole & 0xffff, le);
        break;
      case 4:
        view.setUint32(4 * n, whole >>> 0, le);
        break;
      case 3: {
        const word = whole & 0xffffff;
        for (let k = 0; k < 3; k++) view.setUint8(3 * n + (le ? k : 2 - k), (word >>> (8 * k)) & 0xff);
        break;
      }
      default:
        // 2^63 - 1 and 2^64 - 1 are not numbers of double precision: their neighbours above are one too many
        view.setBigUint64(8 * n, BigInt.asUintN(64, whole >= integer.max ? BigInt(integer.max) - 1n : BigInt(whole)), le);
    }
  }
  return bytes;
}

function note(report: EncodeReport, error: number): void {
  if (error === 0) return;
  report.rounded++;
  if (error > report.largestError) report.largestError = error;
}

/** What a trace's samples are by their bits, without decoding them. */
export type SampleState = 'data' | 'zero' | 'not-finite';

/**
 * `zero`: every sample is zero (of whatever sign and exponent); `not-finite`: at least one is NaN or infinite (IEEE), or beyond float32
 * (IBM, float64 apart). Integer formats stop at the first sample that is not zero.
 */
export function sampleState(format: SampleFormat, bytes: Uint8Array, offset: number, count: number, littleEndian: boolean): SampleState {
  const length = count * format.bytes;
  if (format.name !== 'ibm32' && format.name !== 'float32' && format.name !== 'float64') {
    for (let at = offset; at < offset + length; at++) if (bytes[at] !== 0) return 'data';
    return 'zero';
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, length);
  let zero = true;
  if (format.name === 'float64') {
    const high = littleEndian ? 4 : 0;
    for (let at = 0; at < length; at += 8) {
      const word = view.getUint32(at + high, littleEndian) & 0x7fffffff;
      if (word >= 0x7ff00000) return 'not-finite';
      if (zero && (word | view.getUint32(at + 4 - high, littleEndian)) !== 0) zero = false;
    }
    return zero ? 'zero' : 'data';
  }
  const ibm = format.name === 'ibm32';
  for (let at = 0; at < length; at += 4) {
    const word = view.getUint32(at, littleEndian) & 0x7fffffff;
    if (ibm) {
      if ((word & 0xffffff) === 0) continue;
      zero = false;
      // exponents up to 96 fit float32: 0.FFFFFF · 16³² is its largest number
      if (word >= 0x61000000 && ibmToNumber(word) > 3.4028234663852886e38) return 'not-finite';
    } else if (word !== 0) {
      zero = false;
      if (word >= 0x7f800000) return 'not-finite';
    }
  }
  return zero ? 'zero' : 'data';
}
