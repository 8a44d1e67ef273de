import type { CpuBackend } from '../../../compute/cpu/backend.js';
import { cpuField } from '../../../compute/cpu/field.js';
import type { SentArgument } from '../../../compute/cpu/protocol.js';
import type { CommandQueue } from '../../../compute/cpu/queue.js';
import { vectorKernel } from '../../../compute/cpu/vector.generated.js';
import { packViews } from '../vectors.js';
import { oneSliceKernel } from './one-slice.generated.js';
import { RAY_BYTES, TOGETHER } from './ray-bytes.js';
import type { Products, SliceScan } from './slice-radon.js';

/** Products of a ray and a line below which messages cost more than workers save: 20 views of 256². */
const WORTH_IT = 20 * 256 ** 2;

/** Is there one slice, more than one worker, and enough to do? */
export const worthSharing = ({ views, grid: { shape } }: SliceScan, cpu: CpuBackend): boolean =>
  shape[0] === 1 && cpu.workers > 1 && views.length * shape[1] * shape[2] >= WORTH_IT;

/** [first, end] of each part of 0 … count − 1. */
const parts = (count: number, among: number): [number, number][] =>
  Array.from({ length: among }, (_, i) => [Math.floor((i * count) / among), Math.floor(((i + 1) * count) / among)]);

/**
 * The products of `sliceRadon` for a single slice that all workers share: each projects some of the views, and backprojects into some of
 * the rows. Image and sinogram travel as messages. Every ray and pixel has the operations of one worker alone, so the bits do too.
 */
export function sharedProductsCpu({ views, detectors, grid, domain, range }: SliceScan, cpu: CpuBackend): Products {
  const { queue } = cpu;
  const [, rows, columns] = grid.shape;
  const [pixels, rays] = [rows * columns, views.length * detectors];
  const own = cpu.slabs(1);
  const shares = cpu.shares();
  const workers = shares.layout.slabs.length;
  const [viewParts, rowParts] = [parts(views.length, workers), parts(rows, workers)];
  const most = (of: readonly [number, number][], width: number): number => 4 * width * Math.max(...of.map(([a, b]) => b - a));

  const vectors = packViews(views, grid);
  const stagingBytes = 4 * Math.max(pixels, rays);
  const staging = own.allocate(stagingBytes);
  // what a worker is given, its scratch (a transposed image, or a sinogram row) and what it gives
  const sizes = {
    given: stagingBytes,
    scratch: 4 * Math.max(pixels, detectors + TOGETHER),
    result: Math.max(most(viewParts, detectors) + 4 * TOGETHER, most(rowParts, columns)),
    table: (detectors + TOGETHER) * RAY_BYTES,
    vectors: vectors.byteLength,
  };
  const [given, scratch, result, table, vectorBlock] = Object.values(sizes).map((bytes) => shares.allocate(bytes));
  queue.operation(shares, { op: 'poke', address: vectorBlock, data: new Uint8Array(vectors.buffer, vectors.byteOffset).slice() });
  for (const kernel of [oneSliceKernel, vectorKernel]) queue.load(kernel);

  const each = (of: readonly [number, number][], pick: (part: [number, number]) => number): SentArgument => ({ each: of.map(pick) });
  const lanes = (q: CommandQueue, fn: 'interleave' | 'deinterleave', from: number, to: number, count: number): void =>
    q.add(own, { op: 'call', module: vectorKernel.name, fn, args: [from, to, count, 1, own.layout.lanes, 0, 1] });

  /** Sends what lies at `from` to all workers, has them run `fn`, and puts their parts, of `width` numbers each, together at `to`. */
  const run = (
    fn: string,
    from: number,
    fromCount: number,
    to: number,
    of: [number, number][],
    width: number,
    args: SentArgument[],
  ): void =>
    queue.step(async (q) => {
      lanes(q, 'deinterleave', from, staging, fromCount);
      const sent = q.peek(own, staging, 4 * fromCount);
      await q.post();
      q.add(shares, { op: 'poke', address: given, data: q.take(sent).get(0)! });
      q.add(shares, { op: 'call', module: oneSliceKernel.name, fn, args });
      const done = q.peek(shares, result, most(of, width));
      await q.post();
      const results = q.take(done);
      of.forEach(([first, end], i) => {
        const data = results.get(i)!.subarray(0, 4 * width * (end - first));
        q.add(own, { op: 'poke', address: staging + 4 * width * first, data: new Map([[0, data]]) });
      });
      lanes(q, 'interleave', staging, to, width * of[workers - 1][1]);
    });

  const size = [rows, columns];
  const spacing = [grid.spacing[1], grid.spacing[0]];
  return {
    apply(x, y) {
      const selection = [each(viewParts, ([first]) => first), each(viewParts, ([first, end]) => end - first)];
      const args = [given, scratch, result, table, vectorBlock, ...selection, detectors, ...size, ...spacing];
      run('forwardShare', cpuField(x, domain).address, pixels, cpuField(y, range).address, viewParts, detectors, args);
    },
    adjoint(y, x) {
      const selection = [each(rowParts, ([first]) => first), each(rowParts, ([, end]) => end)];
      const args = [given, result, scratch, table, vectorBlock, views.length, detectors, ...size, ...selection, ...spacing];
      run('adjointShare', cpuField(y, range).address, rays, cpuField(x, domain).address, rowParts, columns, args);
    },
    bytes: () => ({
      items: [
        {
          what: 'slice, sinogram and their parts',
          bytes: stagingBytes + workers * Object.values(sizes).reduce((sum, bytes) => sum + bytes, 0),
        },
      ],
      projections: rays * own.layout.lanes * 4,
    }),
    dispose() {
      own.free(staging);
      for (const address of [given, scratch, result, table, vectorBlock]) shares.free(address);
    },
  };
}
