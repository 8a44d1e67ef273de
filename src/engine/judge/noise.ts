import type { Measurement } from '../../../volumes/measurement.js';
import type { UncertainNoise } from '../../modalities/uncertain.js';
import { optionsFor } from '../../modalities/registry.js';
import type { ReconstructOptions } from '../options.js';
import { requestOf, type RunRequest } from '../request.js';
import { judgedOptions, trialCounts, trialsOf } from './auto.js';
import { isRefusal, judge, type Judgement, type Runner } from './judge.js';
import { predictorOf } from './predict.js';
import { bestFirst, type HeldOutRecord, type JudgedMethod } from './record.js';

/** Evaluations of a trial where none are asked for: from a classical image on they tell as much as many. */
const STEPS = 12;
/** Share of the measurements that is hidden: 2 % of 40 views are one, which says little of methods that differ by little. */
const SHARE = 0.1;
/** Halves that are tried below the first two levels, at most. */
const HALVES = 3;
/** dB by which a method must predict better to be said to be better. */
const CLEARLY = 0.3;

/** A noise level that hidden measurements chose. */
export interface SettledNoise {
  readonly scan: Measurement;
  readonly record?: HeldOutRecord;
  readonly told: readonly string[];
}

/**
 * Chooses the noise level of a scan whose own is uncertain, for a method with a prior that would go by it, by hidden measurements: the
 * classical method's and the prior's own predictions of an excerpt, at a first level, its half, and further halves or the double of it.
 * Says where the prior predicts no better than the classical method. Before the run, and without truth.
 *
 * @returns undefined where there is nothing to choose: the level is known, the method does not go by it, or the user said how to weigh
 */
export async function settleNoise(request: RunRequest, run: Runner): Promise<SettledNoise | undefined> {
  const { options, method, physics, scan } = request;
  if (!('solver' in method) || !method.solver.needsPrior || options.holdOut === false || !physics.holdOut) return undefined;
  const uncertain = goesByNoise(request) ? physics.uncertainNoise?.(scan) : undefined;
  if (!uncertain) return undefined;
  try {
    return await chosen(request, uncertain, run);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return {
      scan,
      told: [`the noise level is uncertain (${uncertain.why}) and cannot be chosen by hidden measurements: ${error.message}; ` + GIVE],
    };
  }
}

const GIVE = 'give it where you know it (--noise-std), and compare with a classical method';

/** Would these options weigh the data by a noise level, were it known? */
function goesByNoise({ scan, method, options }: RunRequest): boolean {
  const given = { ...options.methodOptions } as { readonly gamma?: unknown; readonly compat?: unknown };
  if (given.gamma !== undefined && given.gamma !== 'noise') return false;
  const known = { kind: scan.kind, noise: { type: 'gaussian', std: 1, said: true } } as const;
  const settings = optionsFor(known, method.name, given) as { readonly gamma?: unknown; readonly compat?: unknown };
  return settings.compat === undefined && settings.gamma === 'noise';
}

async function chosen(request: RunRequest, uncertain: UncertainNoise, run: Runner): Promise<SettledNoise> {
  const { options, method, physics, complex, scan } = request;
  const { classical, first } = uncertain;
  const excerpt = options.grid === undefined ? uncertain.excerpt : scan;
  const plain: ReconstructOptions = { ...judgedOptions(options, complex), samples: 1 };
  const part = requestOf(excerpt, { ...plain, method: classical, methodOptions: {}, prior: undefined });
  const trials = trialsOf(part, options.seed ?? 0, SHARE);
  const table: JudgedMethod[] = [];
  let done = 0;
  const tried = async (own: ReconstructOptions, std: number | undefined, words: string): Promise<Judgement> => {
    options.progress?.('noise level', done++, 5);
    const known = (s: Measurement): Measurement => (std === undefined ? s : { ...s, noise: { type: 'gaussian', std, said: true } });
    const predictor = await predictorOf({ ...part, scan: known(excerpt) });
    try {
      const hiding = trials.map((trial) => ({ ...trial, scan: known(trial.scan) }));
      const judgement = await judge(run, own, hiding, predictor, physics.holdOut!.weigh);
      table.push({ method: words, snr: judgement.snr, score: judgement.score, seconds: judgement.seconds });
      return judgement;
    } finally {
      predictor.dispose();
    }
  };
  const without = await tried({ ...plain, method: classical, methodOptions: {}, prior: undefined }, undefined, classical);
  const shape = 'solver' in method ? (method.solver.schema.shape as object) : {};
  const steps = 'steps' in shape && (options.methodOptions as { steps?: unknown } | undefined)?.steps === undefined ? { steps: STEPS } : {};
  const own: ReconstructOptions = { ...plain, method: options.method, methodOptions: { ...options.methodOptions, ...steps } };
  const at = async (std: number) => ({ std, ...(await tried(own, std, `${method.name}, noise ${std.toPrecision(3)}`)) });
  const middle = await at(first(without.rms));
  const half = await at(middle.std / 2);
  // downwards for as long as it helps, or one step up
  const down = half.score > middle.score;
  let best = down ? half : middle;
  for (let n = 0; n < (down ? HALVES : 1); n++) {
    const next = await at(down ? best.std / 2 : best.std * 2);
    if (next.score <= best.score) break;
    best = next;
  }
  table.sort(bestFirst);
  const { std } = best;
  const share = ((100 * std) / rootMeanSquare(scan.data)).toPrecision(2);
  const told = [
    `the noise level is uncertain (${uncertain.why}) and was chosen by hidden ${physics.holdOut!.what}: ${std.toPrecision(3)}, ` +
      `${share} % of the data (${uncertain.what}); --noise-std tells it, --hold-out off leaves this out`,
    ...verdict(method.name, best, classical, without),
  ];
  return {
    scan: { ...scan, noise: { type: 'gaussian', std, said: true } },
    record: {
      what: physics.holdOut!.what,
      ...trialCounts(trials),
      snr: best.snr,
      chosen: [{ method: `${method.name}, noise ${std.toPrecision(3)}` }],
      table,
    },
    told,
  };
}

/** Said where the prior is worth nothing, or hardly anything: a classical method makes nothing up. */
function verdict(name: string, own: Judgement, classical: string, other: Judgement): string[] {
  const by = other.score - own.score;
  if (by <= -CLEARLY) return [];
  const numbers = `${other.score.toFixed(2)} dB with ${classical}, ${own.score.toFixed(2)} dB with ${name}`;
  return [
    by > CLEARLY
      ? `this prior does not fit these data: hidden measurements are predicted better without it (${numbers}): use --method ${classical}`
      : `this prior predicts hidden measurements of these data hardly better than a method without one (${numbers}): use --method ` +
        `${classical}, which makes nothing up, or compare with it`,
  ];
}

/** Of the numbers that were measured: where nothing was, k-space is 0. */
function rootMeanSquare(data: Float32Array): number {
  let [sum, count] = [0, 0];
  for (const value of data) {
    if (value === 0) continue;
    sum += value * value;
    count++;
  }
  return Math.sqrt(sum / Math.max(1, count));
}
