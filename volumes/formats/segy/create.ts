import { SlicewiseError } from '../../../core/errors.js';
import { BINARY_FIELDS, FIELD_BYTES, setField, TRACE_FIELDS, type AxisBytes, type AxisName, type HeaderField } from './header-fields.js';
import { encodeSamples, newEncodeReport, sampleFormat, type EncodeReport, type SampleFormatChoice } from './sample-formats.js';
import { makeTextHeader } from './text-header.js';

/** An array of traces to be written as a file. */
export interface TraceArray {
  /** Axes of the traces, the slowest first: number k stands for first + k · step. */
  readonly axes: readonly {
    readonly name: AxisName;
    readonly first: number;
    readonly step: number;
    readonly count: number;
  }[];
  /** Axis of the samples: ms, or the unit of length. */
  readonly vertical: {
    readonly domain: 'time' | 'depth';
    readonly first: number;
    readonly step: number;
    readonly count: number;
  };
  /**
   * All samples in C order, the samples of a trace together; or a function that gives those of one grid position, for arrays larger than
   * memory.
   */
  readonly samples: Float32Array | ((position: number) => Float32Array | Promise<Float32Array>);
  /** 1 where there is a trace. Without it, everywhere. */
  readonly live?: Uint8Array;
}

export interface CreateOptions {
  /** Default IEEE float (5) for rev 1 and 2, IBM (1) for rev 0. SU is always IEEE float. */
  readonly format?: SampleFormatChoice;
  /** Default big endian, for SU little. */
  readonly byteOrder?: 'big' | 'little';
  /** Default 1, which every reader knows. */
  readonly revision?: 0 | 1 | 2;
  /** Lines of the text header, of at most 76 characters; 38 fit with rev 1 and 2. */
  readonly text?: readonly string[];
  /** Header words of the axes. Default those of the standard: inline 189, crossline 193, shot 9, receiver 13, cmp 21, offset 37. */
  readonly bytes?: AxisBytes;
  /** What becomes of traces that are not live: left out, or written as zeros with identification code 2. Default left out. */
  readonly missing?: 'leave-out' | 'dead';
  /** Map position of the first trace, and the change for a step along every axis; written as CMP coordinates in centimetres. */
  readonly coordinates?: {
    readonly origin: readonly [number, number];
    readonly steps: readonly (readonly [number, number])[];
  };
  readonly lengthUnit?: 'm' | 'ft';
  /** Is told what storing the samples did. */
  readonly report?: EncodeReport;
}

const F = TRACE_FIELDS;
const DEFAULT_BYTES: { readonly [name in AxisName]: readonly HeaderField[] } = {
  inline: [F.inline, F.fieldRecord],
  crossline: [F.crossline, F.cdp],
  offset: [F.offset],
  shot: [F.fieldRecord, F.energySourcePoint],
  receiver: [F.traceNumber],
  cmp: [F.cdp],
  trace: [],
};
/** SU keeps floats in bytes 181-204. */
const SU_BYTES = { ...DEFAULT_BYTES, inline: [F.fieldRecord], crossline: [F.cdp] };
/** Pieces given on. */
const PIECE = 1 << 20;

/**
 * A new SEG-Y file, piece by piece (for `writeFileAtomic` or a sink).
 * @throws SlicewiseError ARGUMENT for what the format cannot say (numbers that are not whole, intervals or sample counts beyond the
 *   revision), SHAPE, NOT_FINITE
 */
export async function* encodeSegy(array: TraceArray, options: CreateOptions = {}): AsyncGenerator<Uint8Array> {
  const revision = options.revision ?? 1;
  const format = sampleFormat(options.format ?? (revision === 0 ? 'ibm' : 'ieee'));
  const littleEndian = options.byteOrder === 'little';
  const lines = options.text ?? ['WRITTEN BY SLICEWISE'];
  const text = makeTextHeader(lines, revision, revision === 0 ? 'EBCDIC' : 'ASCII');
  const binary = new Uint8Array(400);
  const view = new DataView(binary.buffer);
  const set = (field: HeaderField, value: number): void => setField(view, field, value, littleEndian, 3201);
  const { count } = array.vertical;
  const interval = wholeInterval(array, revision);
  const positions = array.axes.reduce((product, axis) => product * axis.count, 1);
  const live = array.live ?? new Uint8Array(positions).fill(1);
  const traces = options.missing === 'dead' ? positions : live.reduce((sum, one) => sum + one, 0);
  const kind = array.axes.some(({ name }) => name === 'shot') ? 1 : array.axes.some(({ name }) => name === 'offset') ? 2 : 4;
  set(BINARY_FIELDS.lineNumber, 1);
  set(BINARY_FIELDS.reelNumber, 1);
  set(BINARY_FIELDS.sampleInterval, interval ?? 0);
  set(BINARY_FIELDS.sampleCount, count > 65535 ? 0 : count);
  set(BINARY_FIELDS.format, format.code);
  set(BINARY_FIELDS.sorting, kind);
  set(BINARY_FIELDS.measurementSystem, options.lengthUnit === 'ft' ? 2 : 1);
  if (revision >= 1) {
    view.setUint8(300, revision);
    set(BINARY_FIELDS.fixedLength, 1);
  }
  if (revision === 2) {
    view.setUint32(96, 0x01020304, littleEndian);
    if (count > 65535) set(BINARY_FIELDS.extendedSampleCount, count);
    if (interval === undefined) {
      // µs, or the unit of length
      const { domain, step } = array.vertical;
      set(BINARY_FIELDS.extendedSampleInterval, domain === 'time' ? 1000 * step : step);
    }
    view.setBigUint64(3513 - 3201, BigInt(traces), littleEndian);
    view.setBigUint64(3521 - 3201, 3600n, littleEndian);
  }
  yield text;
  yield binary;
  yield* traceBytes(array, options, live, {
    format,
    littleEndian,
    interval: interval ?? 0,
    bytes: DEFAULT_BYTES,
    revision,
  });
}

/** A new Seismic Unix file: IEEE floats, trace headers as SEG-Y's to byte 180. @throws SlicewiseError as `encodeSegy` */
export async function* encodeSu(array: TraceArray, options: CreateOptions = {}): AsyncGenerator<Uint8Array> {
  const positions = array.axes.reduce((product, axis) => product * axis.count, 1);
  const live = array.live ?? new Uint8Array(positions).fill(1);
  const littleEndian = options.byteOrder !== 'big';
  const interval = wholeInterval(array, 0)!;
  yield* traceBytes(array, options, live, {
    format: sampleFormat('ieee'),
    littleEndian,
    interval,
    bytes: SU_BYTES,
    revision: -1,
  });
}

async function* traceBytes(
  array: TraceArray,
  options: CreateOptions,
  live: Uint8Array,
  file: {
    readonly format: ReturnType<typeof sampleFormat>;
    readonly littleEndian: boolean;
    readonly interval: number;
    readonly bytes: { readonly [name in AxisName]: readonly HeaderField[] };
    /** −1 for SU. */
    readonly revision: number;
  },
): AsyncGenerator<Uint8Array> {
  const { axes, vertical, samples } = array;
  const { format, littleEndian } = file;
  const positions = live.length;
  if (typeof samples !== 'function' && samples.length !== positions * vertical.count) {
    throw new SlicewiseError('SHAPE', {
      message: 'the samples do not fit the axes',
      expected: [...axes, vertical].map(({ count }) => count).join(' × '),
      got: `${samples.length} samples`,
    });
  }
  const words = axes.map(({ name }) => (options.bytes?.[name] ? [options.bytes[name]] : file.bytes[name]));
  checkNumbers(array, words);
  const [delay, delayScalar] = wholeDelay(vertical.first);
  const report = options.report ?? newEncodeReport();
  const zeros = new Float32Array(vertical.count);
  const traceLength = 240 + vertical.count * format.bytes;
  const together = Math.max(1, Math.floor(PIECE / traceLength));
  let piece = new Uint8Array(together * traceLength);
  let filled = 0;
  let sequence = 0;
  const at = axes.map(() => 0);
  for (let position = 0; position < positions; position++) {
    if (live[position] === 1 || options.missing === 'dead') {
      const view = new DataView(piece.buffer, filled * traceLength, 240);
      const set = (field: HeaderField, value: number): void => setField(view, field, value, littleEndian);
      sequence++;
      set(F.traceSequenceLine, sequence);
      set(F.traceSequenceFile, sequence);
      set(F.traceIdentification, live[position] === 1 ? (vertical.domain === 'depth' && file.revision >= 0 ? 25 : 1) : 2);
      set(F.elevationScalar, 1);
      set(F.sampleCount, vertical.count > 65535 ? 0 : vertical.count);
      set(F.sampleInterval, file.interval);
      set(F.delayRecordingTime, delay);
      if (file.revision >= 1) set(F.timeScalar, delayScalar);
      for (const [a, axis] of axes.entries()) for (const word of words[a]) set(word, axis.first + at[a] * axis.step);
      if (options.coordinates && file.revision >= 0) {
        const { origin, steps } = options.coordinates;
        set(F.coordinateScalar, -100);
        for (const [n, field] of [F.cdpX, F.cdpY].entries()) {
          set(field, 100 * axes.reduce((sum, _, a) => sum + at[a] * (steps[a]?.[n] ?? 0), origin[n]));
        }
      } else set(F.coordinateScalar, 1);
      const values =
        live[position] !== 1
          ? zeros
          : typeof samples === 'function'
            ? await samples(position)
            : samples.subarray(position * vertical.count, (position + 1) * vertical.count);
      piece.set(encodeSamples(format, values, littleEndian, report), filled * traceLength + 240);
      if (++filled === together) {
        yield piece;
        piece = new Uint8Array(together * traceLength);
        filled = 0;
      }
    }
    for (let a = axes.length - 1; a >= 0 && ++at[a] === axes[a].count; a--) at[a] = 0;
  }
  if (filled > 0) yield piece.subarray(0, filled * traceLength);
}

/** Interval of the headers in µs or thousandths of the unit; undefined where rev 2 says it in double precision. */
function wholeInterval({ vertical }: TraceArray, revision: number): number | undefined {
  const { step, count, domain } = vertical;
  const thousandths = Math.round(step * 1000);
  const whole = Math.abs(step * 1000 - thousandths) < 1e-6 && thousandths >= (domain === 'depth' ? 100 : 1) && thousandths <= 32767;
  if ((!whole || count > 65535) && revision < 2) {
    throw new SlicewiseError('ARGUMENT', {
      message: whole ? 'too many samples for the format' : 'the sample interval does not fit the format',
      expected: whole ? 'at most 65535' : domain === 'time' ? '0.001 to 32.767 ms in steps of 0.001' : '0.1 to 32.767 in steps of 0.001',
      got: whole ? String(count) : String(step),
      hint: 'SEG-Y revision 2 can hold it',
    });
  }
  return whole ? thousandths : undefined;
}

/** Delay recording time and its scalar (215-216). */
function wholeDelay(first: number): [number, number] {
  for (const power of [1, 10, 100, 1000, 10000]) {
    const value = first * power;
    if (Math.abs(value - Math.round(value)) < 1e-6 && Math.abs(value) <= 32767) return [Math.round(value), power === 1 ? 0 : -power];
  }
  throw new SlicewiseError('ARGUMENT', {
    message: 'the first sample does not fit the delay recording time (bytes 109-110)',
    expected: 'at most 32767 in steps of 1, 0.1, 0.01 …',
    got: String(first),
  });
}

function checkNumbers(array: TraceArray, words: readonly (readonly HeaderField[])[]): void {
  for (const [a, axis] of array.axes.entries()) {
    for (const { type, byte } of words[a]) {
      if (type === 'ibm' || type.startsWith('float')) continue;
      const last = axis.first + (axis.count - 1) * axis.step;
      const most = 2 ** (8 * FIELD_BYTES[type] - 1) - 1;
      const fits = Number.isInteger(axis.first) && Number.isInteger(axis.step) && Math.abs(axis.first) <= most && Math.abs(last) <= most;
      if (fits) continue;
      throw new SlicewiseError('ARGUMENT', {
        message: `${axis.name} numbers do not fit the header word at byte ${byte}`,
        expected: `whole numbers to ${most}`,
        got: `${axis.first} … ${last} in steps of ${axis.step}`,
        hint: `choose a float word, for example ${axis.name}=${byte}:float32`,
      });
    }
  }
}
