import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { SlicewiseError } from '../../core/errors.js';
import type { MachineSlab, Service } from '../../compute/cpu/machine.js';
import { conditionPlanes, outputPlanes } from '../card/graph-check.js';
import { blockAnswer, type RunBlock } from './onnx-blocks.js';
import { fitServices } from './onnx-fit.js';
import { feedsOf, noiseTensor, otherShape } from './onnx-common.js';
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
 * [rows, columns] in lanes; `staging` holds the images of one batch, those that go in and then those that come out, and behind them its
 * condition, and v.
 */
export interface RunNetwork extends Precondition {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly staging: number;
  /** The condition, plane by plane. */
  readonly guide: readonly number[];
  /** g of D = g + D′(x − g); 0 for none. */
  readonly centre: number;
  /** v of Jᴴ v, of the network that gives it; 0 for D. */
  readonly cotangent: number;
  readonly planes: 1 | 2;
  readonly rows: number;
  readonly columns: number;
  readonly paddedRows: number;
  readonly paddedColumns: number;
  readonly padding: 'edge' | 'constant';
  readonly batch: number;
  /** Radians that complex images are turned by before the network, and back after. */
  readonly phase: number;
}

export interface Loaded {
  readonly session: InferenceSession;
  readonly network: LoadNetwork;
}

/**
 * The network services of one worker: `network.load`, `network.run`, `network.block`, `network.release`, `network.seconds`, and those of
 * fits (onnx-fit.ts).
 * @param start ONNX Runtime: Node's (onnx-node.ts) or a page's (onnx-web.ts)
 * @param makeTrace where a trace of ONNX Runtime may lie for a moment; without it networks with shape arithmetic run on the CPU only
 */
export function networkServices(start: () => Promise<OnnxRuntime>, makeTrace?: () => Promise<TraceStore>): ReadonlyMap<string, Service> {
  const loaded = new Map<number, Loaded>();
  let runtime: Promise<OnnxRuntime> | undefined;
  let seconds = 0;

  const loadRuntime = (): Promise<OnnxRuntime> => (runtime ??= start());

  const load: Service = async (parameters) => {
    const network = parameters as LoadNetwork;
    const session = await openSession(await loadRuntime(), network, makeTrace);
    // the copy of the weights was ours, the session keeps its own
    loaded.set(network.id, { session, network: { ...network, weights: new Uint8Array() } });
  };

  const run: Service = async (parameters, slab) => {
    const job = parameters as RunNetwork;
    const entry = loaded.get(job.id);
    if (!entry || !slab) throw new SlicewiseError('BACKEND', { message: 'a network was run that this worker did not load' });
    seconds += await denoise(slab, job, entry, await runtime!);
  };

  const runBlock: Service = async (parameters) => {
    const job = parameters as RunBlock;
    const entry = loaded.get(job.id);
    if (!entry) throw new SlicewiseError('BACKEND', { message: 'a network was run that this worker did not load' });
    const { answer, spent } = await blockAnswer(job, entry, await runtime!);
    seconds += spent;
    return answer;
  };

  const release: Service = async (parameters) => {
    const id = parameters as number;
    await loaded.get(id)?.session.release();
    loaded.delete(id);
  };

  return new Map<string, Service>([
    ['network.load', load],
    ['network.run', run],
    ['network.block', runBlock],
    ['network.release', release],
    ['network.seconds', async () => seconds],
    ...fitServices(loadRuntime),
  ]);
}

/** Denoises a slab and returns the seconds spent inside ONNX Runtime. */
async function denoise(slab: MachineSlab, job: RunNetwork, { session, network }: Loaded, ort: OnnxRuntime): Promise<number> {
  const { rows, columns, planes, paddedRows, paddedColumns, staging, phase, centre, cotangent } = job;
  const { inputs, output, channels, guide } = network;
  const padded = paddedRows * paddedColumns;
  const [planesOut, planesOfCondition] = [outputPlanes(network), conditionPlanes(network)];
  const condition = staging + job.batch * Math.max(channels, planesOut) * padded * 4;
  const given = condition + job.batch * planesOfCondition * padded * 4; // v
  const [cosine, sine] = [Math.cos(phase), Math.sin(phase)];
  const turned = (scale: number): number[] => [scale * cosine, scale * sine];
  const back = [job.skip, ...turned(job.out)];
  const size = [paddedRows, paddedColumns];
  const edge = job.padding === 'edge' ? 1 : 0;
  let seconds = 0;
  for (let first = 0; first < slab.count; first += job.batch) {
    const count = Math.min(job.batch, slab.count - first);
    for (let k = 0; k < count; k++) {
      const image = staging + k * channels * padded * 4;
      const lane = [rows, columns, slab.lanes, first + k, planes];
      slab.call('network', 'input', [job.from, centre, image, ...lane, channels, ...turned(job.input), ...size, edge]);
      job.guide.forEach((plane, p) => {
        const shown = condition + (k * planesOfCondition + p * channels) * padded * 4;
        slab.call('network', 'input', [plane, 0, shown, ...lane, channels, ...turned(1), ...size, edge]);
      });
      // D is cut back to the image: its transpose extends by zeros
      const v = given + k * channels * padded * 4;
      if (cotangent) slab.call('network', 'input', [cotangent, 0, v, ...lane, channels, ...turned(1), ...size, 0]);
    }
    const images = (each: number, at = staging) => new Float32Array(slab.memory.buffer, at, count * each * padded);
    const tensor = (each: number, at?: number) => new ort.Tensor('float32', images(each, at), [count, each, ...size]);
    const feeds = {
      [inputs.x]: tensor(channels),
      ...(guide && { [guide.input]: tensor(planesOfCondition, condition) }),
      [inputs.noise]: noiseTensor(ort, network.noiseType, job.noise, count),
      ...(network.cotangent !== undefined && { [network.cotangent]: tensor(channels, given) }),
    };
    const start = performance.now();
    const result = (await session.run(feedsOf(session, feeds), [output]))[output];
    seconds += (performance.now() - start) / 1000;
    const answer = outputOf(result, [count, planesOut, paddedRows, paddedColumns], network.name);
    if (cotangent && edge) foldEdges(answer, job);
    images(planesOut).set(answer);
    for (let k = 0; k < count; k++) {
      const image = staging + k * planesOut * padded * 4;
      const lane = [rows, columns, slab.lanes, first + k, planes];
      const [about, from] = cotangent ? [0, cotangent] : [centre, job.from];
      slab.call('network', 'output', [from, about, image, job.to, ...lane, ...back, ...size]);
    }
  }
  return seconds;
}

/** The transpose of extending images by their edge values: what lies beyond an edge is added to it. */
function foldEdges(images: Float32Array, { rows, columns, paddedRows, paddedColumns }: RunNetwork): void {
  const plane = paddedRows * paddedColumns;
  for (let image = 0; image < images.length; image += plane) {
    for (let r = rows; r < paddedRows; r++) {
      const [from, to] = [image + r * paddedColumns, image + (rows - 1) * paddedColumns];
      for (let c = 0; c < paddedColumns; c++) images[to + c] += images[from + c];
    }
    for (let r = 0; r < rows; r++) {
      const row = image + r * paddedColumns;
      for (let c = columns; c < paddedColumns; c++) images[row + columns - 1] += images[row + c];
    }
  }
}

/** @throws SlicewiseError MODEL when the network gives another shape than its card says */
function outputOf(result: Tensor, shape: readonly number[], name: string): Float32Array {
  if (result.type === 'float32' && result.dims.length === 4 && result.dims.every((d, i) => d === shape[i])) {
    return result.data as Float32Array;
  }
  throw otherShape(name, shape, result.type, result.dims);
}
