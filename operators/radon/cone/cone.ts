import { forBackend } from '../../../compute/for-backend.js';
import type { Backend, Field } from '../../../compute/backend.js';
import { space, type Space } from '../../../core/space.js';
import { onceFound, operatorNorm, rememberedNorm } from '../../norm.js';
import type { LinearOperator } from '../../operator.js';
import { coneProductsCpu } from './cone-cpu.js';
import { coneProductsWebGpu } from './cone-webgpu.js';
import { CONE, coneSchema, parseGeometry, type ConeGeometry } from '../../../volumes/kinds/radon/schema.js';
import { checkDistances } from '../distances.js';
import type { Products } from '../slice/slice-radon.js';
import { pixelGrid, type ImageGrid, type PixelGrid } from '../pixel-grid.js';
import { coneViews, type ConeView } from '../vectors.js';

/** A cone-beam scan as the kernels know it. */
export interface ConeScan {
  readonly name: string;
  readonly geometry: ConeGeometry;
  readonly views: readonly ConeView[];
  readonly grid: PixelGrid;
  readonly domain: Space;
  readonly range: Space;
}

/**
 * Cone-beam projector, circular or (with `sourceZ`) helical, detector with columns parallel to z: `y[view, row, column] = ∫ f dl` from
 * the source, at R(sin θ, −cos θ, z_s), through u = (column − (n − 1)/2)·columnPitch + columnOffset along (cos θ, sin θ, 0) and v = (row −
 * (m − 1)/2)·rowPitch + rowOffset along z on the detector, whose middle is at (D − R)(−sin θ, cos θ). Drawing:
 * docs/images/geometry-cone.svg. With `detectorShape` 'curved' the detector is a cylinder of radius D about the source, u is measured along
 * its arc.
 *
 * Joseph's method with the main axis in the plane. Slices much thinner than pixels under a wide cone are stepped over: a ray should rise by
 * less than about one slice per pixel.
 *
 * @param geometry see `coneSchema`; mm and degrees; z counts from the middle of the grid
 * @throws SlicewiseError GEOMETRY naming the field that is wrong, or when the source lies inside the image
 */
export function coneRadon(geometry: unknown, image: ImageGrid, backend: Backend): LinearOperator {
  const name = CONE;
  const g = parseGeometry(coneSchema, geometry, name);
  checkDistances(g, image, name);
  const grid = pixelGrid(image);
  const domain: Space = space(['slice', 'y', 'x'], grid.shape);
  const range: Space = space(['view', 'row', 'column'], [g.angles.length, g.rows, g.columns]);
  const scan: ConeScan = { name, geometry: g, views: coneViews(g), grid, domain, range };
  const products = forBackend<Products>(backend, name, {
    cpu: (b) => coneProductsCpu(scan, b),
    webgpu: (b) => coneProductsWebGpu(scan, b),
  });
  let disposed = false;
  const operator: LinearOperator = {
    name,
    domain,
    range,
    backend,
    coupling: 'volume',
    apply: (x, y) => products.apply(x, y),
    adjoint: (y, x) => products.adjoint(y, x),
    normal(x: Field, out: Field) {
      const y = backend.field(range);
      products.apply(x, y);
      products.adjoint(y, out);
      y.dispose();
    },
    norm: onceFound((watch) => rememberedNorm(backend, JSON.stringify([name, g, grid]), () => operatorNorm(operator, undefined, watch))),
    bytes() {
      const { items, projections } = products.bytes();
      return { items: [...items, { what: `${name}: projections in AᵀA`, bytes: projections }] };
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      products.dispose();
    },
  };
  return operator;
}
