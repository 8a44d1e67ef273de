import './global-types.js';
import { SlicewiseError } from '../../core/errors.js';
import { philoxKey } from '../../core/philox.js';
import { componentsOf, describeSpace, sliceSize, slicesOf, type Space } from '../../core/space.js';
import type { Backend, Boundary, Coefficient, Field, Neighbours, NoiseKey, Per, Scalars } from '../backend.js';
import type { HostStep } from '../host.js';
import { requireNeighbours } from '../neighbours.js';
import { describeAdapter, openDevice } from './device.js';
import { own, real, same, WebGpuField } from './field.js';
import type { Fields, Kernel, Parameters, Tables } from './kernel.js';
import * as kernels from './kernels.js';
import { Launcher, type DispatchCall, type RunCall } from './launch.js';
import type { DeviceBuffer } from './pool.js';
import { DeviceQueue } from './queue.js';
import { OPERATION, ScalarBank, WebGpuScalars, scalarsKernel, type ScalarHost } from './scalars.js';
import { DeviceTable } from './table.js';
import { hostStep, readBuffer, readField, writeField } from './transfer.js';

/** Which device, and how much of it. */
export interface WebGpuOptions {
  /** Where to open a device: navigator.gpu by default. */
  readonly gpu?: GPU;
  /** A device to use as it is. It stays open when the backend is disposed of. */
  readonly device?: GPUDevice;
  /** Bytes of one buffer of a field, at most what the device allows (and 2 GiB); tests make it small. */
  readonly maxChunkBytes?: number;
  /** Goes around the loading of other WebAssembly on the device (the runtime of networks), where the host has to prepare for it. */
  readonly loading?: Loading;
  /** Called when the backend was disposed of. */
  readonly onDispose?: () => void;
}

export type Loading = <T>(load: () => Promise<T>) => Promise<T>;

/** What an asynchronous step may do at its place in the queue. */
export interface StepAccess {
  readonly device: GPUDevice;
  /** The buffers of a field's chunks, with its content unless `overwritten`. */
  buffers(field: WebGpuField, overwritten?: boolean): DeviceBuffer[];
  /** As `WebGpuBackend.run`, at this place in the queue. */
  run: WebGpuBackend['run'];
  /** As `WebGpuBackend.dispatch`, at this place in the queue. */
  dispatch: WebGpuBackend['dispatch'];
  /** Gives what `run` and `dispatch` encoded to the device: before others submit work that depends on it. */
  submit(): void;
}

/** The WebGPU backend: fields in device buffers, kernels in WGSL, scalars in float32 on the device. See docs/ARCHITECTURE.md. */
export class WebGpuBackend implements Backend, ScalarHost {
  readonly name = 'webgpu';
  readonly build: string;
  readonly workers = 1;
  readonly device: GPUDevice;
  /** What the adapter calls itself. */
  readonly adapter: string;
  /** The adapter computes on the processor. */
  readonly software: boolean;
  readonly maxChunkBytes: number;
  readonly loading: Loading;
  readonly queue: DeviceQueue;
  readonly bank: ScalarBank;
  readonly #launcher: Launcher;
  readonly #dispose: () => void;

  constructor(device: GPUDevice, adapter: { name: string; software: boolean }, options: WebGpuOptions = {}) {
    this.device = device;
    this.adapter = adapter.name;
    this.software = adapter.software;
    this.build = `wgsl ${adapter.name}`;
    const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
    const most = Math.min(maxStorageBufferBindingSize, maxBufferSize, 2 ** 31);
    this.maxChunkBytes = Math.min(most, options.maxChunkBytes ?? most);
    this.loading = options.loading ?? ((load) => load());
    this.queue = new DeviceQueue(device);
    this.bank = new ScalarBank(this.queue);
    this.#launcher = new Launcher(this.queue, this.bank);
    this.#dispose = () => {
      this.queue.destroy();
      if (!options.device) device.destroy();
      options.onDispose?.();
    };
    if (!options.device) {
      device.onuncapturederror = (event) => {
        event.preventDefault();
        const { error } = event;
        const message = 'the GPU reported an error';
        this.queue.fail(new SlicewiseError('BACKEND', { message, got: error.message, cause: error }));
      };
    }
  }

  // ---- fields ----

  field(space: Space): WebGpuField {
    return new WebGpuField(this, space, this.queue, this.maxChunkBytes);
  }

  /** As `Backend.write`. */
  async write(field: Field, data: Float32Array): Promise<void> {
    await writeField(this.queue, own(field, this), data);
  }

  /** As `Backend.read`. */
  async read(field: Field): Promise<Float32Array> {
    return readField(this.queue, own(field, this));
  }

  flush(): Promise<void> {
    return this.queue.flush();
  }

  host(step: HostStep): void {
    const fields = (given: readonly Field[]): WebGpuField[] => given.map((f) => own(f, this));
    hostStep(this.queue, step, fields(step.inputs), fields(step.outputs));
  }

  // ---- for operators ----

  /**
   * Queues a kernel on all slices of its fields: one dispatch for every run of slices that lies in one chunk of every field.
   * @throws SlicewiseError ARGUMENT (a field written and read), SHAPE (slice counts differ, real for complex)
   */
  run<F extends Fields, T extends Tables, S extends string, P extends Parameters>(
    kernel: Kernel<F, T, S, P>,
    call: RunCall<F, T, S, P>,
  ): void {
    this.queue.enqueue(this.#launcher.run(kernel, call));
  }

  /** Queues one dispatch on chunks of fields, for kernels that couple slices. A chunk that it declares as 'write' must be written whole. */
  dispatch<F extends Fields, T extends Tables, S extends string, P extends Parameters>(
    kernel: Kernel<F, T, S, P>,
    call: DispatchCall<F, T, S, P>,
  ): void {
    this.queue.enqueue(this.#launcher.dispatch(kernel, call));
  }

  /**
   * Device memory for tables and scratch. `data` is copied; a number makes a table of as many bytes, zeros.
   * @throws SlicewiseError MEMORY when it exceeds a binding of the device
   */
  table(data: ArrayBufferView | number, what = 'a table'): DeviceTable {
    const bytes = typeof data === 'number' ? data : data.byteLength;
    const most = this.device.limits.maxStorageBufferBindingSize;
    if (bytes > most) {
      throw new SlicewiseError('MEMORY', {
        message: `${what} does not fit into a buffer of the GPU`,
        expected: `at most ${most} bytes`,
        got: `${bytes}`,
        hint: 'use the CPU backend',
      });
    }
    const table = new DeviceTable(this.queue, bytes, what, typeof data === 'number');
    if (typeof data !== 'number') this.upload(table, data);
    return table;
  }

  /** Queues a copy of data to the beginning of a table. */
  upload(table: DeviceTable, data: ArrayBufferView): void {
    const copy = new Uint8Array(Math.ceil(data.byteLength / 4) * 4); // WebGPU writes whole words
    copy.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    this.queue.enqueue(() => this.queue.upload(table.buffer(), 0, copy));
  }

  /** The bytes of a table as they are at this place of the queue. */
  readTable(table: DeviceTable): Promise<ArrayBuffer> {
    return readBuffer(this.queue, () => table.buffer(), 0, Math.ceil(table.bytes / 4) * 4);
  }

  /**
   * Queues an asynchronous step (a network): everything before it is submitted, and what follows waits for it. Inside, `access` acts at
   * this place; the backend's own methods would queue behind the step.
   */
  step(run: (access: StepAccess) => Promise<void>): void {
    const { queue, device } = this;
    const access: StepAccess = {
      device,
      buffers: (field, overwritten = false) => field.chunks.map((_, i) => field.buffer(i, overwritten)),
      run: (kernel, call) => this.#launcher.run(kernel, call)(),
      dispatch: (kernel, call) => this.#launcher.dispatch(kernel, call)(),
      submit: () => queue.submit(),
    };
    queue.step(() => run(access));
  }

  // ---- pointwise ----

  lincomb(out: Field, ...terms: [Coefficient, Field][]): void {
    const o = own(out, this);
    if (terms.length > 4) throw new SlicewiseError('ARGUMENT', { expected: '1 to 4 terms', got: `${terms.length}` });
    if (terms.length === 0) return this.fill(out, 0);
    const [f0, f1, f2, f3] = terms.map(([, f]) => same(o, f));
    const [c0, c1 = 0, c2 = 0, c3 = 0] = terms.map(([c]) => c);
    this.run(kernels.lincomb, {
      fields: { f0, f1, f2, f3, out: o },
      scalars: { c0, c1, c2, c3 },
      params: { terms: terms.length },
      workgroups: Math.ceil(o.elements / 1024),
    });
  }

  multiply(x: Field, y: Field, out: Field): void {
    const [a, b, o] = [own(x, this), own(y, this), own(out, this)];
    same(o, x);
    const [complex, real] = [a.space.dtype === 'complex64', b.space.dtype === 'float32'];
    if (complex && real) shapeOf(a, b);
    else same(o, y);
    const kernel = !complex ? kernels.multiply : real ? kernels.scaleComplex : kernels.multiplyComplex;
    this.#pointwise(kernel, a, b, o, sliceSize(a.space));
  }

  divide(x: Field, y: Field, out: Field): void {
    const o = real(own(out, this));
    this.#pointwise(kernels.divide, same(o, x), same(o, y), o, o.elements);
  }

  clamp(x: Field, low: number, high: number, out: Field): void {
    const o = real(own(out, this));
    this.#pointwise(kernels.clamp, same(o, x), undefined, o, o.elements, low, high);
  }

  fill(x: Field, value: number): void {
    const o = own(x, this);
    this.#pointwise(kernels.fill, undefined, undefined, o, o.elements, value, componentsOf(o.space) - 1);
  }

  #pointwise(
    kernel: typeof kernels.multiply,
    x: WebGpuField | undefined,
    y: WebGpuField | undefined,
    out: WebGpuField,
    elements: number,
    a = 0,
    b = 0,
  ): void {
    const workgroups = Math.ceil(elements / 256);
    this.run(kernel, { fields: { x, y, out }, params: { elements, a, b }, workgroups });
  }

  shrink(x: Field, threshold: number, out: Field): void {
    const o = own(out, this);
    this.#shrink([same(o, x)], [o], threshold);
  }

  shrinkVector(components: readonly Field[], threshold: number): void {
    const first = own(components[0], this);
    const fields = components.map((c) => same(first, c));
    if (fields.length > 3) {
      throw new SlicewiseError('ARGUMENT', { expected: 'at most 3 components', got: `${fields.length}` });
    }
    this.#shrink(fields, fields, threshold);
  }

  #shrink(from: readonly WebGpuField[], to: readonly WebGpuField[], threshold: number): void {
    const { space } = from[0];
    this.run(kernels.shrink, {
      fields: { x0: from[0], x1: from[1], x2: from[2], out0: to[0], out1: to[1], out2: to[2] },
      params: { threshold, parts: componentsOf(space) },
      workgroups: Math.ceil(sliceSize(space) / 256),
    });
  }

  noise(out: Field, key: NoiseKey): void {
    const o = own(out, this);
    this.run(kernels.noise, {
      fields: { out: o },
      params: {
        seed: philoxKey(key.seed),
        step: key.step,
        stream: key.stream,
        plane: o.space.dtype === 'complex64' ? o.elements / 2 : 0,
      },
      workgroups: Math.ceil(o.elements / 256),
    });
  }

  // ---- sums ----

  dot(x: Field, y: Field, per: Per): Scalars {
    const a = own(x, this);
    return this.#reduce(kernels.dot, a, same(a, y), per);
  }

  norm1(x: Field, per: Per): Scalars {
    const a = own(x, this);
    return this.#reduce(a.space.dtype === 'complex64' ? kernels.norm1Complex : kernels.norm1, a, undefined, per);
  }

  /** Sums of 1024 floats, then of those of a slice, then of slices: the order depends on shapes only. */
  #reduce(kernel: typeof kernels.dot, x: WebGpuField, y: WebGpuField | undefined, per: Per): Scalars {
    const { slices } = x;
    const groups = Math.ceil(x.elements / 1024);
    const sums = new DeviceTable(this.queue, slices * (groups + 1) * 8, 'partial sums', false);
    this.run(kernel, { fields: { x, y }, tables: { sums }, params: { groups }, workgroups: groups });
    const scalars = new WebGpuScalars(this, per, per === 'slice' ? slices : 1);
    const totals = slices * groups;
    if (per === 'slice') this.#addRows(sums, 0, groups, slices, scalars.at);
    else if (groups === 1) this.#addRows(sums, 0, slices, 1, scalars.at);
    else {
      this.#addRows(sums, 0, groups, slices, undefined, totals);
      this.#addRows(sums, totals, slices, 1, scalars.at);
    }
    sums.dispose();
    return scalars;
  }

  #addRows(sums: DeviceTable, source: number, length: number, rows: number, bank?: number, target = 0): void {
    const most = this.device.limits.maxComputeWorkgroupsPerDimension;
    this.dispatch(kernels.addRows, {
      tables: { sums },
      params: { source, length, rows, to_bank: bank === undefined ? 0 : 1, target_at: bank ?? target },
      workgroups: [Math.min(rows, most), Math.ceil(rows / most), 1],
    });
  }

  scalars(value: number, like: Field, per: Per): Scalars {
    const out = new WebGpuScalars(this, per, per === 'slice' ? slicesOf(own(like, this).space) : 1);
    this.compute('copy', out, value);
    return out;
  }

  /** @internal */
  compute(
    operation: keyof typeof OPERATION,
    out: WebGpuScalars,
    a: Scalars | number,
    b: Scalars | number = 0,
    c: Scalars | number = 0,
  ): void {
    this.dispatch(scalarsKernel, {
      scalars: { a, b, c },
      params: { operation: OPERATION[operation], out: out.at, length: out.length },
      workgroups: [Math.ceil(out.length / 64), 1, 1],
    });
  }

  scope<T>(body: () => T): T {
    return this.bank.scopes.run(body);
  }

  async readScalars(s: Scalars): Promise<Float64Array> {
    if (!(s instanceof WebGpuScalars) || s.host !== this) {
      throw new SlicewiseError('BACKEND', { message: 'scalars of another backend were given' });
    }
    const { at, length } = s.live;
    return Float64Array.from(new Float32Array(await readBuffer(this.queue, () => this.bank.buffer(), at * 4, length * 4)));
  }

  // ---- differences ----

  /** All slices are in one memory: nothing to wait for. */
  neighbours(field: Field, boundary: Boundary): Neighbours {
    return { field, boundary, dispose: () => undefined };
  }

  dz(x: Field, out: Field, boundary: Boundary, neighbours?: Neighbours): void {
    requireNeighbours(neighbours, x, boundary);
    const o = own(out, this);
    const here = same(o, x);
    const fields = { here, next: { field: here, by: 1, boundary }, previous: undefined, out: o } as const;
    this.#dz(kernels.dz, fields, 0, boundary);
  }

  addDzAdjoint(weight: number, d: Field, x: Field, boundary: Boundary, neighbours?: Neighbours): void {
    requireNeighbours(neighbours, d, boundary);
    const o = own(x, this);
    const here = same(o, d);
    const fields = { here, next: undefined, previous: { field: here, by: -1, boundary }, out: o } as const;
    this.#dz(kernels.addDzAdjoint, fields, weight, boundary);
  }

  addDzNormal(weight: number, x: Field, out: Field, boundary: Boundary, neighbours?: Neighbours): void {
    requireNeighbours(neighbours, x, boundary);
    const o = own(out, this);
    const here = same(o, x);
    const next = { field: here, by: 1, boundary } as const;
    this.#dz(kernels.addDzNormal, { here, next, previous: { ...next, by: -1 }, out: o }, weight, boundary);
  }

  #dz(
    kernel: typeof kernels.dz | typeof kernels.addDzNormal,
    fields: RunCall<(typeof kernels.dz)['fields'], never, never, never>['fields'],
    weight: number,
    boundary: Boundary,
  ): void {
    const { out } = fields;
    const { slices, elements } = out as WebGpuField;
    const periodic = boundary === 'periodic' ? 1 : 0;
    const params = { weight, periodic, last: periodic ? slices : slices - 1 };
    const workgroups = Math.ceil(elements / 256);
    this.run(kernel as typeof kernels.dz, { fields, params, workgroups });
  }

  gradient(x: Field, gx: Field, gy: Field): void {
    const a = own(x, this);
    const fields = { x: a, gx: same(a, gx), gy: same(a, gy) };
    this.run(kernels.gradient, { fields, ...plane(a) });
  }

  addGradientAdjoint(weight: number, gx: Field, gy: Field, x: Field): void {
    const a = own(x, this);
    const { params, workgroups } = plane(a);
    const fields = { x: a, gx: same(a, gx), gy: same(a, gy) };
    this.run(kernels.addGradientAdjoint, { fields, params: { ...params, weight }, workgroups });
  }

  addGradientNormal(weight: number, x: Field, out: Field): void {
    const o = own(out, this);
    const { params, workgroups } = plane(o);
    const fields = { x: same(o, x), out: o };
    this.run(kernels.addGradientNormal, { fields, params: { ...params, weight }, workgroups });
  }

  memory(): { current: number; peak: number; held: number } {
    return this.queue.pool.memory();
  }

  /** Waits for what was queued and gives the memory back; closes the device where the backend opened it. */
  dispose(): Promise<void> {
    this.queue.fail(new SlicewiseError('BACKEND', { message: 'the backend was disposed of' }));
    this.#dispose();
    return Promise.resolve();
  }
}

/** @throws SHAPE unless both have the same numbers along every axis */
function shapeOf(a: WebGpuField, b: WebGpuField): void {
  const [m, n] = [a.space.shape, b.space.shape];
  if (m.length === n.length && m.every((size, i) => size === n[i])) return;
  throw new SlicewiseError('SHAPE', {
    message: 'fields of one operation differ',
    expected: describeSpace(a.space),
    got: describeSpace(b.space),
  });
}

/** Parameters of the kernels on image planes. @throws SHAPE for anything but images */
function plane(f: WebGpuField): { params: { rows: number; columns: number; parts: number }; workgroups: number } {
  const { shape } = f.space;
  if (shape.length !== 3) {
    throw new SlicewiseError('SHAPE', { expected: 'an image [slice, row, column]', got: describeSpace(f.space) });
  }
  const params = { rows: shape[1], columns: shape[2], parts: componentsOf(f.space) };
  return { params, workgroups: Math.ceil(f.elements / 256) };
}

/**
 * Opens the WebGPU backend.
 * @throws SlicewiseError BACKEND where WebGPU, an adapter or a device is missing
 */
export async function createWebGpuBackend(options: WebGpuOptions = {}): Promise<WebGpuBackend> {
  const { device } = options;
  if (device) return new WebGpuBackend(device, describeAdapter(device.adapterInfo), options);
  const gpu = options.gpu ?? (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
  if (!gpu) {
    throw new SlicewiseError('BACKEND', {
      message: 'there is no WebGPU here',
      expected: 'a browser with WebGPU and a page over https, or `gpu`',
      got: 'no navigator.gpu',
      hint: 'use the CPU backend; in Node, createGpuBackend opens a GPU',
    });
  }
  const opened = await openDevice(gpu);
  return new WebGpuBackend(opened.device, opened, options);
}
