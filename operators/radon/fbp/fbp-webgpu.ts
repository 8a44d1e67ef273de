import type { WebGpuBackend } from '../../../compute/webgpu/backend.js';
import { kernel } from '../../../compute/webgpu/kernel.js';
import { space } from '../../../core/space.js';
import { backprojectSlicesWgsl } from '../slice/backproject-slices.wgsl.generated.js';
import type { SliceFbp } from './fbp.js';
import { centred, rowFilter } from './filter-webgpu.js';
import { pixelMap } from './pixel-map.js';
import { MOST_UPDATES, portions } from '../slice/portions.js';

const backprojection = <const Use extends 'write f32' | 'update f32'>(image: Use) =>
  kernel({
    name: 'filtered backprojection',
    code: backprojectSlicesWgsl,
    fields: { filtered: 'read f32', image },
    tables: { views: 'read View' },
    params: {
      rows: 'u32',
      columns: 'u32',
      detectors: 'u32',
      shift: 'f32',
      curve: 'f32',
      scale: 'f32',
      first_view: 'u32',
      end_view: 'u32',
      add: 'u32',
    },
  });

const backproject = backprojection('write f32');
const addBackprojection = backprojection('update f32');

/** Weights, filters and backprojects in WGSL. */
export async function sliceFbpWebGpu(scan: SliceFbp, gpu: WebGpuBackend, mostUpdates = MOST_UPDATES): Promise<Float32Array> {
  const { data, grid, row, response, views, curve, scale } = scan;
  const [slices, rows, columns] = grid.shape;
  const bins = row.detectorCount;
  const measured = gpu.field(space(['slice', 'view', 'detector'], [slices, views.length, row.measured]));
  const filtered = gpu.field(space(['slice', 'view', 'detector'], [slices, views.length, bins]));
  const image = gpu.field(space(['slice', 'y', 'x'], grid.shape));
  const maps = views.flatMap((view) => centred(pixelMap(view, bins, grid), bins, rows, columns));
  const viewTable = gpu.table(Float32Array.from(maps), 'the views');
  const filter = rowFilter(gpu, row, response, concatenated(row.weights));
  try {
    await gpu.write(measured, data);
    filter.run(measured, filtered);
    for (const [first_view, count] of portions(views.length, rows * columns * slices, mostUpdates)) {
      const add = first_view > 0;
      gpu.run((add ? addBackprojection : backproject) as typeof backproject, {
        fields: { filtered, image },
        tables: { views: viewTable },
        params: {
          rows,
          columns,
          detectors: bins,
          shift: ((bins - 1) / 2) % 1,
          curve,
          scale,
          first_view,
          end_view: first_view + count,
          add: add ? 1 : 0,
        },
        workgroups: [Math.ceil(columns / 16), Math.ceil(rows / 8)],
        slicesPerGroup: 4,
      });
    }
    return await gpu.read(image);
  } finally {
    for (const held of [measured, filtered, image, viewTable, filter]) held.dispose();
  }
}

/** [view][bin] in one array. */
export function concatenated(rows: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(rows.length * rows[0].length);
  rows.forEach((row, v) => all.set(row, v * row.length));
  return all;
}
