import type { Separable } from '../../../../operators/sampling/reduction/separable.js';
import { reductionOf } from '../../../../operators/sampling/reduction/of-scan.js';
import { geometryOf } from '../../../../volumes/kinds/kind.js';
import { dataGrid, reducedCube } from '../../../../volumes/kinds/reduced/kind.js';
import { ENTRIES } from '../../../../volumes/kinds/spectral/schema.js';
import type { Grid, Measurement } from '../../../../volumes/measurement.js';

/** The large pixels as a cube by themselves, all of whose entries were measured. */
export function coarseCube(scan: Measurement): Measurement {
  const mask = { data: new Float32Array(scan.data.length).fill(1), shape: scan.shape, dtype: 'float32' as const };
  return { ...scan, kind: ENTRIES, geometry: {}, grid: dataGrid(scan), arrays: { ...scan.arrays, mask } };
}

/** How the lines and samples of a grid become those of the data. */
export const separableOf = ({ geometry }: Pick<Measurement, 'geometry'>, { shape }: Pick<Grid, 'shape'>): Separable =>
  reductionOf(geometryOf(reducedCube, geometry), shape);
