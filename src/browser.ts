import { createWebGpuBackend, type WebGpuBackend, type WebGpuOptions } from '../compute/webgpu/backend.js';
import type { Measurement } from '../volumes/measurement.js';
import type { MethodChoice } from './engine/options.js';
import { Reconstruction, type ReconstructOptions } from './engine/reconstruct.js';

/**
 * slicewise in a page: everything but files and threads. Networks run on WebGPU, by onnxruntime-web on the same device as the rest, and are
 * fetched with `urlModels`; ort-wasm-simd-threaded.asyncify.wasm of onnxruntime-web is served beside the bundle (or where
 * `env.wasm.wasmPaths` of onnxruntime-web/webgpu says). The CPU backend has no networks here.
 *
 * @example
 * const backend = await createGpuBackend();
 * const zoo = urlModels(new URL('zoo/', location.href), ['ct']);
 * const { volume } = await reconstruct(scan, { method: 'dds', prior: 'ct', backend, zoo }).result();
 *
 * @packageDocumentation
 */
export * from './api.js';

/**
 * The WebGPU backend on the page's own device, which `navigator.gpu` gives (or `gpu`, or `device`, which stays open).
 * @throws SlicewiseError BACKEND where there is no WebGPU, adapter or device
 */
export function createGpuBackend(options: WebGpuOptions = {}): Promise<WebGpuBackend> {
  return createWebGpuBackend(options);
}

/** Reconstructs a measurement. Iterate the result for its steps, or await `result()`. The backend stays open. */
export function reconstruct<const M extends MethodChoice>(scan: Measurement, options: ReconstructOptions<M>): Reconstruction {
  return new Reconstruction(scan, options);
}
