import type { Tensor } from 'onnxruntime-web/webgpu';
import type { WebGpuBackend } from '../../compute/webgpu/backend.js';
import type { DeviceTable } from '../../compute/webgpu/table.js';
import { isSlicewiseError, SlicewiseError } from '../../core/errors.js';
import type { Device } from '../fit/device.js';
import { GRADIENT, PARAMETERS } from '../fit/graph.js';
import { messageOf, unreadable } from './onnx-common.js';
import { alone, noWebAssembly, webGpuRuntime } from './onnx-webgpu.js';

/*
 * Graphs of fits (models/fit) on ONNX Runtime's WebGPU provider, on the device of a backend. Inputs, parameters and gradient are buffers
 * of the device; the other outputs come to the host.
 */

/** A session for steps of the backend's queue. */
export interface FitSession {
  /** @param gradient where it goes; not computed without it */
  run(
    inputs: { readonly [name: string]: DeviceTable },
    wanted: readonly string[],
    gradient?: DeviceTable,
  ): Promise<{ readonly [output: string]: Float32Array }>;
  release(): Promise<void>;
}

/** Call it in a step of the queue. @throws SlicewiseError RUNTIME_MISSING, MODEL */
export async function openFitSession(backend: WebGpuBackend, { name, model, inputs, state }: Device): Promise<FitSession> {
  const ort = await webGpuRuntime();
  const size = state.parameters.length;
  const shapes: { readonly [name: string]: readonly number[] } = { ...inputs, [PARAMETERS]: [size] };
  const session = await alone(() =>
    backend.loading(() =>
      ort.InferenceSession.create(model, {
        executionProviders: [{ name: 'webgpu', device: backend.device }],
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
      }).catch((cause: unknown) => {
        throw /no available backend found/.test(messageOf(cause)) ? noWebAssembly(cause) : unreadable(name, cause);
      }),
    ),
  );
  const onDevice = (table: DeviceTable, shape: readonly number[]): Tensor => {
    const { buffer } = table.buffer();
    return ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims: shape });
  };

  const run: FitSession['run'] = (given, wanted, gradient) =>
    alone(async () => {
      const feeds = Object.fromEntries(Object.entries(shapes).map(([input, shape]) => [input, onDevice(given[input], shape)]));
      const outputs: Record<string, Tensor | null> = Object.fromEntries(wanted.map((output) => [output, null]));
      if (gradient) outputs[GRADIENT] = onDevice(gradient, [size]);
      try {
        const results = await session.run(feeds, outputs);
        const found: Record<string, Float32Array> = {};
        for (const output of wanted) found[output] = Float32Array.from((await results[output].getData()) as Float32Array);
        return found;
      } catch (cause) {
        if (isSlicewiseError(cause)) throw cause;
        throw new SlicewiseError('MODEL', { message: `the graph '${name}' failed on the GPU`, got: messageOf(cause), cause });
      }
    });

  return { run, release: () => alone(() => session.release()) };
}
