import { SlicewiseError } from '../../core/errors.js';
import type { Field, MemoryPlan } from '../../compute/backend.js';
import type { WebGpuBackend } from '../../compute/webgpu/backend.js';
import { webGpuField, type WebGpuField } from '../../compute/webgpu/field.js';
import type { DeviceTable } from '../../compute/webgpu/table.js';
import { Stopwatch } from '../../compute/webgpu/stopwatch.js';
import { slicesOf, type Space } from '../../core/space.js';
import type { Card } from '../card/card.js';
import { conditionPlanes, imageSide, outputPlanes } from '../card/graph-check.js';
import { COTANGENT, derivativeGraph, PRODUCT } from '../derivative/derivative-graph.js';
import { NetworkPrior, type NetworkJob } from './network-base.js';
import { networkInput, networkOutput } from './network-kernels.js';
import { gpuNetworkBatch, gpuNetworkMemory } from './network-memory.js';
import { openDeviceSession, type DeviceSession } from './onnx-webgpu.js';
import type { Provider } from './provider.js';

/**
 * The network of a card on the backend's own device: slices go from the field into the network's input, and back, by kernels; nothing but
 * the noise level comes from the host.
 * @param options.batch slices at once; without it as many as gpuNetworkBatch says
 * @throws SlicewiseError ARGUMENT, RUNTIME_MISSING (onnxruntime-web), MODEL, MEMORY, BACKEND (the device is lost)
 */
export async function webGpuNetworkPrior(
  card: Card,
  weights: Uint8Array,
  backend: WebGpuBackend,
  { batch, provider, derivative = false }: { readonly batch?: number; readonly provider?: Provider; readonly derivative?: boolean },
): Promise<NetworkPrior> {
  if (batch !== undefined && (!Number.isInteger(batch) || batch < 1)) {
    throw new SlicewiseError('ARGUMENT', { message: 'batch', expected: 'a positive integer', got: `${batch}` });
  }
  if (provider !== undefined) {
    throw new SlicewiseError('ARGUMENT', {
      message: `networks run on the device of the backend 'webgpu', and the provider '${provider}' belongs to the backend 'cpu'`,
      hint: 'leave --provider out, or add --backend cpu',
    });
  }
  if (card.precision === 'int8') {
    throw new SlicewiseError('MODEL', {
      message:
        `WebGPU cannot run all of the network of '${card.name}': it has 8-bit layers, whose QuantizeLinear would silently ` +
        `run on the CPU`,
      hint:
        `use ${card.derivedFrom ? `the float network it was made of, '${card.derivedFrom.name}'` : 'a float network'}, which is as ` +
        `fast there, or the CPU backend`,
    });
  }
  const product = derivative ? derivativeGraph(weights, card) : undefined;
  let opened: { session: DeviceSession; ofProduct?: DeviceSession } | { error: unknown } | undefined;
  const open = async (): Promise<{ session: DeviceSession; ofProduct?: DeviceSession }> => {
    const session = await openDeviceSession(backend, card, weights);
    if (!product) return { session };
    try {
      const request = { ...card, output: PRODUCT, outputChannels: 'mean', cotangent: COTANGENT } as const;
      return { session, ofProduct: await openDeviceSession(backend, request, product) };
    } catch (error) {
      await session.release();
      throw error;
    }
  };
  // in a step, so that nothing else is asked of the device meanwhile; a failure is the model's and not the queue's
  backend.step(async () => {
    opened = await open().catch((error: unknown) => ({ error }));
  });
  await backend.flush();
  if ('error' in opened!) throw opened.error;
  return new WebGpuNetworkPrior(card, backend, opened!, batch);
}

class WebGpuNetworkPrior extends NetworkPrior {
  /** Seconds the host took to encode networks. */
  #hostSeconds = 0;
  readonly #watch: Stopwatch | undefined;
  #running: Promise<void> = Promise.resolve();
  #disposed = false;
  /** Slices at once in the latest denoising. */
  #used = 0;

  constructor(
    card: Card,
    private readonly backend: WebGpuBackend,
    private readonly sessions: { readonly session: DeviceSession; readonly ofProduct?: DeviceSession },
    private readonly batch: number | undefined,
  ) {
    super(card, sessions.ofProduct !== undefined);
    this.#watch = Stopwatch.on(backend.device);
  }

  protected queue(job: NetworkJob): void {
    const { card, backend } = this;
    if (this.#disposed) throw new SlicewiseError('BACKEND', { message: `the prior '${this.name}' was disposed of` });
    const { space } = job.from;
    const own = (field: Field): WebGpuField => webGpuField(field, space, backend);
    const [x, out, guide] = [own(job.from), own(job.to), job.guide.map(own)];
    const g = job.centre && own(job.centre);
    const v = job.cotangent && own(job.cotangent);
    const [slices, rows, columns] = space.shape;
    const [paddedRows, paddedColumns] = [rows, columns].map((side) => imageSide(side, card));
    const most = Math.min(slices, this.#batchFor(space));
    this.#used = most;
    const plane = paddedRows * paddedColumns;
    const planes = v ? card.channels : outputPlanes(card);
    const what = `images of the network '${this.name}' (${most} at once)`;
    const input = backend.table(most * card.channels * plane * 4, what);
    const output = backend.table(most * planes * plane * 4, what);
    const shown = conditionPlanes(card);
    const condition = shown > 0 ? backend.table(most * shown * plane * 4, what) : undefined;
    const given = v && backend.table(most * card.channels * plane * 4, what);
    const shared = {
      parts: job.planes,
      size: [rows, columns],
      padded: [paddedRows, paddedColumns],
      turn: [Math.cos(job.phase), Math.sin(job.phase)],
    };
    const { channels } = card;
    const before = { ...shared, channels, edge: card.padding === 'edge' ? 1 : 0 };
    const fold = v && card.padding === 'edge' ? 1 : 0;
    const after = { ...shared, planes, skip: job.skip, output: job.out, fold };
    const [about, from] = v ? [undefined, v] : [g, x];
    backend.step(async (access) => {
      for (let first = 0; first < slices; first += most) {
        const count = Math.min(most, slices - first);
        const some = { first, count };
        const stage = (field: WebGpuField, centre: WebGpuField | undefined, images: DeviceTable, more: object): void =>
          access.run(networkInput, {
            fields: { x: field, g: centre },
            tables: { images },
            params: { begin: first, ...before, planes: channels, into: 0, input: 1, ...more },
            workgroups: Math.ceil(plane / 256),
            slices: some,
          });
        stage(x, g, input, { input: job.input });
        guide.forEach((field, p) => stage(field, undefined, condition!, { planes: shown, into: p * channels }));
        if (v) stage(v, undefined, given!, { edge: 0 }); // D is cut back to the image: its transpose extends by zeros
        const [staged, to] = [input.buffer().buffer, output.buffer().buffer]; // may queue a clear
        const [beside, cotangent] = [condition?.buffer().buffer, given?.buffer().buffer];
        access.submit();
        const images = { count, rows: paddedRows, columns: paddedColumns, noise: job.noise, condition: beside, cotangent };
        await this.#evaluate(staged, to, images);
        access.run(networkOutput, {
          fields: { x: from, g: about, out },
          tables: { images: output },
          params: { begin: first, ...after },
          workgroups: Math.ceil((rows * columns) / 256),
          slices: some,
        });
      }
    });
    for (const table of [input, output, condition, given]) table?.dispose();
  }

  #batchFor(space: Space): number {
    return this.batch ?? gpuNetworkBatch(this.card, space, this.backend.device.limits, this.vjp !== undefined);
  }

  async #evaluate(...[input, output, images]: Parameters<DeviceSession['run']>): Promise<void> {
    this.#watch?.start();
    const start = performance.now();
    const { session, ofProduct } = this.sessions;
    this.#running = (images.cotangent ? ofProduct! : session).run(input, output, images);
    await this.#running;
    this.#hostSeconds += (performance.now() - start) / 1000;
    this.#watch?.stop();
  }

  /**
   * Seconds on the device between the first and the last command of networks, waiting for the host included. Where the device has no
   * timestamps: seconds the host took to queue them, which are fewer, since the device works on.
   */
  async runtimeSeconds(): Promise<number> {
    return this.#watch ? this.#watch.seconds() : this.#hostSeconds;
  }

  /** On the device. */
  bytes(space: Space): MemoryPlan {
    const batch = Math.min(slicesOf(space), this.#batchFor(space));
    return gpuNetworkMemory(this.card, space, batch, this.vjp !== undefined).device;
  }

  protected how(): { readonly [key: string]: unknown } {
    const { runtime } = this.sessions.session;
    const timed = this.#watch ? 'timestamps of the device' : 'the host, without waiting for the device';
    return { provider: 'webgpu', runtime, batch: this.batch ?? this.#used, timed };
  }

  /** After what is queued. A session that a lost device left behind is let go without waiting. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    const { backend, sessions } = this;
    const release = async (): Promise<void> => {
      await sessions.session.release();
      await sessions.ofProduct?.release();
    };
    let released: Promise<void> | undefined;
    if (!backend.queue.failure) {
      backend.step(async () => {
        released = release();
        await released.catch(() => undefined);
      });
      await backend.flush().catch(() => undefined);
    }
    this.#watch?.dispose();
    if (released) return released;
    void this.#running.then(release, release).catch(() => undefined);
  }
}
