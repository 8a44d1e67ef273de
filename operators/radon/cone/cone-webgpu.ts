import type { WebGpuBackend } from '../../../compute/webgpu/backend.js';
import { webGpuField, type WebGpuField } from '../../../compute/webgpu/field.js';
import { kernel } from '../../../compute/webgpu/kernel.js';
import { bytesOf, space } from '../../../core/space.js';
import { coneBackprojectWgsl } from './cone-backproject.wgsl.generated.js';
import { coneHeightWgsl } from './cone-height.wgsl.generated.js';
import { coneProjectWgsl } from './cone-project.wgsl.generated.js';
import { CONE_VIEW, coneHeightsOf, coneTable } from './cone-windows.js';
import type { ConeScan } from './cone.js';
import { footprintWgsl } from '../slice/footprint.wgsl.generated.js';
import { MOST_UPDATES, portions } from '../slice/portions.js';
import { coneHeights, coneRay, rayTable, vectorsAt, type ConeRay } from '../slice/ray-table.js';
import { raysWgsl } from '../slice/rays.wgsl.generated.js';
import type { Products } from '../slice/slice-radon.js';
import { transposeInto } from '../slice/transpose.js';
import { curveOf, gridSigns } from '../vectors.js';

const detector = {
  detector_rows: 'u32',
  detector_columns: 'u32',
  row_pitch: 'f32',
  shift: 'f32',
  offset: 'f32',
  slices: 'u32',
  flip: 'u32',
  first_view: 'u32',
  add: 'u32',
} as const;

const projection = <const Use extends 'write f32' | 'update f32'>(projections: Use) =>
  kernel({
    name: 'cone beam',
    code: `${raysWgsl}\n${coneHeightWgsl}\n${coneProjectWgsl}`,
    fields: { image: 'read f32', projections },
    tables: { rays: 'read Ray', order: 'read u32', columns: 'read Column' },
    params: { ...detector, rays: 'u32', first_ray: 'u32', lines: 'u32', across: 'u32' },
  });

const backprojection = <const Use extends 'write f32' | 'update f32'>(image: Use) =>
  kernel({
    name: 'cone beam, transposed',
    code: `${raysWgsl}\n${footprintWgsl}\n${coneHeightWgsl}\n${coneBackprojectWgsl}`,
    fields: { projections: 'read f32', image },
    tables: { rays: 'read Ray', views: 'read View', columns: 'read Column' },
    params: { ...detector, image_rows: 'u32', image_columns: 'u32', curve: 'f32', begin_view: 'u32', end_view: 'u32' },
  });

const [project, addProjection] = [projection('write f32'), projection('update f32')];
const [backproject, addBackprojection] = [backprojection('write f32'), backprojection('update f32')];

/**
 * The products of `coneRadon` in WGSL. Every chunk of the image adds the part of its own slices to every chunk of the projections, and the
 * other way; chunks in order, so the bits are the same for the same device.
 */
export function coneProductsWebGpu(scan: ConeScan, gpu: WebGpuBackend, mostUpdates = MOST_UPDATES): Products {
  const { geometry: g, views, grid, domain, range } = scan;
  const [slices, rows, columns] = grid.shape;
  const vectors = coneTable(g, views, grid);
  const rayOf = (v: number, column: number): ConeRay =>
    coneRay(vectorsAt(vectors, v * CONE_VIEW, true, views[v].curved), column, g.columns, grid);
  const table = rayTable(views, g.columns, grid, rayOf);
  const middles = coneHeightsOf(g, views, grid);
  const rays = gpu.table(table.rays, 'the rays of a projector');
  const order = table.order.map((list) => gpu.table(list.length > 0 ? list : 4, 'the order of rays'));
  const viewTable = gpu.table(table.views, 'the views of a projector');
  const heights = gpu.table(coneHeights(rayOf, middles, g.columns, g.rowPitch, grid), 'the heights of rays');
  const tables = [rays, ...order, viewTable, heights];
  const flip = gridSigns(grid)[2] < 0 ? 1 : 0;
  const turned = space(['slice', 'x', 'y'], [slices, columns, rows]);
  const middle = (slices - 1) / 2;

  /** Parameters of a chunk of the image, and of one of the projections. */
  const shared = (image: WebGpuField, chunk: number, projections: WebGpuField, part: number) => ({
    detector_rows: g.rows,
    detector_columns: g.columns,
    row_pitch: g.rowPitch,
    shift: middle % 1,
    offset: Math.floor(middle) - image.chunks[chunk].first,
    slices: image.chunks[chunk].count,
    flip,
    first_view: projections.chunks[part].first,
  });

  const projectAlong = (axis: 0 | 1, image: WebGpuField, projections: WebGpuField): void => {
    const [lines, across] = axis === 0 ? [rows, columns] : [columns, rows];
    const list = table.order[axis];
    projections.chunks.forEach(({ first, count }, part) => {
      const begin = lowerBound(list, first * g.columns);
      const end = lowerBound(list, (first + count) * g.columns);
      image.chunks.forEach((_, chunk) => {
        for (const [from, some] of portions(end - begin, lines * g.rows, mostUpdates, 2 ** 21)) {
          const add = chunk > 0 ? 1 : 0;
          gpu.dispatch((add ? addProjection : project) as typeof project, {
            fields: { image: { field: image, chunk }, projections: { field: projections, chunk: part } },
            tables: { rays, order: order[axis], columns: heights },
            params: { ...shared(image, chunk, projections, part), rays: some, first_ray: begin + from, lines, across, add },
            workgroups: [Math.ceil(some / 64), 1, Math.ceil(g.rows / 4)],
          });
        }
      });
    });
  };

  return {
    apply(x, y) {
      const [image, projections] = [webGpuField(x, domain, gpu), webGpuField(y, range, gpu)];
      projectAlong(0, image, projections);
      if (table.order[1].length === 0) return;
      const copy = gpu.field(turned);
      transposeInto(gpu, image, copy);
      projectAlong(1, copy, projections);
      copy.dispose();
    },
    adjoint(y, x) {
      const [projections, image] = [webGpuField(y, range, gpu), webGpuField(x, domain, gpu)];
      image.chunks.forEach(({ count }, chunk) => {
        projections.chunks.forEach((views_, part) => {
          for (const [from, some] of portions(views_.count, rows * columns * count, mostUpdates)) {
            const add = part > 0 || from > 0 ? 1 : 0;
            const begin_view = views_.first + from;
            gpu.dispatch((add ? addBackprojection : backproject) as typeof backproject, {
              fields: { projections: { field: projections, chunk: part }, image: { field: image, chunk } },
              tables: { rays, views: viewTable, columns: heights },
              params: {
                ...shared(image, chunk, projections, part),
                image_rows: rows,
                image_columns: columns,
                curve: curveOf(scan.views[0]),
                begin_view,
                end_view: begin_view + some,
                add,
              },
              workgroups: [Math.ceil(columns / 16), Math.ceil(rows / 8), Math.ceil(count / 4)],
            });
          }
        });
      });
    },
    bytes() {
      const items = [{ what: 'rays of the projector', bytes: tables.reduce((sum, { bytes }) => sum + bytes, 0) }];
      if (table.order[1].length > 0) items.push({ what: 'transposed image', bytes: bytesOf(turned) });
      return { items, projections: bytesOf(range) };
    },
    dispose() {
      for (const held of tables) held.dispose();
    },
  };
}

/** How many numbers of an ascending list are below. */
function lowerBound(list: Uint32Array, value: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
