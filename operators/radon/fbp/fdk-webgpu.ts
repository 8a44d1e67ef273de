import type { WebGpuBackend } from '../../../compute/webgpu/backend.js';
import { kernel } from '../../../compute/webgpu/kernel.js';
import { space } from '../../../core/space.js';
import { backprojectConeWgsl } from '../cone/backproject-cone.wgsl.generated.js';
import { concatenated } from './fbp-webgpu.js';
import type { ConeFdk } from './fdk.js';
import { rowMap, tilts } from './fdk-weights.js';
import { centred, rowFilter } from './filter-webgpu.js';
import { pixelMap } from './pixel-map.js';
import { MOST_UPDATES, portions } from '../slice/portions.js';

const backproject = kernel({
  name: 'FDK',
  code: backprojectConeWgsl,
  fields: { filtered: 'read f32', image: 'update f32' },
  tables: { views: 'read View' },
  params: {
    lines: 'u32',
    columns: 'u32',
    slices: 'u32',
    offset: 'f32',
    bins: 'u32',
    detector_rows: 'u32',
    group_view: 'u32',
    first_view: 'u32',
    end_view: 'u32',
  },
});

/** Projections that are on the device at once, measured and filtered; the rest wait on the host. */
const GROUP_BYTES = 2 ** 28;

/** Weights, filters and backprojects in WGSL, some views after others. */
export async function coneFdkWebGpu(scan: ConeFdk, gpu: WebGpuBackend, mostUpdates = MOST_UPDATES): Promise<Float32Array> {
  const { data, geometry: g, grid, row, response, views } = scan;
  const [slices, lines, columns] = grid.shape;
  const bins = row.detectorCount;
  const image = gpu.field(space(['slice', 'y', 'x'], grid.shape));
  const viewTable = gpu.table(viewsOf(scan), 'the views');
  const filter = rowFilter(gpu, row, response, tilts(g), concatenated(row.weights));
  const each = Math.max(1, Math.floor(Math.min(GROUP_BYTES, gpu.maxChunkBytes) / (g.rows * bins * 4)));
  try {
    for (let group = 0; group < views.length; group += each) {
      const count = Math.min(each, views.length - group);
      const measured = gpu.field(space(['view', 'row', 'column'], [count, g.rows, g.columns]));
      const filtered = gpu.field(space(['view', 'row', 'column'], [count, g.rows, bins]));
      const perView = g.rows * g.columns;
      await gpu.write(measured, data.subarray(group * perView, (group + count) * perView));
      filter.run(measured, filtered, group);
      image.chunks.forEach((slab, chunk) => {
        for (const [from, some] of portions(count, lines * columns * slab.count, mostUpdates)) {
          gpu.dispatch(backproject, {
            fields: { filtered: { field: filtered, chunk: 0 }, image: { field: image, chunk } },
            tables: { views: viewTable },
            params: {
              lines,
              columns,
              slices: slab.count,
              offset: slab.first - (slices - 1) / 2,
              bins,
              detector_rows: g.rows,
              group_view: group,
              first_view: group + from,
              end_view: group + from + some,
            },
            workgroups: [Math.ceil(columns / 16), Math.ceil(lines / 8), Math.ceil(slab.count / 4)],
          });
        }
      });
      measured.dispose();
      filtered.dispose();
    }
    return await gpu.read(image);
  } finally {
    for (const held of [image, viewTable, filter]) held.dispose();
  }
}

/** Twelve floats a view: the bin and the distance of a pixel, and the row of a slice, all counted from the middle (`centred`, `rowMap`). */
function viewsOf({ geometry: g, grid, row, views }: ConeFdk): Float32Array {
  const [slices, lines, columns] = grid.shape;
  const bins = row.detectorCount;
  return Float32Array.from(
    views.flatMap((view) => {
      const [constant, source, step] = rowMap(g, view, grid);
      const middle = [constant - (g.rows - 1) / 2, source + (step * (slices - 1)) / 2, step, 0];
      return [...centred(pixelMap(view, bins, grid), bins, lines, columns), ...middle];
    }),
  );
}
