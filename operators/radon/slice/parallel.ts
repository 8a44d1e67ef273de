import type { ImageGrid } from '../pixel-grid.js';
import type { Backend } from '../../../compute/backend.js';
import type { LinearOperator } from '../../operator.js';
import { PARALLEL, parallelSchema, parseGeometry } from '../../../volumes/kinds/radon/schema.js';
import { sliceRadon } from './slice-radon.js';
import { parallelViews } from '../vectors.js';

/**
 * Parallel-beam projector, every slice alike: `y[slice, view, bin] = ∫ f dl` over the line `x cos θ + y sin θ = s`, with x, y in mm
 * relative to the grid centre (the rotation axis), θ counter-clockwise seen from +z, `s = (bin − (n − 1)/2)·pitch + offset`. Drawing:
 * docs/images/geometry-parallel.svg.
 *
 * @param geometry see `parallelSchema`; mm and degrees
 * @throws SlicewiseError GEOMETRY naming the field that is wrong
 */
export function parallelRadon(geometry: unknown, grid: ImageGrid, backend: Backend): LinearOperator {
  const g = parseGeometry(parallelSchema, geometry, PARALLEL);
  return sliceRadon(PARALLEL, parallelViews(g), g.detectorCount, grid, backend);
}
