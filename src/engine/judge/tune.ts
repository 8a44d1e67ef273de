import type { z } from 'zod';
import { SlicewiseError } from '../../../core/errors.js';
import { kebab } from '../../../core/text.js';
import type { ReconstructOptions } from '../options.js';
import type { Method, RunRequest } from '../request.js';
import { isRefusal, judge, type Judgement, type Runner } from './judge.js';
import { autoSchema, judgedOptions, trialsOf, trialCounts } from './auto.js';
import { predictorOf } from './predict.js';
import { bestFirst, type HeldOutRecord, type JudgedMethod } from './record.js';

/** Factors of a value that are tried beside it, one round after another: each round goes on from the best. */
const ROUNDS = [4, 2, Math.SQRT2];
/** A value must predict better by this many dB than the one it replaces: differences below it are noise. */
const LEAST_GAIN = 0.05;
/** Share that is hidden where none is asked for: 2 % of 120 views are two, whose own noise would choose. */
const SHARE = 0.1;

export interface TunedOptions {
  readonly methodOptions: { readonly [option: string]: unknown };
  readonly record: HeldOutRecord;
}

/**
 * Options of the method chosen by measurements that are hidden: for each option its default and its multiples by 4, 2 and √2, the best of a
 * round being where the next begins; one option after another. Values of whole numbers are rounded.
 * @throws SlicewiseError ARGUMENT for an option that the method has not, or that is no number; where nothing can be hidden
 */
export async function tuneOptions(request: RunRequest, names: readonly string[], budget: number, run: Runner): Promise<TunedOptions> {
  const { options, method, physics, complex } = request;
  const trials = trialsOf(request, options.seed ?? 0, typeof options.holdOut === 'number' ? options.holdOut : SHARE);
  const predictor = await predictorOf(request);
  const begun = performance.now();
  const table: JudgedMethod[] = [];
  const chosen: { [option: string]: unknown } = { ...options.methodOptions };
  const perOption = 2 * ROUNDS.length;
  let done = 0;
  const tried = async (given: object, words: string): Promise<(Judgement & { readonly settings: object }) | undefined> => {
    options.progress?.('tune', done++, 1 + names.length * perOption);
    try {
      let settings: object = {};
      const own: ReconstructOptions = { ...judgedOptions(options, complex), methodOptions: given };
      const told: Runner = async (scan, o) => {
        const result = await run(scan, o);
        settings = result.manifest.method.options;
        return result;
      };
      const judgement = await judge(told, own, trials, predictor, physics.holdOut!.weigh);
      table.push({ method: words, snr: judgement.snr, score: judgement.score, seconds: judgement.seconds });
      return { ...judgement, settings };
    } catch (error) {
      if (!isRefusal(error) || table.length === 0) throw error;
      table.push({ method: words, left: error.message.split('\n')[0] });
      return undefined;
    }
  };
  try {
    const first = (await tried(chosen, 'as it is'))!;
    let best = first;
    for (const name of names) {
      let value = numberOf(first.settings, name, method.name);
      for (const factor of ROUNDS) {
        const around = [value * factor, value / factor].map((v) => allowed(method, name, v));
        for (const other of around) {
          if (other === value || (performance.now() - begun) / 1e3 > budget) continue;
          const judgement = await tried({ ...chosen, [name]: other }, `${kebab(name)} ${other}`);
          if (!judgement || judgement.score < best.score + LEAST_GAIN) continue;
          best = judgement;
          value = other;
          chosen[name] = other;
        }
      }
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
