import type { Backend } from '../../../compute/backend.js';
import { SlicewiseError } from '../../../core/errors.js';
import { shapeOf } from '../../../core/placement.js';
import { parseNonCartesian } from '../../../volumes/kinds/trajectory/schema.js';
import type { Grid, Measurement } from '../../../volumes/measurement.js';
import type { LinearOperator } from '../../operator.js';
import { densityCompensation } from './density.js';
import { nonCartesianFourier } from './nufft.js';
import { coilMaps } from '../sensitivities/sensitivities.js';
import { softSense } from '../soft-sense.js';

type Parts = Pick<Measurement, 'geometry'> & Partial<Pick<Measurement, 'arrays' | 'shape'>>;

/** (ky, kx) of every sample. @throws SlicewiseError GEOMETRY, SHAPE */
export function trajectoryOf({ geometry, arrays, shape }: Parts): Float32Array {
  parseNonCartesian(geometry);
  const samples = shape?.[2];
  const trajectory = arrays?.trajectory;
  const fits = trajectory?.shape.length === 2 && trajectory.shape[1] === 2 && trajectory.dtype === 'float32';
  if (trajectory && fits && (samples === undefined || trajectory.shape[0] === samples)) return trajectory.data;
  throw new SlicewiseError('SHAPE', {
    message: 'trajectory of the scan',
    expected: `float32 [sample ${samples ?? ''}, 2], (ky, kx) of every sample`,
    got: trajectory ? `${trajectory.dtype} ${trajectory.shape.join('×')}` : 'none',
    hint: 'store it as arrays/trajectory, in cycles per field of view',
  });
}

/** The area every sample stands for: the scan's own `density`, or by Pipe and Menon. @throws SlicewiseError GEOMETRY, SHAPE */
export function densityOf(scan: Parts, { shape: [, rows, columns] }: Pick<Grid, 'shape'>): Float32Array {
  const trajectory = trajectoryOf(scan);
  const density = scan.arrays?.density;
  if (!density) return densityCompensation(trajectory, [rows, columns]);
  const positive = density.data.every((value) => value >= 0);
  if (density.data.length === trajectory.length / 2 && density.dtype === 'float32' && positive) return density.data;
  throw new SlicewiseError('SHAPE', {
    message: 'density of the scan',
    expected: `${trajectory.length / 2} numbers ≥ 0, one a sample`,
    got: `${density.dtype} ${density.shape.join('×')}${positive ? '' : ' with negative ones'}`,
  });
}

/**
 * A of a `fourier.noncartesian` measurement: its trajectory, and its coil `maps` where it has them (one coil needs none),
 * two sets of them where there are `secondMaps`.
 * @param weights for W^½A
 * @throws SlicewiseError GEOMETRY, SHAPE, NOT_FINITE
 */
export async function nonCartesianOfScan(scan: Parts, grid: Grid, backend: Backend, weights?: Float32Array): Promise<LinearOperator> {
  const trajectory = trajectoryOf(scan);
  const { maps, secondMaps } = scan.arrays ?? {};
  const shape = shapeOf(grid);
  const uploaded = maps && (await coilMaps(maps, shape, backend));
  const first = nonCartesianFourier({ shape, trajectory, maps: uploaded, weights }, backend);
  if (!secondMaps) return first;
  const second = await coilMaps(secondMaps, shape, backend, { empty: true });
  return softSense([first, nonCartesianFourier({ shape, trajectory, maps: second, weights }, backend)]);
}
