import type { CpuBackend } from '../../../compute/cpu/backend.js';
import { cpuField } from '../../../compute/cpu/field.js';
import type { SentArgument } from '../../../compute/cpu/protocol.js';
import type { CommandQueue } from '../../../compute/cpu/queue.js';
import { vectorKernel } from '../../../compute/cpu/vector.generated.js';
import { coneKernel } from './cone.generated.js';
import type { ConeScan } from './cone.js';
import { coneTable, coneWindows, RAY_BYTES, STACK_BYTES } from './cone-windows.js';
import type { Products } from '../slice/slice-radon.js';
import { gridSigns } from '../vectors.js';

/**
 * The products of `coneRadon` by cone.as.ts. Image slabs (slices) each compute their part of the views of one range slab; the parts are
 * added in the order of the image slabs, and the backprojections in the order of the range slabs, so the bits do not depend on the workers.
 */
export function coneProductsCpu({ name, geometry: g, views, grid, domain, range }: ConeScan, cpu: CpuBackend): Products {
  const { queue } = cpu;
  const [slices, rows, columns] = grid.shape;
  const detectors = g.columns;
  const [images, projections] = [cpu.slabs(slices), cpu.slabs(g.angles.length)];
  const { lanes, slabs } = images.layout;
  const viewLanes = projections.layout.lanes;

  const windows = coneWindows(g, views, grid, projections.layout.slabs, slabs);
  const mostRows = Math.max(...windows.flat().map((w) => w.seen), 1);
  const stride = mostRows + 4;
  const vectors = coneTable(g, views, grid);
  const rowBytes = detectors * viewLanes * 4;
  const [window, fan, table, stacks, vectorBlock] = [
    mostRows * rowBytes,
    detectors * stride * 4,
    detectors * RAY_BYTES,
    STACK_BYTES,
    vectors.byteLength,
  ].map((bytes) => cpu.block(domain, bytes));
  const staging = cpu.block(range, mostRows * rowBytes);
  cpu.upload(domain, vectorBlock, vectors);
  for (const kernel of [coneKernel, vectorKernel]) queue.load(kernel);

  const flip = gridSigns(grid)[2] < 0;
  const lane0 = { each: slabs.map((s) => (s.first - (slices - 1) / 2) * grid.spacing[2]) };
  const count = { each: slabs.map((s) => s.count) };
  const arguments_ = (image: number, group: number): SentArgument[] => {
    const { first, count: inGroup } = projections.layout.slabs[group];
    const [row0, seen] = [windows[group].map((w) => w.row0), windows[group].map((w) => w.seen)];
    const blocks = [image, window, fan, table, stacks, vectorBlock].map((b) => (typeof b === 'number' ? b : b.address));
    const selection = [first, inGroup, { each: row0 }, { each: seen }, flip ? 1 : 0];
    const sizes = [detectors, rows, columns, grid.spacing[1], grid.spacing[0], lane0, grid.spacing[2], g.rowPitch];
    return [...blocks, ...selection, ...sizes, stride, count, lanes, viewLanes];
  };
  /** Where a window lies among the stored rows. */
  const offset = (group: number, slab: number): number => {
    const { row0, seen } = windows[group][slab];
    return (flip ? g.rows - row0 - seen : row0) * rowBytes;
  };
  /** Every image slab's part of the views of a group, then the sum of the parts, slab after slab. */
  const project = async (q: CommandQueue, x: number, y: number): Promise<void> => {
    for (const group of projections.layout.slabs) {
      q.add(images, { op: 'call', module: coneKernel.name, fn: 'forward', args: arguments_(x, group.index) });
      const parts = slabs
        .map(({ index }) => ({ index, bytes: windows[group.index][index].seen * rowBytes }))
        .filter(({ bytes }) => bytes > 0)
        .map(({ index, bytes }) => ({ index, bytes, tag: q.peek(images, window.address, bytes, [index]) }));
      await q.send();
      for (const { index, bytes, tag } of parts) {
        const data = new Map([[group.index, q.take(tag).get(index)!]]);
        q.add(projections, { op: 'poke', address: staging.address, data });
        const at = y + offset(group.index, index);
        const floats = { each: projections.layout.slabs.map((s) => (s.index === group.index ? bytes / 4 : 0)) };
        const args = [at, floats, 1, at, 1, staging.address];
        q.add(projections, { op: 'call', module: vectorKernel.name, fn: 'lincomb2', args });
      }
    }
  };

  /** The views of a group go to all image slabs, group after group. */
  const backproject = async (q: CommandQueue, y: number, x: number): Promise<void> => {
    for (const { index: group } of projections.layout.slabs) {
      const tag = q.peek(projections, y, g.rows * rowBytes, [group]);
      await q.send();
      const bytes = q.take(tag).get(group)!;
      const cut = ({ index }: { index: number }): [number, Uint8Array] => {
        const from = offset(group, index);
        return [index, bytes.subarray(from, from + windows[group][index].seen * rowBytes)];
      };
      q.add(images, { op: 'poke', address: window.address, data: new Map(slabs.map(cut)) });
      q.add(images, { op: 'call', module: coneKernel.name, fn: 'adjoint', args: arguments_(x, group) });
    }
  };

  return {
    apply(x, y) {
      const [from, to] = [cpuField(x, domain).address, cpuField(y, range).address];
      cpu.fill(y, 0);
      queue.step((q) => project(q, from, to));
    },
    adjoint(y, x) {
      const [from, to] = [cpuField(y, range).address, cpuField(x, domain).address];
      cpu.fill(x, 0);
      queue.step((q) => backproject(q, from, to));
    },
    bytes: () => ({
      items: [
        {
          what: `${name}: views in work`,
          bytes: (window.bytes + fan.bytes) * slabs.length + staging.bytes * projections.layout.slabs.length,
        },
      ],
      projections: g.rows * rowBytes * projections.layout.slabs.length,
    }),
    dispose() {
      for (const block of [window, fan, table, stacks, vectorBlock, staging]) block.free();
    },
  };
}
