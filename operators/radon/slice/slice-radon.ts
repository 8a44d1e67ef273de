import { forBackend } from '../../../compute/for-backend.js';
import type { Watch } from '../../../core/phases.js';
import { space, type Space } from '../../../core/space.js';
import type { Backend, Field, MemoryPlan } from '../../../compute/backend.js';
import { onceFound, operatorNorm, rememberedNorm } from '../../norm.js';
import type { LinearOperator } from '../../operator.js';
import { sliceProductsCpu } from './slice-radon-cpu.js';
import { sliceProductsWebGpu } from './slice-radon-webgpu.js';
import { pixelGrid, type ImageGrid, type PixelGrid } from '../pixel-grid.js';
import type { View2D } from '../vectors.js';

/** A slice-parallel scan as the kernels know it. */
export interface SliceScan {
  readonly views: readonly View2D[];
  readonly detectors: number;
  readonly grid: PixelGrid;
  readonly domain: Space;
  readonly range: Space;
}

/** A and Aᵀ on one backend. */
export interface Products {
  apply(x: Field, y: Field): void;
  adjoint(y: Field, x: Field): void;
  /** Device memory that they keep or take while they run, and how many bytes a field of projections is. */
  bytes(): { readonly items: MemoryPlan['items']; readonly projections: number };
  dispose(): void;
}

/**
 * The slice-parallel Radon operator for any list of per-view vectors: line integrals over every slice alike, by Joseph's method
 * (IEEE Trans. Med. Imaging 1982;1:192). Domain: image `[slice, y, x]`; range: sinogram `[slice, view, detector]`, mm × image unit.
 * Parallel and fan beam are constructors of it.
 */
export function sliceRadon(name: string, views: readonly View2D[], detectors: number, grid: ImageGrid, backend: Backend): LinearOperator {
  const pixels = pixelGrid(grid);
  const [slices, rows, columns] = pixels.shape;
  const domain: Space = space(['slice', 'y', 'x'], pixels.shape);
  const range: Space = space(['slice', 'view', 'detector'], [slices, views.length, detectors]);
  const scan: SliceScan = { views, detectors, grid: pixels, domain, range };
  const products = forBackend<Products>(backend, name, {
    cpu: (b) => sliceProductsCpu(scan, b),
    webgpu: (b) => sliceProductsWebGpu(scan, b),
  });
  let disposed = false;
  // every slice is measured alike, so one slice tells
  const normOfOne = async (watch?: Watch): Promise<number> => {
    const one = slices === 1 ? operator : sliceRadon(name, views, detectors, { ...grid, shape: [1, rows, columns] }, backend);
    try {
      return await operatorNorm(one, undefined, watch);
    } finally {
      if (one !== operator) one.dispose();
    }
  };

  const operator: LinearOperator = {
    name,
    domain,
    range,
    backend,
    coupling: 'slice',
    apply: (x, y) => products.apply(x, y),
    adjoint: (y, x) => products.adjoint(y, x),
    normal(x, out) {
      const y = backend.field(range);
      products.apply(x, y);
      products.adjoint(y, out);
      y.dispose();
    },
    norm: onceFound((watch) => rememberedNorm(backend, identity(scan), () => normOfOne(watch))),
    bytes() {
      const { items, projections } = products.bytes();
      return { items: [...items, { what: `${name}: one sinogram in AᵀA`, bytes: projections }] };
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      products.dispose();
    },
  };
  return operator;
}

/** All that the norm depends on. */
const identity = ({ views, detectors, grid: { shape, spacing, direction } }: SliceScan): string =>
  JSON.stringify(['slices', views, detectors, shape.slice(1), spacing, direction]);
