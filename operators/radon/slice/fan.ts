import type { ImageGrid } from '../pixel-grid.js';
import type { Backend } from '../../../compute/backend.js';
import type { LinearOperator } from '../../operator.js';
import { FAN, fanSchema, parseGeometry } from '../../../volumes/kinds/radon/schema.js';
import { checkDistances } from '../distances.js';
import { sliceRadon } from './slice-radon.js';
import { fanViews } from '../vectors.js';

/**
 * Fan-beam projector, every slice alike: `y[slice, view, bin] = ∫ f dl` over the segment from the source, at R(sin θ, −cos θ), to the bin,
 * at (D − R)(−sin θ, cos θ) + s·(cos θ, sin θ), `s = (bin − (n − 1)/2)·pitch + offset` on the detector; or along an arc of radius D about
 * the source, where `detectorShape` is 'curved': the bin at s is s/D radians from the central ray. Drawing: docs/images/geometry-fan.svg.
 *
 * @param geometry see `fanSchema`; mm and degrees; a clockwise scan has negative angles
 * @throws SlicewiseError GEOMETRY naming the field that is wrong, or when the source lies inside the image
 */
export function fanRadon(geometry: unknown, grid: ImageGrid, backend: Backend): LinearOperator {
  const g = parseGeometry(fanSchema, geometry, FAN);
  checkDistances(g, grid, FAN);
  return sliceRadon(FAN, fanViews(g), g.detectorCount, grid, backend);
}
