import { USAGE } from './pool.js';

/**
 * Seconds that pass on the device between two places of its queue, by timestamps: what others submit between them (networks), waiting for
 * the host included. Nothing waits for it; pages get timestamps rounded to 0.1 ms.
 */
export class Stopwatch {
  readonly #device: GPUDevice;
  readonly #set: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #open = new Set<Promise<void>>();
  #seconds = 0;

  private constructor(device: GPUDevice) {
    this.#device = device;
    this.#set = device.createQuerySet({ type: 'timestamp', count: 2 });
    this.#resolved = device.createBuffer({ size: 16, usage: USAGE.queryResolve | USAGE.copySource });
  }

  /** Undefined where the device has no timestamps. */
  static on(device: GPUDevice): Stopwatch | undefined {
    return device.features.has('timestamp-query') ? new Stopwatch(device) : undefined;
  }

  /** After what was submitted so far. */
  start(): void {
    const encoder = this.#device.createCommandEncoder();
    this.#mark(encoder, 0);
    this.#device.queue.submit([encoder.finish()]);
  }

  /** After what was submitted so far. */
  stop(): void {
    const encoder = this.#device.createCommandEncoder();
    this.#mark(encoder, 1);
    const staging = this.#device.createBuffer({ size: 16, usage: USAGE.mapRead | USAGE.copyDestination });
    encoder.resolveQuerySet(this.#set, 0, 2, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, staging, 0, 16);
    this.#device.queue.submit([encoder.finish()]);
    const read = this.#read(staging).catch(() => undefined); // the device is lost
    this.#open.add(read);
    void read.then(() => this.#open.delete(read));
  }

  #mark(encoder: GPUCommandEncoder, index: number): void {
    const timestampWrites = { querySet: this.#set, endOfPassWriteIndex: index };
    encoder.beginComputePass({ timestampWrites }).end();
  }

  async #read(staging: GPUBuffer): Promise<void> {
    try {
      await staging.mapAsync(1); // GPUMapMode.READ
      const [start, stop] = new BigUint64Array(staging.getMappedRange());
      if (stop > start) this.#seconds += Number(stop - start) * 1e-9;
    } finally {
      staging.destroy();
    }
  }

  /** The sum so far, once the device has come past all stops. */
  async seconds(): Promise<number> {
    await Promise.all(this.#open);
    return this.#seconds;
  }

  dispose(): void {
    this.#set.destroy();
    this.#resolved.destroy();
  }
}
