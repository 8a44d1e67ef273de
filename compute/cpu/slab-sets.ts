import { sharesLayout, slabLayout, type SlabLayout } from './layout.js';
import { SlabSet, type CommandQueue } from './queue.js';
import { Registers } from './scalars.js';

interface Entry {
  readonly set: SlabSet;
  readonly registers: Registers;
}

/**
 * The slab sets of a backend, by number of slices, and one for a slice that workers share. One that nothing lives in waits for the next
 * field of that many slices, because operators make and free the same few again and again; the memories that wait hold no more bytes than
 * those in use (or 16 MiB): the longest idle are dropped.
 */
export class SlabSets {
  readonly #entries = new Map<number, Entry>();
  /** Slice counts (less than 0: workers that share one), the longest idle first. */
  readonly #idle = new Set<number>();
  #next = 1;
  #peak = 0;

  of(slices: number, queue: CommandQueue): Entry {
    return this.#entries.get(slices) ?? this.#make(slices, slabLayout(slices), queue);
  }

  /** One slab for each worker. */
  shares(workers: number, queue: CommandQueue): Entry {
    return this.#entries.get(-workers) ?? this.#make(-workers, sharesLayout(workers), queue);
  }

  #make(key: number, layout: SlabLayout, queue: CommandQueue): Entry {
    const set = new SlabSet(this.#next++, layout, (used) => {
      this.#idle.delete(key);
      if (used) return;
      this.#idle.add(key);
      this.#trim(queue);
    });
    const entry = { set, registers: new Registers(set) };
    queue.register(set);
    this.#entries.set(key, entry);
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
