import { elements } from '../../../core/array.js';
import type { Measurement } from '../../../volumes/measurement.js';
import type { TraceGrid } from './classical/grid.js';

/** Lines, traces of a line, samples. Of three trace axes the lines are those of the two slowest: line × trace. */
export function sectionsOf(shape: readonly number[]): [lines: number, traces: number, samples: number] {
  const [traces, samples] = shape.slice(-2);
  return [elements(shape.slice(0, -2)), traces, samples];
}

/** A scan as the classical methods take it. */
export function traceGridOf({ data, shape, arrays }: Pick<Measurement, 'data' | 'shape' | 'arrays'>): TraceGrid {
  const outer = shape.length > 3 ? { outer: shape[0] } : {};
  return { data, shape: sectionsOf(shape), ...outer, live: liveOf({ shape, arrays }) };
}

/** [line, trace], or [line, trace, offset]: 1 where a trace was measured; without a mask everywhere. */
export function liveOf({ shape, arrays }: Pick<Measurement, 'shape' | 'arrays'>): Uint8Array {
  const mask = arrays?.mask?.data;
  return mask ? Uint8Array.from(mask) : new Uint8Array(elements(shape.slice(0, -1))).fill(1);
}

/** A value of each trace for each of its samples. */
export function spread(traces: ArrayLike<number>, samples: number): Float32Array {
  const out = new Float32Array(traces.length * samples);
  for (let trace = 0; trace < traces.length; trace++) out.fill(traces[trace], trace * samples, (trace + 1) * samples);
  return out;
}

/** The scan as if the traces of `live` 0 had not been measured. */
export function withLive(scan: Measurement, live: Uint8Array): Measurement {
  const samples = scan.shape[scan.shape.length - 1];
  const data = scan.data.slice();
  for (let trace = 0; trace < live.length; trace++) {
    if (!live[trace]) data.fill(0, trace * samples, (trace + 1) * samples);
  }
  const mask = { data: Float32Array.from(live), shape: scan.shape.slice(0, -1), dtype: 'float32' as const };
  return { ...scan, data, arrays: { ...scan.arrays, mask } };
}
