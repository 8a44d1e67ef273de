import { SlicewiseError } from '../../core/errors.js';

/** A storage buffer of the device. */
export interface DeviceBuffer {
  /** Never given twice; keys of cached bind groups are made of it. */
  readonly id: number;
  readonly buffer: GPUBuffer;
  readonly bytes: number;
}

/** Told of an error that the device reports some time after its cause. */
export type Check = (error: Promise<GPUError | null>, describe: (error: GPUError) => SlicewiseError) => void;

// GPUBufferUsage, which is a global of pages only
export const USAGE = {
  mapRead: 1,
  copySource: 4,
  copyDestination: 8,
  uniform: 64,
  storage: 128,
  queryResolve: 512,
} as const;

/**
 * The storage buffers of a device. A buffer given back waits for the next request of its size, because an iteration makes and drops the
 * same few sizes; no more bytes wait than are in use (or 64 MiB), the oldest go first.
 */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #check: Check;
  readonly #destroyed: () => void;
  #spare: DeviceBuffer[] = [];
  #doomed: DeviceBuffer[] = [];
  readonly #live = new Set<DeviceBuffer>();
  #next = 0;
  #used = 0;
  #waiting = 0;
  #peak = 0;

  /** @param destroyed called when buffers were destroyed */
  constructor(device: GPUDevice, check: Check, destroyed: () => void) {
    this.#device = device;
    this.#check = check;
    this.#destroyed = destroyed;
  }

  /** A buffer of at least this many bytes; `zero` tells whether its content is known to be 0. */
  take(bytes: number, what: string): { buffer: DeviceBuffer; zero: boolean } {
    const size = Math.ceil(Math.max(bytes, 16) / 256) * 256;
    const at = this.#spare.findLastIndex((b) => b.bytes === size);
    const buffer = at < 0 ? this.#create(size, what) : this.#spare.splice(at, 1)[0];
    if (at >= 0) this.#waiting -= size;
    this.#live.add(buffer);
    this.#used += size;
    this.#peak = Math.max(this.#peak, this.#used + this.#waiting);
    return { buffer, zero: at < 0 };
  }

  #create(size: number, what: string): DeviceBuffer {
    const held = this.#used + this.#waiting;
    this.#device.pushErrorScope('out-of-memory');
    const usage = USAGE.storage | USAGE.copySource | USAGE.copyDestination;
    const buffer = this.#device.createBuffer({ label: what, size, usage });
    this.#check(this.#device.popErrorScope(), (error) => {
      return new SlicewiseError('MEMORY', {
        message: 'the GPU is out of memory',
        expected: `${mib(size)} more for ${what}, beside ${mib(held)} in use`,
        got: error.message.split('\n')[0], // the driver's, without where in it
        hint: 'reconstruct fewer slices at once, close other programs that use the GPU, or use the CPU backend',
      });
    });
    return { id: this.#next++, buffer, bytes: size };
  }

  give(buffer: DeviceBuffer): void {
    if (!this.#live.delete(buffer)) return;
    this.#used -= buffer.bytes;
    this.#waiting += buffer.bytes;
    this.#spare.push(buffer);
    while (this.#waiting > Math.max(this.#used, 2 ** 26)) {
      const oldest = this.#spare.shift()!;
      this.#waiting -= oldest.bytes;
      this.#doomed.push(oldest);
    }
  }

  /** Destroys what was dropped; only when no command waits for its submission. */
  collect(): void {
    if (this.#doomed.length === 0) return;
    for (const { buffer } of this.#doomed) buffer.destroy();
    this.#doomed = [];
    this.#destroyed();
  }

  destroy(): void {
    for (const { buffer } of [...this.#doomed, ...this.#spare, ...this.#live]) buffer.destroy();
    this.#spare = this.#doomed = [];
    this.#live.clear();
    this.#used = this.#waiting = 0;
  }

  /** Bytes of the buffers that exist, those that wait included. */
  memory(): { current: number; peak: number; held: number } {
    const held = this.#used + this.#waiting;
    return { current: held, peak: this.#peak, held };
  }
}

export const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 24 ? 1 : 0)} MiB`;
