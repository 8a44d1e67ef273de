import type { Measurement } from '../../../volumes/measurement.js';
import type { TraceGrid } from './classical/grid.js';

/** A scan as the classical methods take it. */
export function traceGridOf({ data, shape, arrays }: Pick<Measurement, 'data' | 'shape' | 'arrays'>): TraceGrid {
  const [n1, n2, nt] = shape;
  return { data, shape: [n1, n2, nt], live: liveOf({ shape, arrays }) };
}

/** [line, trace]: 1 where a trace was measured; without a mask everywhere. */
export function liveOf({ shape: [n1, n2], arrays }: Pick<Measurement, 'shape' | 'arrays'>): Uint8Array {
  const mask = arrays?.mask?.data;
  return mask ? Uint8Array.from(mask) : new Uint8Array(n1 * n2).fill(1);
}

/** A value of each trace for each of its samples. */
export function spread(traces: ArrayLike<number>, samples: number): Float32Array {
  const out = new Float32Array(traces.length * samples);
  for (let trace = 0; trace < traces.length; trace++) out.fill(traces[trace], trace * samples, (trace + 1) * samples);
  return out;
}

/** The scan as if the traces of `live` 0 had not been measured. */
export function withLive(scan: Measurement, live: Uint8Array): Measurement {
  const [lines, traces, samples] = scan.shape;
  const data = scan.data.slice();
  for (let trace = 0; trace < live.length; trace++) {
    if (!live[trace]) data.fill(0, trace * samples, (trace + 1) * samples);
  }
  const mask = { data: Float32Array.from(live), shape: [lines, traces], dtype: 'float32' as const };
  return { ...scan, data, arrays: { ...scan.arrays, mask } };
}
