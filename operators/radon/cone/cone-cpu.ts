import type { CpuBackend } from '../../../compute/cpu/backend.js';
import type { SentArgument } from '../../../compute/cpu/protocol.js';
import { coneKernel } from './cone.generated.js';
import type { ConeScan } from './cone.js';
import { coneTable, coneWindows, RAY_BYTES, STACK_BYTES } from './cone-windows.js';
import { exchangedProducts, mostRows } from '../exchange-cpu.js';
import type { Products } from '../slice/slice-radon.js';
import { gridSigns } from '../vectors.js';

/** The products of `coneRadon` by cone.as.ts. */
export function coneProductsCpu({ name, geometry: g, views, grid, domain, range }: ConeScan, cpu: CpuBackend): Products {
  const [slices, rows, columns] = grid.shape;
  const detectors = g.columns;
  const [images, projections] = [cpu.slabs(slices), cpu.slabs(g.angles.length)];
  const { lanes, slabs } = images.layout;
  const viewLanes = projections.layout.lanes;

  const windows = coneWindows(g, views, grid, projections.layout.slabs, slabs);
  const stride = mostRows(windows) + 4;
  const vectors = coneTable(g, views, grid);
  const sizes = [detectors * stride * 4, detectors * RAY_BYTES, STACK_BYTES, vectors.byteLength];
  const blocks = sizes.map((bytes) => cpu.block(domain, bytes));
  const [fan, table, stacks, vectorBlock] = blocks;
  cpu.upload(domain, vectorBlock, vectors);

  const flip = gridSigns(grid)[2] < 0;
  const lane0 = { each: slabs.map((s) => (s.first - (slices - 1) / 2) * grid.spacing[2]) };
  const count = { each: slabs.map((s) => s.count) };
  const call = (image: number, group: number, window: number): SentArgument[] => {
    const { first, count: inGroup } = projections.layout.slabs[group];
    const [row0, seen] = [windows[group].map((w) => w.row0), windows[group].map((w) => w.seen)];
    const addresses = [image, window, ...[fan, table, stacks, vectorBlock].map((b) => b.address)];
    const selection = [first, inGroup, { each: row0 }, { each: seen }, flip ? 1 : 0];
    const lengths = [detectors, rows, columns, grid.spacing[1], grid.spacing[0], lane0, grid.spacing[2], g.rowPitch];
    return [...addresses, ...selection, ...lengths, stride, count, lanes, viewLanes];
  };
  const dispose = (): void => {
    for (const block of blocks) block.free();
  };
  const scan = { name, domain, range, views: g.angles.length, rows: g.rows, columns: g.columns, windows, flip, kernel: coneKernel };
  return exchangedProducts({ ...scan, call, bytes: fan.bytes, dispose }, cpu);
}
