import { SlicewiseError } from '../../core/errors.js';
import type { Per, Scalars } from '../backend.js';
import { disposedScalars, Scopes } from '../scope.js';
import { kernel } from './kernel.js';
import type { DeviceBuffer } from './pool.js';
import type { DeviceQueue } from './queue.js';
import { scalarsWgsl } from './scalars.wgsl.generated.js';

/**
 * All scalars of a backend in one buffer of float32, which grows; kernels find theirs by offset. A place is free again when its Scalars are
 * disposed of, or no longer reachable. Commands use a place in queue order, so its next owner overwrites nothing that is still wanted.
 */
export class ScalarBank {
  readonly #queue: DeviceQueue;
  readonly #free = new Map<number, number[]>();
  readonly #registry = new FinalizationRegistry<{ at: number; length: number }>((place) => this.release(place));
  /** Of scalars (`Backend.scope`). */
  readonly scopes = new Scopes();
  #end = 0;
  #buffer?: DeviceBuffer;

  constructor(queue: DeviceQueue) {
    this.#queue = queue;
  }

  /** A place for `length` numbers, until `owner` lets it go. */
  place(owner: object, length: number): number {
    let at = this.#free.get(length)?.pop();
    if (at === undefined) {
      at = this.#end;
      this.#end += length;
    }
    this.#registry.register(owner, { at, length }, owner);
    return at;
  }

  /** Before `release`: the registry must not free the place once more. */
  forget(owner: object): void {
    this.#registry.unregister(owner);
  }

  release({ at, length }: { at: number; length: number }): void {
    const list = this.#free.get(length);
    if (list) list.push(at);
    else this.#free.set(length, [at]);
  }

  /** The buffer with all places handed out so far, in queue order. */
  buffer(): DeviceBuffer {
    const bytes = this.#end * 4;
    const old = this.#buffer;
    if (old && old.bytes >= bytes) return old;
    const { buffer } = this.#queue.pool.take(Math.max(2 * bytes, 2 ** 14), 'scalars');
    if (old) {
      this.#queue.encoder().copyBufferToBuffer(old.buffer, 0, buffer.buffer, 0, old.bytes);
      this.#queue.pool.give(old);
    }
    return (this.#buffer = buffer);
  }
}

/** out ← operation(a, b, c), each a place in the bank or a number. */
export const scalarsKernel = kernel({
  name: 'scalars',
  code: scalarsWgsl,
  bank: true,
  scalars: ['a', 'b', 'c'],
  params: { operation: 'u32', out: 'u32', length: 'u32' },
});

export const OPERATION = { plus: 0, minus: 1, times: 2, over: 3, sqrt: 4, select: 5, copy: 6 } as const;

/** Scalars of the GPU: float32, `length` of them from `at` on. */
export class WebGpuScalars implements Scalars {
  readonly at: number;
  #disposed = false;

  constructor(
    readonly host: ScalarHost,
    readonly per: Per,
    readonly length: number,
  ) {
    this.at = host.bank.place(this, length);
    host.bank.scopes.add(this);
  }

  plus = (other: Scalars | number): Scalars => this.#operation('plus', other);
  minus = (other: Scalars | number): Scalars => this.#operation('minus', other);
  times = (other: Scalars | number): Scalars => this.#operation('times', other);
  over = (other: Scalars | number): Scalars => this.#operation('over', other);
  sqrt = (): Scalars => this.#operation('sqrt');
  select = (whenPositive: Scalars | number, otherwise: Scalars | number): Scalars => this.#operation('select', whenPositive, otherwise);

  #operation(operation: keyof typeof OPERATION, b: Scalars | number = 0, c: Scalars | number = 0): WebGpuScalars {
    for (const other of [b, c]) if (typeof other !== 'number') this.#matching(other);
    const out = new WebGpuScalars(this.host, this.per, this.length);
    this.host.compute(operation, out, this, b, c);
    return out;
  }

  #matching(other: Scalars): void {
    if (other instanceof WebGpuScalars && other.host === this.host && other.per === this.per && other.length === this.length) {
      return;
    }
    throw new SlicewiseError('SHAPE', {
      message: 'scalars per slice and per volume (or of different slice counts) cannot be combined',
      hint: 'use the same `per` for every dot of an algorithm',
    });
  }

  /** @throws BACKEND when it was disposed of */
  get live(): this {
    if (!this.#disposed) return this;
    throw disposedScalars();
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.host.bank.forget(this);
    this.host.bank.release(this);
  }
}

/** What scalars need of their backend. */
export interface ScalarHost {
  readonly bank: ScalarBank;
  compute(operation: keyof typeof OPERATION, out: WebGpuScalars, a: Scalars | number, b?: Scalars | number, c?: Scalars | number): void;
}
