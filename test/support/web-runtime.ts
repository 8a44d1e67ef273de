import { setFlagsFromString } from 'node:v8';
import type { WebGpu } from './webgpu-device.js';

/**
 * ONNX Runtime as pages have it (onnxruntime-web, its WebGPU provider compiled to WebAssembly) on a device of Dawn, in Node.
 *
 * V8's optimising compiler takes 50 s of processor time for the module, whose functions are rewritten to be suspended; without it a session opens
 * in 1 s and runs as fast, since the work is on the device. The build that suspends by itself (JSPI) does not start in Node 20.
 */
export async function webRuntime({ gpu, device }: WebGpu): Promise<typeof import('onnxruntime-web')> {
  setFlagsFromString('--liftoff-only');
  const page = globalThis as { navigator?: object };
  page.navigator ??= {}; // Node has one from version 21
  Object.defineProperty(page.navigator, 'gpu', { value: gpu, configurable: true });
  const ort = await import('onnxruntime-web/webgpu');
  ort.env.webgpu.device = device;
  ort.env.wasm.numThreads = 1;
  return ort;
}
