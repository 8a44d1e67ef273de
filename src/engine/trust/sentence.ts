import { heldOutText, type HeldOutRecord } from '../judge/record.js';
import { worldText, type WorldRecord } from './world.js';

/** What is known of a run without truth. */
export interface WithoutTruth {
  /** Name of the prior. */
  readonly prior?: string;
  readonly world?: WorldRecord | null;
  readonly heldOut?: HeldOutRecord | null;
}

/**
 * The checks that need no truth in one sentence, for terminal and report: is it the prior's world, by errors over beliefs, by values, by
 * codes (world.ts), and how well hidden measurements were predicted (engine/judge). Undefined where nothing was checked.
 *
 * @param warned what is unlike has been told in a warning, and is left out
 * @example "judged without truth: the prior 'ct' finds such images usual: … ; 2 of 20 views hidden, predicted with 24.1 dB"
 */
export function trustText({ prior = '', world, heldOut }: WithoutTruth, warned = false): string | undefined {
  const own = world && (warned && !world.known ? `the prior '${prior}' does not know such images` : worldText(prior, world));
  const parts = [...(own ? [own] : []), ...(heldOut ? [heldOutText(heldOut)] : [])];
  return parts.length === 0 ? undefined : `judged without truth: ${parts.join('; ')}`;
}
