import { SlicewiseError } from '../../../../core/errors.js';
import { closedForm, completePixels } from './complete.js';
import { expanded, expectation, LEAST_VARIANCE, maximisation, noStatistics, principal, type FactorModel } from './factors.js';
import type { Observations } from './observations.js';
import { pairwiseStart } from './start.js';

export interface FitOptions {
  /** σ² of the values where it is known: 1, where they are in units of their noise. */
  readonly variance?: number;
  /** Columns of W; default by the data. */
  readonly rank?: number;
  readonly iterations?: number;
  readonly signal?: AbortSignal;
}

/** A model and what it says of every pixel. */
export interface FactorFit extends FactorModel {
  /** E[z], [pixel, rank]. */
  readonly coefficients: Float64Array;
  readonly iterations: number;
}

/** The most columns that entries with gaps start from; relevance takes away what the data do not speak for. */
const MOST_COLUMNS = 16;
/** EM converges on a sample of about so many entries, and ends on all. */
const SAMPLE = 60_000;
/** ln p of an entry changes by less: converged. */
const TOLERANCE = 2e-5;
/** Steps of EM on a sample, by whether the noise is known. */
const MOST_STEPS = { withNoise: 60, withoutNoise: 25 };
/** Steps on all entries after those on a sample. */
const LAST_STEPS = 4;

/**
 * Fits probabilistic principal components to entries of spectra. Where most pixels are complete in closed form; else by EM, with a
 * precision for every column (α = bands / |w|²), so that columns which the data do not support vanish.
 * @throws SlicewiseError GEOMETRY where there are fewer entries than a model needs, ABORTED
 */
export function fitFactors(observations: Observations, options: FitOptions = {}): FactorFit {
  const { bands, pixels, start } = observations;
  const entries = start[pixels];
  const { variance, rank } = options;
  const found = completePixels(observations);
  if (entries < 4 * found.used.length || entries === 0) {
    throw new SlicewiseError('GEOMETRY', {
      message: 'too few entries were measured',
      expected: `at least 4 of each of the ${bands} bands`,
      got: `${entries}`,
    });
  }
  const mostComplete = found.complete.length * found.used.length > 0.5 * entries;
  if (mostComplete && found.complete.length > found.used.length / 2 && found.complete.length > 2) {
    const model = closedForm(observations, found, variance, rank);
    return { ...model, coefficients: expectation(observations, model).coefficients, iterations: 0 };
  }
  return expectationMaximisation(observations, options);
}

function expectationMaximisation(observations: Observations, options: FitOptions): FactorFit {
  const { variance, rank, signal, iterations = variance === undefined ? MOST_STEPS.withoutNoise : MOST_STEPS.withNoise } = options;
  const { bands, pixels, start } = observations;
  const entries = start[pixels];
  const stride = Math.max(1, Math.round(entries / SAMPLE));
  // fewer columns than entries of a pixel, or nothing is left to tell noise from signal
  const most = Math.max(1, Math.min(rank ?? MOST_COLUMNS, bands - 1, Math.ceil((0.75 * entries) / pixels)));
  let model = pairwiseStart(observations, most, variance, stride);
  const share = entries / (pixels * bands);
  const edge = Math.sqrt(bands / pixels);
  let [before, done, reach] = [-Infinity, 0, 1];
  let sure = model;
  const step = (stride: number, mostReach: number): number | undefined => {
    if (signal?.aborted) throw new SlicewiseError('ABORTED', { message: 'the run was aborted' });
    const statistics = noStatistics(bands, model.rank);
    const { logLikelihood } = expectation(observations, model, statistics, stride);
    done++;
    if (reach > 1 && logLikelihood < before) {
      [model, reach] = [sure, 1];
      return undefined;
    }
    const precision = rank === undefined ? relevance(bands, model) : undefined;
    const next = maximisation(bands, model, statistics, precision, variance !== undefined);
    sure = expanded(bands, next, statistics, precision === undefined);
    reach = Math.min(mostReach, GROWTH * reach);
    model = reach > 1 ? beyond(model, sure, reach) : sure;
    return logLikelihood;
  };
  // where the noise is known few steps are taken; without noise they are many and small
  const mostReach = variance === undefined ? MOST_REACH : 1;
  while (done < iterations) {
    const now = step(stride, mostReach);
    if (now === undefined) continue;
    const settled = Math.abs(now - before) < (TOLERANCE * entries) / stride;
    before = now;
    if (rank !== undefined) {
      if (settled) break;
      continue;
    }
    if (done % 3 !== 0 && done > 3 && !settled) continue;
    // f |w|² / σ² is what a pixel's entries say of its coefficient; far below Marchenko & Pastur's edge it is noise
    const kept = principal(bands, model, (PRUNE * edge * model.variance) / share);
    if (kept.rank === model.rank && settled) break;
    if (kept.rank < model.rank) reach = 1;
    [model, sure] = [kept, kept];
  }
  [model, reach] = [sure, 1];
  if (stride > 1) for (let n = 0; n < LAST_STEPS; n++) step(1, 1);
  model = principal(bands, model);
  return { ...model, coefficients: expectation(observations, model).coefficients, iterations: done };
}

/** How far beyond a step of EM the next one starts at most, and by how much farther every time that the likelihood rose. */
const [MOST_REACH, GROWTH] = [4, 1.25];

/** Over-relaxed EM (Salakhutdinov & Roweis, "Adaptive overrelaxed bound optimization methods", ICML 2003), σ² by its logarithm. */
function beyond(from: FactorModel, to: FactorModel, reach: number): FactorModel {
  const along = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, n) => value + reach * (b[n] - value));
  return {
    rank: to.rank,
    mean: along(from.mean, to.mean),
    loading: along(from.loading, to.loading),
    variance: Math.max(LEAST_VARIANCE, from.variance * (to.variance / from.variance) ** reach),
  };
}

/** A column of less than this part of what noise alone would give its best one goes. */
const PRUNE = 0.3;

/** α of every column. */
const relevance = (bands: number, { rank, loading }: FactorModel): Float64Array => {
  const energy = new Float64Array(rank);
  for (let n = 0; n < loading.length; n++) energy[n % rank] += loading[n] ** 2;
  return energy.map((sum) => bands / Math.max(sum, 1e-12));
};
