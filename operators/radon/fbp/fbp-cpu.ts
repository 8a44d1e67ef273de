import type { CpuBackend } from '../../../compute/cpu/backend.js';
import { cpuField } from '../../../compute/cpu/field.js';
import { space } from '../../../core/space.js';
import { backprojectKernel } from '../slice/backproject.generated.js';
import { weightRows } from '../detector-row.js';
import type { SliceFbp } from './fbp.js';
import { filterRows } from './filters.js';
import { pixelMap } from './pixel-map.js';

/** Filters in this thread, backprojects by backproject.as.ts. */
export async function sliceFbpCpu({ data, grid, row, response, views, curve, scale }: SliceFbp, cpu: CpuBackend): Promise<Float32Array> {
  const [slices, rows, columns] = grid.shape;
  const { detectorCount: detectors } = row;
  const filtered = new Float32Array(slices * views.length * detectors);
  weightRows(data, row, filtered);
  const perSlice = views.length * detectors;
  for (let k = 0, pause = performance.now() + 50; k < slices; k++) {
    filterRows(filtered.subarray(k * perSlice, (k + 1) * perSlice), detectors, response);
    if (performance.now() < pause) continue;
    await new Promise((resolve) => setTimeout(resolve)); // the main thread stays awake
    pause = performance.now() + 50;
  }

  const sinogram = cpu.field(space(['slice', 'view', 'detector'], [slices, views.length, detectors]));
  const image = cpu.field(space(['slice', 'y', 'x'], grid.shape));
  const table = Float64Array.from(views.flatMap((view) => pixelMap(view, detectors, grid)));
  const block = cpu.block(image.space, table.byteLength);
  try {
    cpu.upload(image.space, block, table);
    await cpu.write(sinogram, filtered);
    const addresses = [cpuField(sinogram, sinogram.space).address, cpuField(image, image.space).address, block.address];
    const { lanes } = cpu.slabs(slices).layout;
    cpu.call(image.space, backprojectKernel, 'slices', [...addresses, views.length, detectors, rows, columns, lanes, curve, scale]);
    return await cpu.read(image);
  } finally {
    sinogram.dispose();
    image.dispose();
    block.free();
  }
}
