import type { HeldOut, Candidate } from '../../modalities/held-out.js';
import type { ReconstructOptions } from '../options.js';
import type { PlannedGuide } from '../guide.js';
import type { RunRequest } from '../request.js';
import { chooseMethod, nameOf, type Choice } from './auto.js';
import type { Runner } from './judge.js';
import { heldOutChoice } from './record.js';

/**
 * A network that is shown images of direct methods answers what they miss, and may be worse than they are: on data unlike its training, or
 * where nothing is left to correct. So the method that was asked for and those whose images its prior is shown predict what is hidden, and
 * the best of them is done, or the blend or mean of them that `auto` would make.
 *
 * @param guide of the run's prior
 * @returns candidates, the one asked for first; undefined where there is nothing to compare with, and where exactly this run is wanted: the
 *   published setting, several samples, an image that is taken apart
 */
export function guardedBy({ physics, method, options }: RunRequest, guide: PlannedGuide | undefined): readonly Candidate[] | undefined {
  const { samples = 1, decompose, uncertainty, methodOptions, prior } = options;
  const { compat } = (methodOptions ?? {}) as { readonly compat?: unknown };
  const one = samples === 1 && !decompose && !uncertainty && compat === undefined;
  const shown = (guide?.method.shows ?? []).filter((name) => physics.direct?.[name]);
  if (!('solver' in method) || typeof options.method === 'object' || !one || shown.length === 0) return undefined;
  const asked = { method: method.name, methodOptions, ...(typeof prior === 'string' ? { prior } : {}) } as Candidate;
  return [asked, ...shown.map((name) => ({ method: name }))];
}

/** What is done in place of the method asked for (`guardedBy`), and what is told where that is another. */
export async function chooseGuarded(
  request: RunRequest,
  candidates: readonly Candidate[],
  run: Runner,
  trials: readonly HeldOut[],
): Promise<Choice & { readonly told: readonly string[] }> {
  const choice = await chooseMethod(request, { budget: Infinity }, run, trials, candidates);
  const { record, parts } = choice;
  const [asked] = candidates;
  if (parts.length === 1 && parts[0].candidate === asked) return { ...choice, told: [] };
  const { snr, left = 'not tried' } = record.table?.find(({ method }) => method === nameOf(asked)) ?? {};
  const alone = snr === undefined ? `was not done (${left})` : `predicts them with ${snr.toFixed(1)} dB`;
  const told =
    `hidden ${record.what} are predicted with ${record.snr.toFixed(1)} dB by ${heldOutChoice(record)}, which is what was done; ` +
    `${nameOf(asked)} alone ${alone} (without comparing: hold-out off)`;
  return { ...choice, told: [told] };
}

/**
 * Options of the whole run of a part of a choice.
 * @param kept false: without checkpoints, which are of one run, and one that keeps its state
 */
export function partOptions(options: ReconstructOptions, { candidate }: Choice['parts'][number], kept = false): ReconstructOptions {
  const { method, methodOptions, prior = options.prior } = candidate;
  const none = kept ? {} : { checkpoint: undefined, resume: undefined };
  return { ...options, ...none, holdOut: false, method, methodOptions, prior };
}
