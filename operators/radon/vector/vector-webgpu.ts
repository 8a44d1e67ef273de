import type { WebGpuBackend } from '../../../compute/webgpu/backend.js';
import { webGpuField, type WebGpuField } from '../../../compute/webgpu/field.js';
import { kernel } from '../../../compute/webgpu/kernel.js';
import { bytesOf } from '../../../core/space.js';
import { MOST_UPDATES, portions } from '../slice/portions.js';
import type { Products } from '../slice/slice-radon.js';
import { vectorBackprojectWgsl } from './vector-backproject.wgsl.generated.js';
import { vectorProjectWgsl } from './vector-project.wgsl.generated.js';
import { vectorRayWgsl } from './vector-ray.wgsl.generated.js';
import type { VectorScan } from './vector.js';

const shared = {
  detector_rows: 'u32',
  detector_columns: 'u32',
  image_rows: 'u32',
  image_columns: 'u32',
  dx: 'f32',
  dy: 'f32',
  dz: 'f32',
  lowest: 'f32',
  first_view: 'u32',
  begin_view: 'u32',
  add: 'u32',
} as const;

const projection = <const Use extends 'write f32' | 'update f32'>(projections: Use) =>
  kernel({
    name: 'rays of any direction',
    code: `${vectorRayWgsl}\n${vectorProjectWgsl}`,
    fields: { image: 'read f32', projections },
    tables: { views: 'read View' },
    params: { ...shared, slices: 'u32' },
  });

const backprojection = <const Use extends 'write f32' | 'update f32'>(image: Use) =>
  kernel({
    name: 'rays of any direction, transposed',
    code: `${vectorRayWgsl}\n${vectorBackprojectWgsl}`,
    fields: { projections: 'read f32', image },
    tables: { views: 'read View' },
    params: { ...shared, end_view: 'u32' },
  });

const [project, addProjection] = [projection('write f32'), projection('update f32')];
const [backproject, addBackprojection] = [backprojection('write f32'), backprojection('update f32')];

/** Views of one dispatch, at most: its third number of workgroups. */
const MOST_VIEWS = 65_535;

/**
 * The products of `vectorRadon` in WGSL. Every chunk of the image adds the part of its own slices to every chunk of the projections, and
 * the other way; chunks in order, so the bits are the same for the same device.
 */
export function vectorProductsWebGpu(scan: VectorScan, gpu: WebGpuBackend, mostUpdates = MOST_UPDATES): Products {
  const { views, detector, grid, domain, range } = scan;
  const [slices, rows, columns] = grid.shape;
  const numbers = views.flatMap(({ d, m, source, divergent, part, column, row }) => {
    const last = [...source, divergent ? 1 : 0, 0, 0];
    return [...[...d, ...m].flatMap((vector, n) => [...vector, last[n]]), ...part, ...column, ...row];
  });
  const table = gpu.table(Float32Array.from(numbers), 'the views of a projector');
  const [dx, dy, dz] = grid.spacing;
  const given = { detector_rows: detector.rows, detector_columns: detector.columns, image_rows: rows, image_columns: columns, dx, dy, dz };
  /** The first slice of a chunk, from the middle of the volume. */
  const lowest = (image: WebGpuField, chunk: number): number => image.chunks[chunk].first - (slices - 1) / 2;

  return {
    apply(x, y) {
      const [image, projections] = [webGpuField(x, domain, gpu), webGpuField(y, range, gpu)];
      const longest = Math.max(rows, columns, slices);
      projections.chunks.forEach((some, part) => {
        image.chunks.forEach(({ count }, chunk) => {
          for (const [from, several] of portions(some.count, longest * detector.rows * detector.columns, mostUpdates, MOST_VIEWS)) {
            const add = chunk > 0 ? 1 : 0;
            const at = { first_view: some.first, begin_view: some.first + from, lowest: lowest(image, chunk) };
            gpu.dispatch((add ? addProjection : project) as typeof project, {
              fields: { image: { field: image, chunk }, projections: { field: projections, chunk: part } },
              tables: { views: table },
              params: { ...given, ...at, slices: count, add },
              workgroups: [Math.ceil(detector.columns / 16), Math.ceil(detector.rows / 8), several],
            });
          }
        });
      });
    },
    adjoint(y, x) {
      const [projections, image] = [webGpuField(y, range, gpu), webGpuField(x, domain, gpu)];
      image.chunks.forEach(({ count }, chunk) => {
        projections.chunks.forEach((some, part) => {
          for (const [from, several] of portions(some.count, rows * columns * count, mostUpdates)) {
            const add = part > 0 || from > 0 ? 1 : 0;
            const begin_view = some.first + from;
            const at = { first_view: some.first, begin_view, end_view: begin_view + several, lowest: lowest(image, chunk) };
            gpu.dispatch((add ? addBackprojection : backproject) as typeof backproject, {
              fields: { projections: { field: projections, chunk: part }, image: { field: image, chunk } },
              tables: { views: table },
              params: { ...given, ...at, add },
              workgroups: [Math.ceil(columns / 16), Math.ceil(rows / 8), count],
            });
          }
        });
      });
    },
    bytes: () => ({ items: [{ what: 'views of the projector', bytes: table.bytes }], projections: bytesOf(range) }),
    dispose: () => table.dispose(),
  };
}
