import type { z } from 'zod';
import { SlicewiseError } from '../../../core/errors.js';
import { kebab } from '../../../core/text.js';
import type { ReconstructOptions } from '../options.js';
import type { Method, RunRequest } from '../request.js';
import { isRefusal, judge, type Judgement, type Runner } from './judge.js';
import { autoSchema, judgedOptions, trialsOf, trialCounts } from './auto.js';
import { predictorOf } from './predict.js';
import { bestFirst, type HeldOutRecord, type JudgedMethod } from './record.js';
import { RUNS, searchInRounds, searchValue } from './search.js';

/** dB by which a value must predict better than another: differences below it are noise. Of the error of all data, than the first. */
const GAIN = { hidden: 0.05, all: 0.02 };
/** Trials where the error of all data is told: what is hidden differs from draw to draw by more than values nearby do. */
const TRIALS = 2;
/** Share that is hidden where none is asked for: 2 % of 120 views are two, whose own noise would choose. */
const SHARE = 0.1;

export interface TunedOptions {
  readonly methodOptions: { readonly [option: string]: unknown };
  readonly record: HeldOutRecord;
}

/**
 * Options of the method chosen by measurements that are hidden, one after another. Where the modality tells the error of all data by them
 * (`HeldOut.errorOfAll`) and the noise level can be relied on, a value is searched by `searchValue`; where the few hidden measurements
 * alone choose, by `searchInRounds`. Values of whole numbers are rounded.
 * @throws SlicewiseError ARGUMENT for an option that the method has not, or that is no number; where nothing can be hidden
 */
export async function tuneOptions(request: RunRequest, names: readonly string[], budget: number, run: Runner): Promise<TunedOptions> {
  const { options, method, physics, complex } = request;
  const share = typeof options.holdOut === 'number' ? options.holdOut : SHARE;
  const drawn = (count?: number) => trialsOf(request, options.seed ?? 0, share, count);
  const single = drawn();
  const predictor = await predictorOf(request);
  const noiseStd = physics.uncertainNoise?.(request.scan) ? undefined : predictor.noiseStd;
  const told = noiseStd !== undefined && single.every(({ errorOfAll }) => errorOfAll !== undefined);
  const trials = told ? drawn(TRIALS) : single;
  const begun = performance.now();
  const table: JudgedMethod[] = [];
  const chosen: { [option: string]: unknown } = { ...options.methodOptions };
  let done = 0;
  const tried = async (given: object, words: string): Promise<(Judgement & { readonly settings: object }) | undefined> => {
    options.progress?.('tune', done++, Math.max(done, 1 + names.length * RUNS));
    try {
      let settings: object = {};
      const own: ReconstructOptions = { ...judgedOptions(options, complex), methodOptions: given };
      const heard: Runner = async (scan, o) => {
        const result = await run(scan, o);
        settings = result.manifest.method.options;
        return result;
      };
      const judgement = await judge(heard, own, trials, predictor, physics.holdOut!.weigh, undefined, noiseStd);
      const { snr, seconds, scoreOfAll } = judgement;
      const score = scoreOfAll ?? judgement.score;
      table.push({ method: words, snr, score, seconds });
      return { ...judgement, score, settings };
    } catch (error) {
      if (!isRefusal(error) || table.length === 0) throw error;
      table.push({ method: words, left: error.message.split('\n')[0] });
      return undefined;
    }
  };
  try {
    const first = (await tried(chosen, 'as it is'))!;
    // of some data it cannot be told, whatever the value
    const ofAll = first.scoreOfAll !== undefined;
    let best: Judgement = first;
    for (const name of names) {
      const judgements = new Map<number, Judgement>();
      const at = async (value: number): Promise<number | undefined> => {
        if ((performance.now() - begun) / 1e3 > budget) return undefined;
        const judgement = await tried({ ...chosen, [name]: value }, `${kebab(name)} ${value}`);
        if (judgement) judgements.set(value, judgement);
        return judgement?.score;
      };
      const start = { value: numberOf(first.settings, name, method.name), score: best.score };
      const allow = (v: number): number => allowed(method, name, v);
      const { value, score } = await (ofAll ? searchValue(start, at, allow) : searchInRounds(start, at, allow, GAIN.hidden));
      const judgement = judgements.get(value);
      if (!judgement || (ofAll && score < start.score + GAIN.all)) continue;
      best = { ...judgement, score };
      chosen[name] = value;
    }
    table.sort(bestFirst);
    const picked = names.map((name) => `${kebab(name)} ${String(chosen[name] ?? numberOf(first.settings, name, method.name))}`);
    const counts = trialCounts(trials);
    return {
      methodOptions: chosen,
      record: { what: physics.holdOut!.what, ...counts, snr: best.snr, chosen: [{ method: picked.join(', ') }], table },
    };
  } finally {
    predictor.dispose();
  }
}

/** Four digits of a value, or the whole number next to it where the option takes no other. */
function allowed(method: Method, option: string, value: number): number {
  const { shape } = 'solver' in method ? method.solver.schema : 'direct' in method ? method.direct.schema : autoSchema;
  const schema = (shape as { readonly [name: string]: z.ZodType | undefined })[option];
  const short = Number(value.toPrecision(4));
  return schema?.safeParse(short).success === false ? Math.max(1, Math.round(value)) : short;
}

function numberOf(settings: object, name: string, method: string): number {
  const value = (settings as { readonly [option: string]: unknown })[name];
  if (typeof value === 'number' && value > 0) return value;
  const numbers = Object.entries(settings).flatMap(([option, v]) => (typeof v === 'number' && v > 0 ? [kebab(option)] : []));
  throw new SlicewiseError('ARGUMENT', {
    message: `${kebab(name)} of ${method} cannot be tuned`,
    expected: `an option that is a number above 0: ${numbers.join(', ')}`,
    got: value === undefined ? 'no such option, or none in use' : JSON.stringify(value),
    hint: 'give it a value to begin with, or leave it out of --tune; --method auto chooses among methods',
  });
}
