import type { CpuBackend } from '../../../compute/cpu/backend.js';
import type { Slab } from '../../../compute/cpu/layout.js';
import type { SentArgument } from '../../../compute/cpu/protocol.js';
import { exchangedProducts, type Window } from '../exchange-cpu.js';
import type { PixelGrid } from '../pixel-grid.js';
import type { Products } from '../slice/slice-radon.js';
import type { ViewLines } from './lines.js';
import { voxelRaysKernel } from './voxel-rays.generated.js';
import type { VectorScan } from './vector.js';

/** The products of `vectorRadon` by voxel-rays.as.ts. */
export function vectorProductsCpu(scan: VectorScan, cpu: CpuBackend): Products {
  const { name, views, detector, grid, domain, range } = scan;
  const [slices, rows, columns] = grid.shape;
  const [images, projections] = [cpu.slabs(slices), cpu.slabs(views.length)];
  const { lanes, slabs } = images.layout;
  const windows = rowWindows(views, detector.rows, grid, projections.layout.slabs, slabs);
  const vectors = Float64Array.from(
    views.flatMap(({ d, m, source, divergent }) => [...d.flat(), ...m.flat(), ...source, divergent ? 1 : 0]),
  );
  const block = cpu.block(domain, vectors.byteLength);
  cpu.upload(domain, block, vectors);

  const lane0 = { each: slabs.map((s) => s.first - (slices - 1) / 2) };
  const count = { each: slabs.map((s) => s.count) };
  const call = (image: number, group: number, window: number): SentArgument[] => {
    const { first, count: inGroup } = projections.layout.slabs[group];
    const [row0, seen] = [windows[group].map((w) => w.row0), windows[group].map((w) => w.seen)];
    const selection = [first, inGroup, { each: row0 }, { each: seen }, detector.rows, detector.columns];
    return [image, window, block.address, ...selection, rows, columns, ...grid.spacing, lane0, count, lanes, projections.layout.lanes];
  };
  const exchanged = { name, domain, range, views: views.length, ...detector, windows, flip: false, kernel: voxelRaysKernel };
  return exchangedProducts({ ...exchanged, call, bytes: block.bytes, dispose: () => block.free() }, cpu);
}

/** The detector rows that slabs can touch, by range slab and image slab: where the corners of their reach are seen. */
function rowWindows(
  views: readonly ViewLines[],
  rows: number,
  grid: PixelGrid,
  groups: readonly Slab[],
  slabs: readonly Slab[],
): Window[][] {
  const [slices, height, width] = grid.shape;
  const [hx, hy] = [(width + 1) / 2, (height + 1) / 2];
  const ends = slabs.map((slab) => [slab.first - 1, slab.first + slab.count].map((slice) => slice - (slices - 1) / 2));
  return groups.map((group) =>
    ends.map((zs) => {
      let [low, high] = [Infinity, -Infinity];
      for (const { part, row } of views.slice(group.first, group.first + group.count)) {
        for (const z of zs) {
          for (const x of [-hx, hx]) {
            for (const y of [-hy, hy]) {
              const distance = part[0] + part[1] * x + part[2] * y + part[3] * z;
              // a corner beside or behind the source: any row may see the slab
              if (!(distance > NEAR)) return { row0: 0, seen: rows };
              const at = (row[0] + row[1] * x + row[2] * y + row[3] * z) / distance + (rows - 1) / 2;
              [low, high] = [Math.min(low, at), Math.max(high, at)];
            }
          }
        }
      }
      const row0 = Math.min(rows, Math.max(0, Math.floor(low)));
      return { row0, seen: Math.max(0, Math.min(rows, Math.ceil(high) + 1) - row0) };
    }),
  );
}

/** Of the way from the source to the middle of the image. */
const NEAR = 0.01;
