import type { Measurement } from '../../measurement.js';
import { TRACES } from './schema.js';

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
