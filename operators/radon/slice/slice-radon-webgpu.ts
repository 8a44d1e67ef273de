import { webGpuField, type WebGpuField } from '../../../compute/webgpu/field.js';
import { kernel } from '../../../compute/webgpu/kernel.js';
import type { WebGpuBackend } from '../../../compute/webgpu/backend.js';
import { bytesOf, space } from '../../../core/space.js';
import { footprintWgsl } from './footprint.wgsl.generated.js';
import { MOST_UPDATES, portions } from './portions.js';
import { rayTable, sliceRay, vectorsAt, type Ray } from './ray-table.js';
import { raysWgsl } from './rays.wgsl.generated.js';
import { sliceBackprojectWgsl } from './slice-backproject.wgsl.generated.js';
import { sliceProjectWgsl } from './slice-project.wgsl.generated.js';
import type { Products, SliceScan } from './slice-radon.js';
import { transposeInto } from './transpose.js';
import { curveOf, packViews } from '../vectors.js';

const project = kernel({
  name: 'radon',
  code: `${raysWgsl}\n${sliceProjectWgsl}`,
  fields: { image: 'read f32', sinogram: 'write f32' },
  tables: { rays: 'read Ray', order: 'read u32' },
  params: { rays: 'u32', first_ray: 'u32', across: 'u32' },
});

const backprojection = <const Use extends 'write f32' | 'update f32'>(image: Use) =>
  kernel({
    name: 'radon, transposed',
    code: `${raysWgsl}\n${footprintWgsl}\n${sliceBackprojectWgsl}`,
    fields: { sinogram: 'read f32', image },
    tables: { rays: 'read Ray', views: 'read View' },
    params: { rows: 'u32', columns: 'u32', detectors: 'u32', curve: 'f32', first_view: 'u32', end_view: 'u32', add: 'u32' },
  });

const backproject = backprojection('write f32');
const addBackprojection = backprojection('update f32');

/** Slices that a thread does in the projection, and in the backprojection, where what a ray weighs costs more. */
const [PROJECTED, BACKPROJECTED] = [4, 8];

/**
 * The products of `sliceRadon` in WGSL. A ray is a thread in the projection, a pixel in the backprojection, for several slices each. Rays
 * that run along image rows read a transposed copy of the image, so that neighbouring rays always read neighbouring pixels.
 */
export function sliceProductsWebGpu(scan: SliceScan, gpu: WebGpuBackend, mostUpdates = MOST_UPDATES): Products {
  const { views, detectors, grid, domain, range } = scan;
  const [slices, rows, columns] = grid.shape;
  const vectors = packViews(views, grid);
  const rayOf = (v: number, d: number): Ray =>
    sliceRay(vectorsAt(vectors, v * 7 + 1, views[v].divergent, views[v].curved), d, detectors, grid);
  const table = rayTable(views, detectors, grid, rayOf);
  const rays = gpu.table(table.rays, 'the rays of a projector');
  const order = table.order.map((list) => gpu.table(list.length > 0 ? list : 4, 'the order of rays'));
  const viewTable = gpu.table(table.views, 'the views of a projector');
  const curve = curveOf(views[0]);
  const turned = space(['slice', 'x', 'y'], [slices, columns, rows]);

  const projectAlong = (axis: 0 | 1, image: WebGpuField, sinogram: WebGpuField): void => {
    const lines = axis === 0 ? rows : columns;
    for (const [first, count] of portions(table.order[axis].length, lines * slices, mostUpdates)) {
      gpu.run(project, {
        fields: { image, sinogram },
        tables: { rays, order: order[axis] },
        params: { rays: count, first_ray: first, across: axis === 0 ? columns : rows },
        workgroups: Math.ceil(count / 64),
        slicesPerGroup: PROJECTED,
      });
    }
  };

  return {
    apply(x, y) {
      const [image, sinogram] = [webGpuField(x, domain, gpu), webGpuField(y, range, gpu)];
      if (table.order[0].length > 0) projectAlong(0, image, sinogram);
      if (table.order[1].length === 0) return;
      const copy = gpu.field(turned);
      transposeInto(gpu, image, copy);
      projectAlong(1, copy, sinogram);
      copy.dispose();
    },
    adjoint(y, x) {
      const fields = { sinogram: webGpuField(y, range, gpu), image: webGpuField(x, domain, gpu) };
      for (const [first_view, count] of portions(views.length, rows * columns * slices, mostUpdates)) {
        const add = first_view > 0;
        gpu.run((add ? addBackprojection : backproject) as typeof backproject, {
          fields,
          tables: { rays, views: viewTable },
          params: { rows, columns, detectors, curve, first_view, end_view: first_view + count, add: add ? 1 : 0 },
          workgroups: [Math.ceil(columns / 16), Math.ceil(rows / 8)],
          slicesPerGroup: BACKPROJECTED,
        });
      }
    },
    bytes() {
      const tables = [rays, ...order, viewTable].reduce((sum, { bytes }) => sum + bytes, 0);
      const items = [{ what: 'rays of the projector', bytes: tables }];
      if (table.order[1].length > 0) items.push({ what: 'transposed image', bytes: bytesOf(turned) });
      return { items, projections: bytesOf(range) };
    },
    dispose() {
      for (const held of [rays, ...order, viewTable]) held.dispose();
    },
  };
}
