import { SlabSet, type CommandQueue } from './queue.js';
import { Registers } from './scalars.js';

interface Entry {
  readonly set: SlabSet;
  readonly registers: Registers;
}

/**
 * The slab sets of a backend, by number of slices. One that nothing lives in waits for the next field of that many slices, because
 * operators make and free the same few again and again; the memories that wait hold no more bytes than those in use (or 16 MiB): the
 * longest idle are dropped.
 */
export class SlabSets {
  readonly #entries = new Map<number, Entry>();
  /** Slice counts, the longest idle first. */
  readonly #idle = new Set<number>();
  #next = 1;
  #peak = 0;

  of(slices: number, queue: CommandQueue): Entry {
    const found = this.#entries.get(slices);
    if (found) return found;
    const set = new SlabSet(this.#next++, slices, (used) => {
      this.#idle.delete(slices);
      if (used) return;
      this.#idle.add(slices);
      this.#trim(queue);
    });
    const entry = { set, registers: new Registers(set) };
    queue.register(set);
    this.#entries.set(slices, entry);
    return entry;
  }

  #trim(queue: CommandQueue): void {
    const { held } = this.memory();
    let waiting = [...this.#idle].reduce((sum, slices) => sum + this.#entries.get(slices)!.set.held, 0);
    const most = Math.max(held - waiting, MOST_WAITING);
    for (const slices of this.#idle) {
      if (waiting <= most) return;
      const { set } = this.#entries.get(slices)!;
      this.#peak = this.memory().peak;
      waiting -= set.held;
      this.#idle.delete(slices);
      this.#entries.delete(slices);
      queue.drop(set);
    }
  }

  memory(): { current: number; peak: number; held: number } {
    let [current, held] = [0, 0];
    for (const { set } of this.#entries.values()) {
      current += set.allocator.end * set.layout.slabs.length;
      held += set.held;
    }
    return { current, peak: Math.max(this.#peak, held), held };
  }
}

const MOST_WAITING = 2 ** 24;
