import type { DeviceBuffer } from './pool.js';
import type { DeviceQueue } from './queue.js';

/**
 * A block of device memory for tables and scratch of an operator. Its memory is held from its first use to its disposal, in queue order.
 */
export class DeviceTable {
  #buffer?: DeviceBuffer;
  #disposed = false;

  constructor(
    private readonly queue: DeviceQueue,
    readonly bytes: number,
    private readonly what: string,
    /** Scratch that is written before it is read need not be cleared. */
    private readonly cleared: boolean,
  ) {}

  /** In queue order. */
  buffer(): DeviceBuffer {
    if (this.#buffer) return this.#buffer;
    const { buffer, zero } = this.queue.pool.take(this.bytes, this.what);
    if (!zero && this.cleared) this.queue.clear(buffer);
    return (this.#buffer = buffer);
  }

  /** Gives its memory back. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.queue.enqueue(() => {
      if (this.#buffer) this.queue.pool.give(this.#buffer);
      this.#buffer = undefined;
    });
  }
}
