import type { WebGpuBackend } from '../../compute/webgpu/backend.js';
import type { DeviceTable } from '../../compute/webgpu/table.js';
import { adamOnWebGpu, adamWorkgroups } from '../fit/adam.js';
import type { Device, DeviceFit } from '../fit/device.js';
import { PARAMETERS } from '../fit/graph.js';
import { openFitSession } from './onnx-fit-webgpu.js';

/**
 * A graph on the backend's own device. Parameters, what Adam keeps of them and inputs lie in its memory; an evaluation and the step of
 * Adam behind it are an asynchronous step of its queue.
 * @throws SlicewiseError RUNTIME_MISSING (onnxruntime-web), MODEL, MEMORY, BACKEND (the device is lost)
 */
export async function webGpuFitting(backend: WebGpuBackend, device: Device): Promise<DeviceFit> {
  const session = await inStep(backend, () => openFitSession(backend, device));
  const { state, name } = device;
  const length = state.parameters.length;
  const [x, mean, square] = [state.parameters, state.mean, state.square].map((values) => backend.table(values, `parameters of '${name}'`));
  const gradient = backend.table(4 * length, `gradient of '${name}'`);
  const inputs = new Map<string, DeviceTable>();
  const read = async (table: DeviceTable): Promise<Float32Array> => new Float32Array(await backend.readTable(table), 0, length);

  return {
    async run({ given, wanted, adam }) {
      for (const [input, values] of Object.entries(given)) {
        const table = inputs.get(input);
        if (table) backend.upload(table, values);
        else inputs.set(input, backend.table(values, `the input '${input}' of '${name}'`));
      }
      const tables = { ...Object.fromEntries(inputs), [PARAMETERS]: x };
      return inStep(backend, async (access) => {
        const found = await session.run(tables, wanted, adam ? gradient : undefined);
        if (!adam) return found;
        const { firstDecay, secondDecay, rate, correction, epsilon } = adam;
        access.dispatch(adamOnWebGpu, {
          tables: { x, mean, square, gradient },
          params: { length, first_decay: firstDecay, second_decay: secondDecay, rate, correction, epsilon },
          workgroups: adamWorkgroups(length),
        });
        return found;
      });
    },
    read: async () => ({ parameters: await read(x), mean: await read(mean), square: await read(square) }),
    async dispose() {
      for (const table of [x, mean, square, gradient, ...inputs.values()]) table.dispose();
      await inStep(backend, () => session.release());
    },
  };
}

type Access = Parameters<Parameters<WebGpuBackend['step']>[0]>[0];

/** Work at its place in the queue; its failure is the caller's and not the queue's. */
async function inStep<T>(backend: WebGpuBackend, work: (access: Access) => Promise<T>): Promise<T> {
  let done: { readonly value: T } | { readonly error: unknown } | undefined;
  backend.step(async (access) => {
    done = await work(access).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
  });
  await backend.flush();
  if ('error' in done!) throw done.error;
  return done!.value;
}
