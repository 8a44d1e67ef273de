import { setFlagsFromString } from 'node:v8';
import { SlicewiseError } from '../errors.js';

/**
 * WebGPU in Node: Dawn, by the optional package `webgpu`. Its classes and `navigator.gpu` become globals, as pages have them.
 * @throws SlicewiseError RUNTIME_MISSING when the package is not installed or has no build for this machine
 */
export async function openGpu(): Promise<GPU> {
  let dawn: typeof import('webgpu');
  try {
    dawn = await import('webgpu');
  } catch (cause) {
    throw new SlicewiseError('RUNTIME_MISSING', {
      message: 'the GPU needs the package webgpu',
      got: cause instanceof Error ? cause.message.split('\n')[0] : String(cause),
      hint: 'run `npm install webgpu`, or use --backend cpu',
      cause,
    });
  }
  Object.assign(globalThis, dawn.globals);
  copyShared();
  const gpu = dawn.create([]);
  kept.push(gpu);
  const page = globalThis as { navigator?: object };
  page.navigator ??= {}; // Node has one from version 21
  Object.defineProperty(page.navigator, 'gpu', { value: gpu, configurable: true });
  return gpu;
}

/** Dawn's instances end with their objects, whatever devices they gave. */
const kept: GPU[] = [];

/**
 * ONNX Runtime's WebAssembly memory is shared, and Dawn's Node binding refuses views of shared memory (pages take them): copies them first.
 */
function copyShared(): void {
  type Write = (
    this: GPUQueue,
    buffer: GPUBuffer,
    at: number,
    data: ArrayBufferLike | Uint8Array,
    from?: number,
    size?: number,
  ) => undefined;
  const queue = GPUQueue.prototype as unknown as { writeBuffer: Write & { copies?: true } };
  const write = queue.writeBuffer;
  if (write.copies) return;
  const copying: Write = function (buffer, at, data, from = 0, size) {
    const view = ArrayBuffer.isView(data) ? data : new Uint8Array(data);
    if (!(view.buffer instanceof SharedArrayBuffer)) return write.call(this, buffer, at, data, from, size);
    return write.call(this, buffer, at, view.slice(from, size === undefined ? undefined : from + size));
  };
  queue.writeBuffer = Object.assign(copying, { copies: true as const });
}

/**
 * Loads WebAssembly without V8's optimising compiler, which takes 50 s of processor time for ONNX Runtime on WebGPU, whose functions are
 * rewritten to be suspended. It runs as fast without: the work is on the device. Modules loaded before and after are optimised as ever.
 */
export async function unoptimised<T>(load: () => Promise<T>): Promise<T> {
  setFlagsFromString('--liftoff-only');
  try {
    return await load();
  } finally {
    for (const flag of ['--no-liftoff-only', '--wasm-tier-up', '--wasm-dynamic-tiering']) setFlagsFromString(flag);
  }
}

let pauses = 0;
const immediate = globalThis.setImmediate;

/**
 * Dawn's Node binding asks for news in an endless chain of setImmediate, which takes a whole processor away from a driver that computes
 * there: 2 ms between two questions halve the processor time. For software adapters.
 * @returns ends the pauses
 */
export function pauseBetweenPolls(): () => void {
  const later = (f: (...rest: unknown[]) => void, ...rest: unknown[]): unknown => setTimeout(f, 2, ...rest);
  if (pauses++ === 0) globalThis.setImmediate = later as unknown as typeof setImmediate;
  let ended = false;
  return () => {
    if (ended) return;
    ended = true;
    if (--pauses === 0) globalThis.setImmediate = immediate;
  };
}
