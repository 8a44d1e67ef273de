import type { TraceGrid } from '../../src/modalities/seismic/classical/grid.js';
import { traces } from '../../volumes/kinds/traces/kind.js';
import type { Measurement } from '../../volumes/measurement.js';

/** A scan of a grid of traces, exact where they are live. */
export function scanOfGrid({ data, shape, live }: TraceGrid): Measurement {
  return {
    kind: traces.name,
    data,
    shape,
    dtype: 'float32',
    geometry: {},
    noise: { type: 'none' },
    arrays: { mask: { data: Float32Array.from(live), shape: shape.slice(0, 2), dtype: 'float32' } },
    meta: {},
    grid: traces.grid!({}, shape),
  };
}
