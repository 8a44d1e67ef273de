import { unoptimised } from '../../core/platform/webgpu.js';
import type { Runtime } from './denoise.js';

/** ONNX Runtime as pages have it (onnxruntime-web, its WebGPU provider compiled to WebAssembly) on a device of Dawn, in Node. */
export async function webRuntime({ device }: { readonly device: GPUDevice }): Promise<Runtime> {
  const { env, InferenceSession, Tensor } = await import('onnxruntime-web/webgpu');
  env.webgpu.device = device;
  env.wasm.numThreads = 1;
  const create: Runtime['InferenceSession']['create'] = (weights, options) => unoptimised(() => InferenceSession.create(weights, options));
  return { InferenceSession: { create }, Tensor };
}
