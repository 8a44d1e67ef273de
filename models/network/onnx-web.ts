import { SlicewiseError } from '../../core/errors.js';
import { messageOf } from './onnx-common.js';
import type { OnnxRuntime } from './onnx-session.js';

/**
 * ONNX Runtime of a page, compiled to WebAssembly, for workers of the CPU backend: one thread a worker, no shared memory, no special
 * headers. Its numbers differ from Node's in rounding.
 * @param files address under which `ort-wasm-simd-threaded.mjs` and `.wasm` of onnxruntime-web are served
 * @throws SlicewiseError RUNTIME_MISSING where they cannot be fetched
 */
export async function webRuntime(files: string): Promise<OnnxRuntime> {
  try {
    const ort = await import('onnxruntime-web/wasm');
    ort.env.wasm.wasmPaths = files;
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.proxy = false;
    // the same classes under other declarations: what is used here (sessions, tensors, metadata) is common to both
    return ort as unknown as OnnxRuntime;
  } catch (cause) {
    throw new SlicewiseError('RUNTIME_MISSING', {
      message: `learned priors need ONNX Runtime's WebAssembly, which cannot be fetched from ${files}: ${messageOf(cause)}`,
      hint: 'serve the files of onnxruntime-web there, or use a method without a prior',
      cause,
    });
  }
}
