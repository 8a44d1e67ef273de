import { SlicewiseError } from '../../../core/errors.js';
import { decodeSamples } from './sample-formats.js';
import { whole } from './scan.js';
import type { SegyFile } from './segy-file.js';
import type { SegyGeometry } from './geometry.js';
import { TraceState } from './scan.js';
import { stridesOf } from './sorting.js';

/** A block of the grid: first index and length along every axis, the axis of samples last. */
export interface SegyWindow {
  readonly start: readonly number[];
  readonly count: readonly number[];
}

export interface WindowOptions {
  /** Positions hit by several traces: the one of `traceOf` (nearest), or the mean of all live ones. */
  readonly hits?: 'nearest' | 'stack';
}

/** Bytes read at once, and how many bytes between two traces are rather read than jumped over. */
const CHUNK = 4 << 20;
const JUMP = 1 << 15;

/** The whole grid. */
export const wholeWindow = (geometry: SegyGeometry): SegyWindow => ({
  start: geometry.axes.map(() => 0),
  count: geometry.axes.map((axis) => axis.count),
});

/** Grid positions of a window, in C order over its trace axes. @throws SlicewiseError SHAPE outside the grid */
export function windowPositions(geometry: SegyGeometry, window: SegyWindow): Int32Array {
  const { axes } = geometry;
  const fits = (a: number): boolean => {
    const [from, count] = [window.start[a], window.count[a]];
    return Number.isInteger(from) && Number.isInteger(count) && from >= 0 && count >= 1 && from + count <= axes[a].count;
  };
  if (window.start.length !== axes.length || window.count.length !== axes.length || !axes.every((_, a) => fits(a))) {
    throw new SlicewiseError('SHAPE', {
      message: 'the window reaches outside the grid',
      expected: axes.map((axis) => `${axis.name} 0 … ${axis.count - 1}`).join(', '),
      got: axes.map((axis, a) => `${axis.name} ${window.start[a]} … ${window.start[a] + window.count[a] - 1}`).join(', '),
    });
  }
  const traceAxes = axes.length - 1;
  const strides = stridesOf(axes.slice(0, -1).map((axis) => axis.count));
  const positions = new Int32Array(window.count.slice(0, -1).reduce((product, count) => product * count, 1));
  const at = new Array<number>(traceAxes).fill(0);
  for (let n = 0; n < positions.length; n++) {
    let position = 0;
    for (let a = 0; a < traceAxes; a++) position += (window.start[a] + at[a]) * strides[a];
    positions[n] = position;
    for (let a = traceAxes - 1; a >= 0 && ++at[a] === window.count[a]; a--) at[a] = 0;
  }
  return positions;
}

/**
 * Reads a block of the grid: samples in C order, the axis of samples last; missing traces are 0. Only the bytes of the block are read,
 * and small gaps between them, in pieces of at most 4 MiB.
 * @returns the block, and 1 for every trace of it that is live
 * @throws SlicewiseError SHAPE outside the grid, NOT_FINITE for samples that are NaN or infinite, FORMAT when the file has become shorter
 */
export async function readWindow(
  file: SegyFile,
  geometry: SegyGeometry,
  window: SegyWindow = wholeWindow(geometry),
  options: WindowOptions = {},
): Promise<{ data: Float32Array; live: Uint8Array }> {
  const positions = windowPositions(geometry, window);
  const samples = window.count.at(-1)!;
  const data = new Float32Array(positions.length * samples);
  const live = new Uint8Array(positions.length);
  // what is to be read: (trace, row of the block), in the order of the file
  const wanted: { trace: number; row: number; share: number }[] = [];
  for (let row = 0; row < positions.length; row++) {
    const position = positions[row];
    if (geometry.live[position] === 0) continue;
    live[row] = 1;
    const all = options.hits === 'stack' ? geometry.duplicates.get(position) : undefined;
    const traces = all?.filter((trace) => geometry.state[trace] === TraceState.data) ?? [geometry.traceOf[position]];
    for (const trace of traces) wanted.push({ trace, row, share: traces.length });
  }
  wanted.sort((a, b) => a.trace - b.trace);

  const width = file.format.bytes;
  const skip = file.headerBytes + window.start.at(-1)! * width;
  const length = samples * width;
  const offsetOf = (trace: number): number => file.start + trace * file.traceBytes + skip;
  const values = new Float32Array(samples);
  for (let from = 0; from < wanted.length;) {
    let to = from + 1;
    const begin = offsetOf(wanted[from].trace);
    while (to < wanted.length) {
      const next = offsetOf(wanted[to].trace);
      if (next - offsetOf(wanted[to - 1].trace) - length > JUMP || next + length - begin > CHUNK) break;
      to++;
    }
    const bytesWanted = offsetOf(wanted[to - 1].trace) + length - begin;
    const bytes = whole(await file.source.read(begin, bytesWanted), bytesWanted);
    for (; from < to; from++) {
      const { trace, row, share } = wanted[from];
      decodeSamples(file.format, bytes, offsetOf(trace) - begin, samples, file.littleEndian, values);
      const bad = values.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) {
        throw new SlicewiseError('NOT_FINITE', {
          message: `trace ${trace + 1} of the file has a sample that is ${values[bad]}`,
          expected: 'finite numbers',
          got: `${values[bad]} at sample ${window.start.at(-1)! + bad}`,
          hint: 'look for dead traces by their samples, then such a trace counts as missing',
        });
      }
      const at = row * samples;
      if (share === 1) data.set(values, at);
      else for (let n = 0; n < samples; n++) data[at + n] += values[n] / share;
    }
  }
  return { data, live };
}
