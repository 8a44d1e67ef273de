import * as z from 'zod';
import { SlicewiseError } from '../../../core/errors.js';
import { positive } from '../../../core/options.js';
import type { Candidate, HeldOut, HoldOut } from '../../modalities/held-out.js';
import type { ReconstructOptions } from '../options.js';
import type { RunRequest } from '../request.js';
import { blendWeights, weightedSum } from '../../../core/linear-algebra/blend.js';
import { isRefusal, judge, Left, relativeError, rootMeanSquare, score, type Judgement, type Runner } from './judge.js';
import { predictorOf, type Predictor } from './predict.js';
import { bestFirst, type HeldOutRecord, type JudgedMethod } from './record.js';
import { notToldApart } from './told-apart.js';

/** The method that chooses among methods. */
export const AUTO = 'auto';

export const autoSchema = z.strictObject({
  budget: positive
    .default(120)
    .describe('seconds for trying methods on hidden measurements; those not begun by then are left out, and told'),
  candidates: z.string().optional().describe('methods to choose from, e.g. slope,pocs; default all that the data have but the slowest'),
});

export type AutoOptions = z.output<typeof autoSchema>;

/** What was chosen: methods with weights of their images; of a single one 1. */
export interface Choice {
  readonly parts: readonly { readonly candidate: Candidate; readonly weight: number }[];
  readonly record: HeldOutRecord;
}

/** Weights below this share of the largest are not worth a run. */
const LEAST_WEIGHT = 0.05;
/** dB that a blend must be better by than its best part, where the modality does not say. */
const BLEND_GAIN = 0.05;
/**
 * Methods whose predictions differ by less than this share of their error (squares) count as one in a mean. Their errors correlate by more
 * than .95, and the mean of two such gains .1 dB at most over one.
 */
const ALIKE = 0.1;
/** dB that the mean of methods which trials cannot tell apart may be below the best of them. */
const MEAN_LOSS = 0.5;

/**
 * Hides measurements as measurements are missing, lets every candidate predict them, and takes the one that does best, or a blend of
 * several where the modality allows it.
 *
 * @param trials what is hidden; default what the modality draws from the request's scan
 * @param candidates default those of the modality
 * @throws SlicewiseError ARGUMENT where nothing can be hidden, or no candidate can be done; as the candidates' runs
 */
export async function chooseMethod(
  request: RunRequest,
  settings: AutoOptions,
  run: Runner,
  trials: readonly HeldOut[] = trialsOf(request, request.options.seed ?? 0),
  candidates: readonly Candidate[] = chosenAmong(request, settings),
): Promise<Choice> {
  const { physics, scan, options, complex } = request;
  const predictor = await predictorOf(request);
  const begun = performance.now();
  const judged = new Map<Candidate, Judgement>();
  const table: JudgedMethod[] = [];
  const runs = candidates.length * trials.length;
  const refused: unknown[] = [];
  const least = trials.length > 1 ? (physics.holdOut!.leave?.(scan) ?? Infinity) : Infinity;
  let first = -Infinity;
  try {
    for (const [n, candidate] of candidates.entries()) {
      const name = nameOf(candidate);
      if (judged.size > 0 && (performance.now() - begun) / 1e3 > settings.budget) {
        table.push({ method: name, left: 'not tried: the time budget was used up' });
        continue;
      }
      const since = performance.now();
      try {
        const onTrial = (done: number, own: number): void => {
          options.progress?.(`auto: ${name}`, n * trials.length + done, runs);
          if (done > 1) return;
          if (own < first - least) throw new Left(own, (performance.now() - since) / 1e3);
          first = Math.max(first, own);
        };
        const judgement = await judge(run, optionsOf(options, candidate, complex), trials, predictor, physics.holdOut!.weigh, onTrial);
        judged.set(candidate, judgement);
        table.push({ method: name, snr: judgement.snr, score: judgement.score, seconds: judgement.seconds });
      } catch (error) {
        if (error instanceof Left) {
          const behind = (first - error.score).toFixed(1);
          table.push({ method: name, seconds: error.seconds, left: `left after the first trial, ${behind} dB below the best` });
          continue;
        }
        if (!isRefusal(error)) throw error;
        refused.push(error);
        table.push({ method: name, left: error.message.split('\n')[0] });
      }
    }
    if (judged.size === 0) throw refused[0];
    const order = [...judged].sort(([, a], [, b]) => b.score - a.score);
    const [[best, judgement]] = order;
    const { blend: mayBlend, average: mayAverage, blendGain = BLEND_GAIN, blendPull = 0 } = physics.holdOut!;
    const kind = mayBlend?.(scan) ?? false;
    // sums with what is no number, or infinitely wrong, are that too
    const sound = order.filter(([, { score: own }]) => Number.isFinite(own));
    const blend = kind
      ? blendOf(sound, { gain: blendGain, pull: blendPull, unbiased: kind === 'unbiased' })
      : mayAverage?.(scan)
        ? meanOf(sound)
        : undefined;
    const parts = blend?.parts ?? [{ candidate: best, weight: 1 }];
    table.sort(bestFirst);
    const sums = judgement.measured.map((_, trial) =>
      weightedSum(parts.map(({ candidate, weight }) => ({ weight, data: judged.get(candidate)!.predicted[trial] }))),
    );
    const record: HeldOutRecord = {
      what: physics.holdOut!.what,
      ...trialCounts(trials),
      snr: blend?.snr ?? judgement.snr,
      ...noiseRatio(rootMeanSquare(sums, judgement.measured), predictor),
      chosen: parts.map(({ candidate, weight }) => ({ method: nameOf(candidate), ...(parts.length > 1 ? { weight } : {}) })),
      table,
    };
    return { parts, record };
  } finally {
    predictor.dispose();
  }
}

/** One method on hidden measurements, for the error that is told with its result. */
export async function judgeMethod(
  request: RunRequest,
  run: Runner,
  trials: readonly HeldOut[] = trialsOf(request, request.options.seed ?? 0),
): Promise<HeldOutRecord> {
  const { physics, options, method, complex } = request;
  const predictor = await predictorOf(request);
  try {
    const onTrial = (done: number): void => options.progress?.('hidden measurements', done, trials.length);
    const plain = optionsOf(options, { method: method.name }, complex);
    const own = { ...plain, method: options.method ?? method.name, methodOptions: options.methodOptions };
    const { snr, rms } = await judge(run, own, trials, predictor, physics.holdOut!.weigh, onTrial);
    return { what: physics.holdOut!.what, ...trialCounts(trials), snr, ...noiseRatio(rms, predictor) };
  } finally {
    predictor.dispose();
  }
}

/** The error beside the noise, where that is known. */
const noiseRatio = (rms: number, { noiseStd }: Predictor): { noiseRatio?: number } =>
  noiseStd === undefined || noiseStd === 0 ? {} : { noiseRatio: rms / noiseStd };

function chosenAmong({ physics, scan }: RunRequest, { candidates }: AutoOptions): readonly Candidate[] {
  const all = physics.candidates?.(scan) ?? [];
  if (candidates === undefined) return all.filter(({ onRequest }) => !onRequest);
  const names = candidates.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !all.some((candidate) => nameOf(candidate) === name));
  if (unknown === undefined) return all.filter((candidate) => names.includes(nameOf(candidate)));
  throw new SlicewiseError('ARGUMENT', {
    message: `auto does not know '${unknown}'`,
    expected: all.map(nameOf).join(', '),
    got: candidates,
  });
}

/**
 * What is hidden, trial by trial, of data that can be judged so (`requirePossible`).
 * @throws SlicewiseError ARGUMENT where too little was measured
 */
export const trialsOf = ({ physics, scan }: RunRequest, seed: number, share?: number, trials?: number): readonly HeldOut[] =>
  physics.holdOut!.draw(scan, { seed, ...(share === undefined ? {} : { share }), ...(trials === undefined ? {} : { trials }) });

/** @example 'dds (seismic-2d)' */
export const nameOf = ({ method, prior }: Candidate): string => (prior === undefined ? method : `${method} (${prior})`);

/** The run of a part of the data: nothing is kept of it, and both parts of complex images are wanted. */
export function judgedOptions(options: ReconstructOptions, complex: boolean): ReconstructOptions {
  const { checkpoint: _, checkpointSeconds: _seconds, resume: _resume, progress: _progress, tune: _tune, ...rest } = options;
  return { ...rest, holdOut: false, ...(complex ? { complex: true } : {}) };
}

const optionsOf = (options: ReconstructOptions, candidate: Candidate, complex: boolean): ReconstructOptions => {
  const { method, methodOptions, prior } = candidate;
  return { ...judgedOptions(options, complex), method, methodOptions, ...(prior === undefined ? {} : { prior }) };
};

/** How much that is, for the record. */
export const trialCounts = (trials: readonly HeldOut[]): Pick<HeldOutRecord, 'hidden' | 'of' | 'trials'> => ({
  hidden: Math.round(trials.reduce((sum, { count }) => sum + count, 0) / trials.length),
  of: trials[0].of,
  trials: trials.length,
});

type Judged = readonly (readonly [Candidate, Judgement])[];

/**
 * The mean of the methods that the trials, place by place, cannot tell from the best one: one of them may be wrong by much where the others
 * are not.
 */
function meanOf(order: Judged): { parts: Choice['parts']; snr: number } | undefined {
  if (order.length < 2) return undefined;
  const truths = order[0][1].measured;
  const errors = order.map(([, { scores }]) => scores.map((own) => -own));
  const kept = notToldApart(errors, (one, other) => predictAlike(order[one][1], order[other][1])).map((n) => order[n]);
  if (kept.length < 2) return undefined;
  const weight = 1 / kept.length;
  const snr = score(
    truths.map((truth, trial) => relativeError(weightedSum(kept.map(([, { predicted }]) => ({ weight, data: predicted[trial] }))), truth)),
  );
  if (snr < order[0][1].snr - MEAN_LOSS) return undefined;
  return { parts: kept.map(([candidate]) => ({ candidate, weight })), snr };
}

/** Do two methods predict the same but for little of their error, in the units in which values count alike? */
function predictAlike({ counted: one }: Judgement, { counted: other }: Judgement): boolean {
  const [apart, error] = [other.predicted, one.measured].map((values) => rootMeanSquare(one.predicted, values) ** 2);
  return apart <= ALIKE * error;
}

/**
 * The blend, where it predicts better than its best part by `gain`; weights and gain in the units in which values count alike.
 * `unbiased`: weights are divided by their sum.
 */
function blendOf(
  order: Judged,
  { gain, pull, unbiased }: { readonly gain: NonNullable<HoldOut['blendGain']>; readonly pull: number; readonly unbiased: boolean },
): { parts: Choice['parts']; snr: number } | undefined {
  if (order.length < 2) return undefined;
  const truths = order[0][1].counted.measured;
  const alone = nameOf(order[0][0]);
  const weightsOf = (of: typeof order): { readonly [name: string]: number } => {
    const predicted = new Map(of.map(([candidate, { counted }]) => [nameOf(candidate), counted.predicted]));
    const free = blendWeights(truths, predicted, pull > 0 && predicted.has(alone) ? { to: alone, by: pull } : undefined);
    const sum = Object.values(free).reduce((all, weight) => all + weight, 0);
    return unbiased && sum > 0 ? Object.fromEntries(Object.entries(free).map(([name, weight]) => [name, weight / sum])) : free;
  };
  const weights = weightsOf(order);
  const most = Math.max(...Object.values(weights));
  const kept = order.filter(([candidate]) => weights[nameOf(candidate)] > LEAST_WEIGHT * most);
  if (kept.length < 2) return undefined;
  const again = weightsOf(kept);
  const scored = (values: (of: Judgement) => Pick<Judgement, 'predicted' | 'measured'>): number =>
    score(
      values(order[0][1]).measured.map((truth, trial) =>
        relativeError(
          weightedSum(kept.map(([candidate, own]) => ({ weight: again[nameOf(candidate)], data: values(own).predicted[trial] }))),
          truth,
        ),
      ),
    );
  const [, best] = order[0];
  const own = score(best.counted.predicted.map((own, trial) => relativeError(own, truths[trial])));
  const values = truths.reduce((sum, { length }) => sum + length, 0);
  const least = typeof gain === 'number' ? gain : gain(values, kept.length);
  if (scored(({ counted }) => counted) < own + least) return undefined;
  return { parts: kept.map(([candidate]) => ({ candidate, weight: again[nameOf(candidate)] })), snr: scored((of) => of) };
}
