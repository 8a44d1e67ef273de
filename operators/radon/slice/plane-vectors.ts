import type { Backend } from '../../../compute/backend.js';
import { isDivergent, parseGeometry, type FAN_VEC, type PARALLEL_VEC } from '../../../volumes/kinds/radon/schema.js';
import { fanVecSchema, parallelVecSchema } from '../../../volumes/kinds/radon/vector-schema.js';
import type { LinearOperator } from '../../operator.js';
import type { ImageGrid } from '../pixel-grid.js';
import { planeViews } from '../vectors.js';
import { sliceRadon } from './slice-radon.js';

/**
 * Fan or parallel beam by the vectors of every view, every slice alike: `y[slice, view, bin] = ∫ f dl` along the line from the source, or
 * in the direction of the rays, through centre + (bin − (n − 1)/2)·u. Six numbers a view in mm, relative to the middle of the grid, as
 * ASTRA's fanflat_vec and parallel_vec.
 *
 * @param kind radon.fan-vec or radon.parallel-vec
 * @param geometry see `fanVecSchema`, `parallelVecSchema`
 * @throws SlicewiseError GEOMETRY naming the view that is wrong
 */
export function planeVectorRadon(
  kind: typeof FAN_VEC | typeof PARALLEL_VEC,
  geometry: unknown,
  grid: ImageGrid,
  backend: Backend,
): LinearOperator {
  const divergent = isDivergent(kind);
  const g = parseGeometry(divergent ? fanVecSchema : parallelVecSchema, geometry, kind);
  return sliceRadon(kind, planeViews(g.vectors, divergent), g.detectorCount, grid, backend);
}
