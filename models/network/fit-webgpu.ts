import type { WebGpuBackend } from '../../compute/webgpu/backend.js';
import type { DeviceTable } from '../../compute/webgpu/table.js';
import { adamOnWebGpu, adamWorkgroups } from '../fit/adam.js';
import type { Device, DeviceFit } from '../fit/device.js';
import { LOSS, PARAMETERS } from '../fit/graph.js';
import { openFitSession, type FitSession } from './onnx-fit-webgpu.js';

/**
 * A graph on the backend's own device. Parameters, what Adam keeps of them and inputs lie in its memory; an evaluation and the step of
 * Adam behind it are an asynchronous step of its queue.
 * @throws SlicewiseError RUNTIME_MISSING (onnxruntime-web), MODEL, MEMORY, BACKEND (the device is lost)
 */
export async function webGpuFitting(backend: WebGpuBackend, device: Device): Promise<DeviceFit> {
  const { state, name } = device;
  const length = state.parameters.length;
  const tables: DeviceTable[] = [];
  const table = (values: Float32Array | number, what: string): DeviceTable => {
    const made = backend.table(values as Float32Array, `${what} of '${name}'`);
    tables.push(made);
    return made;
  };
  const dropTables = (): void => tables.splice(0).forEach((made) => made.dispose());
  const inputs = new Map<string, DeviceTable>();
  const read = async (from: DeviceTable): Promise<Float32Array> => new Float32Array(await backend.readTable(from), 0, length);
  let opened: Opened;
  try {
    const [x, mean, square] = [state.parameters, state.mean, state.square].map((values) => table(values, 'parameters'));
    // tables first: one too large for the device leaves no session behind
    const gradient = table(4 * length, 'gradient');
    opened = { x, mean, square, gradient, session: await inStep(backend, () => openFitSession(backend, device)) };
  } catch (error) {
    dropTables();
    throw error;
  }
  const { x, mean, square, gradient, session } = opened;

  return {
    async run({ given, wanted, adam }) {
      for (const [input, values] of Object.entries(given)) {
        const known = inputs.get(input);
        if (known) backend.upload(known, values);
        else inputs.set(input, table(values, `the input '${input}'`));
      }
      const fed = { ...Object.fromEntries(inputs), [PARAMETERS]: x };
      return inStep(backend, async (access) => {
        const found = await session.run(fed, wanted, adam ? gradient : undefined);
        if (!adam || !Number.isFinite(found[LOSS][0])) return found;
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
      dropTables();
      await inStep(backend, () => session.release());
    },
  };
}

/** What lies on the device. */
interface Opened {
  readonly x: DeviceTable;
  readonly mean: DeviceTable;
  readonly square: DeviceTable;
  readonly gradient: DeviceTable;
  readonly session: FitSession;
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
