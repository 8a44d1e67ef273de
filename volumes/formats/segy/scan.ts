import { SlicewiseError } from '../../../core/errors.js';
import { getField, TRACE_FIELDS, type HeaderField } from './header-fields.js';
import { sampleState } from './sample-formats.js';
import type { SegyFile } from './segy-file.js';

/** Bytes read at once. */
const CHUNK = 4 << 20;
/** From this trace length on, headers and samples are read apart; the smaller one where samples are not looked at. */
const LONG_TRACE = 1 << 18;
const LONG_TRACE_FOR_HEADERS = 1 << 15;

/** What a trace is. */
export const TraceState = {
  /** Samples to work with. */
  data: 0,
  /** Identification code 2 (dead). */
  dead: 1,
  /** Identification code 3 (dummy). */
  dummy: 2,
  /** Every sample is zero. */
  zero: 3,
  /** A sample is NaN or infinite. */
  notFinite: 4,
  /** Not a trace of the survey: time break, uphole, sweep, timing, water break, gun signature, vibrator, pairs of values. */
  auxiliary: 5,
} as const;
export type TraceState = (typeof TraceState)[keyof typeof TraceState];

/** Identification code of rev 2: N + 16384 says that the trace of kind N is interpolated. */
export const INTERPOLATED = 16384;

/**
 * What an identification code (bytes 29-30) says. Codes 4 to 8 are auxiliary in every revision and in SU; 9, 10 and 18 to 24 since rev 1,
 * which gave them a meaning (rev 0 and SU leave 9 and above to the user). Sensors, potentials and fields (11 to 17, 25 to 41), 0, −1 and
 * unassigned codes are data.
 */
export function stateOfCode(code: number, revision: number): TraceState {
  const kind = code >= INTERPOLATED ? code - INTERPOLATED : code;
  if (kind === 2) return TraceState.dead;
  if (kind === 3) return TraceState.dummy;
  if (kind >= 4 && kind <= 8) return TraceState.auxiliary;
  if (revision >= 1 && (kind === 9 || kind === 10 || (kind >= 18 && kind <= 24))) return TraceState.auxiliary;
  return TraceState.data;
}

/** One number of every trace. */
export type Column = Int32Array | Float64Array;

export interface TraceScan {
  /** Column n holds field n of every trace, in file order. */
  readonly columns: readonly Column[];
  /** TraceState of every trace. */
  readonly state: Uint8Array;
  /** Traces whose code says that they are interpolated (bytes 29-30 from 16384). */
  readonly interpolated: number;
}

export interface ScanOptions {
  /** `samples`: traces of zeros or with NaN are found, every sample is read. `codes`: by identification code only, headers are read. */
  readonly dead?: 'samples' | 'codes';
  /** Share of the file that has been read, from time to time. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

/** Goes over all traces once, in pieces of bounded size. Memory: 4 or 8 bytes for every field and trace, and one byte for every trace. */
export async function scanTraces(file: SegyFile, fields: readonly HeaderField[], options: ScanOptions = {}): Promise<TraceScan> {
  const { traces, traceBytes, headerBytes, littleEndian, format, samples } = file;
  const columns = fields.map(({ type }) =>
    type === 'int16' || type === 'uint16' || type === 'int32' ? new Int32Array(traces) : new Float64Array(traces),
  );
  const state = new Uint8Array(traces);
  let interpolated = 0;
  const bySamples = (options.dead ?? 'samples') === 'samples';
  const take = (n: number, bytes: Uint8Array, at: number): void => {
    const header = new DataView(bytes.buffer, bytes.byteOffset + at, headerBytes);
    for (const [c, field] of fields.entries()) columns[c][n] = getField(header, field, littleEndian);
    const code = header.getInt16(28, littleEndian);
    if (code >= INTERPOLATED) interpolated++;
    state[n] = stateOfCode(code, file.revision[0]);
  };
  const judge = (n: number, found: 'data' | 'zero' | 'not-finite'): void => {
    if (state[n] !== TraceState.data || found === 'data') return;
    state[n] = found === 'zero' ? TraceState.zero : TraceState.notFinite;
  };

  if (traceBytes >= (bySamples ? LONG_TRACE : LONG_TRACE_FOR_HEADERS)) {
    for (let n = 0; n < traces; n++) {
      progress(n);
      const at = file.start + n * traceBytes;
      take(n, whole(await file.source.read(at, headerBytes), headerBytes), 0);
      if (!bySamples || state[n] !== TraceState.data) continue;
      let found: 'data' | 'zero' | 'not-finite' = 'zero';
      const piece = Math.floor(CHUNK / format.bytes);
      for (let from = 0; from < samples && found !== 'not-finite'; from += piece) {
        const count = Math.min(piece, samples - from);
        const bytes = await file.source.read(at + headerBytes + from * format.bytes, count * format.bytes);
        const next = sampleState(format, whole(bytes, count * format.bytes), 0, count, littleEndian);
        if (next !== 'zero') found = next;
        // integers cannot be anything but finite
        if (found === 'data' && format.integer) break;
      }
      judge(n, found);
    }
  } else {
    const together = Math.max(1, Math.floor(CHUNK / traceBytes));
    for (let n = 0; n < traces; n += together) {
      progress(n);
      const count = Math.min(together, traces - n);
      const bytes = whole(await file.source.read(file.start + n * traceBytes, count * traceBytes), count * traceBytes);
      for (let k = 0; k < count; k++) {
        take(n + k, bytes, k * traceBytes);
        if (bySamples && state[n + k] === TraceState.data) {
          judge(n + k, sampleState(format, bytes, k * traceBytes + headerBytes, samples, littleEndian));
        }
      }
    }
  }
  return { columns, state, interpolated };

  function progress(n: number): void {
    if (options.signal?.aborted) throw new SlicewiseError('ABORTED', { message: 'reading was stopped' });
    options.onProgress?.(n / traces);
  }
}

/** @throws SlicewiseError FORMAT when the file has become shorter since it was opened */
export function whole(bytes: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  if (bytes.length === length) return bytes;
  throw new SlicewiseError('FORMAT', {
    message: 'the file has become shorter while it was read',
    expected: `${length} bytes`,
    got: `${bytes.length}`,
  });
}

/**
 * Files with no more traces than this are looked at whole, to find out which words say where a trace lies; and so many of larger ones, if
 * need be.
 */
export const RUN = 20_000;

/** Standard headers of all traces of a small file; of a large one, runs of neighbours from all over it. */
export async function someHeaders(file: SegyFile, runs = 8, length = 256): Promise<HeaderView[]> {
  if (file.traces <= RUN) return firstHeaders(file, RUN);
  const headers: HeaderView[] = [];
  for (let r = 0; r < runs; r++) {
    headers.push(...(await neighbours(file, Math.floor(((file.traces - length) * r) / (runs - 1)), length)));
  }
  return headers;
}

/** Standard headers of the first traces, as many as `most`. */
export const firstHeaders = (file: SegyFile, most: number): Promise<HeaderView[]> => neighbours(file, 0, Math.min(most, file.traces));

export interface HeaderView {
  readonly view: DataView;
}

async function neighbours(file: SegyFile, first: number, count: number): Promise<HeaderView[]> {
  const headers: HeaderView[] = [];
  const { traceBytes } = file;
  const together = traceBytes >= LONG_TRACE_FOR_HEADERS ? 1 : Math.floor(CHUNK / traceBytes);
  for (let n = first; n < first + count; n += together) {
    const traces = Math.min(together, first + count - n);
    const length = (traces - 1) * traceBytes + 240;
    const bytes = whole(await file.source.read(file.start + n * traceBytes, length), length);
    for (let k = 0; k < traces; k++) {
      // copies, so that the samples need not be kept
      const header = new Uint8Array(bytes.subarray(k * traceBytes, k * traceBytes + 240));
      headers.push({ view: new DataView(header.buffer) });
    }
  }
  return headers;
}

/** The standard's name of the word that begins at this byte. */
export function standardName(byte: number): string | undefined {
  return Object.entries(TRACE_FIELDS).find(([, field]) => field.byte === byte)?.[0];
}
