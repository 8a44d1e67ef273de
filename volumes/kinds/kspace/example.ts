import type { ArrayData } from '../../../core/array.js';
import type { Measurement } from '../../measurement.js';
import { kspaceGrid } from './assemble.js';
import { CARTESIAN } from './schema.js';

/** Two coils that see alike everywhere, of unit sum of squares: 0.6 and 0.8 i. */
const COILS = [
  [0.6, 0],
  [0, 0.8],
] as const;
const [ROWS, COLUMNS] = [9, 8];

/** Sensitivities of the coils, [slice, coil, y, x]. */
export const exampleMaps = (slices: number, rows: number, columns: number): ArrayData => ({
  data: coilValues(slices, rows * columns, () => 1),
  shape: [slices, COILS.length, rows, columns],
  dtype: 'complex64',
});

/** A real number for each of `count` samples, as the coils see it: complex [slice, coil, sample]. */
export function coilValues(slices: number, count: number, value: (sample: number) => number): Float32Array {
  const data = new Float32Array(2 * slices * COILS.length * count);
  for (let i = 0; i < data.length / 2; i++) {
    const [re, im] = COILS[Math.floor(i / count) % COILS.length];
    const v = value(i % count);
    data.set([re * v, im * v], 2 * i);
  }
  return data;
}

/** A small scan of a Gaussian spot by two coils, two of three lines: see `ScanKind.example`. */
export function kspaceExample(slices: number): Measurement {
  const mask = Float32Array.from({ length: ROWS * COLUMNS }, (_, i) => (Math.floor(i / COLUMNS) % 3 === 0 ? 0 : 1));
  const [middleY, middleX] = [Math.floor(ROWS / 2), Math.floor(COLUMNS / 2)];
  const spot = (i: number): number =>
    80 * mask[i] * Math.exp(-(((Math.floor(i / COLUMNS) - middleY) / 3) ** 2) - (((i % COLUMNS) - middleX) / 3) ** 2);
  return {
    kind: CARTESIAN,
    data: coilValues(slices, ROWS * COLUMNS, spot),
    shape: [slices, COILS.length, ROWS, COLUMNS],
    dtype: 'complex64',
    geometry: { readout: 'kx', acceleration: 1.5 },
    noise: { type: 'gaussian', std: 0.25 },
    grid: kspaceGrid([slices, ROWS, COLUMNS], { spacing: [1.5, 1.25, 3] }),
    arrays: {
      mask: { data: mask, shape: [1, ROWS, COLUMNS], dtype: 'float32' },
      maps: exampleMaps(slices, ROWS, COLUMNS),
    },
    meta: { source: 'example' },
  };
}
