import { maskDecomposition } from '../../../../../operators/decomposition.js';
import type { Measurement } from '../../../../../volumes/measurement.js';
import type { DirectCall, DirectImage } from '../../../modality.js';
import { cubeOf, fitCube } from '../../lowrank/cube.js';
import { isExact } from '../../measured.js';
import type { SpectralOptions } from '../../options.js';
import { PUBLISHED_SHAPE } from './network.js';
import { PUBLISHED, publishedSample, type PublishedProblem, type SampleOptions } from './sample.js';

/** What tests make smaller, and no user. */
export type Smaller = Partial<Pick<SampleOptions, 'shape' | 'steps'>>;

/** `--compat published`, with the settings of denoising where every entry was measured, else of completion. */
export async function restoredAsPublished(
  scan: Measurement,
  { backend, signal, progress, kept, seed = 0 }: Omit<DirectCall<SpectralOptions>, 'options' | 'methodOptions' | 'complex'>,
  smaller: Smaller = {},
): Promise<DirectImage> {
  const { problem, inUnits } = publishedProblem(scan, signal);
  const settings = scan.arrays!.mask.data.includes(0) ? PUBLISHED.completion : PUBLISHED.denoising;
  let last = NaN;
  const result = await publishedSample(problem, {
    ...{ ...settings, ...smaller, backend, seed, signal, kept },
    onStep(step, steps, loss) {
      last = loss;
      progress?.('fitting the published networks', step, steps);
    },
  });
  const { steps = settings.steps, shape: { rank } = PUBLISHED_SHAPE } = smaller;
  return {
    data: inUnits(result),
    units: scan.grid.units,
    map: { scale: 1, offset: 0 },
    found: { ...settings, steps, rank, loss: last },
  };
}

/**
 * A scan in units in which every band runs from 0 to 1 in the result of `lowrank` (the released code has the truth in such units), and σ₀ =
 * 2σ of every band in them. Data said to be without noise have σ₀ = 0.
 */
export function publishedProblem(
  scan: Measurement,
  signal?: AbortSignal,
): { problem: PublishedProblem; inUnits(x: Float32Array): Float32Array } {
  const [bands, lines, samples] = scan.shape;
  const pixels = lines * samples;
  const mask = scan.arrays!.mask.data;
  const cube = fitCube(scan, { signal });
  const units = bandUnits(cubeOf(cube, pixels), bands);
  const sigmas = isExact(scan) ? new Float64Array(bands) : cube.noise;
  const bandOf = (n: number): number => Math.floor(n / pixels);
  return {
    problem: {
      size: [bands, lines, samples],
      decomposition: maskDecomposition(mask),
      measured: scan.data.map((value, n) => (mask[n] === 1 ? (2 * (value - units[bandOf(n)].low)) / units[bandOf(n)].span - 1 : 0)),
      noise: mask.map((_, n) => (2 * sigmas[bandOf(n)]) / units[bandOf(n)].span),
    },
    inUnits: (x) => x.map((value, n) => units[bandOf(n)].low + units[bandOf(n)].span * value),
  };
}

interface Unit {
  readonly low: number;
  readonly span: number;
}

/** Where each band is 0, and how far it is from there to 1. */
function bandUnits(cube: Float32Array, bands: number): Unit[] {
  const pixels = cube.length / bands;
  return Array.from({ length: bands }, (_, b) => {
    const [low, high] = [Math.min, Math.max].map((most) => cube.subarray(b * pixels, (b + 1) * pixels).reduce((a, c) => most(a, c)));
    return { low, span: high > low ? high - low : Math.max(Math.abs(high), 1e-30) };
  });
}
