import type { Backend } from '../compute/backend.js';
import { Registry } from '../core/registry.js';
import type { Grid } from '../volumes/measurement.js';
import type { LinearOperator } from './operator.js';
import { coneRadon } from './radon/cone.js';
import { fanRadon } from './radon/fan.js';
import { parallelRadon } from './radon/parallel.js';

/** Builds A from a measurement's geometry and the grid wanted. */
export type OperatorFactory = (geometry: unknown, grid: Grid, backend: Backend) => LinearOperator;

/** Every forward model, under the `kind` of the measurements it explains. */
export const operators = new Registry<OperatorFactory>('measurement kind', 'GEOMETRY')
  .add('radon.parallel', parallelRadon)
  .add('radon.fan', fanRadon)
  .add('radon.cone', coneRadon);
