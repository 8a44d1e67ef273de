import { isRegular, stepOf, type Axis } from '../../../core/axis.js';
import { BAND_AXIS } from '../../bands.js';
import type { Grid, Measurement } from '../../measurement.js';
import { defineKind, geometryOf, type ScanKind } from '../kind.js';
import { countedGrid } from '../spectral/kind.js';
import { REDUCED, reducedSchema } from './schema.js';

export const reducedCube: ScanKind<typeof reducedSchema> = defineKind({
  name: REDUCED,
  title: 'Spectral cube of large pixels',
  axes: [BAND_AXIS, 'line', 'sample'],
  dtype: 'float32',
  geometry: reducedSchema,
  arrays: { noise: { axes: [BAND_AXIS], dtype: 'float32', what: 'standard deviation of the noise of each band' } },
  grid(geometry, [bands, lines, samples]): Grid {
    const { factor } = geometryOf(reducedCube, geometry);
    return countedGrid([bands, factor * lines, factor * samples]);
  },
  example: reducedExample,
});

/** An axis of the grid as the data have it: `factor` times the step, its first sample in the middle of those it covers. */
function coarserAxis(axis: Axis, factor: number): Axis {
  if (!isRegular(axis)) return { name: axis.name, unit: '', step: 1 };
  const step = stepOf(axis);
  const first = 'coordinates' in axis ? axis.coordinates[0] : (axis.first ?? 0);
  return { name: axis.name, unit: axis.unit, first: first + (step * (factor - 1)) / 2, step: step * factor };
}

/** The grid of the data themselves. */
export function dataGrid({ grid, shape, geometry }: Pick<Measurement, 'grid' | 'shape' | 'geometry'>): Grid {
  const { factor } = geometryOf(reducedCube, geometry);
  const [bands, line, sample] = grid.axes;
  return { ...grid, shape: [shape[0], shape[1], shape[2]], axes: [bands, coarserAxis(line, factor), coarserAxis(sample, factor)] };
}

/** Bands of 5 × 8 pixels, each of twice the side, of a grid whose lines are odd: see `ScanKind.example`. */
function reducedExample(bands: number): Measurement {
  const shape = [bands, 5, 8];
  const grid: Grid = {
    shape: [bands, 9, 16],
    axes: [
      { name: BAND_AXIS, unit: 'nm', coordinates: Array.from({ length: bands }, (_, b) => 450 + 60 * b + b * b) },
      { name: 'line', unit: 'm', step: 2 },
      { name: 'sample', unit: 'm', step: 1.5 },
    ],
    units: 'reflectance',
    modality: 'hyperspectral',
  };
  return {
    kind: REDUCED,
    data: Float32Array.from({ length: bands * 40 }, (_, n) => 0.3 + 0.1 * Math.sin(n / 3) + 0.02 * Math.floor(n / 40)),
    ...{ shape, dtype: 'float32', geometry: { factor: 2, kernel: { type: 'bicubic' } }, noise: { type: 'none' }, grid },
    arrays: { noise: { data: new Float32Array(bands).fill(0.01), shape: [bands], dtype: 'float32' } },
    meta: { source: 'example' },
  };
}
