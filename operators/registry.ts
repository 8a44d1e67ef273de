import type { Backend } from '../compute/backend.js';
import { Registry } from '../core/registry.js';
import { CARTESIAN } from '../volumes/kinds/kspace/schema.js';
import { CONE, CONE_VEC, FAN, FAN_VEC, PARALLEL, PARALLEL3D_VEC, PARALLEL_VEC } from '../volumes/kinds/radon/schema.js';
import { NONCARTESIAN } from '../volumes/kinds/trajectory/schema.js';
import type { Grid, Measurement } from '../volumes/measurement.js';
import { nonCartesianOfScan } from './fourier/noncartesian/noncartesian-scan.js';
import { fourierOfScan } from './fourier/cartesian/cartesian-scan.js';
import type { LinearOperator } from './operator.js';
import { coneRadon } from './radon/cone/cone.js';
import { ENTRIES } from '../volumes/kinds/spectral/schema.js';
import { REDUCED } from '../volumes/kinds/reduced/schema.js';
import { entriesOfScan } from './sampling/entries-mask.js';
import { reductionOfScan } from './sampling/reduction/of-scan.js';
import { traceMaskOfScan } from './sampling/trace-mask.js';
import { PRESTACK, TRACES } from '../volumes/kinds/traces/schema.js';
import { fanRadon } from './radon/slice/fan.js';
import { parallelRadon } from './radon/slice/parallel.js';
import { planeVectorRadon } from './radon/slice/plane-vectors.js';
import { vectorRadon } from './radon/vector/vector.js';

/** What an operator may ask of a measurement: everything but the data. */
export type Measured = Pick<Measurement, 'geometry'> & Partial<Pick<Measurement, 'shape' | 'arrays'>>;

/**
 * Builds A from a measurement and the grid wanted. A promise where arrays have to reach the backend first.
 * @param options of the kind's modality; without them its defaults
 */
export type OperatorFactory = (scan: Measured, grid: Grid, backend: Backend, options?: object) => LinearOperator | Promise<LinearOperator>;

/** Every forward model, under the `kind` of the measurements it explains. */
export const operators = new Registry<OperatorFactory>('measurement kind', 'GEOMETRY')
  .add(PARALLEL, ({ geometry }, grid, backend) => parallelRadon(geometry, grid, backend))
  .add(FAN, ({ geometry }, grid, backend) => fanRadon(geometry, grid, backend))
  .add(CARTESIAN, fourierOfScan)
  .add(NONCARTESIAN, (scan, grid, backend) => nonCartesianOfScan(scan, grid, backend))
  .add(TRACES, traceMaskOfScan)
  .add(PRESTACK, traceMaskOfScan)
  .add(ENTRIES, entriesOfScan)
  .add(REDUCED, reductionOfScan)
  .add(CONE, ({ geometry }, grid, backend) => coneRadon(geometry, grid, backend))
  .add(PARALLEL_VEC, ({ geometry }, grid, backend) => planeVectorRadon(PARALLEL_VEC, geometry, grid, backend))
  .add(FAN_VEC, ({ geometry }, grid, backend) => planeVectorRadon(FAN_VEC, geometry, grid, backend))
  .add(PARALLEL3D_VEC, ({ geometry }, grid, backend) => vectorRadon(PARALLEL3D_VEC, geometry, grid, backend))
  .add(CONE_VEC, ({ geometry }, grid, backend) => vectorRadon(CONE_VEC, geometry, grid, backend));
