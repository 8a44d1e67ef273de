import type { Measurement } from '../../measurement.js';
import { PRESTACK, TRACES } from './schema.js';

const [COUNT, SAMPLES] = [7, 16];

/** Lines of a dipping event, every third trace missing, another one on every line: see `ScanKind.example`. */
export function traceExample(lines: number): Measurement {
  const mask = Float32Array.from({ length: lines * COUNT }, (_, i) => (((i % COUNT) + Math.floor(i / COUNT)) % 3 === 1 ? 0 : 1));
  const data = Float32Array.from({ length: mask.length * SAMPLES }, (_, i) => {
    const trace = Math.floor(i / SAMPLES);
    return mask[trace] * 40 * Math.exp(-((((i % SAMPLES) - 5 - 0.5 * (trace % COUNT)) / 2) ** 2));
  });
  return {
    kind: TRACES,
    data,
    shape: [lines, COUNT, SAMPLES],
    dtype: 'float32',
    geometry: { survey: 'inline-crossline' },
    noise: { type: 'none' },
    grid: {
      shape: [lines, COUNT, SAMPLES],
      axes: [
        { name: 'inline', unit: '', first: 101, step: 2 },
        { name: 'crossline', unit: '', first: 300, step: 1 },
        { name: 'time', unit: 'ms', first: 0, step: 4 },
      ],
      units: 'arbitrary',
      modality: 'seismic',
    },
    arrays: { mask: { data: mask, shape: [lines, COUNT], dtype: 'float32' } },
    meta: { source: 'example' },
  };
}

const [CROSSLINES, OFFSETS] = [3, 5];

/** As `traceExample`, along a third axis: an event that dips along all of them, some traces missing. */
export function prestackExample(lines: number): Measurement {
  const { geometry: _, ...like } = traceExample(1);
  const shape = [lines, CROSSLINES, OFFSETS, SAMPLES];
  const count = lines * CROSSLINES * OFFSETS;
  const mask = Float32Array.from({ length: count }, (_value, i) => ((i * 5) % 7 === 3 ? 0 : 1));
  const data = Float32Array.from({ length: count * SAMPLES }, (_value, i) => {
    const trace = Math.floor(i / SAMPLES);
    const delay = 4 + 0.4 * (trace % OFFSETS) + 0.3 * (Math.floor(trace / OFFSETS) % CROSSLINES);
    return mask[trace] * 40 * Math.exp(-((((i % SAMPLES) - delay) / 2) ** 2));
  });
  const [inline, crossline, time] = like.grid.axes;
  return {
    ...like,
    kind: PRESTACK,
    data,
    shape,
    geometry: { survey: 'inline-crossline' },
    grid: { ...like.grid, shape, axes: [inline, crossline, { name: 'offset', unit: 'm', first: 150, step: 50 }, time] },
    arrays: { mask: { data: mask, shape: shape.slice(0, -1), dtype: 'float32' } },
  };
}
