import type { Backend } from '../../../compute/backend.js';
import { SlicewiseError } from '../../../core/errors.js';
import { parseGeometry } from '../../../volumes/kinds/schema.js';
import { REDUCED, reducedSchema, type Reduction } from '../../../volumes/kinds/reduced/schema.js';
import type { Grid } from '../../../volumes/measurement.js';
import type { LinearOperator } from '../../operator.js';
import type { Measured } from '../../registry.js';
import { reductionMatrix } from './kernels.js';
import { separableOperator, type Separable } from './separable.js';

/** R and C of a cube [band, line, sample]. */
export const reductionOf = ({ factor, kernel }: Reduction, [, lines, samples]: readonly number[]): Separable => ({
  rows: reductionMatrix(lines, factor, kernel),
  columns: reductionMatrix(samples, factor, kernel),
});

/**
 * Every band of a cube as a coarser sensor has it.
 * @throws SlicewiseError GEOMETRY where the grid has another number of bands, or reduces to another size than the data have
 */
export function reductionOfScan({ geometry, shape }: Measured, grid: Pick<Grid, 'shape'>, backend: Backend): LinearOperator {
  const separable = reductionOf(parseGeometry(reducedSchema, geometry, REDUCED), grid.shape);
  const found = [grid.shape[0], separable.rows.rows, separable.columns.rows];
  if (shape && found.some((n, axis) => n !== shape[axis])) {
    throw new SlicewiseError('GEOMETRY', {
      message: 'the grid does not reduce to the size of the data',
      expected: `[${shape.join(', ')}]`,
      got: `[${found.join(', ')}] from a grid of [${grid.shape.join(', ')}]`,
    });
  }
  return separableOperator(grid.shape[0], separable, backend);
}
