import type { Boundary } from '../backend.js';
import type { CpuBackend } from './backend.js';
import { differencesKernel } from './differences.generated.js';
import type { Block, CpuField } from './field.js';
import type { SentArgument } from './protocol.js';
import type { CommandQueue } from './queue.js';

/** Brings the neighbouring slabs' edge slices into dense blocks and calls `use` with their addresses (0 where there is none). */
export function withHalo(
  backend: CpuBackend,
  x: CpuField,
  boundary: Boundary,
  needPrevious: boolean,
  needNext: boolean,
  use: (previous: SentArgument, next: SentArgument) => void,
): void {
  const { set, elements } = x;
  const { slabs, lanes } = set.layout;
  const last = slabs.length - 1;
  const bytes = elements * 4;
  const wrap = boundary === 'periodic';
  const blocks: Block[] = [];
  const exchanges: ((queue: CommandQueue) => () => void)[] = [];
  /** Extracts a lane of every slab, to be given to the neighbour `shift` slabs on. */
  const exchange = (lane: SentArgument, shift: 1 | -1): SentArgument => {
    const receives = (i: number) => wrap || (shift === 1 ? i > 0 : i < last);
    if (!slabs.some((s) => receives(s.index))) return 0;
    const [mine, halo] = [backend.block(x.space, bytes), backend.block(x.space, bytes)];
    blocks.push(mine, halo);
    backend.queue.call(set, differencesKernel, 'extractLane', [x.address, elements, lanes, lane, mine.address]);
    exchanges.push((queue) => {
      const tag = queue.peek(set, mine.address, bytes);
      return () => {
        const sent = queue.take(tag);
        const data = new Map<number, Uint8Array>();
        for (const { index } of slabs) {
          if (receives(index)) data.set(index, sent.get((index - shift + slabs.length) % slabs.length)!);
        }
        queue.add(set, { op: 'poke', address: halo.address, data, given: true });
      };
    });
    return { each: slabs.map((s) => (receives(s.index) ? halo.address : 0)) };
  };
  const previous = needPrevious ? exchange({ each: slabs.map((s) => s.count - 1) }, 1) : 0;
  const next = needNext ? exchange(0, -1) : 0;
  // both directions in one round trip
  if (exchanges.length > 0) {
    backend.queue.step(async (queue) => {
      const deliveries = exchanges.map((ask) => ask(queue));
      await queue.send();
      for (const deliver of deliveries) deliver();
    });
  }
  use(previous, next);
  for (const block of blocks) block.free();
}
