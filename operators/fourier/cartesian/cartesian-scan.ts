import { shapeOf } from '../../../core/placement.js';
import type { Backend } from '../../../compute/backend.js';
import type { Grid, Measurement } from '../../../volumes/measurement.js';
import type { LinearOperator } from '../../operator.js';
import { cartesianFourier } from './cartesian.js';
import { parseCartesian } from '../../../volumes/kinds/kspace/schema.js';
import { coilMaps } from '../sensitivities/sensitivities.js';
import { softSense } from '../soft-sense.js';

/**
 * A of a `fourier.cartesian` measurement: its `mask`, and its coil `maps` where it has them (one coil needs none), two sets of
 * them where there are `secondMaps`.
 * @throws SlicewiseError GEOMETRY, SHAPE, NOT_FINITE
 */
export async function fourierOfScan(
  { geometry, arrays }: Pick<Measurement, 'geometry'> & Partial<Pick<Measurement, 'arrays'>>,
  grid: Grid,
  backend: Backend,
): Promise<LinearOperator> {
  parseCartesian(geometry);
  const shape = shapeOf(grid);
  const { mask, maps, secondMaps } = arrays ?? {};
  const uploaded = maps && (await coilMaps(maps, shape, backend));
  const first = cartesianFourier({ shape, mask, maps: uploaded }, backend);
  if (!secondMaps) return first;
  const second = await coilMaps(secondMaps, shape, backend, { empty: true });
  return softSense([first, cartesianFourier({ shape, mask, maps: second }, backend)]);
}
