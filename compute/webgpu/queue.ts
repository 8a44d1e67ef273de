import { SlicewiseError, isSlicewiseError } from '../../core/errors.js';
import { BufferPool, USAGE, type Check, type DeviceBuffer } from './pool.js';
import { Pipelines, type Pipeline } from './pipelines.js';

interface Command {
  run(): void | Promise<void>;
  /** Instead of `run`, when the queue failed before it came to this command. */
  fail?(error: SlicewiseError): void;
}

/**
 * Orders what is asked of the device. Commands encode at once into one compute pass, which is submitted when it is long enough or something
 * waits for it. While an asynchronous step runs, or the device is far behind, commands wait as functions, which hold no device memory. The
 * first failure is final: every promise asked for after it, and every one still open, rejects with it.
 */
export class DeviceQueue {
  readonly device: GPUDevice;
  readonly pool: BufferPool;
  readonly pipelines: Pipelines;
  failure?: SlicewiseError;

  #commands: Command[] = [];
  #stepping = false;
  #pumping = false;
  #behind = 0;
  readonly #open = new Set<(error: SlicewiseError) => void>();
  #checks: Promise<void> = Promise.resolve();

  #encoder?: GPUCommandEncoder;
  #pass?: GPUComputePassEncoder;
  #dispatches = 0;
  /** Dispatches of the next submission, at most. */
  #most = MOST_DISPATCHES;
  #lastDone = 0;
  /** Parameters of the dispatches of one submission; the copy on the device is overwritten in queue order. */
  readonly #params = new Uint32Array(PARAMETER_WORDS);
  readonly #paramsBuffer: GPUBuffer;
  readonly #alignment: number;
  #paramsEnd = 0;

  constructor(device: GPUDevice) {
    this.device = device;
    this.pipelines = new Pipelines(device);
    this.pool = new BufferPool(device, this.check, () => this.pipelines.forgetGroups());
    this.#alignment = device.limits.minUniformBufferOffsetAlignment / 4;
    this.#paramsBuffer = device.createBuffer({
      label: 'parameters',
      size: PARAMETER_WORDS * 4,
      usage: USAGE.uniform | USAGE.copyDestination,
    });
    void device.lost.then(({ reason, message }) => {
      const destroyed = reason === 'destroyed';
      this.fail(
        new SlicewiseError('BACKEND', {
          message: destroyed ? 'the GPU device was closed' : 'the GPU device was lost',
          got: message || reason || 'no reason',
          hint: destroyed ? '' : 'resume from the last checkpoint; a driver update, or fewer slices at once, may help',
        }),
      );
    });
  }

  // ---- order ----

  /** Queues a synchronous command. */
  enqueue(run: () => void): void {
    this.#push({ run });
  }

  /** Queues an asynchronous command: what comes before is submitted, and what follows waits for it. */
  step(run: () => Promise<void>): void {
    this.#push({
      run: () => {
        this.submit();
        return run();
      },
    });
  }

  /**
   * A promise that begins at this place of the queue, and that what follows does not wait for: what comes before is submitted after
   * `encode` added to it, then `wait` is called.
   */
  point<T>(encode: () => void, wait: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const run = (): void => {
        this.#open.add(reject);
        encode();
        this.submit();
        const done = async (): Promise<T> => {
          const value = await wait();
          await this.#checks;
          if (this.failure) throw this.failure;
          return value;
        };
        done()
          .then(resolve, (error: unknown) => {
            void this.#reported().then(() => reject(this.fail(asFailure(error))));
          })
          .finally(() => this.#open.delete(reject));
      };
      this.#push({ run, fail: reject });
    });
  }

  /** A promise for all that was queued before. */
  flush(): Promise<void> {
    return this.point(
      () => undefined,
      async () => {
        await this.device.queue.onSubmittedWorkDone();
      },
    );
  }

  #push(command: Command): void {
    if (this.failure) return command.fail?.(this.failure);
    this.#commands.push(command);
    this.#pump();
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    let next = 0;
    while (next < this.#commands.length && !this.failure && !this.#stepping && this.#behind < MOST_BEHIND) {
      this.#start(this.#commands[next++]);
    }
    this.#commands = this.#commands.slice(next);
    this.#pumping = false;
    if (this.failure) this.#refuse(this.failure);
  }

  #start(command: Command): void {
    try {
      const done = command.run();
      if (!done) return;
      this.#stepping = true;
      done.then(
        () => {
          this.#stepping = false;
          this.#pump();
        },
        (error: unknown) => void this.#reported().then(() => this.fail(asFailure(error))),
      );
    } catch (error) {
      this.fail(asFailure(error));
    }
  }

  /** Where a promise of the device failed, the device's own report, which says more, is on its way. */
  async #reported(): Promise<void> {
    await this.#checks;
    if (!this.failure) await new Promise((resolve) => setTimeout(resolve, REPORT_MS));
  }

  /** Ends the queue. The first failure stays. */
  fail(error: SlicewiseError): SlicewiseError {
    if (this.failure) return this.failure;
    this.failure = error;
    this.#abandon();
    for (const reject of this.#open) reject(error);
    this.#open.clear();
    if (!this.#pumping) this.#refuse(error);
    return error;
  }

  #refuse(error: SlicewiseError): void {
    for (const command of this.#commands.splice(0)) command.fail?.(error);
  }

  /** Errors the device reports later; they are looked at in the order of their causes. */
  readonly check: Check = (error, describe) => {
    const failed = error.then(
      (found) => found ?? undefined,
      () => undefined, // the device is lost, which is told by `lost`
    );
    this.#checks = this.#checks.then(async () => {
      const found = await failed;
      if (found) this.fail(describe(found));
    });
  };

  // ---- encoding, in queue order ----

  /** For copies and clears; ends the compute pass. */
  encoder(): GPUCommandEncoder {
    this.#pass?.end();
    this.#pass = undefined;
    return this.#begin();
  }

  #begin(): GPUCommandEncoder {
    if (!this.#encoder) {
      this.device.pushErrorScope('validation');
      this.#encoder = this.device.createCommandEncoder({ label: 'slicewise' });
    }
    return this.#encoder;
  }

  /** Sets a buffer to 0. */
  clear({ buffer, bytes }: DeviceBuffer): void {
    this.encoder().clearBuffer(buffer, 0, bytes);
  }

  /** Adds a dispatch. `pipeline` is a function because compiling must lie inside the error scope. */
  dispatch(
    pipeline: () => Pipeline,
    buffers: readonly DeviceBuffer[],
    fill: (u: Uint32Array, f: Float32Array) => void,
    groups: readonly [number, number, number],
  ): void {
    this.#begin();
    const { kernel, ...compiled } = pipeline();
    const { words } = kernel.layout;
    if (this.#paramsEnd + words > PARAMETER_WORDS) {
      this.submit();
      this.#begin();
    }
    const at = this.#paramsEnd;
    const part = this.#params.subarray(at, at + words);
    fill(part, new Float32Array(part.buffer, part.byteOffset, words));
    this.#paramsEnd = Math.ceil((at + words) / this.#alignment) * this.#alignment;
    this.#pass ??= this.#encoder!.beginComputePass({ label: 'slicewise' });
    this.#pass.setPipeline(compiled.pipeline);
    const group = this.pipelines.group({ kernel, ...compiled }, this.#paramsBuffer, buffers);
    this.#pass.setBindGroup(0, group, [at * 4]);
    this.#pass.dispatchWorkgroups(...groups);
    if (++this.#dispatches >= this.#most) this.submit();
  }

  /** Gives what is encoded to the device. */
  submit(): void {
    if (!this.#encoder) return;
    this.#pass?.end();
    const commands = this.#encoder.finish();
    if (this.#paramsEnd > 0) this.device.queue.writeBuffer(this.#paramsBuffer, 0, this.#params, 0, this.#paramsEnd);
    this.device.queue.submit([commands]);
    const dispatches = this.#dispatches;
    this.#pass = this.#encoder = undefined;
    this.#dispatches = this.#paramsEnd = 0;
    this.check(this.device.popErrorScope(), refused);
    this.pool.collect();
    this.#behind++;
    const sent = performance.now();
    const done = (): void => {
      this.#behind--;
      this.#adapt(sent, dispatches);
      this.#pump();
    };
    this.device.queue.onSubmittedWorkDone().then(done, done);
  }

  /** Long submissions become shorter: watchdogs of drivers end what takes seconds. Results do not depend on it. */
  #adapt(sent: number, dispatches: number): void {
    const now = performance.now();
    const took = now - Math.max(sent, this.#lastDone);
    this.#lastDone = now;
    if (took > LONG_MS) this.#most = Math.max(FEWEST_DISPATCHES, Math.floor(dispatches / 2));
    else if (took < LONG_MS / 8) this.#most = Math.min(MOST_DISPATCHES, 2 * this.#most);
  }

  /** Writes to a buffer after everything queued so far. */
  upload({ buffer }: DeviceBuffer, at: number, data: Float32Array | Uint8Array): void {
    this.submit();
    this.device.pushErrorScope('validation');
    this.device.queue.writeBuffer(buffer, at, data);
    this.check(this.device.popErrorScope(), refused);
  }

  /** Leaves what is encoded. */
  #abandon(): void {
    if (!this.#encoder) return;
    this.#encoder = this.#pass = undefined;
    this.device.popErrorScope().catch(() => undefined);
  }

  destroy(): void {
    this.#paramsBuffer.destroy();
    this.pool.destroy();
  }
}

const refused = (error: GPUError): SlicewiseError =>
  new SlicewiseError('BACKEND', { message: 'the GPU refused a command', got: error.message, cause: error });

function asFailure(error: unknown): SlicewiseError {
  if (isSlicewiseError(error)) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new SlicewiseError('BACKEND', { message: 'a GPU command failed', got: text, cause: error });
}

/** Dispatches of one submission, where they are short: so many that a submission costs nothing. */
const MOST_DISPATCHES = 128;
const FEWEST_DISPATCHES = 4;
/** A submission that takes longer is too long. */
const LONG_MS = 250;
/** Submissions the device may be behind before commands wait. */
const MOST_BEHIND = 8;
const PARAMETER_WORDS = 2 ** 14;
const REPORT_MS = 20;
