import type { Backend } from '../../../../../compute/backend.js';
import { SlicewiseError } from '../../../../../core/errors.js';
import { normals, philoxKey } from '../../../../../core/philox.js';
import {
  add,
  Fitting,
  Graph,
  mean,
  multiply,
  scale,
  subtract,
  type FitDefinition,
  type FitState,
} from '../../../../../models/fit/index.js';
import { uniforms } from '../../../../../operators/patterns/draws.js';
import type { SolverState } from '../../../../solvers/solver.js';
import type { KeptState } from '../../../modality.js';
import { ddrmStep, drawnStart, signalShares, type DdrmData } from './ddrm.js';
import { networkSides, publishedCube, PUBLISHED_SHAPE, type PublishedShape } from './network.js';

/** Bands of values from 0 to 1, measured through an operator; data and their noise are of 2x − 1. */
export interface PublishedProblem extends DdrmData {
  readonly size: readonly [bands: number, lines: number, samples: number];
}

/** The published settings of a task. */
export interface PublishedSettings {
  /** T. */
  readonly steps: number;
  readonly eta: number;
}

export const PUBLISHED: { readonly [task in 'completion' | 'denoising']: PublishedSettings } = {
  completion: { steps: 3000, eta: 0.95 },
  denoising: { steps: 2000, eta: 1 },
};

export const LEARNING_RATE = 5e-4;
/** Decay of the running average of S E. */
const AVERAGE = 0.98;

/** Streams of the draws. */
const [NOISE, MAP, SPECTRUM] = [0x64647231, 1 << 27, (1 << 27) + 1];

export interface SampleOptions extends PublishedSettings {
  readonly backend: Backend;
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Hears of every step with networks, from 1, and of the estimate [band, line, sample] after it. */
  readonly onStep?: (step: number, steps: number, loss: number, estimate: Float32Array) => void;
  /** Other networks than the published. */
  readonly shape?: PublishedShape;
  /** Instead of what the seed draws. */
  readonly given?: Given;
  /** Checkpoints, where the run has them. */
  readonly kept?: KeptState;
}

/** All that is drawn. */
export interface Given {
  /** [row, column] of `networkSides`, and [band]; from −½ to ½. */
  readonly map: Float32Array;
  readonly spectrum: Float32Array;
  readonly state?: FitState;
  /** Standard normal, of the image: for the start, and for the step to ᾱ_{t − 1}. */
  noise(step: 'start' | number): ArrayLike<number>;
}

/**
 * The published DDS2M (Miao et al., ICCV 2023, as its released code runs): from T to T/2 the estimate is x_t itself; since then each step
 * is one of Adam on ᾱ · mean‖(2 S E − 1) − x_t/√ᾱ‖² over all entries, the estimate the running average of S E within 0 and 1, and x_t
 * moves by `ddrmStep`. The result is the last estimate, never the best by a truth. The steps before T/2 are drawn at once, but for the last
 * of them, from which the average starts.
 * @returns [band, line, sample], from 0 to 1
 */
export async function publishedSample(problem: PublishedProblem, options: SampleOptions): Promise<Float32Array> {
  const { steps, eta, backend, seed, signal, onStep, kept, shape = PUBLISHED_SHAPE } = options;
  const alphas = signalShares(steps);
  const { map, spectrum, state: start, noise } = options.given ?? drawn(problem, shape, seed);
  const from = kept?.from;
  const state = from ? fitStateOf(from) : start;
  const half = Math.floor(steps / 2);
  const plain = Array.from({ length: steps - half - 2 }, (_, n) => alphas[steps - 1 - n]);
  const fitting = await Fitting.open(backend, definePublished(problem.size, shape), { learningRate: LEARNING_RATE, seed, state });
  try {
    const begun = from?.fields ?? begin();
    let { average, x } = begun;
    const first = half - (from?.step ?? 0);
    for (let t = first; t >= 0; t--) {
      if (signal?.aborted) throw new SlicewiseError('ABORTED', { message: 'the run was aborted' });
      const root = Float32Array.of(Math.sqrt(alphas[t]));
      const { loss, outputs } = await fitting.step({ ...(t === first ? { map, spectrum } : {}), noisy: x, root }, ['cube']);
      average = average.map((value, n) => within(AVERAGE * value + (1 - AVERAGE) * outputs.cube[n]));
      onStep?.(half - t + 1, half + 1, loss, average);
      if (t === 0) break;
      const estimate = average.map((value) => 2 * value - 1);
      x = ddrmStep(problem, estimate, x, { alpha: alphas[t], next: alphas[t - 1], eta }, noise(t));
      await kept?.after(async () => {
        const { step, ...vectors } = await fitting.state();
        return { step, fields: { ...vectors, x, average } };
      });
    }
    return average;
  } finally {
    await fitting.dispose();
  }

  function begin(): { average: Float32Array; x: Float32Array } {
    const before = drawnStart(problem, plain, alphas[half + 1], eta, noise('start'));
    return {
      average: before.map((value) => within((value + 1) / 2)),
      x: ddrmStep(problem, before, before, { alpha: alphas[half + 1], next: alphas[half], eta }, noise(half + 1)),
    };
  }
}

/** What of a checkpoint is the networks'. */
function fitStateOf({ step, fields: { parameters, mean: first, square } }: SolverState): FitState {
  return { step, parameters, mean: first, square };
}

const within = (value: number): number => Math.min(1, Math.max(0, value));

/** Networks and loss: mean (√ᾱ (2 S E − 1) − x_t)². */
export function definePublished([bands, lines, samples]: PublishedProblem['size'], shape: PublishedShape): FitDefinition {
  const graph = new Graph('dds2m as published');
  const [rows, columns] = networkSides([lines, samples], shape);
  const inputs = { map: graph.input('map', [1, 1, rows, columns]), spectrum: graph.input('spectrum', [bands, 1]) };
  const cube = publishedCube(graph, inputs, [lines, samples], shape);
  const scaled = multiply(add(scale(cube, 2), graph.number(-1)), graph.input('root', [1]));
  const residual = subtract(scaled, graph.input('noisy', [bands, lines * samples]));
  return { graph, loss: mean(multiply(residual, residual)), outputs: { cube } };
}

/** What a seed draws. */
export function drawn({ size: [bands, lines, samples] }: PublishedProblem, shape: PublishedShape, seed: number): Given {
  const key = philoxKey(seed);
  const [rows, columns] = networkSides([lines, samples], shape);
  const centred = (count: number, stream: number): Float32Array => Float32Array.from(uniforms(count, seed, stream), (value) => value - 0.5);
  return {
    map: centred(rows * columns, MAP),
    spectrum: centred(bands, SPECTRUM),
    noise: (step) => normals(bands * lines * samples, key, 0, step === 'start' ? 0 : step, NOISE),
  };
}
