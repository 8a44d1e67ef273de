import type { Boundary, Neighbours } from '../backend.js';
import { requireNeighbours } from '../neighbours.js';
import type { CpuBackend } from './backend.js';
import { differencesKernel } from './differences.generated.js';
import type { Block, CpuField } from './field.js';
import type { SentArgument } from './protocol.js';
import type { CommandQueue } from './queue.js';

/** Edge slices on their way from slab to slab, into dense blocks. The exchange begins at once; `arrive` waits for it. */
export class Halo implements Neighbours {
  /** Where the slice before a slab's first will lie, 0 where there is none. */
  readonly previous: SentArgument = 0;
  /** Where the slice after its last will lie. */
  readonly next: SentArgument = 0;
  /** Where slices arrive. */
  readonly #blocks: Block[] = [];
  readonly #deliveries: ((queue: CommandQueue) => void)[] = [];
  #posted = Promise.resolve();
  #arrived = false;

  constructor(
    readonly backend: CpuBackend,
    readonly field: CpuField,
    readonly boundary: Boundary,
    sides: 'previous' | 'next' | 'both' = 'both',
  ) {
    const { slabs } = field.set.layout;
    if (sides !== 'next') this.previous = this.#exchange({ each: slabs.map((s) => s.count - 1) }, 1);
    if (sides !== 'previous') this.next = this.#exchange(0, -1);
    // both directions in one message
    backend.queue.step(async (queue) => {
      this.#posted = queue.post();
    });
  }

  /** Extracts a lane of the slabs whose neighbour, `shift` slabs on, receives it. */
  #exchange(lane: SentArgument, shift: 1 | -1): SentArgument {
    const { backend, field, boundary } = this;
    const { set, elements } = field;
    const { slabs, lanes } = set.layout;
    const giverOf = (i: number): number | undefined => {
      const giver = i - shift;
      if (boundary === 'periodic') return (giver + slabs.length) % slabs.length;
      return giver >= 0 && giver < slabs.length ? giver : undefined;
    };
    const givers = slabs.map((s) => giverOf(s.index));
    const giving = slabs.map((s) => s.index).filter((i) => givers.includes(i));
    if (giving.length === 0) return 0;
    const bytes = elements * 4;
    const [mine, halo] = [backend.block(field.space, bytes), backend.block(field.space, bytes)];
    this.#blocks.push(halo);
    const count = { each: slabs.map((s) => (giving.includes(s.index) ? elements : 0)) };
    backend.queue.call(set, differencesKernel, 'extractLane', [field.address, count, lanes, lane, mine.address]);
    backend.queue.step(async (queue) => {
      const tag = queue.peek(set, mine.address, bytes, giving);
      this.#deliveries.push((later) => {
        const sent = later.take(tag);
        const data = new Map<number, Uint8Array>();
        givers.forEach((giver, i) => giver !== undefined && data.set(i, sent.get(giver)!));
        later.add(set, { op: 'poke', address: halo.address, data, given: true });
      });
    });
    mine.free(); // what is queued from here on comes after the peek
    return { each: givers.map((giver) => (giver === undefined ? 0 : halo.address)) };
  }

  /** Kernels queued from here on find the slices. */
  arrive(): void {
    if (this.#arrived) return;
    this.#arrived = true;
    if (this.#blocks.length === 0) return;
    this.backend.queue.step(async (queue) => {
      void queue.post(); // what was queued since runs meanwhile
      await this.#posted;
      for (const deliver of this.#deliveries) deliver(queue);
    });
  }

  dispose(): void {
    this.arrive(); // where nobody asked, what was sent is still to be taken
    for (const block of this.#blocks.splice(0)) block.free();
  }
}

/** Calls `use` with the neighbouring slices of x: those of `ready` where they are on their way already. */
export function withHalo(
  backend: CpuBackend,
  x: CpuField,
  boundary: Boundary,
  sides: 'previous' | 'next' | 'both',
  ready: Neighbours | undefined,
  use: (halo: Halo) => void,
): void {
  requireNeighbours(ready, x, boundary);
  const halo = ready instanceof Halo ? ready : new Halo(backend, x, boundary, sides);
  halo.arrive();
  use(halo);
  if (halo !== ready) halo.dispose();
}
