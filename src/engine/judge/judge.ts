import { isSlicewiseError } from '../../../core/errors.js';
import type { HeldOut, HoldOut } from '../../modalities/held-out.js';
import type { ReconstructOptions } from '../options.js';
import type { ReconstructionResult } from '../reconstruct.js';
import type { Measurement } from '../../../volumes/measurement.js';
import type { Predictor } from './predict.js';

/** Runs a reconstruction to its end. */
export type Runner = (scan: Measurement, options: ReconstructOptions) => Promise<ReconstructionResult>;

/** How a method did on measurements that it did not see. */
export interface Judgement {
  /** dB: mean over trials of −10 log₁₀ of Σ|predicted − measured|² / Σ|measured|² over the hidden values. */
  readonly snr: number;
  /** The same in the norm that the modality chooses by (`HoldOut.weigh`): the larger, the better. */
  readonly score: number;
  /** dB of all measurements there could be (`HeldOut.errorOfAll`), where the modality tells it and the noise is known. */
  readonly scoreOfAll?: number;
  readonly seconds: number;
  /** What it predicted in every trial, the hidden values one after another, and what was measured there. */
  readonly predicted: readonly Float32Array[];
  readonly measured: readonly Float32Array[];
  /** Both in the units in which the values count alike (`HeldOut.units`). */
  readonly counted: { readonly predicted: readonly Float32Array[]; readonly measured: readonly Float32Array[] };
  /** dB of every place of every trial (`HeldOut.places`), in those units. */
  readonly scores: readonly number[];
  /** Root mean square of the error, in the units of the data (of each part of a complex value). */
  readonly rms: number;
}

/**
 * −10 × the mean of log₁₀ of the errors of several trials, in dB: the mean of the logarithm, for by the sum of squares one loud place would
 * decide. Errors below 1e-12 count as that.
 */
export function score(errors: readonly number[]): number {
  return (-10 * errors.reduce((sum, e) => sum + Math.log10(Math.max(e, 1e-12)), 0)) / errors.length;
}

/** Σ (predicted − measured)² / Σ measured²; of zeros 0 where they are predicted, else ∞, and ∞ of what is no number. */
export function relativeError(predicted: Float32Array, measured: Float32Array): number {
  let [error, signal] = [0, 0];
  for (let n = 0; n < measured.length; n++) {
    error += (predicted[n] - measured[n]) ** 2;
    signal += measured[n] ** 2;
  }
  if (Number.isNaN(error)) return Infinity;
  return signal === 0 ? (error === 0 ? 0 : Infinity) : error / signal;
}

/** The score of every place; of all values together where no places are told. */
function scoresOf(predicted: Float32Array, measured: Float32Array, places: Int32Array | undefined): number[] {
  if (!places) return [score([relativeError(predicted, measured)])];
  const count = places.reduce((most, place) => Math.max(most, place + 1), 0);
  return Array.from({ length: count }, (_, place) => {
    const [own, truth] = [predicted, measured].map((values) => values.filter((_value, n) => places[n] === place));
    return score([relativeError(own, truth)]);
  });
}

/** Root mean square of the error over all trials. */
export function rootMeanSquare(predicted: readonly Float32Array[], measured: readonly Float32Array[]): number {
  let [squares, count] = [0, 0];
  for (const [trial, own] of predicted.entries()) {
    own.forEach((value, at) => (squares += (value - measured[trial][at]) ** 2));
    count += own.length;
  }
  return Math.sqrt(squares / Math.max(1, count));
}

/** The hidden values out of all. */
export function hiddenValues(all: Float32Array, hidden: Uint8Array): Float32Array {
  const lanes = all.length / hidden.length;
  const count = hidden.reduce((sum, h) => sum + h, 0);
  const out = new Float32Array(lanes * count);
  for (let n = 0, at = 0; n < hidden.length; n++) {
    if (hidden[n]) for (let lane = 0; lane < lanes; lane++) out[at++] = all[lanes * n + lane];
  }
  return out;
}

/**
 * Lets a method predict what is hidden in every trial.
 * @param options of the run, as for the whole scan
 * @param onTrial told how many are done, and the score of each
 * @param noiseStd of the data, where `scoreOfAll` is wanted and the level can be relied on
 */
export async function judge(
  run: Runner,
  options: ReconstructOptions,
  trials: readonly HeldOut[],
  predictor: Predictor,
  weigh: HoldOut['weigh'] = (values) => values,
  onTrial: (done: number, score: number) => void = () => undefined,
  noiseStd?: number,
): Promise<Judgement> {
  const begun = performance.now();
  const [errors, weighed, ofAll]: [number[], number[], (number | undefined)[]] = [[], [], []];
  const scores: number[] = [];
  const [predictions, truths]: [Float32Array[], Float32Array[]] = [[], []];
  const counted: { readonly predicted: Float32Array[]; readonly measured: Float32Array[] } = { predicted: [], measured: [] };
  for (const [n, { scan, part, hidden, units, places, errorOfAll }] of trials.entries()) {
    // a part has its own grid
    const { volume } = await run(scan, part ? { ...options, grid: undefined } : options);
    const { predicted, measured, shape } = await predictor.predict(volume, part);
    const marks = hidden(shape);
    const [own, truth] = [hiddenValues(predicted, marks), hiddenValues(measured, marks)];
    errors.push(relativeError(own, truth));
    const each = units?.(shape);
    const [ownCounted, truthCounted] = each ? [own, truth].map((values) => values.map((value, at) => value / each[at])) : [own, truth];
    weighed.push(relativeError(weigh(ownCounted, shape), weigh(truthCounted, shape)));
    ofAll.push(noiseStd === undefined ? undefined : errorOfAll?.(predicted, measured, shape, noiseStd));
    predictions.push(own);
    truths.push(truth);
    counted.predicted.push(ownCounted);
    counted.measured.push(truthCounted);
    scores.push(...scoresOf(ownCounted, truthCounted, places?.(shape)));
    onTrial(n + 1, score(weighed.slice(-1)));
  }
  return {
    snr: score(errors),
    score: score(weighed),
    ...(ofAll.every((error) => error !== undefined) ? { scoreOfAll: score(ofAll) } : {}),
    seconds: (performance.now() - begun) / 1e3,
    predicted: predictions,
    measured: truths,
    counted,
    scores,
    rms: rootMeanSquare(predictions, truths),
  };
}

/** A method that the first trial tells enough of. */
export class Left extends Error {
  constructor(
    /** dB, in the norm that the modality chooses by. */
    readonly score: number,
    readonly seconds: number,
  ) {
    super('left after the first trial');
  }
}

/** A method that cannot be done on these data is no candidate; what ends the whole run ends it. */
export const isRefusal = (error: unknown): error is Error =>
  isSlicewiseError(error) && !['ABORTED', 'BACKEND', 'MEMORY'].includes(error.code);
