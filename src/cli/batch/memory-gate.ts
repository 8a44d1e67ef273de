import { SlicewiseError } from '../../../core/errors.js';
import { machineMemory } from '../../../core/platform/threads.js';
import { bytes as shown } from '../text.js';

/** Of the machine's memory, for all runs at once: the rest is for the system and for what plans do not know. */
const SHARE = 0.8;

/** The place of one run in the memory of the machine. */
export interface Place {
  /** The plan is known: waits until it fits beside the others. @throws SlicewiseError MEMORY where it never will */
  take(bytes: number): Promise<void>;
  leave(): void;
}

/**
 * One memory plan for all runs of a machine. Runs enter one after the other: one reads its scan and plans, the next begins when that one
 * has the memory it needs. So nobody holds memory while waiting for more but the one whose turn it is, and that one waits only for runs
 * that end.
 */
export class MemoryGate {
  #used = 0;
  #turn: Promise<void> = Promise.resolve();
  #changed: (() => void)[] = [];

  /**
   * @param given bytes of all runs; default 80 % of the machine or container
   * @param jobs how many share it
   */
  constructor(
    private readonly given: number | undefined,
    private readonly jobs: number,
  ) {}

  get total(): number {
    return Math.floor(this.given ?? SHARE * machineMemory());
  }

  /** What a run may take that can choose. */
  get each(): number {
    return this.total / this.jobs;
  }

  /** @param reading bytes that are taken before the plan is known */
  async enter(reading: number): Promise<Place> {
    let [held, gone] = [0, false];
    let pass: () => void = () => undefined;
    const before = this.#turn;
    this.#turn = new Promise((resolve) => (pass = resolve));
    await before;
    const first = Math.min(Math.ceil(reading), this.total);
    await this.#fits(first);
    this.#used += held = first;
    return {
      take: async (bytes) => {
        this.#free(held);
        held = 0;
        if (bytes > this.limit) throw tooLarge(bytes, this.limit);
        const needed = Math.min(Math.ceil(bytes), this.total);
        await this.#fits(needed);
        if (gone) return; // it ended while it waited
        this.#used += held = needed;
        pass();
      },
      leave: () => {
        if (gone) return;
        gone = true;
        this.#free(held);
        pass();
      },
    };
  }

  /** Of a run that is alone. */
  private get limit(): number {
    return this.given ?? machineMemory();
  }

  async #fits(bytes: number): Promise<void> {
    while (this.#used > 0 && this.#used + bytes > this.total) await new Promise<void>((resolve) => this.#changed.push(resolve));
  }

  #free(bytes: number): void {
    this.#used -= bytes;
    for (const resume of this.#changed.splice(0)) resume();
  }
}

const tooLarge = (bytes: number, limit: number): SlicewiseError =>
  new SlicewiseError('MEMORY', {
    message: 'this run does not fit into memory',
    expected: `at most ${shown(limit)}`,
    got: `a plan of ${shown(bytes)}`,
    hint: 'a smaller --size, a method that keeps fewer images (cgls, sirt), or a machine with more memory',
  });
