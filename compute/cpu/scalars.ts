import { SlicewiseError } from '../../core/errors.js';
import type { Scalars } from '../backend.js';
import type { CommandQueue, SlabSet } from './queue.js';
import { vectorKernel } from './vector.generated.js';

type Binary = 'plus' | 'minus' | 'times' | 'over';
const CODE: Record<Binary, number> = { plus: 0, minus: 1, times: 2, over: 3 };
const compute: Record<Binary, (a: number, b: number) => number> = {
  plus: (a, b) => a + b,
  minus: (a, b) => a - b,
  times: (a, b) => a * b,
  over: (a, b) => (b === 0 ? 0 : a / b),
};

/** One number for the volume. It is known on the main thread once the queue has come past it. */
export class VolumeScalar implements Scalars {
  readonly per = 'volume';
  value = NaN;

  constructor(private readonly queue: CommandQueue) {}

  static of(queue: CommandQueue, value: number): VolumeScalar {
    const scalar = new VolumeScalar(queue);
    scalar.value = value;
    return scalar;
  }

  #then(evaluate: () => number): VolumeScalar {
    const result = new VolumeScalar(this.queue);
    this.queue.main(() => (result.value = evaluate()));
    return result;
  }

  #binary(operation: Binary, other: Scalars | number): VolumeScalar {
    return this.#then(() => compute[operation](this.value, volumeValue(other)));
  }

  plus = (other: Scalars | number): Scalars => this.#binary('plus', other);
  minus = (other: Scalars | number): Scalars => this.#binary('minus', other);
  times = (other: Scalars | number): Scalars => this.#binary('times', other);
  over = (other: Scalars | number): Scalars => this.#binary('over', other);
  sqrt = (): Scalars => this.#then(() => Math.sqrt(Math.max(this.value, 0)));
  select = (a: Scalars | number, b: Scalars | number): Scalars =>
    this.#then(() => (this.value > 0 ? volumeValue(a) : volumeValue(b)));
  dispose(): void {}
}

function volumeValue(s: Scalars | number): number {
  if (typeof s === 'number') return s;
  if (s instanceof VolumeScalar) return s.value;
  throw mixed();
}

const mixed = (): SlicewiseError =>
  new SlicewiseError('SHAPE', {
    message: 'scalars per slice and per volume (or of different slice counts) cannot be combined',
    hint: 'use the same `per` for every dot of an algorithm',
  });

/** Registers of one slab set: f64[lanes] each, handed out in a ring. */
export class Registers {
  static readonly COUNT = 2048;
  readonly #base: number;
  #next = 0;

  constructor(readonly set: SlabSet) {
    this.#base = set.allocate(Registers.COUNT * this.bytes);
  }

  get bytes(): number {
    return this.set.layout.lanes * 8;
  }

  /** Address and serial number of the next register. */
  take(): { address: number; serial: number } {
    const serial = this.#next++;
    return { address: this.#base + (serial % Registers.COUNT) * this.bytes, serial };
  }

  isLive(serial: number): boolean {
    return this.#next - serial <= Registers.COUNT;
  }
}

/** One number per slice, in a register of every slab. It lives until 2048 further scalars of its set were made. */
export class SliceScalar implements Scalars {
  readonly per = 'slice';
  readonly #register: { address: number; serial: number };

  constructor(
    private readonly queue: CommandQueue,
    readonly registers: Registers,
  ) {
    this.#register = registers.take();
  }

  /** @throws BACKEND when the register was handed out again */
  get address(): number {
    if (!this.registers.isLive(this.#register.serial)) {
      throw new SlicewiseError('BACKEND', {
        message: 'a per-slice scalar was used after its register was reused',
        hint: `scalars live until ${Registers.COUNT} later ones are made; keep long-lived values in a field`,
      });
    }
    return this.#register.address;
  }

  static of(queue: CommandQueue, registers: Registers, value: number): SliceScalar {
    const scalar = new SliceScalar(queue, registers);
    queue.call(registers.set, vectorKernel, 'scalarFill', [scalar.address, value, registers.set.layout.lanes]);
    return scalar;
  }

  #lift(s: Scalars | number): SliceScalar {
    if (typeof s === 'number') return SliceScalar.of(this.queue, this.registers, s);
    if (s instanceof SliceScalar && s.registers === this.registers) return s;
    throw mixed();
  }

  #operation(code: number, other?: Scalars | number): SliceScalar {
    const b = other === undefined ? 0 : this.#lift(other).address;
    const out = new SliceScalar(this.queue, this.registers);
    const { set } = this.registers;
    this.queue.call(set, vectorKernel, 'scalarOperation', [code, this.address, b, out.address, set.layout.lanes]);
    return out;
  }

  plus = (other: Scalars | number): Scalars => this.#operation(CODE.plus, other);
  minus = (other: Scalars | number): Scalars => this.#operation(CODE.minus, other);
  times = (other: Scalars | number): Scalars => this.#operation(CODE.times, other);
  over = (other: Scalars | number): Scalars => this.#operation(CODE.over, other);
  sqrt = (): Scalars => this.#operation(4);
  select = (whenPositive: Scalars | number, otherwise: Scalars | number): Scalars => {
    const [a, b] = [this.#lift(whenPositive), this.#lift(otherwise)];
    const out = new SliceScalar(this.queue, this.registers);
    const { set } = this.registers;
    const args = [this.address, a.address, b.address, out.address, set.layout.lanes];
    this.queue.call(set, vectorKernel, 'scalarSelect', args);
    return out;
  };
  dispose(): void {}
}
