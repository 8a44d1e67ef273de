import { SlicewiseError } from '../../core/errors.js';
import type { Scalars } from '../backend.js';
import { disposedScalars } from '../scope.js';
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
  #disposed = false;

  constructor(private readonly queue: CommandQueue) {
    queue.scopes.add(this);
  }

  static of(queue: CommandQueue, value: number): VolumeScalar {
    const scalar = new VolumeScalar(queue);
    scalar.value = value;
    return scalar;
  }

  /** For a new operation. @throws BACKEND when it was disposed of */
  get live(): this {
    if (this.#disposed) throw disposedScalars();
    return this;
  }

  #then(evaluate: () => number): VolumeScalar {
    void this.live;
    const result = new VolumeScalar(this.queue);
    this.queue.main(() => (result.value = evaluate()));
    return result;
  }

  #binary(operation: Binary, other: Scalars | number): VolumeScalar {
    const b = volume(other);
    return this.#then(() => compute[operation](this.value, valueOf(b)));
  }

  plus = (other: Scalars | number): Scalars => this.#binary('plus', other);
  minus = (other: Scalars | number): Scalars => this.#binary('minus', other);
  times = (other: Scalars | number): Scalars => this.#binary('times', other);
  over = (other: Scalars | number): Scalars => this.#binary('over', other);
  sqrt = (): Scalars => this.#then(() => Math.sqrt(Math.max(this.value, 0)));
  select = (whenPositive: Scalars | number, otherwise: Scalars | number): Scalars => {
    const [a, b] = [volume(whenPositive), volume(otherwise)];
    return this.#then(() => valueOf(this.value > 0 ? a : b));
  };

  dispose(): void {
    this.#disposed = true;
  }
}

/** An operand of one number. @throws SHAPE, BACKEND */
function volume(s: Scalars | number): VolumeScalar | number {
  if (typeof s === 'number') return s;
  if (s instanceof VolumeScalar) return s.live;
  throw mixed();
}

const valueOf = (s: VolumeScalar | number): number => (typeof s === 'number' ? s : s.value);

const mixed = (): SlicewiseError =>
  new SlicewiseError('SHAPE', {
    message: 'scalars per slice and per volume (or of different slice counts) cannot be combined',
    hint: 'use the same `per` for every dot of an algorithm',
  });

/**
 * Registers of one slab set: f64[lanes] each. A register is free again when its scalar is disposed of, or no longer reachable; commands use
 * it in queue order, so its next owner overwrites nothing that is still wanted.
 */
export class Registers {
  /** Registers that are made at once. */
  static readonly BLOCK = 256;
  readonly #free: number[] = [];
  readonly #registry = new FinalizationRegistry<number>((address) => this.#release(address));

  constructor(readonly set: SlabSet) {
    this.#grow();
  }

  get bytes(): number {
    return this.set.layout.lanes * 8;
  }

  #grow(): void {
    const base = this.set.reserve(Registers.BLOCK * this.bytes);
    for (let i = Registers.BLOCK - 1; i >= 0; i--) this.#free.push(base + i * this.bytes);
  }

  /** The address of a register, until `owner` gives it back. */
  take(owner: object): number {
    if (this.#free.length === 0) this.#grow();
    const address = this.#free.pop()!;
    this.set.hold();
    this.#registry.register(owner, address, owner);
    return address;
  }

  give(owner: object, address: number): void {
    this.#registry.unregister(owner);
    this.#release(address);
  }

  #release(address: number): void {
    this.#free.push(address);
    this.set.release();
  }
}

/** One number per slice, in a register of every slab. */
export class SliceScalar implements Scalars {
  readonly per = 'slice';
  readonly #register: number;
  #disposed = false;

  constructor(
    private readonly queue: CommandQueue,
    readonly registers: Registers,
  ) {
    this.#register = registers.take(this);
    queue.scopes.add(this);
  }

  /** For a new operation. @throws BACKEND when it was disposed of */
  get address(): number {
    if (this.#disposed) throw disposedScalars();
    return this.#register;
  }

  static of(queue: CommandQueue, registers: Registers, value: number): SliceScalar {
    const scalar = new SliceScalar(queue, registers);
    queue.call(registers.set, vectorKernel, 'scalarFill', [scalar.address, value, registers.set.layout.lanes]);
    return scalar;
  }

  /** Calls `use` with the addresses of operands; numbers have one for its time. */
  #with(operands: readonly (Scalars | number)[], use: (...addresses: number[]) => void): void {
    const temporary: SliceScalar[] = [];
    const scalars = operands.map((s) => {
      if (s instanceof SliceScalar && s.registers === this.registers) return s;
      if (typeof s !== 'number') throw mixed();
      const scalar = SliceScalar.of(this.queue, this.registers, s);
      temporary.push(scalar);
      return scalar;
    });
    use(...scalars.map((s) => s.address));
    for (const scalar of temporary) scalar.dispose();
  }

  #operation(code: number, ...other: readonly (Scalars | number)[]): SliceScalar {
    const { set } = this.registers;
    const a = this.address;
    const out = new SliceScalar(this.queue, this.registers);
    this.#with(other, (b = 0) => {
      this.queue.call(set, vectorKernel, 'scalarOperation', [code, a, b, out.address, set.layout.lanes]);
    });
    return out;
  }

  plus = (other: Scalars | number): Scalars => this.#operation(CODE.plus, other);
  minus = (other: Scalars | number): Scalars => this.#operation(CODE.minus, other);
  times = (other: Scalars | number): Scalars => this.#operation(CODE.times, other);
  over = (other: Scalars | number): Scalars => this.#operation(CODE.over, other);
  sqrt = (): Scalars => this.#operation(4);
  select = (whenPositive: Scalars | number, otherwise: Scalars | number): Scalars => {
    const { set } = this.registers;
    const condition = this.address;
    const out = new SliceScalar(this.queue, this.registers);
    this.#with([whenPositive, otherwise], (a, b) => {
      this.queue.call(set, vectorKernel, 'scalarSelect', [condition, a, b, out.address, set.layout.lanes]);
    });
    return out;
  };

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.registers.give(this, this.#register);
  }
}
