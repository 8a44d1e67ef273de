import { BAND_AXIS } from '../../bands.js';
import type { Measurement } from '../../measurement.js';
import { ENTRIES } from './schema.js';

const [LINES, SAMPLES] = [5, 7];

/** Bands of two materials side by side, every fourth entry missing, another one in every band: see `ScanKind.example`. */
export function entriesExample(bands: number): Measurement {
  const shape = [bands, LINES, SAMPLES];
  const count = bands * LINES * SAMPLES;
  const mask = Float32Array.from({ length: count }, (_, n) =>
    ((n % (LINES * SAMPLES)) + Math.floor(n / (LINES * SAMPLES))) % 4 === 1 ? 0 : 1,
  );
  const value = (n: number): number => {
    const band = Math.floor(n / (LINES * SAMPLES));
    const share = (n % SAMPLES) / SAMPLES;
    return share * (0.2 + 0.1 * band) + (1 - share) * (0.6 - 0.05 * band);
  };
  return {
    kind: ENTRIES,
    data: mask.map((m, n) => m * value(n)),
    shape,
    dtype: 'float32',
    geometry: {},
    noise: { type: 'none' },
    grid: {
      shape,
      axes: [
        { name: BAND_AXIS, unit: 'nm', coordinates: Array.from({ length: bands }, (_, b) => 450 + 60 * b + b * b) },
        { name: 'line', unit: 'm', step: 2 },
        { name: 'sample', unit: 'm', step: 1.5 },
      ],
      units: 'reflectance',
      modality: 'hyperspectral',
    },
    arrays: {
      mask: { data: mask, shape, dtype: 'float32' },
      noise: { data: new Float32Array(bands).fill(0.01), shape: [bands], dtype: 'float32' },
    },
    meta: { source: 'example' },
  };
}
