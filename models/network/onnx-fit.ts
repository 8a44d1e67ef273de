import type { InferenceSession } from 'onnxruntime-node';
import { SlicewiseError } from '../../core/errors.js';
import type { Service } from '../../compute/cpu/machine.js';
import type { AdamStep } from '../fit/adam.js';
import type { Device, FitRun, FitVectors } from '../fit/device.js';
import { GRADIENT, LOSS, PARAMETERS } from '../fit/graph.js';
import { messageOf } from './onnx-common.js';
import type { OnnxRuntime } from './onnx-session.js';

/*
 * Fits a graph (models/fit) in a worker: one session of one thread, and the vector of its parameters with what Adam keeps of it, in a
 * WebAssembly memory of its own.
 */

/** A graph with its parameters. */
export interface OpenFit extends Device {
  readonly id: number;
  /** The kernel `adam` (models/fit/adam.as.ts). */
  readonly kernel: Uint8Array;
}

export interface RunFit extends FitRun {
  readonly id: number;
}

interface Fitted {
  readonly description: Omit<OpenFit, 'model' | 'kernel' | 'state'>;
  readonly session: InferenceSession;
  readonly vectors: FitVectors & { readonly gradient: Float32Array };
  readonly adam: (step: AdamStep) => void;
  readonly given: Map<string, Float32Array>;
}

/** The services of one worker: `fit.open`, `fit.run`, `fit.read`, `fit.release`. */
export function fitServices(runtime: () => Promise<OnnxRuntime>): ReadonlyMap<string, Service> {
  const all = new Map<number, Fitted>();
  const found = (id: number): Fitted => {
    const fitted = all.get(id);
    if (!fitted) throw new SlicewiseError('BACKEND', { message: 'a fit was continued that this worker does not have' });
    return fitted;
  };

  const open: Service = async (parameters) => {
    const { model, kernel, state, ...description } = parameters as OpenFit;
    const ort = await runtime();
    const memory = await memoryOf(kernel, state);
    const session = await ort.InferenceSession.create(model, {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
    }).catch((cause: unknown) => {
      throw new SlicewiseError('MODEL', {
        message: `ONNX Runtime cannot load the graph '${description.name}'`,
        got: messageOf(cause),
        cause,
      });
    });
    all.set(description.id, { description, session, given: new Map(), ...memory });
  };

  const run: Service = async (parameters) => {
    const { id, given, wanted, adam } = parameters as RunFit;
    const fitted = found(id);
    for (const [name, values] of Object.entries(given)) fitted.given.set(name, values);
    const answers = await evaluate(fitted, wanted, adam !== undefined, await runtime());
    if (adam && Number.isFinite(answers[LOSS][0])) fitted.adam(adam);
    return answers;
  };

  const read: Service = async (parameters) => {
    const { parameters: x, mean, square } = found(parameters as number).vectors;
    return { parameters: x.slice(), mean: mean.slice(), square: square.slice() } satisfies FitVectors;
  };

  const release: Service = async (parameters) => {
    const id = parameters as number;
    await all.get(id)?.session.release();
    all.delete(id);
  };

  return new Map<string, Service>([
    ['fit.open', open],
    ['fit.run', run],
    ['fit.read', read],
    ['fit.release', release],
  ]);
}

/** The outputs wanted; the gradient, where it is asked for, goes into its vector. */
async function evaluate(
  { description, session, vectors, given }: Fitted,
  wanted: readonly string[],
  gradient: boolean,
  ort: OnnxRuntime,
): Promise<{ readonly [name: string]: Float32Array }> {
  const { name: graph, inputs } = description;
  const size = vectors.parameters.length;
  const feeds: Record<string, InstanceType<OnnxRuntime['Tensor']>> = {};
  for (const [name, shape] of Object.entries(inputs)) {
    feeds[name] = new ort.Tensor('float32', given.get(name)!, [...shape]);
  }
  feeds[PARAMETERS] = new ort.Tensor('float32', vectors.parameters, [size]);
  const fetches: Record<string, InstanceType<OnnxRuntime['Tensor']> | null> = Object.fromEntries(wanted.map((name) => [name, null]));
  if (gradient) fetches[GRADIENT] = new ort.Tensor('float32', vectors.gradient, [size]);
  const results = await session.run(feeds, fetches).catch((cause: unknown) => {
    throw new SlicewiseError('MODEL', { message: `the graph '${graph}' failed`, got: messageOf(cause), cause });
  });
  return Object.fromEntries(wanted.map((name) => [name, (results[name].data as Float32Array).slice()]));
}

const PAGE = 65536;

/** Vectors in one WebAssembly memory, each padded with zeros to a multiple of 4, and Adam on them. */
async function memoryOf(kernel: Uint8Array, state: FitVectors): Promise<Pick<Fitted, 'vectors' | 'adam'>> {
  const size = state.parameters.length;
  const padded = Math.max(4, Math.ceil(size / 4) * 4);
  const base = 1024; // address 0 is AssemblyScript's null
  const pages = Math.ceil((base + 4 * 4 * padded) / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { instance } = await WebAssembly.instantiate(kernel as BufferSource, { env: { memory } });
  const at = [0, 1, 2, 3].map((n) => base + n * 4 * padded);
  const [parameters, mean, square, gradient] = at.map((address) => new Float32Array(memory.buffer, address, size));
  parameters.set(state.parameters);
  mean.set(state.mean);
  square.set(state.square);
  const step = instance.exports.adam as (...numbers: number[]) => void;
  return {
    vectors: { parameters, mean, square, gradient },
    adam: ({ firstDecay, secondDecay, rate, correction, epsilon }) =>
      step(...at, padded, firstDecay, secondDecay, rate, correction, epsilon),
  };
}
