import type { InferenceSession, Tensor } from 'onnxruntime-web/webgpu';
import type { WebGpuBackend } from '../../compute/webgpu/backend.js';
import { USAGE } from '../../compute/webgpu/pool.js';
import { isSlicewiseError, SlicewiseError } from '../../core/errors.js';
import { checkGraph, conditionPlanes, outputPlanes, type GraphCard } from '../card/graph-check.js';
import { feedsOf, messageOf, noiseTensor, otherShape, unreadable } from './onnx-common.js';
import { SMALL } from './placement.js';

/*
 * ONNX Runtime's WebGPU provider, compiled to WebAssembly (onnxruntime-web), on the device of a backend: in Node and in pages alike. Images
 * go in and out in buffers of the device; nothing but the noise levels comes from the host.
 */

export type WebOnnxRuntime = typeof import('onnxruntime-web/webgpu');
type OnnxRuntime = WebOnnxRuntime;

/** A session on a backend's device. All of it is for steps of the backend's queue. */
export interface DeviceSession {
  /** 'onnxruntime-web 1.30.0'. */
  readonly runtime: string;
  /**
   * Queues the network on the device: F of images [count, channels, rows, columns], shown the condition of a guided one [count, planes
   * of the condition, rows, columns], into [count, planes, rows, columns], all float32. The device may be still
   * at it when the promise resolves.
   * @throws SlicewiseError MODEL when the network fails or gives another shape than its card says
   */
  run(input: GPUBuffer, output: GPUBuffer, images: Batch): Promise<void>;
  release(): Promise<void>;
}

export interface Batch {
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  /** The noise input of all images. */
  readonly noise: number;
  /** What a guided network is shown beside the images. */
  readonly condition?: GPUBuffer;
  /** v of a graph that gives Jᴴ v. */
  readonly cotangent?: GPUBuffer;
}

export interface DeviceSessionRequest extends GraphCard {
  readonly sizeMultiple: number;
  /** Input v of a graph that gives Jᴴ v (derivative-graph.ts), which is not the card's. */
  readonly cotangent?: string;
}

/**
 * A session whose graph is the card's and runs on the device alone; the arithmetic of shapes and of the noise level may be on the host.
 * Call it in a step of the queue.
 * @throws SlicewiseError RUNTIME_MISSING without the package or its WebAssembly, MODEL when the network cannot be read, is not the card's
 *   or has operations on images that WebGPU lacks
 */
export async function openDeviceSession(
  backend: WebGpuBackend,
  request: DeviceSessionRequest,
  weights: Uint8Array,
): Promise<DeviceSession> {
  const ort = await webGpuRuntime();
  return alone(async () => {
    const { session, misplaced } = await backend.loading(() => open(ort, backend.device, request.name, weights));
    const opened = new Session(ort, session, request, backend);
    try {
      if (request.cotangent === undefined) checkGraph(request, session.inputMetadata, session.outputMetadata);
      if (misplaced) await requireOnDevice(opened, request, backend.device);
      return opened;
    } catch (error) {
      await session.release();
      throw error;
    }
  });
}

let runtime: Promise<OnnxRuntime> | undefined;
let place: string | undefined;

/** Where a page serves the files of onnxruntime-web, where that is not beside its bundle. Said before a network is wanted. */
export const webGpuRuntimeAt = (files: string): void => void (place = files);

/** onnxruntime-web, loaded once. @throws SlicewiseError RUNTIME_MISSING */
export const webGpuRuntime = (): Promise<OnnxRuntime> => (runtime ??= load());

async function load(): Promise<OnnxRuntime> {
  try {
    const ort = await import('onnxruntime-web/webgpu');
    ort.env.wasm.numThreads = 1; // the work is on the device
    if (place !== undefined) ort.env.wasm.wasmPaths = place;
    return ort;
  } catch (cause) {
    runtime = undefined;
    throw new SlicewiseError('RUNTIME_MISSING', {
      message: 'networks on WebGPU need the package onnxruntime-web, which is not installed or cannot start here',
      got: messageOf(cause).split('\n')[0],
      hint: 'run `npm install onnxruntime-web`, or use the CPU backend, or a method without a prior (admm-tv, sirt, cgls, fbp)',
      cause,
    });
  }
}

/** ONNX Runtime on WebAssembly does one thing at a time, for all devices. */
export function alone<T>(work: () => Promise<T>): Promise<T> {
  const done = last.then(work);
  last = done.catch(() => undefined);
  return done;
}
let last: Promise<unknown> = Promise.resolve();

/** @returns misplaced: some operations are on the host, which may be arithmetic of shapes */
async function open(
  ort: OnnxRuntime,
  device: GPUDevice,
  name: string,
  weights: Uint8Array,
): Promise<{ session: InferenceSession; misplaced: boolean }> {
  const create = (more: InferenceSession.SessionOptions): Promise<InferenceSession> =>
    ort.InferenceSession.create(weights, {
      executionProviders: [{ name: 'webgpu', device }],
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      ...more,
    });
  try {
    const extra = { session: { disable_cpu_ep_fallback: '1' } };
    return { session: await create({ extra, logSeverityLevel: 4 }), misplaced: false };
  } catch (cause) {
    if (/no available backend found/.test(messageOf(cause))) throw noWebAssembly(cause);
    if (!/assigned to the default CPU EP/.test(messageOf(cause))) throw unreadable(name, cause);
    return { session: await create({ logSeverityLevel: 3 }), misplaced: true };
  }
}

export const noWebAssembly = (cause: unknown): SlicewiseError =>
  new SlicewiseError('RUNTIME_MISSING', {
    message: 'ONNX Runtime on WebGPU cannot start',
    got: messageOf(cause),
    hint:
      'a page must serve ort-wasm-simd-threaded.asyncify.wasm of onnxruntime-web beside its bundle, or name its place ' +
      '(env.wasm.wasmPaths); reload the page after that',
    cause,
  });

class Session implements DeviceSession {
  readonly runtime: string;

  constructor(
    private readonly ort: OnnxRuntime,
    private readonly session: InferenceSession,
    private readonly request: DeviceSessionRequest,
    private readonly backend: WebGpuBackend,
  ) {
    this.runtime = `onnxruntime-web ${ort.env.versions.web ?? ort.env.versions.common}`;
  }

  run(input: GPUBuffer, output: GPUBuffer, images: Batch): Promise<void> {
    return alone(() => this.runAlone(input, output, images));
  }

  /** As `run`, for who has ONNX Runtime to himself. */
  async runAlone(input: GPUBuffer, output: GPUBuffer, images: Batch): Promise<void> {
    const { ort, request, backend } = this;
    const { count, rows, columns, noise, condition, cotangent } = images;
    const shape = [count, outputPlanes(request), rows, columns];
    const tensor = (buffer: GPUBuffer, dims: readonly number[]): Tensor => ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims });
    const { device, queue } = backend;
    device.pushErrorScope('validation');
    device.pushErrorScope('out-of-memory');
    try {
      const feeds = {
        [request.inputs.x]: tensor(input, [count, request.channels, rows, columns]),
        ...(request.guide && {
          [request.guide.input]: tensor(condition!, [count, conditionPlanes(request), rows, columns]),
        }),
        [request.inputs.noise]: noiseTensor(ort, request.noiseType, noise, count),
        ...(request.cotangent !== undefined && { [request.cotangent]: tensor(cotangent!, [count, request.channels, rows, columns]) }),
      };
      await this.session.run(feedsOf(this.session, feeds), { [request.output]: tensor(output, shape) });
    } catch (cause) {
      throw failed(request.name, shape, cause);
    } finally {
      queue.check(device.popErrorScope(), (error) => outOfMemory(request.name, count, error));
      queue.check(device.popErrorScope(), (error) => refused(request.name, error));
    }
  }

  release(): Promise<void> {
    return alone(() => this.session.release());
  }
}

function failed(name: string, shape: readonly number[], cause: unknown): SlicewiseError {
  if (isSlicewiseError(cause)) return cause;
  const text = messageOf(cause);
  const found = /has shape \{([\d,]+)\} but the computed output shape for this run is \{([\d,]+)\}/.exec(text);
  if (found?.[1] === shape.join(',')) return otherShape(name, shape, 'float32', found[2].split(',').map(Number));
  return new SlicewiseError('MODEL', { message: `the network of '${name}' failed on the GPU`, got: text, cause });
}

const outOfMemory = (name: string, count: number, error: GPUError): SlicewiseError =>
  new SlicewiseError('MEMORY', {
    message: `the GPU is out of memory in the network of '${name}'`,
    expected: `room for ${count} ${count === 1 ? 'slice' : 'slices'} at once`,
    got: error.message,
    hint: count > 1 ? 'give fewer slices to the network at once (--batch)' : 'use the CPU backend',
    cause: error,
  });

const refused = (name: string, error: GPUError): SlicewiseError =>
  new SlicewiseError('BACKEND', {
    message: `the GPU refused a command of the network of '${name}'`,
    got: error.message,
    hint: 'use the CPU backend',
    cause: error,
  });

/**
 * One evaluation must bring nothing of the size of an image back to the host: ONNX Runtime computes there, without a word, what its
 * provider has no operation for.
 * @throws SlicewiseError MODEL
 */
async function requireOnDevice(
  session: Session,
  request: DeviceSessionRequest & { readonly name: string },
  device: GPUDevice,
): Promise<void> {
  const { channels, sizeMultiple, name, guide } = request;
  const wantsCotangent = request.cotangent !== undefined;
  const side = sizeMultiple * Math.ceil(64 / sizeMultiple);
  const buffer = (planes: number): GPUBuffer =>
    device.createBuffer({ size: planes * side * side * 4, usage: USAGE.storage | USAGE.copySource | USAGE.copyDestination });
  const [input, output] = [buffer(channels), buffer(outputPlanes(request))];
  const condition = guide && buffer(conditionPlanes(request));
  const cotangent = wantsCotangent ? buffer(channels) : undefined;
  const brought = await largestReadBack(device, () =>
    session.runAlone(input, output, { count: 1, rows: side, columns: side, noise: 1, condition, cotangent }),
  );
  for (const used of [input, output, condition, cotangent]) used?.destroy();
  if (brought <= SMALL * 4) return;
  throw new SlicewiseError('MODEL', {
    message:
      `WebGPU cannot run all of the network of '${name}': operations on images would silently run on the CPU, with ${brought} ` +
      `bytes copied there for a 64² slice`,
    hint: 'use the CPU backend, or a network without these operations',
  });
}

/** Bytes of the largest buffer that is made for reading while `work` runs. */
export async function largestReadBack(device: GPUDevice, work: () => Promise<void>): Promise<number> {
  const make = device.createBuffer.bind(device);
  let largest = 0;
  device.createBuffer = (descriptor) => {
    if (descriptor.usage & USAGE.mapRead) largest = Math.max(largest, descriptor.size);
    return make(descriptor);
  };
  try {
    await work();
  } finally {
    delete (device as { createBuffer?: unknown }).createBuffer; // the class has it
  }
  return largest;
}
