import { SlicewiseError } from '../../core/errors.js';
import { componentsOf, describeSpace, sliceSize, slicesOf, type Space } from '../../core/space.js';
import type { Backend, Boundary, Coefficient, Field, Neighbours, NoiseKey, Per, Scalars } from '../backend.js';
import type { HostStep } from '../host.js';
import { differencesKernel } from './differences.generated.js';
import { noiseKernel } from './noise.generated.js';
import { CpuField, own, real, same, type Block } from './field.js';
import { Halo, withHalo } from './halo.js';
import { inlineExecutor, workerExecutor, type Executor } from './pool.js';
import type { SentArgument, WorkerPort } from './protocol.js';
import { CommandQueue, decodeBase64, type SlabSet, type Argument, type KernelModule } from './queue.js';
import { SliceScalar, VolumeScalar } from './scalars.js';
import { SlabSets } from './slab-sets.js';
import { hostStep, readField, writeField } from './transfer.js';
import { vectorKernel } from './vector.generated.js';

/** Threads of the CPU backend. */
export interface CpuOptions {
  /** Worker threads; 0 runs everything in the calling thread (no networks). */
  readonly workers: number;
  /** How to start a worker thread; needed when workers > 0. */
  readonly spawn?: () => WorkerPort;
  /** Use the relaxed-SIMD build; by default when the engine has it. */
  readonly relaxed?: boolean;
}

/** True where the engine accepts the relaxed build of a kernel (Node 20 does not). */
export const hasRelaxedSimd = (): boolean => WebAssembly.validate(decodeBase64(vectorKernel.relaxed) as BufferSource);

/** The CPU backend: fields resident in per-slab wasm memories, kernels in SIMD over slices. See docs/ARCHITECTURE.md. */
export class CpuBackend implements Backend {
  readonly name = 'cpu';
  readonly build: string;
  readonly workers: number;
  readonly queue: CommandQueue;
  readonly #executors: readonly Executor[];
  readonly #sets = new SlabSets();

  constructor(options: CpuOptions) {
    const { workers, spawn } = options;
    if (!Number.isInteger(workers) || workers < 0 || (workers > 0 && !spawn)) {
      throw new SlicewiseError('ARGUMENT', {
        message: 'the CPU backend needs a number of workers and a way to start them',
        expected: 'workers ≥ 0, and `spawn` when workers > 0',
        got: `workers ${workers}`,
      });
    }
    const relaxed = options.relaxed ?? hasRelaxedSimd();
    this.build = relaxed ? 'simd-relaxed' : 'simd';
    this.workers = workers;
    this.#executors = workers === 0 ? [inlineExecutor()] : Array.from({ length: workers }, () => workerExecutor(spawn!()));
    this.queue = new CommandQueue(this.#executors, relaxed);
  }

  /** The slabs that hold fields of this many slices. */
  slabs(slices: number): SlabSet {
    return this.#sets.of(slices, this.queue).set;
  }

  /** A slab for each worker, for operators that share one slice among them. */
  shares(): SlabSet {
    return this.#sets.shares(this.#executors.length, this.queue).set;
  }

  field(space: Space): CpuField {
    const set = this.slabs(slicesOf(space));
    const elements = sliceSize(space) * componentsOf(space);
    const bytes = elements * set.layout.lanes * 4;
    if (bytes > 2 ** 32 - 2 ** 20) {
      throw new SlicewiseError('MEMORY', {
        message: `one field of ${describeSpace(space)} does not fit into a slab`,
        expected: 'at most 4 GiB per slab of up to 16 slices',
        got: `${(bytes / 2 ** 30).toFixed(1)} GiB`,
      });
    }
    const field = new CpuField(this, space, set, set.allocate(bytes));
    this.queue.call(set, vectorKernel, 'fill', [field.address, field.floats, 0]);
    return field;
  }

  /** Scratch or table memory in every slab that holds fields of `like`. */
  block(like: Space, bytes: number): Block {
    const set = this.slabs(slicesOf(like));
    const address = set.allocate(bytes);
    return { address, bytes, free: () => set.free(address) };
  }

  /** Copies a table into a block of every slab. */
  upload(like: Space, block: Block, data: ArrayBufferView): void {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
    this.queue.operation(this.slabs(slicesOf(like)), { op: 'poke', address: block.address, data: bytes });
  }

  /** Queues a kernel on every slab of `like`. */
  call(like: Space, module: KernelModule, fn: string, args: readonly Argument[]): void {
    this.queue.call(this.slabs(slicesOf(like)), module, fn, args);
  }

  /** A kernel argument that counts the valid slices of each slab. */
  counts(set: SlabSet): SentArgument {
    return { each: set.layout.slabs.map((s) => s.count) };
  }

  /** As `Backend.write`. */
  write(field: Field, data: Float32Array): Promise<void> {
    return writeField(this, own(field), data);
  }

  /** As `Backend.read`. */
  read(field: Field): Promise<Float32Array> {
    return readField(this, own(field));
  }

  flush(): Promise<void> {
    return this.queue.flush();
  }

  host(step: HostStep): void {
    hostStep(this, step);
  }

  lincomb(out: Field, ...terms: [Coefficient, Field][]): void {
    const o = own(out);
    const fields = terms.map(([, f]) => same(o, f));
    if (terms.length === 0) return this.fill(out, 0);
    if (terms.every(([c]) => !(c instanceof SliceScalar))) {
      if (terms.length > 4) throw new SlicewiseError('ARGUMENT', { expected: '1 to 4 terms', got: `${terms.length}` });
      const args = terms.flatMap(([c], i): Argument[] => [coefficient(c), fields[i].address]);
      return this.queue.call(o.set, vectorKernel, `lincomb${terms.length}`, [o.address, o.floats, ...args]);
    }
    // a term that reads `out` goes first, because the others are added to it
    const order = terms.map((_, i) => i).sort((a, b) => Number(fields[b] === o) - Number(fields[a] === o));
    const { lanes } = o.set.layout;
    order.forEach((index, position) => {
      const [c] = terms[index];
      const a = fields[index];
      if (position > 0 && a === o) throw new SlicewiseError('ARGUMENT', { message: 'out may stand in one term only' });
      if (c instanceof SliceScalar) {
        const fn = position === 0 ? 'scaleLanes' : 'addLanes';
        this.queue.call(o.set, vectorKernel, fn, [o.address, o.elements, lanes, c.address, a.address]);
      } else if (position === 0) {
        if (a === o && c === 1) return;
        this.queue.call(o.set, vectorKernel, 'lincomb1', [o.address, o.floats, coefficient(c), a.address]);
      } else {
        const args: Argument[] = [o.address, o.floats, 1, o.address, coefficient(c), a.address];
        this.queue.call(o.set, vectorKernel, 'lincomb2', args);
      }
    });
  }

  multiply(x: Field, y: Field, out: Field): void {
    const [a, b, o] = [own(x), own(y), own(out)];
    same(o, x);
    if (a.space.dtype === 'complex64' && b.space.dtype === 'float32') {
      const half = a.floats / 2;
      for (const plane of [0, half * 4]) {
        this.queue.call(o.set, vectorKernel, 'multiply', [a.address + plane, b.address, o.address + plane, half]);
      }
      return;
    }
    same(o, y);
    if (a.space.dtype === 'complex64') {
      this.queue.call(o.set, vectorKernel, 'multiplyComplex', [a.address, b.address, o.address, a.floats / 2]);
    } else {
      this.queue.call(o.set, vectorKernel, 'multiply', [a.address, b.address, o.address, a.floats]);
    }
  }

  divide(x: Field, y: Field, out: Field): void {
    const o = real(own(out));
    this.queue.call(o.set, vectorKernel, 'divide', [same(o, x).address, same(o, y).address, o.address, o.floats]);
  }

  clamp(x: Field, low: number, high: number, out: Field): void {
    const o = real(own(out));
    this.queue.call(o.set, vectorKernel, 'clamp', [same(o, x).address, low, high, o.address, o.floats]);
  }

  fill(x: Field, value: number): void {
    const f = own(x);
    const complex = f.space.dtype === 'complex64';
    const floats = complex ? f.floats / 2 : f.floats;
    this.queue.call(f.set, vectorKernel, 'fill', [f.address, floats, value]);
    if (complex) this.queue.call(f.set, vectorKernel, 'fill', [f.address + floats * 4, floats, 0]);
  }

  dot(x: Field, y: Field, per: Per): Scalars {
    const a = own(x);
    const b = same(a, y);
    return this.#reduce(a, per, 'dot', [a.address, b.address, a.elements]);
  }

  norm1(x: Field, per: Per): Scalars {
    const a = own(x);
    const complex = a.space.dtype === 'complex64';
    const elements = sliceSize(a.space);
    const imaginary = complex ? a.address + elements * a.set.layout.lanes * 4 : 0;
    return this.#reduce(a, per, 'norm1', [a.address, imaginary, elements]);
  }

  /** A sum over every slice, or over the volume. */
  #reduce({ set }: CpuField, per: Per, fn: string, args: readonly number[]): Scalars {
    const { registers } = this.#sets.of(set.layout.slices, this.queue);
    const partial = new SliceScalar(this.queue, registers);
    this.queue.call(set, vectorKernel, fn, [...args, set.layout.lanes, partial.address]);
    if (per === 'slice') return partial;
    const { address } = partial;
    const sum = new VolumeScalar(this.queue);
    this.queue.step(async (queue) => {
      const add = async (): Promise<void> => {
        const values = await this.#perSlice(queue, set, address);
        sum.value = values.reduce((s, v) => s + v, 0); // slices added in slice order, whoever computed them
      };
      queue.awaitBefore(add());
    });
    partial.dispose();
    return sum;
  }

  async #perSlice(queue: CommandQueue, set: SlabSet, address: number): Promise<Float64Array> {
    const tag = queue.peek(set, address, set.layout.lanes * 8);
    await queue.post();
    const parts = queue.take(tag);
    const values = new Float64Array(set.layout.slices);
    for (const { index, first, count } of set.layout.slabs) {
      const bytes = parts.get(index)!;
      values.set(new Float64Array(bytes.buffer, bytes.byteOffset, count), first);
    }
    return values;
  }

  scalars(value: number, like: Field, per: Per): Scalars {
    if (per === 'volume') return VolumeScalar.of(this.queue, value);
    return SliceScalar.of(this.queue, this.#sets.of(own(like).set.layout.slices, this.queue).registers, value);
  }

  async readScalars(s: Scalars): Promise<Float64Array> {
    if (s instanceof VolumeScalar) {
      const { live } = s;
      await this.flush();
      return Float64Array.of(live.value);
    }
    const { registers, address } = s as SliceScalar;
    let values = new Float64Array();
    this.queue.step(async (queue) => {
      values = (await this.#perSlice(queue, registers.set, address)) as Float64Array<ArrayBuffer>;
    });
    await this.flush();
    return values;
  }

  scope<T>(body: () => T): T {
    return this.queue.scopes.run(body);
  }

  noise(out: Field, key: NoiseKey): void {
    const f = own(out);
    const seed = BigInt.asUintN(64, BigInt(key.seed));
    const [low, high] = [Number(seed & 0xffffffffn), Number(seed >> 32n)];
    const first = { each: f.set.layout.slabs.map((s) => s.first) };
    const args = [f.address, f.elements, f.set.layout.lanes, first, low, high, key.step, key.stream];
    this.queue.call(f.set, noiseKernel, 'gaussian', args);
  }

  neighbours(x: Field, boundary: Boundary): Halo {
    return new Halo(this, own(x), boundary);
  }

  dz(x: Field, out: Field, boundary: Boundary, neighbours?: Neighbours): void {
    const o = own(out);
    const a = same(o, x);
    withHalo(this, a, boundary, 'next', neighbours, ({ next }) => {
      const args = [a.address, next, o.address, o.elements, o.set.layout.lanes, this.counts(o.set)];
      this.queue.call(o.set, differencesKernel, 'dz', args);
    });
  }

  addDzAdjoint(weight: number, d: Field, x: Field, boundary: Boundary, neighbours?: Neighbours): void {
    const f = own(x);
    const a = same(f, d);
    const { slabs, lanes } = f.set.layout;
    withHalo(this, a, boundary, 'previous', neighbours, ({ previous }) => {
      const hasNext = { each: slabs.map((s) => (boundary === 'periodic' || s.index < slabs.length - 1 ? 1 : 0)) };
      const args = [weight, a.address, previous, hasNext, f.address, f.elements, lanes, this.counts(f.set)];
      this.queue.call(f.set, differencesKernel, 'addDzAdjoint', args);
    });
  }

  addDzNormal(weight: number, x: Field, out: Field, boundary: Boundary, neighbours?: Neighbours): void {
    const o = own(out);
    const a = same(o, x);
    withHalo(this, a, boundary, 'both', neighbours, ({ previous, next }) => {
      const args = [weight, a.address, previous, next, o.address, o.elements, o.set.layout.lanes, this.counts(o.set)];
      this.queue.call(o.set, differencesKernel, 'addDzNormal', args);
    });
  }

  shrink(x: Field, threshold: number, out: Field): void {
    const o = own(out);
    this.#shrink([same(o, x)], [o], threshold);
  }

  shrinkVector(components: readonly Field[], threshold: number): void {
    const fields = components.map((c) => same(own(components[0]), c));
    this.#shrink(fields, fields, threshold);
  }

  #shrink(from: readonly CpuField[], to: readonly CpuField[], threshold: number): void {
    const first = from[0];
    const planes = componentsOf(first.space);
    const floats = first.floats / planes;
    const addresses = (fields: readonly CpuField[]): number[] => {
      const all = fields.flatMap((f) => (planes === 2 ? [f.address, f.address + floats * 4] : [f.address]));
      if (all.length > 6) throw new SlicewiseError('ARGUMENT', { expected: 'at most 3 components', got: `${fields.length}` });
      return [...all, ...new Array<number>(6 - all.length).fill(0)];
    };
    this.queue.call(first.set, vectorKernel, 'shrink', [threshold, floats, ...addresses(from), ...addresses(to)]);
  }

  gradient(x: Field, gx: Field, gy: Field): void {
    const a = own(x);
    this.#planes(a, (offset, rows, columns, lanes) => {
      const args = [a.address + offset, same(a, gx).address + offset, same(a, gy).address + offset, rows, columns, lanes];
      this.queue.call(a.set, differencesKernel, 'gradient', args);
    });
  }

  addGradientAdjoint(weight: number, gx: Field, gy: Field, x: Field): void {
    const a = own(x);
    this.#planes(a, (offset, rows, columns, lanes) => {
      const at = [same(a, gx).address + offset, same(a, gy).address + offset, a.address + offset];
      this.queue.call(a.set, differencesKernel, 'addGradientAdjoint', [weight, ...at, rows, columns, lanes]);
    });
  }

  addGradientNormal(weight: number, x: Field, out: Field): void {
    const o = own(out);
    this.#planes(o, (offset, rows, columns, lanes) => {
      const args = [weight, same(o, x).address + offset, o.address + offset, rows, columns, lanes];
      this.queue.call(o.set, differencesKernel, 'addGradientNormal', args);
    });
  }

  #planes(f: CpuField, use: (offset: number, rows: number, columns: number, lanes: number) => void): void {
    const { shape } = f.space;
    if (shape.length !== 3) {
      throw new SlicewiseError('SHAPE', { expected: 'an image [slice, row, column]', got: describeSpace(f.space) });
    }
    const [, rows, columns] = shape;
    const { lanes } = f.set.layout;
    for (let p = 0; p < componentsOf(f.space); p++) use(p * rows * columns * lanes * 4, rows, columns, lanes);
  }

  memory(): { current: number; peak: number; held: number } {
    return this.#sets.memory();
  }

  /** Asks every worker for a service that is not about slabs (loading a network). */
  async service(service: string, parameters: unknown): Promise<unknown[]> {
    const answers = await Promise.all(this.#executors.map((e) => e.request({ type: 'service', service, parameters })));
    return answers.map((a) => a.result);
  }

  /** Asks one worker, from 0. */
  async serviceOf(worker: number, service: string, parameters: unknown): Promise<unknown> {
    return (await this.#executors[worker].request({ type: 'service', service, parameters })).result;
  }

  /** Ends the workers; fields and operators of the backend end with it. */
  async dispose(): Promise<void> {
    await Promise.all(this.#executors.map((e) => e.terminate()));
  }
}

/** One that is not per slice. */
const coefficient = (c: Coefficient): number | VolumeScalar => (c instanceof VolumeScalar ? c.live : (c as number));

/**
 * A backend of WebAssembly with SIMD, in this thread or on workers. Dispose of it.
 * @throws SlicewiseError BACKEND where there is no SIMD
 */
export function createCpuBackend(options: CpuOptions): CpuBackend {
  return new CpuBackend(options);
}
