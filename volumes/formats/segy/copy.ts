import { SlicewiseError } from '../../../core/errors.js';
import type { ByteSink } from '../../byte-source.js';
import type { SegyGeometry } from './geometry.js';
import { BINARY_FIELDS, getField, setField, type HeaderField } from './header-fields.js';
import { NewHeaders } from './new-header.js';
import { gapsInside } from './outline.js';
import { encodeSamples, newEncodeReport, type EncodeReport } from './sample-formats.js';
import { whole } from './scan.js';
import type { SegyFile } from './segy-file.js';
import { positionOfKey, sortingKey, stridesOf } from './sorting.js';
import { addTextLines, TEXT_BYTES } from './text-header.js';
import { windowPositions, type SegyWindow } from './window.js';

/** Bytes read and written at once. */
const CHUNK = 4 << 20;

export interface SegyCopyOptions {
  /**
   * Which missing positions get a trace: all of the grid, those inside the outline of the survey (`gapsInside`), or those marked 1.
   * Default `all`.
   */
  readonly fill?: 'all' | 'outline' | Uint8Array;
  /** Lines for the text header, of at most 76 characters: what was done. */
  readonly notes?: readonly string[];
  /** Identification code of new traces: N + 16384 of rev 2 (default), or the plain kind N for programs that skip all others. */
  readonly code?: 'interpolated' | 'live';
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

export interface SegyCopyReport {
  /** Traces of the new file, those inserted, and those that were there but missing. */
  readonly traces: number;
  readonly inserted: number;
  readonly replaced: number;
  /** What storing the samples of new traces in the file's format did. */
  readonly samples: EncodeReport;
  readonly report: readonly string[];
}

/** A copy of a file in the making. */
export interface SegyCopy {
  /** 1 for every grid position whose trace is to be written. */
  readonly missing: Uint8Array;
  /**
   * Writes the missing traces of a block of the grid (all samples, or a part of them, every sample once); measured traces of the block
   * are passed over.
   * @param data samples in C order, as `readWindow` gives them
   * @throws SlicewiseError SHAPE, NOT_FINITE
   */
  writeWindow(window: SegyWindow, data: Float32Array): Promise<void>;
  /** Call it when all is written. @throws SlicewiseError SHAPE when a missing trace has not been written whole */
  finish(): SegyCopyReport;
}

/**
 * Begins a copy of a file in which missing traces get samples. Everything that is in the file goes to the copy byte for byte: headers and
 * samples of measured traces, text and binary headers, bytes behind the traces. What changes:
 *
 * - new traces stand where the order of the file puts them (at its end, told, when it has none), with the headers of `NewHeaders`;
 * - traces that are there but dead, dummy, zero or not finite keep their headers but for the identification code (and coordinates, if
 *   they have none);
 * - counts of the binary header that count traces: 3513-3520 (rev 2), traces per ensemble (3213-3214, 3261-3264) and fold (3227-3228, CMP
 *   gathers) where they were right before;
 * - free cards of the text header get a line about it and the `notes`. Without a free card nothing is written there, which is told.
 *
 * The copy is complete, with zeros in the new traces, when this returns; samples follow by `writeWindow`, in any order. Memory does not
 * depend on the length of the file beyond that of the geometry.
 *
 * @throws SlicewiseError ABORTED, FORMAT when the file has become shorter, and what the sink throws
 */
export async function startSegyCopy(
  file: SegyFile,
  geometry: SegyGeometry,
  sink: ByteSink,
  options: SegyCopyOptions = {},
): Promise<SegyCopy> {
  const missing = missingPositions(geometry, options.fill ?? 'all');
  const { holes, slots, indexOf } = planInsertions(file, geometry, missing);
  const headers = new NewHeaders(file, geometry, options.code ?? 'interpolated');
  const report: string[] = [];
  const replaced = geometry.traceOf.reduce((sum, trace, p) => sum + (missing[p] && trace >= 0 ? 1 : 0), 0);
  const inserted = holes.length;
  const traces = file.traces + inserted;
  if (inserted > 0 && !geometry.sorting) {
    report.push(`${inserted} new traces are appended: the file has no order that would say where they belong`);
  }
  const left = geometry.live.reduce((sum, live, p) => sum + (live === 0 && !missing[p] ? 1 : 0), 0);
  if (left > 0) report.push(`${left} missing positions of the grid are left as they are`);

  const head = changedHead(file, geometry, missing, { inserted, replaced }, options, report);
  if (head.length > 0) await sink.write(0, head);

  // position → place among the traces of the copy
  const offsetOf = (position: number): number => {
    const trace = geometry.traceOf[position];
    const hole = trace >= 0 ? -1 : indexOf(position);
    const place = trace >= 0 ? trace + bisect(slots, trace) : slots[hole] + hole;
    return file.start + place * file.traceBytes;
  };

  await copyTraces();
  await copyTail();
  for (let p = 0; p < missing.length; p++) {
    if (missing[p] && geometry.traceOf[p] >= 0) await sink.write(offsetOf(p), await headers.forDead(p));
  }
  options.onProgress?.(1);

  const samples = newEncodeReport();
  const written = new Uint32Array(missing.length);
  return {
    missing,
    async writeWindow(window, data) {
      const positions = windowPositions(geometry, window);
      const count = window.count.at(-1)!;
      if (data.length !== positions.length * count) {
        throw new SlicewiseError('SHAPE', {
          message: 'the samples do not fit the window',
          expected: `${window.count.join(' × ')} = ${positions.length * count}`,
          got: String(data.length),
        });
      }
      const skip = file.headerBytes + window.start.at(-1)! * file.format.bytes;
      for (let row = 0; row < positions.length; row++) {
        const position = positions[row];
        if (!missing[position]) continue;
        const values = data.subarray(row * count, (row + 1) * count);
        await sink.write(offsetOf(position) + skip, encodeSamples(file.format, values, file.littleEndian, samples));
        written[position] += count;
      }
    },
    finish() {
      const short = missing.findIndex((m, p) => m === 1 && written[p] < file.samples);
      if (short >= 0) {
        throw new SlicewiseError('SHAPE', {
          message: 'a missing trace has not been written',
          expected: `${file.samples} samples at every missing position`,
          got: `${written[short]} at ${placeName(geometry, short)}`,
        });
      }
      return { traces, inserted, replaced, samples, report: [...report, ...tellSamples(file, samples)] };
    },
  };

  async function copyTraces(): Promise<void> {
    let next = 0;
    let at = file.start;
    const put = async (bytes: Uint8Array): Promise<void> => {
      await sink.write(at, bytes);
      at += bytes.length;
    };
    for (let from = 0; from <= file.traces;) {
      if (options.signal?.aborted) throw new SlicewiseError('ABORTED', { message: 'writing was stopped' });
      while (next < slots.length && slots[next] === from) {
        const trace = new Uint8Array(file.traceBytes);
        trace.set(await headers.forHole(holes[next++]));
        await put(trace);
      }
      if (from === file.traces) break;
      const to = Math.min(next < slots.length ? slots[next] : file.traces, from + Math.max(1, Math.floor(CHUNK / file.traceBytes)));
      // a trace longer than a piece goes in several
      const [begin, end] = [file.start + from * file.traceBytes, file.start + to * file.traceBytes];
      for (let piece = begin; piece < end; piece += CHUNK) {
        const length = Math.min(CHUNK, end - piece);
        await put(whole(await file.source.read(piece, length), length));
      }
      from = to;
      options.onProgress?.(from / file.traces);
    }
  }

  /** Padding and trailer records; not the beginning of a trace that was cut off. */
  async function copyTail(): Promise<void> {
    const end = file.start + file.traces * file.traceBytes;
    const shift = inserted * file.traceBytes;
    for (let at = end; at < end + file.tailBytes; at += CHUNK) {
      await sink.write(at + shift, await file.source.read(at, Math.min(CHUNK, end + file.tailBytes - at)));
    }
  }
}

function missingPositions(geometry: SegyGeometry, fill: 'all' | 'outline' | Uint8Array): Uint8Array {
  if (fill === 'outline') return gapsInside(geometry);
  if (fill !== 'all' && fill.length !== geometry.live.length) {
    throw new SlicewiseError('SHAPE', {
      message: 'the mask of positions to fill does not fit the grid',
      expected: String(geometry.live.length),
      got: String(fill.length),
    });
  }
  return geometry.live.map((live, p) => (live === 0 && (fill === 'all' || fill[p] === 1) ? 1 : 0));
}

/**
 * Grid positions that get a new trace, in the order of the copy; the trace of the file before which each stands; and which of them a
 * position is.
 */
function planInsertions(
  file: SegyFile,
  geometry: SegyGeometry,
  missing: Uint8Array,
): { holes: Int32Array; slots: Int32Array; indexOf: (position: number) => number } {
  let count = 0;
  for (let p = 0; p < missing.length; p++) if (missing[p] && geometry.traceOf[p] < 0) count++;
  const keys = new Int32Array(count);
  const { sorting } = geometry;
  const counts = geometry.axes.slice(0, -1).map((axis) => axis.count);
  const key = sorting ? sortingKey(sorting, counts) : (position: number) => position;
  for (let p = 0, n = 0; p < missing.length; p++) if (missing[p] && geometry.traceOf[p] < 0) keys[n++] = key(p);
  keys.sort();
  const holes = sorting ? keys.map(positionOfKey(sorting, counts)) : keys;
  const indexOf = (position: number): number => bisect(keys, key(position)) - 1;
  const slots = new Int32Array(count).fill(file.traces);
  if (!sorting) return { holes, slots, indexOf };
  let n = 0;
  for (let trace = 0; trace < file.traces && n < count; trace++) {
    const position = geometry.positionOf[trace];
    if (position < 0) continue;
    const here = key(position);
    while (n < count && keys[n] < here) slots[n++] = trace;
  }
  return { holes, slots, indexOf };
}

/** How many of the rising numbers are at most `value`. */
function bisect(rising: Int32Array, value: number): number {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Text and binary header of the copy. */
function changedHead(
  file: SegyFile,
  geometry: SegyGeometry,
  missing: Uint8Array,
  made: { readonly inserted: number; readonly replaced: number },
  options: SegyCopyOptions,
  report: string[],
): Uint8Array {
  const head = new Uint8Array(file.head);
  if (head.length < TEXT_BYTES + 400) return head;
  const total = made.inserted + made.replaced;
  const code = options.code === 'live' ? '' : ', CODE 16384 + N IN BYTES 29-30';
  const lines = [
    ...(total > 0 ? [`SLICEWISE: ${total} TRACES INTERPOLATED${code}`, 'MEASURED TRACES UNCHANGED'] : []),
    ...(options.notes ?? []),
  ];
  const text = addTextLines(head.subarray(0, TEXT_BYTES), lines);
  head.set(text.bytes);
  if (text.left.length > 0) {
    report.push(`the text header has no free card for: ${text.left.join('; ')}`);
  }
  const view = new DataView(head.buffer, TEXT_BYTES, 400);
  const le = file.littleEndian;
  const stated = Number(view.getBigUint64(3513 - 3201, le));
  if (file.revision[0] >= 2 && stated > 0) {
    view.setBigUint64(3513 - 3201, BigInt(file.traces + made.inserted), le);
  }
  const [old, now] = [tracesPerEnsemble(geometry), tracesPerEnsemble(geometry, missing)];
  const fields: HeaderField[] = [BINARY_FIELDS.tracesPerEnsemble];
  if (file.revision[0] >= 2) fields.push(BINARY_FIELDS.extendedTracesPerEnsemble);
  if (geometry.kind === 'cmp-offset') fields.push(BINARY_FIELDS.ensembleFold);
  for (const field of fields) {
    const value = getField(view, field, le, 3201);
    if (value > 0 && value === old && now !== old) setField(view, field, now, le, 3201);
  }
  return head;
}

/** Most traces that have one number of the slowest axis of the file, with the missing ones that are filled. */
function tracesPerEnsemble(geometry: SegyGeometry, filled?: Uint8Array): number {
  const counts = geometry.axes.slice(0, -1).map((axis) => axis.count);
  const slow = geometry.sorting?.order[0] ?? 0;
  const stride = stridesOf(counts)[slow];
  const tally = new Uint32Array(counts[slow]);
  for (let p = 0; p < geometry.traceOf.length; p++) {
    if (geometry.traceOf[p] >= 0 || filled?.[p] === 1) tally[Math.floor(p / stride) % counts[slow]]++;
  }
  return tally.reduce((most, count) => Math.max(most, count), 0);
}

function tellSamples(file: SegyFile, samples: EncodeReport): string[] {
  const told: string[] = [];
  if (samples.rounded > 0 && file.format.integer) {
    told.push(`samples of new traces are rounded to whole numbers (${file.format.label}): by up to ${samples.largestError.toPrecision(2)}`);
  }
  if (samples.clipped > 0) {
    told.push(`${samples.clipped} samples of new traces did not fit ${file.format.label} and are clipped to its range`);
  }
  return told;
}

/** `inline 103, crossline 204`. */
export function placeName(geometry: SegyGeometry, position: number): string {
  const counts = geometry.axes.slice(0, -1).map((axis) => axis.count);
  const strides = stridesOf(counts);
  return counts
    .map((count, a) => {
      const { name, first, step } = geometry.axes[a];
      return `${name} ${first + step * (Math.floor(position / strides[a]) % count)}`;
    })
    .join(', ');
}
