import type { Backend } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import type { Watch } from '../../core/phases.js';
import type { Measurement } from '../../volumes/measurement.js';
import type { Alternative, Alternatives } from '../modalities/alternatives.js';
import { requireKind } from '../modalities/registry.js';
import { isRefusal, judge, relativeError, type Judgement } from './judge/judge.js';
import { predictorOf } from './judge/predict.js';
import { runToEnd } from './reconstruct.js';
import { requestOf } from './request.js';
import type { ReconstructOptions } from './options.js';

/** Share of the measurements that is hidden. */
const SHARE = 0.2;
/**
 * dB by which a reading must predict better to be said to be meant, as the data are and as the modality weighs them: less is noise, and
 * blur of the reduced size. Either alone is misled: the first by what drifts from view to view, the second by noise.
 */
const CLEARLY = { snr: 1, score: 0.4 };
/** Parts of the hidden values that are compared one by one, and the share of them that must agree. */
const [PARTS, AGREE] = [16, 0.6];

/** A reading of the scan, with how well it predicts hidden measurements. */
export interface CheckedReading {
  readonly what: string;
  readonly mend?: string;
  /** dB: signal over error of the prediction; absent where it could not be tried. */
  readonly snr?: number;
  /** The same in the norm that the modality chooses by (`HoldOut.weigh`). */
  readonly score?: number;
  /** Why it could not be tried. */
  readonly left?: string;
}

/** What `checkScan` found. */
export interface ScanCheck {
  readonly asRead: CheckedReading;
  /** The best first. */
  readonly others: readonly CheckedReading[];
  /** One of `others`, where it explains the data clearly better than they were read. */
  readonly better?: CheckedReading;
  /** Does any reading explain the data? */
  readonly explained: boolean;
  /** What was hidden: 'views', how many of how many at the reduced size. */
  readonly hidden: { readonly what: string; readonly count: number; readonly of: number };
  /** What no measurement tells. */
  readonly untold: readonly string[];
}

/**
 * Tries the ways in which a scan is often read wrongly: each reconstructs most of the measurements, at a reduced size and by a quick
 * method, and predicts the others. The one that predicts best is what was meant; where that is none clearly, the scan is right as read.
 *
 * @throws SlicewiseError ARGUMENT where the kind of scan has no such check, or too little was measured to hide any of it
 */
export async function checkScan(scan: Measurement, backend: Backend, watch: Watch = {}): Promise<ScanCheck> {
  const { physics, modality } = requireKind(scan.kind);
  if (!physics.alternatives || !physics.holdOut) {
    throw new SlicewiseError('ARGUMENT', {
      message: `how ${modality.title} data of this kind were read cannot be checked`,
      expected: 'CT, or MR on a grid',
      got: scan.kind,
      hint: '`slicewise info` tells how they were read',
    });
  }
  const alternatives = physics.alternatives(scan);
  const least = alternatives.explained ?? -Infinity;
  const tried = new Trials(alternatives, backend, watch);
  const asRead = await tried.of({ what: 'as read', mend: '', ...alternatives.asRead });
  if (asRead.error) throw asRead.error;
  const others: Tried[] = [];
  for (const other of alternatives.others) others.push(await tried.of(other));
  const moved = await alongBest(alternatives, tried, asRead, others);
  const all = [...others, ...moved].sort((a, b) => bothOf(b) - bothOf(a));
  const best = all.find((one) => snrOf(one) >= least && clearlyBetter(one, asRead));
  const { count, of } = tried.hidden;
  return {
    asRead: told(asRead),
    others: all.map(told),
    ...(best && { better: told(best) }),
    explained: Math.max(snrOf(asRead), ...all.map(snrOf)) >= least,
    hidden: { what: physics.holdOut.what, count, of },
    untold: alternatives.untold,
  };
}

interface Tried extends Alternative {
  readonly judgement?: Judgement;
  readonly error?: Error;
}

const snrOf = ({ judgement }: Tried): number => judgement?.snr ?? -Infinity;
const scoreOf = ({ judgement }: Tried): number => judgement?.score ?? -Infinity;
/** By both, as each has its blind spots. */
const bothOf = (one: Tried): number => snrOf(one) + scoreOf(one);

const told = ({ what, mend, judgement, error }: Tried): CheckedReading => ({
  what,
  ...(mend === '' ? {} : { mend }),
  ...(judgement ? { snr: judgement.snr, score: judgement.score } : { left: error!.message.split('\n')[0] }),
});

/** Runs readings, hidden measurements drawn alike. */
class Trials {
  hidden = { count: 0, of: 0 };
  private done = 0;
  private readonly count: number;

  constructor(
    private readonly alternatives: Alternatives,
    private readonly backend: Backend,
    private readonly watch: Watch,
  ) {
    this.count = countOf(alternatives);
  }

  async of(one: Alternative): Promise<Tried> {
    const { method, methodOptions } = this.alternatives;
    const { signal, progress } = this.watch;
    progress?.('check', this.done++, this.count);
    const options: ReconstructOptions = { method, methodOptions, backend: this.backend, signal, holdOut: false };
    try {
      const request = requestOf(one.scan, options);
      const own = request.complex ? { ...options, complex: true } : options;
      const { holdOut } = request.physics;
      const trials = one.trials ?? holdOut!.draw(one.scan, { seed: 0, share: SHARE });
      if (this.hidden.of === 0) this.hidden = { count: trials[0].count, of: trials[0].of };
      const predictor = await predictorOf(request);
      try {
        return { ...one, judgement: await judge(runToEnd, own, trials, predictor, holdOut!.weigh) };
      } finally {
        predictor.dispose();
      }
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return { ...one, error };
    }
  }
}

/** Half, and half of that, and so on, of the step of values, after they were tried. */
const FINER = [1, 1 / 2, 1 / 4];

/** A number searched for: every second of its values as read and at readings that ask for it, then finer about the best. */
async function alongBest({ along }: Alternatives, trials: Trials, asRead: Tried, others: readonly Tried[]): Promise<Tried[]> {
  if (!along) return [];
  const out: Tried[] = [];
  const step = along.values[1] - along.values[0];
  for (const base of [asRead, ...others.filter(({ moves }) => moves)]) {
    let best: { readonly added: number; readonly tried: Tried } = { added: 0, tried: base };
    const take = async (added: number): Promise<void> => {
      const own = along.told(added);
      const both = base === asRead ? own : { what: `${base.what}, and ${own.what}`, mend: `${base.mend}; ${own.mend}` };
      const tried = await trials.of({ ...both, scan: along.at(base.scan, added) });
      if (bothOf(tried) > bothOf(best.tried)) best = { added, tried };
    };
    for (const [n, added] of along.values.entries()) if (n % 2 === 0 && added !== 0) await take(added);
    for (const finer of FINER) {
      const { added } = best;
      for (const side of [-finer, finer]) await take(added + side * step);
    }
    if (best.added !== 0) out.push(best.tried);
  }
  return out;
}

/** How many readings `checkScan` tries. */
function countOf({ others, along }: Alternatives): number {
  const searches = along ? 1 + others.filter(({ moves }) => moves).length : 0;
  return 1 + others.length + searches * (Math.ceil((along?.values.length ?? 0) / 2) + 2 * FINER.length);
}

/** By enough dB, and nearly everywhere where the same measurements are hidden. */
function clearlyBetter(one: Tried, than: Tried): boolean {
  if (snrOf(one) < snrOf(than) + CLEARLY.snr || scoreOf(one) < scoreOf(than) + CLEARLY.score) return false;
  const [a, b] = [one.judgement!, than.judgement!];
  if (a.measured[0].length !== b.measured[0].length || a.measured[0].some((value, n) => value !== b.measured[0][n])) return true;
  const each = Math.ceil(a.measured[0].length / PARTS);
  const cut = (values: Float32Array, n: number): Float32Array => values.subarray(n * each, (n + 1) * each);
  let [wins, parts] = [0, 0];
  for (let n = 0; n * each < a.measured[0].length; n++, parts++) {
    const own = relativeError(cut(a.predicted[0], n), cut(a.measured[0], n));
    if (own < relativeError(cut(b.predicted[0], n), cut(b.measured[0], n))) wins++;
  }
  return wins >= AGREE * parts;
}
