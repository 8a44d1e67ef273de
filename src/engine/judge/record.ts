/** A method as it was judged, or why it was not. */
export interface JudgedMethod {
  readonly method: string;
  /** dB on the hidden measurements. */
  readonly snr?: number;
  /** By which it is chosen: `snr` in the norm of the modality (`HoldOut.weigh`), and the same without one; of options `scoreOfAll`. */
  readonly score?: number;
  readonly seconds?: number;
  readonly left?: string;
}

/** How well hidden measurements were predicted, for terminal, report and manifest. */
export interface HeldOutRecord {
  /** What was hidden: 'traces'. */
  readonly what: string;
  /** How many in a trial, of how many measured, and how many trials. */
  readonly hidden: number;
  readonly of: number;
  readonly trials: number;
  /** dB: signal over error of the prediction, mean over the trials. */
  readonly snr: number;
  /** Root mean square of the error over the standard deviation of the noise, where that is known: 1 is the best that can be. */
  readonly noiseRatio?: number;
  /** What `auto` took, with the weights of a blend. */
  readonly chosen?: readonly { readonly method: string; readonly weight?: number }[];
  /** Every method tried, the best first. */
  readonly table?: readonly JudgedMethod[];
}

/** @example '12 of 120 traces hidden (2 trials), predicted with 6.1 dB' */
export const heldOutText = ({ what, hidden, of, trials, snr, noiseRatio }: HeldOutRecord): string =>
  `${hidden} of ${of} ${what} hidden${trials > 1 ? ` (${trials} trials)` : ''}, predicted with ${snr.toFixed(1)} dB` +
  (noiseRatio === undefined ? '' : `, error ${noiseRatio.toPrecision(3)} × the noise`);

/** The best first; those that were not judged last. */
export const bestFirst = (a: JudgedMethod, b: JudgedMethod): number => (b.score ?? -Infinity) - (a.score ?? -Infinity);

/** @example 'slope 6.1 dB (1.2 s), pocs 5.4 dB (3.0 s)' */
export const heldOutTable = ({ table = [] }: HeldOutRecord): string =>
  table
    .map(({ method, snr, seconds, left }) =>
      snr === undefined ? `${method}: ${left ?? 'not tried'}` : `${method} ${snr.toFixed(1)} dB (${(seconds ?? 0).toFixed(1)} s)`,
    )
    .join(', ');

/** @example 'slope', or 'slope × 0.61 + pocs × 0.40' */
export const heldOutChoice = ({ chosen = [] }: HeldOutRecord): string =>
  chosen.map(({ method, weight }) => (weight === undefined ? method : `${method} × ${weight.toFixed(2)}`)).join(' + ');
