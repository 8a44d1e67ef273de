import { SlicewiseError } from '../../../../core/errors.js';
import { closedForm, completePixels } from './complete.js';
import { expanded, expectation, maximisation, noStatistics, principal, type FactorModel } from './factors.js';
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

function expectationMaximisation(observations: Observations, { variance, rank, iterations = 60, signal }: FitOptions): FactorFit {
  const { bands, pixels, start } = observations;
  const entries = start[pixels];
  const stride = Math.max(1, Math.round(entries / SAMPLE));
  // fewer columns than entries of a pixel, or nothing is left to tell noise from signal
  const most = Math.max(1, Math.min(rank ?? MOST_COLUMNS, bands - 1, Math.ceil((0.75 * entries) / pixels)));
  let model = pairwiseStart(observations, most, variance, stride);
  const share = entries / (pixels * bands);
  const edge = Math.sqrt(bands / pixels);
  let [before, done] = [-Infinity, 0];
  const step = (stride: number): number => {
    if (signal?.aborted) throw new SlicewiseError('ABORTED', { message: 'the run was aborted' });
    const statistics = noStatistics(bands, model.rank);
    const { logLikelihood } = expectation(observations, model, statistics, stride);
    const precision = rank === undefined ? relevance(bands, model) : undefined;
    const next = maximisation(bands, model, statistics, precision, variance !== undefined);
    model = expanded(bands, next, statistics, precision === undefined);
    done++;
    return logLikelihood;
  };
  while (done < iterations) {
    const now = step(stride);
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
    model = kept;
  }
  if (stride > 1) for (let n = 0; n < LAST_STEPS; n++) step(1);
  model = principal(bands, model);
  return { ...model, coefficients: expectation(observations, model).coefficients, iterations: done };
}

/** A column of less than this part of what noise alone would give its best one goes. */
const PRUNE = 0.3;

/** α of every column. */
const relevance = (bands: number, { rank, loading }: FactorModel): Float64Array => {
  const energy = new Float64Array(rank);
  for (let n = 0; n < loading.length; n++) energy[n % rank] += loading[n] ** 2;
  return energy.map((sum) => bands / Math.max(sum, 1e-12));
};
