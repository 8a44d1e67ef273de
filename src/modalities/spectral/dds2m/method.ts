import { z } from 'zod';
import { number } from '../../../../core/text.js';
import { CpuBackend } from '../../../../compute/cpu/backend.js';
import type { Measurement } from '../../../../volumes/measurement.js';
import type { DirectCall, DirectImage, DirectMethod } from '../../modality.js';
import { cubeOf, fitCube, type CubeFactors } from '../lowrank/cube.js';
import type { SpectralOptions } from '../options.js';
import { coefficientMaps, spectralModel, whitened, type SpectralModel } from './coefficients.js';
import { fitMaps, type MapsFitOptions, type MapsProblem } from './fit-maps.js';
import { holdBack } from './held.js';

const schema = z.strictObject({
  rank: z.int().min(1).optional().describe('images that the bands are mixtures of; default by the data, as lowrank'),
  networks: z.int().min(1).max(64).default(4).describe('networks whose maps are averaged, each from its own start'),
  steps: z.int().min(1).default(200).describe('most steps of Adam; held-back entries end them'),
  learningRate: z.number().positive().default(0.002).describe('of Adam'),
  channels: z.int().min(4).max(256).default(32).describe('channels of the networks'),
  average: z.number().min(0).lt(1).default(0.95).describe('decay of the running average of the maps over the steps'),
  heldBack: z.number().min(0.001).max(0.5).default(0.05).describe('share of the measured entries that say when to stop'),
});

export type Dds2mOptions = z.output<typeof schema>;

/** Steps between two looks at the entries held back, and steps without a better look that end a fit. */
const LOOK = 5;
const PATIENCE = 25;
/** A residual of more than so many σ says that the network could not follow the data. */
const UNDERFITTED = 1.01;

/**
 * Untrained networks fitted to the cube at hand (after Miao et al., "DDS2M: self-supervised denoising diffusion spatio-spectral model",
 * ICCV 2023, without its diffusion, see docs/spectral.md): bands are mixtures of the few maps of `lowrank`, basis, mean and noise from
 * there, and a shallow skip network, shown the maps of lowrank, makes better ones. It is fitted to measured entries alone, and stopped
 * where it predicts entries best that were held back; then networks from several starts are fitted to all entries for as many steps, and
 * their maps averaged.
 */
export const dds2m: DirectMethod<SpectralOptions> = {
  schema,
  run: (scan, _, call) => restored(scan, call),
};

async function restored(scan: Measurement, call: DirectCall<SpectralOptions>): Promise<DirectImage> {
  const options = call.methodOptions as unknown as Dds2mOptions;
  const { signal, progress } = call;
  const [, lines, samples] = scan.shape;
  const cube = fitCube(scan, { rank: options.rank, signal });
  const model = spectralModel(cube);
  const found = { rank: cube.rank };
  if (cube.rank === 0 || Math.min(lines, samples) < 2) return written(scan, cube, undefined, { ...found, stoppedAt: 0 }, []);
  const scales = Math.min(lines, samples) >= 8 ? 1 : 0;
  const { seed = 0 } = call;
  const common: Omit<MapsFitOptions, 'steps' | 'onStep' | 'seed'> = {
    ...{ backend: call.backend, signal, scales },
    ...{ learningRate: options.learningRate, channels: options.channels, average: options.average },
  };
  const mask = scan.arrays!.mask.data;
  const stop = await stoppingStep(scan, model, options, { ...common, seed }, (step) =>
    progress?.('entries held back', step, options.steps),
  );
  const problem = problemOf(scan, model, mask);
  const all = options.networks * stop.step;
  let done = 0;
  const lanes = call.backend instanceof CpuBackend ? Math.max(1, call.backend.workers) : 1;
  const images = new Array<Float32Array>(options.networks);
  const lane = async (first: number): Promise<void> => {
    for (let n = first; n < options.networks; n += lanes) {
      images[n] = await fitMaps(problem, {
        ...{ ...common, seed: seed + n, steps: stop.step, lane: first },
        onStep: () => void progress?.('networks', ++done, all),
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, options.networks) }, (_, first) => lane(first)));
  const maps = images[0].map((_, n) => images.reduce((sum, image) => sum + image[n], 0) / images.length);
  const residual = residualOf(problem, maps);
  const warnings =
    residual > UNDERFITTED
      ? [`underfitted: the residual is ${number(residual)} σ of the noise (${UNDERFITTED} at most): more --steps or --channels`]
      : [];
  return written(scan, cube, maps, { ...found, stoppedAt: stop.step, residual, heldBackError: stop.error }, warnings);
}

function problemOf(scan: Measurement, model: SpectralModel, fitted: Float32Array): MapsProblem {
  const size = [scan.shape[1], scan.shape[2]] as const;
  return { model, size, fitted, maps: coefficientMaps(scan.data, fitted, model, size), data: whitened(scan.data, fitted, model) };
}

/** The steps after which the average of one network predicts entries best that it did not see, and its error there in σ. */
async function stoppingStep(
  scan: Measurement,
  model: SpectralModel,
  { heldBack, steps }: Dds2mOptions,
  options: Omit<MapsFitOptions, 'steps' | 'onStep'>,
  progress: (step: number) => void,
): Promise<{ step: number; error: number }> {
  const { fitted, held } = holdBack(scan.arrays!.mask.data, heldBack, options.seed);
  const problem = problemOf(scan, model, fitted);
  const wanted = whitened(scan.data, scan.arrays!.mask.data, model);
  let best = { step: Math.min(LOOK, steps), error: Infinity };
  await fitMaps(problem, {
    ...{ ...options, steps },
    onStep(step, _, average) {
      progress(step);
      if (step % LOOK > 0) return undefined;
      const error = errorAt(held, wanted, model, average());
      if (error < best.error) best = { step, error };
      return step >= best.step + PATIENCE ? 'stop' : undefined;
    },
  });
  return best;
}

/** Root mean square of B maps − y over some entries, in σ. */
function errorAt(entries: Uint32Array, wanted: Float32Array, { rank, basis, bands }: SpectralModel, maps: Float32Array): number {
  const pixels = wanted.length / bands;
  let sum = 0;
  for (const n of entries) {
    const [b, p] = [Math.floor(n / pixels), n % pixels];
    let value = -wanted[n];
    for (let k = 0; k < rank; k++) value += basis[b * rank + k] * maps[k * pixels + p];
    sum += value * value;
  }
  return Math.sqrt(sum / Math.max(1, entries.length));
}

function residualOf({ fitted, data, model }: MapsProblem, maps: Float32Array): number {
  const entries = Uint32Array.from(fitted.keys()).filter((n) => fitted[n] === 1);
  return errorAt(entries, data, model, maps);
}

function written(
  scan: Measurement,
  cube: CubeFactors,
  maps: Float32Array | undefined,
  found: NonNullable<DirectImage['found']>,
  warnings: readonly string[],
): DirectImage {
  const pixels = scan.shape[1] * scan.shape[2];
  const { rank, factors } = cube;
  const turned = maps && Float64Array.from({ length: maps.length }, (_, n) => maps[(n % rank) * pixels + Math.floor(n / rank)]);
  const data = cubeOf({ rank, factors, maps: turned ?? cube.maps }, pixels);
  if (scan.noise.type === 'none') {
    const mask = scan.arrays!.mask.data;
    for (let n = 0; n < data.length; n++) if (mask[n] === 1) data[n] = scan.data[n];
  }
  return { data, units: scan.grid.units, map: { scale: 1, offset: 0 }, found, warnings };
}
