import type { CpuBackend } from '../../compute/cpu/backend.js';
import { cpuField } from '../../compute/cpu/field.js';
import type { SentArgument } from '../../compute/cpu/protocol.js';
import type { CommandQueue } from '../../compute/cpu/queue.js';
import { vectorKernel } from '../../compute/cpu/vector.generated.js';
import type { Space } from '../../core/space.js';
import type { Products } from './slice/slice-radon.js';

/** The detector rows that a slab of the image can touch. */
export interface Window {
  readonly row0: number;
  readonly seen: number;
}

/** A projector whose rays go through several slices, as its kernel knows it. */
export interface ExchangedScan {
  readonly name: string;
  readonly domain: Space;
  readonly range: Space;
  /** Views × rows × columns of the detector. */
  readonly views: number;
  readonly rows: number;
  readonly columns: number;
  /** By range slab and image slab. */
  readonly windows: readonly (readonly Window[])[];
  /** Rows are stored the other way round than windows count them. */
  readonly flip: boolean;
  /** Exports `forward` (window ← A x) and `adjoint` (x += Aᵀ window). */
  readonly kernel: { readonly name: string } & Parameters<CommandQueue['load']>[0];
  /** Arguments of both, for the image at an address, one range slab, and the window at an address. */
  call(image: number, group: number, window: number): SentArgument[];
  /** Bytes that it keeps in every image slab, and how they are given back. */
  readonly bytes: number;
  dispose(): void;
}

/** Rows of the largest window. */
export const mostRows = (windows: readonly (readonly Window[])[]): number => Math.max(...windows.flat().map((w) => w.seen), 1);

/**
 * A and Aᵀ of slabs that each see a part of every ray. Image slabs compute their part of the views of one range slab; the parts are added
 * in the order of the image slabs, and the backprojections in the order of the range slabs, so the bits do not depend on the workers.
 */
export function exchangedProducts(scan: ExchangedScan, cpu: CpuBackend): Products {
  const { name, domain, range, rows, columns, windows, flip, kernel } = scan;
  const { queue } = cpu;
  const [images, projections] = [cpu.slabs(domain.shape[0]), cpu.slabs(scan.views)];
  const { slabs } = images.layout;
  const rowBytes = columns * projections.layout.lanes * 4;
  const most = mostRows(windows);
  const window = cpu.block(domain, most * rowBytes);
  const staging = cpu.block(range, most * rowBytes);
  for (const module of [kernel, vectorKernel]) queue.load(module);

  /** Where a window lies among the stored rows. */
  const offset = (group: number, slab: number): number => {
    const { row0, seen } = windows[group][slab];
    return (flip ? rows - row0 - seen : row0) * rowBytes;
  };
  /** Every image slab's part of the views of a group, then the sum of the parts, slab after slab. */
  const project = async (q: CommandQueue, x: number, y: number): Promise<void> => {
    for (const group of projections.layout.slabs) {
      q.add(images, { op: 'call', module: kernel.name, fn: 'forward', args: scan.call(x, group.index, window.address) });
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
      const tag = q.peek(projections, y, rows * rowBytes, [group]);
      await q.send();
      const bytes = q.take(tag).get(group)!;
      const cut = ({ index }: { index: number }): [number, Uint8Array] => {
        const from = offset(group, index);
        return [index, bytes.subarray(from, from + windows[group][index].seen * rowBytes)];
      };
      q.add(images, { op: 'poke', address: window.address, data: new Map(slabs.map(cut)) });
      q.add(images, { op: 'call', module: kernel.name, fn: 'adjoint', args: scan.call(x, group, window.address) });
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
          bytes: (window.bytes + scan.bytes) * slabs.length + staging.bytes * projections.layout.slabs.length,
        },
      ],
      projections: rows * rowBytes * projections.layout.slabs.length,
    }),
    dispose() {
      for (const block of [window, staging]) block.free();
      scan.dispose();
    },
  };
}
