import { shapeOf } from '../../../core/placement.js';
import type { Backend } from '../../../compute/backend.js';
import type { Grid, Measurement } from '../../../volumes/measurement.js';
import type { LinearOperator } from '../../operator.js';
import { cartesianFourier } from './cartesian.js';
import { parseCartesian } from '../../../volumes/kinds/kspace/schema.js';
import { coilMaps } from '../sensitivities/sensitivities.js';

/**
 * A of a `fourier.cartesian` measurement: its `mask`, and its coil `maps` where it has them (one coil needs none).
 * @throws SlicewiseError GEOMETRY, SHAPE, NOT_FINITE
 */
export async function fourierOfScan(
  { geometry, arrays }: Pick<Measurement, 'geometry'> & Partial<Pick<Measurement, 'arrays'>>,
  grid: Grid,
  backend: Backend,
): Promise<LinearOperator> {
  parseCartesian(geometry);
  const shape = shapeOf(grid);
  const { mask, maps } = arrays ?? {};
  const uploaded = maps && (await coilMaps(maps, shape, backend));
  return cartesianFourier({ shape, mask, maps: uploaded }, backend);
}
