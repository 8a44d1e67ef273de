import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { SlicewiseError } from '../core/errors.js';
import type { MachineSlab, Service } from '../compute/cpu/machine.js';
import type { Precondition } from './precondition.js';

/*
 * The only file that imports ONNX Runtime. It runs in a worker: one session a network, one thread a session, reused for every slab of the worker.
 */

export interface LoadNetwork {
  readonly id: number;
  readonly weights: Uint8Array;
  readonly inputs: { readonly x: string; readonly noise: string };
  readonly output: string;
  readonly provider: 'cpu' | 'cuda';
}

/** One denoising of all slices of a slab, `batch` at a time. Addresses are fields [rows, columns] in lanes; `staging` holds one batch. */
export interface RunNetwork extends Precondition {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly staging: number;
  readonly rows: number;
  readonly columns: number;
  readonly sizeMultiple: number;
  readonly padding: 'edge' | 'constant';
  readonly batch: number;
}

interface Loaded {
  readonly session: InferenceSession;
  readonly network: LoadNetwork;
}

/** The network services of one worker: `network.load`, `network.run`, `network.release`, `network.seconds`. */
export function networkServices(): ReadonlyMap<string, Service> {
  const loaded = new Map<number, Loaded>();
  let runtime: Promise<typeof import('onnxruntime-node')> | undefined;
  let seconds = 0;

  const load: Service = async (parameters) => {
    const network = parameters as LoadNetwork;
    runtime ??= import('onnxruntime-node').catch((cause: unknown) => {
      throw new SlicewiseError('RUNTIME_MISSING', {
        message: 'learned priors need ONNX Runtime, which is not installed or cannot start here',
        hint: 'run `ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node`, or use a method without a prior (admm-tv, sirt, cgls, fbp)',
        cause,
      });
    });
    const ort = await runtime;
    // weights only: the copy is ours, the session keeps its own
    const session = await ort.InferenceSession.create(network.weights, {
      executionProviders: [network.provider],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
    }).catch((cause: unknown) => {
      throw new SlicewiseError('MODEL', {
        message: `ONNX Runtime could not load the network on the provider '${network.provider}': ${(cause as Error).message}`,
        hint: network.provider === 'cuda' ? "use the provider 'cpu', or install ONNX Runtime with CUDA (README)" : '',
        cause,
      });
    });
    loaded.set(network.id, { session, network });
  };

  const run: Service = async (parameters, slab) => {
    const job = parameters as RunNetwork;
    const entry = loaded.get(job.id);
    if (!entry || !slab) throw new SlicewiseError('BACKEND', { message: 'a network was run that this worker did not load' });
    const { Tensor } = await runtime!;
    seconds += await denoise(slab, job, entry, Tensor);
  };

  const release: Service = async (parameters) => {
    const id = parameters as number;
    await loaded.get(id)?.session.release();
    loaded.delete(id);
  };

  return new Map<string, Service>([
    ['network.load', load],
    ['network.run', run],
    ['network.release', release],
    ['network.seconds', async () => seconds],
  ]);
}

/** Denoises a slab and returns the seconds spent inside ONNX Runtime. */
async function denoise(slab: MachineSlab, job: RunNetwork, { session, network }: Loaded, TensorClass: typeof Tensor): Promise<number> {
  const { rows, columns, sizeMultiple } = job;
  const n = rows * columns;
  const paddedRows = Math.ceil(rows / sizeMultiple) * sizeMultiple;
  const paddedColumns = Math.ceil(columns / sizeMultiple) * sizeMultiple;
  let seconds = 0;
  for (let lane = 0; lane < slab.count; lane += job.batch) {
    const count = Math.min(job.batch, slab.count - lane);
    slab.call('vector', 'deinterleave', [job.from, job.staging, n, 1, slab.lanes, lane, count]);
    const x = new Float32Array(slab.memory.buffer, job.staging, count * n);
    const input = new Float32Array(count * paddedRows * paddedColumns);
    for (let k = 0; k < count; k++) pad(x, k * n, rows, columns, job, input, k * paddedRows * paddedColumns, paddedRows, paddedColumns);
    const feeds = {
      [network.inputs.x]: new TensorClass('float32', input, [count, 1, paddedRows, paddedColumns]),
      [network.inputs.noise]: new TensorClass('float32', new Float32Array(count).fill(job.noise), [count]),
    };
    const start = performance.now();
    const result = await session.run(feeds, [network.output]);
    seconds += (performance.now() - start) / 1000;
    const f = result[network.output].data as Float32Array;
    for (let k = 0; k < count; k++) combine(x, k * n, rows, columns, job, f, k * paddedRows * paddedColumns, paddedColumns);
    slab.call('vector', 'interleave', [job.staging, job.to, n, 1, slab.lanes, lane, count]);
  }
  return seconds;
}

/** x ← skip · x + out · f, f with padded rows. */
function combine(
  x: Float32Array, from: number, rows: number, columns: number, { skip, out }: RunNetwork,
  f: Float32Array, at: number, paddedColumns: number,
): void {
  for (let r = 0; r < rows; r++) {
    const target = from + r * columns;
    const source = at + r * paddedColumns;
    for (let c = 0; c < columns; c++) x[target + c] = skip * x[target + c] + out * f[source + c];
  }
} // prettier-ignore

/** to ← input · x, extended downwards and to the right by the edge value or zeros. */
function pad(
  x: Float32Array, from: number, rows: number, columns: number, { input, padding }: RunNetwork,
  to: Float32Array, at: number, paddedRows: number, paddedColumns: number,
): void {
  const edge = padding === 'edge';
  for (let r = 0; r < paddedRows; r++) {
    if (r >= rows && !edge) return;
    const source = from + Math.min(r, rows - 1) * columns;
    const target = at + r * paddedColumns;
    for (let c = 0; c < columns; c++) to[target + c] = input * x[source + c];
    if (edge) to.fill(input * x[source + columns - 1], target + columns, target + paddedColumns);
  }
} // prettier-ignore
