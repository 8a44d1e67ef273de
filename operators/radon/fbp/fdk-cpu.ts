import type { CpuBackend } from '../../../compute/cpu/backend.js';
import { cpuField } from '../../../compute/cpu/field.js';
import { space } from '../../../core/space.js';
import { backprojectKernel } from '../slice/backproject.generated.js';
import { weightRows } from '../detector-row.js';
import type { ConeFdk } from './fdk.js';
import { rowMap, tilts } from './fdk-weights.js';
import { filterRows } from './filters.js';
import { pixelMap } from './pixel-map.js';

/** Filters in this thread, backprojects by backproject.as.ts; one view at a time goes to all slabs. */
export async function coneFdkCpu({ data, geometry: g, grid, row, response, views }: ConeFdk, cpu: CpuBackend): Promise<Float32Array> {
  const { rows, columns } = g;
  const wide = row.detectorCount;
  const tilt = tilts(g);
  const stride = Math.ceil(rows / 4) * 4;

  const image = cpu.field(space(['slice', 'y', 'x'], grid.shape));
  const [projection, table] = [wide * stride * 4, 9 * 8].map((n) => cpu.block(image.space, n));
  const { slabs, lanes } = cpu.slabs(grid.shape[0]).layout;
  const slab = [{ each: slabs.map((s) => s.first) }, grid.shape[1], grid.shape[2], lanes];
  const addresses = [projection.address, cpuField(image, image.space).address, table.address];
  try {
    for (const [v, view] of views.entries()) {
      const filtered = new Float32Array(rows * wide);
      const measured = data.slice(v * rows * columns, (v + 1) * rows * columns);
      measured.forEach((value, n) => (measured[n] = value * tilt[n]));
      weightRows(measured, { ...row, weights: [row.weights[v]] }, filtered);
      filterRows(filtered, wide, response);
      cpu.upload(image.space, projection, transposed(filtered, rows, wide, stride));
      cpu.upload(image.space, table, Float64Array.of(...pixelMap(view, wide, grid), ...rowMap(g, view, grid)));
      cpu.call(image.space, backprojectKernel, 'cone', [...addresses, wide, rows, stride, ...slab]);
      await cpu.flush();
    }
    return await cpu.read(image);
  } finally {
    image.dispose();
    for (const block of [projection, table]) block.free();
  }
}

/** [row, column] → [column, row], rows padded to `stride`. */
function transposed(view: Float32Array, rows: number, columns: number, stride: number): Float32Array {
  const out = new Float32Array(columns * stride);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) out[column * stride + row] = view[at];
  }
  return out;
}
