import { forBackend } from '../../../compute/for-backend.js';
import type { Backend, Field } from '../../../compute/backend.js';
import { space, type Space } from '../../../core/space.js';
import { isDivergent, parseGeometry, type CONE_VEC, type PARALLEL3D_VEC } from '../../../volumes/kinds/radon/schema.js';
import { coneVecSchema, parallel3dVecSchema } from '../../../volumes/kinds/radon/vector-schema.js';
import { onceFound, operatorNorm, rememberedNorm } from '../../norm.js';
import type { LinearOperator } from '../../operator.js';
import { pixelGrid, type ImageGrid, type PixelGrid } from '../pixel-grid.js';
import type { Products } from '../slice/slice-radon.js';
import { viewLines, type ViewLines } from './lines.js';
import { vectorProductsCpu } from './vector-cpu.js';
import { vectorProductsWebGpu } from './vector-webgpu.js';

/** A scan of any rays as the kernels know it. */
export interface VectorScan {
  readonly name: string;
  readonly views: readonly ViewLines[];
  readonly detector: { readonly rows: number; readonly columns: number };
  readonly grid: PixelGrid;
  readonly domain: Space;
  readonly range: Space;
}

/**
 * Projector for flat detectors anywhere, a source or parallel rays: `y[view, row, column] = ∫ f dl` along the line from the source, or in
 * the direction of the rays, through centre + (column − (n − 1)/2)·u + (row − (m − 1)/2)·v. Twelve numbers a view in mm, relative to the
 * middle of the grid, as ASTRA's cone_vec and parallel3d_vec.
 *
 * Joseph's method in three dimensions: a ray is marched along the axis that it mostly runs along, in voxels, and interpolated between the
 * four voxels around it; so no slice is stepped over, however steep it runs. The adjoint is the exact transpose.
 *
 * @param kind radon.cone-vec or radon.parallel3d-vec
 * @param geometry see `coneVecSchema`, `parallel3dVecSchema`
 * @throws SlicewiseError GEOMETRY naming the view that is wrong: steps of no length, rays along the detector
 */
export function vectorRadon(
  kind: typeof CONE_VEC | typeof PARALLEL3D_VEC,
  geometry: unknown,
  image: ImageGrid,
  backend: Backend,
): LinearOperator {
  const divergent = isDivergent(kind);
  const g = parseGeometry(divergent ? coneVecSchema : parallel3dVecSchema, geometry, kind);
  const grid = pixelGrid(image);
  const { rows, columns } = g;
  const domain: Space = space(['slice', 'y', 'x'], grid.shape);
  const range: Space = space(['view', 'row', 'column'], [g.vectors.length, rows, columns]);
  const scan: VectorScan = { name: kind, views: viewLines(g.vectors, divergent, grid), detector: { rows, columns }, grid, domain, range };
  const products = forBackend<Products>(backend, kind, {
    cpu: (b) => vectorProductsCpu(scan, b),
    webgpu: (b) => vectorProductsWebGpu(scan, b),
  });
  let disposed = false;
  const operator: LinearOperator = {
    name: kind,
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
    norm: onceFound((watch) => rememberedNorm(backend, JSON.stringify([kind, g, grid]), () => operatorNorm(operator, undefined, watch))),
    bytes() {
      const { items, projections } = products.bytes();
      return { items: [...items, { what: `${kind}: projections in AᵀA`, bytes: projections }] };
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      products.dispose();
    },
  };
  return operator;
}
