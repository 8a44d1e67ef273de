import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { SlicewiseError } from '../core/errors.js';
import type { MachineSlab, Service } from '../compute/cpu/machine.js';
import { outputPlanes } from './graph-check.js';
import { noiseTensor, otherShape } from './onnx-common.js';
import { openSession, type OnnxRuntime, type SessionRequest, type TraceStore } from './onnx-session.js';
import type { Precondition } from './precondition.js';

/*
 * Runs networks in a worker: one session a network, one thread a session, reused for every slab of the worker. Files named onnx… are the
 * only ones that know ONNX Runtime.
 */

export interface LoadNetwork extends SessionRequest {
  readonly id: number;
}

/**
 * One denoising of all slices of a slab, `batch` at a time. Addresses are fields of `planes` planes (2: real, then imaginary part), each
 * [rows, columns] in lanes; `staging` holds one batch, plane by plane.
 */
export interface RunNetwork extends Precondition {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly staging: number;
  readonly planes: 1 | 2;
  readonly rows: number;
  readonly columns: number;
  readonly sizeMultiple: number;
  readonly padding: 'edge' | 'constant';
  readonly batch: number;
  /** Radians that complex images are turned by before the network, and back after. */
  readonly phase: number;
}

interface Loaded {
  readonly session: InferenceSession;
  readonly network: LoadNetwork;
}

/**
 * The network services of one worker: `network.load`, `network.run`, `network.release`, `network.seconds`.
 * @param makeTrace where a trace of ONNX Runtime may lie for a moment; without it networks with shape arithmetic run on the CPU only
 */
export function networkServices(makeTrace?: () => Promise<TraceStore>): ReadonlyMap<string, Service> {
  const loaded = new Map<number, Loaded>();
  let runtime: Promise<OnnxRuntime> | undefined;
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
    const session = await openSession(await runtime, network, makeTrace);
    // the copy of the weights was ours, the session keeps its own
    loaded.set(network.id, { session, network: { ...network, weights: new Uint8Array() } });
  };

  const run: Service = async (parameters, slab) => {
    const job = parameters as RunNetwork;
    const entry = loaded.get(job.id);
    if (!entry || !slab)
      throw new SlicewiseError('BACKEND', { message: 'a network was run that this worker did not load' });
    seconds += await denoise(slab, job, entry, await runtime!);
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
async function denoise(
  slab: MachineSlab,
  job: RunNetwork,
  { session, network }: Loaded,
  ort: OnnxRuntime,
): Promise<number> {
  const { rows, columns, sizeMultiple, planes } = job;
  const { inputs, output, channels } = network;
  const n = rows * columns;
  const paddedRows = Math.ceil(rows / sizeMultiple) * sizeMultiple;
  const paddedColumns = Math.ceil(columns / sizeMultiple) * sizeMultiple;
  const padded = paddedRows * paddedColumns;
  const shapeOut = [0, outputPlanes(network), paddedRows, paddedColumns];
  let seconds = 0;
  for (let lane = 0; lane < slab.count; lane += job.batch) {
    const count = Math.min(job.batch, slab.count - lane);
    const move = (kernel: 'interleave' | 'deinterleave', field: number): void => {
      for (let p = 0; p < planes; p++) {
        const [plane, staged] = [field + p * n * slab.lanes * 4, job.staging + p * count * n * 4];
        const addresses = kernel === 'interleave' ? [staged, plane] : [plane, staged];
        slab.call('vector', kernel, [...addresses, n, 1, slab.lanes, lane, count]);
      }
    };
    move('deinterleave', job.from);
    // [planes, count, rows, columns]; a real field has no imaginary part: that plane stays 0
    const x = new Float32Array(slab.memory.buffer, job.staging, planes * count * n);
    if (job.phase !== 0) turn(x, job.phase);
    const input = new Float32Array(count * channels * padded);
    for (let k = 0; k < count; k++) {
      for (let p = 0; p < planes; p++) {
        pad(x, (p * count + k) * n, rows, columns, job, input, (k * channels + p) * padded, paddedRows, paddedColumns);
      }
    }
    const feeds = {
      [inputs.x]: new ort.Tensor('float32', input, [count, channels, paddedRows, paddedColumns]),
      [inputs.noise]: noiseTensor(ort, network.noiseType, job.noise, count),
    };
    const start = performance.now();
    const result = (await session.run(feeds, [output]))[output];
    seconds += (performance.now() - start) / 1000;
    shapeOut[0] = count;
    const f = outputOf(result, shapeOut, network.name);
    for (let k = 0; k < count; k++) {
      for (let p = 0; p < planes; p++) {
        combine(x, (p * count + k) * n, rows, columns, job, f, (k * shapeOut[1] + p) * padded, paddedColumns);
      }
    }
    if (job.phase !== 0) turn(x, -job.phase);
    move('interleave', job.to);
  }
  return seconds;
}

/** @throws SlicewiseError MODEL when the network gives another shape than its card says */
function outputOf(result: Tensor, shape: readonly number[], name: string): Float32Array {
  if (result.type === 'float32' && result.dims.length === 4 && result.dims.every((d, i) => d === shape[i])) {
    return result.data as Float32Array;
  }
  throw otherShape(name, shape, result.type, result.dims);
}

/** x ← e^{iφ} x, all real parts before all imaginary ones. */
function turn(x: Float32Array, phase: number): void {
  const half = x.length / 2;
  const [c, s] = [Math.cos(phase), Math.sin(phase)];
  for (let i = 0; i < half; i++) {
    const [re, im] = [x[i], x[half + i]];
    x[i] = c * re - s * im;
    x[half + i] = c * im + s * re;
  }
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
