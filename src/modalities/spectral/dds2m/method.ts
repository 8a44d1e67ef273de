import * as z from 'zod';
import { isSlicewiseError, SlicewiseError } from '../../../../core/errors.js';
import { parseOptions, withoutUndefined } from '../../../../core/options.js';
import { number } from '../../../../core/text.js';
import { requireFits } from '../../../../models/fit/index.js';
import { CpuBackend } from '../../../../compute/cpu/backend.js';
import { reduced, type Separable } from '../../../../operators/sampling/reduction/separable.js';
import type { Measurement } from '../../../../volumes/measurement.js';
import type { DirectCall, DirectImage, DirectMethod } from '../../modality.js';
import { cubeOf, fitCube, type CubeFactors } from '../lowrank/cube.js';
import { keepMeasured } from '../measured.js';
import type { SpectralOptions } from '../options.js';
import { coefficientMaps, spectralModel, whitened, type SpectralModel } from './coefficients.js';
import { fitMaps, type MapsFitOptions, type View } from './fit-maps.js';
import { holdBack } from './held.js';
import { restoredAsPublished } from './published/method.js';

const MOST_NETWORKS = 64;

const schema = z.strictObject({
  compat: z.literal('published').optional().describe('the published method, whose settings all stay as they are: hours of work'),
  rank: z.int().min(1).optional().describe('images that the bands are mixtures of; default by the data, as lowrank'),
  networks: z.int().min(1).max(MOST_NETWORKS).default(4).describe('networks whose maps are averaged, each from its own start'),
  steps: z.int().min(1).default(250).describe('most steps of Adam; held-back entries end them'),
  learningRate: z.number().positive().default(0.005).describe('of Adam'),
  channels: z.int().min(4).max(256).default(32).describe('channels of the networks'),
  average: z.number().min(0).lt(1).default(0.97).describe('decay of the running average of the maps over the steps'),
  partings: z.int().min(1).max(64).default(16).describe('ways to part the entries into those a network is shown and those it is fitted to'),
  hidden: z.number().min(0.01).max(0.9).default(0.2).describe('share of the entries that a parting hides from the network and fits it to'),
  heldBack: z.number().min(0.001).max(0.5).default(0.05).describe('share of the measured entries that say when to stop'),
});

export type Dds2mOptions = z.output<typeof schema>;

/** Steps between two looks at the entries held back, and steps without a better look that end a fit. */
const LOOK = 10;
const PATIENCE = 50;
/** A residual of more than so many σ says that the network could not follow the data. */
const UNDERFITTED = 1.01;

/**
 * Untrained networks fitted to the cube at hand (after Miao et al., "DDS2M: self-supervised denoising diffusion spatio-spectral model",
 * ICCV 2023, without its diffusion: docs/reference/spectral.md). Bands are mixtures of the few maps of `lowrank`, basis, mean and noise
 * from there, and a shallow skip network that is shown maps makes better ones. It is fitted to measured entries alone: each step it is
 * shown what some entries say of the maps and held to the others, so that it cannot learn the noise of its input (Batson & Royer,
 * "Noise2Self", ICML 2019). It is stopped where it predicts entries best that no step has seen; the maps of networks from several starts
 * are averaged.
 */
export const dds2m: DirectMethod<SpectralOptions> = {
  schema,
  check: (_, { backend }) => requireFits(backend),
  keepsState: ({ compat }) => compat === 'published',
  complete(given) {
    const { compat, ...others } = parseOptions('dds2m', schema, given);
    if (compat === undefined) return others;
    const named = Object.keys(withoutUndefined(given)).filter((name) => name !== 'compat');
    if (named.length === 0) return { compat };
    throw new SlicewiseError('ARGUMENT', {
      message: `compat 'published' leaves no option open`,
      expected: 'compat alone',
      got: named.join(', '),
      hint: 'leave compat out to choose options of dds2m',
    });
  },
  run: (scan, _, call) => (call.methodOptions.compat === undefined ? restored(scan, call) : restoredAsPublished(scan, call)),
};

/** What one network came to. */
interface Fitted {
  /** Its own, [rank, line, sample], and those that predict held-back entries best: its own, or `lowrank`'s where step is 0. */
  readonly own: Float32Array;
  readonly maps: Float32Array;
  readonly step: number;
  /** Of the entries held back, in σ. */
  readonly error: number;
}

/** Maps on a finer grid than that of the data. */
export interface Finer {
  readonly size: readonly [lines: number, samples: number];
  readonly separable: Separable;
  /** Of maps of large pixels, where nothing else is known. */
  readonly interpolated: (maps: Float32Array) => Float32Array;
}

/** @param scan entries of a cube, or of one of large pixels where a finer grid is wanted */
export async function restored(scan: Measurement, call: DirectCall<SpectralOptions>, finer?: Finer): Promise<DirectImage> {
  const options = call.methodOptions as unknown as Dds2mOptions;
  const [, lines, samples] = scan.shape;
  const cube = fitCube(scan, { rank: options.rank, signal: call.signal });
  // a single entry cannot be parted
  if (cube.rank === 0 || Math.min(lines, samples) < 2) {
    return written(scan, cube, finer ? finer.interpolated(byMap(cube)) : byMap(cube), finer, { rank: cube.rank, stoppedAt: [] }, []);
  }
  const model = spectralModel(cube);
  const problem: Whitened = { model, wanted: whitened(scan.data, scan.arrays!.mask.data, model), cube, finer };
  const found = await fittedNetworks(scan, problem, options, call);
  const mask = scan.arrays!.mask.data;
  const measured = Uint32Array.from(mask.keys()).filter((n) => mask[n] === 1);
  const residual = errorAt(measured, problem, averaged(found.map(({ own }) => own)));
  const stoppedAt = found.map(({ step }) => step);
  const stands = stoppedAt.includes(0) ? '; where entries were held back the maps of lowrank are better, and stand' : '';
  const left = `the residual is ${number(residual)} σ of the noise (${UNDERFITTED} at most)`;
  const warnings = residual > UNDERFITTED ? [`underfitted: ${left}; try more --steps or --channels${stands}`] : [];
  const told = { rank: cube.rank, stoppedAt, heldBackErrors: found.map(({ error }) => error), residual };
  return written(scan, cube, averaged(found.map(({ maps }) => maps)), finer, told, warnings);
}

const averaged = (all: readonly Float32Array[]): Float32Array =>
  all[0].map((_, n) => all.reduce((sum, one) => sum + one[n], 0) / all.length);

/** The coefficient maps of a fit one after the other, [rank, pixel]. */
function byMap({ rank, maps }: CubeFactors): Float32Array {
  const pixels = maps.length / Math.max(1, rank);
  return Float32Array.from({ length: maps.length }, (_, n) => maps[(n % pixels) * rank + Math.floor(n / pixels)]);
}

/** The model of a cube, and its data in units of the noise, [band, pixel]. */
interface Whitened {
  readonly model: SpectralModel;
  readonly wanted: Float32Array;
  readonly cube: CubeFactors;
  readonly finer?: Finer;
}

/** Every network by itself, as many at once as the backend has workers; where one fails, the others end with it. */
async function fittedNetworks(
  scan: Measurement,
  white: Whitened,
  options: Dds2mOptions,
  { backend, signal, progress, seed = 0 }: DirectCall<SpectralOptions>,
): Promise<Fitted[]> {
  const { networks, steps } = options;
  const lanes = Math.min(networks, backend instanceof CpuBackend ? Math.max(1, backend.workers) : 1);
  const done = new Array<number>(networks).fill(0);
  const found = new Array<Fitted>(networks);
  const failed = new AbortController();
  const heard = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  progress?.('fitting networks', 0, networks * steps);
  const lane = async (first: number): Promise<void> => {
    for (let n = first; n < networks; n += lanes) {
      found[n] = await fittedNetwork(scan, white, options, {
        // networks of one seed share none with those of the next
        ...{ backend, signal: heard, lane: first, seed: MOST_NETWORKS * seed + n },
        onStep(step) {
          done[n] = step;
          progress?.('fitting networks', sumOf(done), networks * steps);
        },
      });
      done[n] = steps;
    }
  };
  const first = (error: unknown): never => {
    failed.abort();
    throw error;
  };
  const ends = await Promise.allSettled(Array.from({ length: lanes }, (_, n) => lane(n).catch(first)));
  const errors = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  // those that were ended by the failure of another are not what failed
  if (errors.length > 0) throw errors.find((error) => !isSlicewiseError(error) || error.code !== 'ABORTED') ?? errors[0];
  return found;
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/**
 * One network, stopped where its average predicts entries best that it never saw; where the maps that it started from predict them better,
 * those stand.
 */
async function fittedNetwork(
  scan: Measurement,
  white: Whitened,
  { heldBack, hidden, partings, steps, learningRate, channels, average }: Dds2mOptions,
  { onStep, ...how }: Pick<MapsFitOptions, 'backend' | 'signal' | 'lane' | 'seed'> & { onStep(step: number): void },
): Promise<Fitted> {
  const { model, wanted: data, cube, finer } = white;
  const grid = [scan.shape[1], scan.shape[2]] as const;
  const size = finer?.size ?? grid;
  const onGrid = finer?.interpolated ?? ((maps: Float32Array) => maps);
  const { fitted, held } = holdBack(scan.arrays!.mask.data, heldBack, how.seed);
  const mapsOf = (mask: Float32Array): Float32Array => onGrid(coefficientMaps(scan.data, mask, model, grid));
  const view = (n: number): View => {
    if (how.signal?.aborted) throw new SlicewiseError('ABORTED', { message: 'the run was aborted' });
    const { fitted: shown, held: entries } = holdBack(fitted, hidden, how.seed, n + 1);
    return { maps: mapsOf(shown), entries };
  };
  const views = Array.from({ length: partings }, (_, n) => view(n));
  let best: Omit<Fitted, 'own'> = { maps: views[0].maps, step: 0, error: Infinity };
  const scales = Math.min(...size) >= 16 ? 2 : Math.min(...size) >= 8 ? 1 : 0;
  await fitMaps(
    { model, size, separable: finer?.separable, data, views },
    {
      ...{ ...how, steps, learningRate, channels, average, scales },
      onStep(step, _, mean) {
        onStep(step);
        if (step % LOOK > 0 && step < steps) return undefined;
        const maps = mean();
        const error = errorAt(held, white, maps);
        if (error < best.error || best.step === 0) best = { maps, step, error };
        return step >= best.step + PATIENCE ? 'stop' : undefined;
      },
    },
  );
  const before = errorAt(held, white, mapsOf(fitted));
  // of all entries, which can only be better
  return before < best.error ? { own: best.maps, maps: onGrid(byMap(cube)), step: 0, error: before } : { own: best.maps, ...best };
}

/** Root mean square of B maps − y over some entries, in σ. */
function errorAt(
  entries: Uint32Array,
  { model: { rank, basis, bands }, wanted, finer }: Pick<Whitened, 'model' | 'wanted' | 'finer'>,
  fine: Float32Array,
): number {
  const maps = finer ? reduced(fine, finer.separable) : fine;
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

/** @param maps [rank, pixel] of the grid */
function written(
  scan: Measurement,
  { rank, factors }: CubeFactors,
  maps: Float32Array,
  finer: Finer | undefined,
  found: NonNullable<DirectImage['found']>,
  warnings: readonly string[],
): DirectImage {
  const [lines, samples] = finer?.size ?? scan.shape.slice(1);
  const pixels = lines * samples;
  const turned = Float64Array.from({ length: rank * pixels }, (_, n) => maps[(n % rank) * pixels + Math.floor(n / rank)]);
  const cube = cubeOf({ rank, factors, maps: turned }, pixels);
  const data = finer ? cube : keepMeasured(cube, scan);
  return { data, units: scan.grid.units, map: { scale: 1, offset: 0 }, found, warnings };
}
