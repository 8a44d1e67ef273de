import { drawEvenly } from '../../operators/patterns/draws.js';
import type { Measurement } from '../../volumes/measurement.js';

/** Which draw of a seed (operators/patterns/draws.ts) hides measurements, and those after it: apart from those of a scan's own slices. */
export const HIDDEN_DRAW = 2 ** 20;

/** What `trials` trials hide of `free`, `each` in a trial and none in two of them; fewer trials where there is not enough. */
export function drawTrials(free: readonly number[], each: number, trials: number, seed: number): ReadonlySet<number>[] {
  const possible = Math.max(1, Math.min(trials, Math.floor(free.length / each)));
  const drawn = drawEvenly(free, possible * each, seed, HIDDEN_DRAW);
  return Array.from({ length: possible }, (_, trial) => new Set(drawn.slice(trial * each, (trial + 1) * each)));
}

/**
 * A scan of which a part is hidden. What a method makes of the rest predicts that part, and how well it does needs no truth.
 */
export interface HeldOut {
  /** The scan as if the hidden measurements had not been made. */
  readonly scan: Measurement;
  /** Where that is a part of the whole scan (a window of a large survey): the part with nothing hidden. Its modality has `predict`. */
  readonly part?: Measurement;
  /**
   * 1 for every hidden value of the completed data of the whole scan, or of the part (complex: for every number), 0 for the others.
   * @param shape of those data
   */
  hidden(shape: readonly number[]): Uint8Array;
  /**
   * What 1 is for each hidden value, one after another, for choosing: in what units values that are not alike (bands) count alike.
   * @param shape of those data
   */
  units?(shape: readonly number[]): Float32Array;
  /**
   * The place of each hidden value, one after another, numbered from 0: lines or bands that are hidden whole are judged one by one where
   * `HoldOut.average` asks which methods cannot be told apart. Default: a trial is one place.
   * @param shape of those data
   */
  places?(shape: readonly number[]): Int32Array;
  /**
   * The mean squared error with which the image predicts a second measurement of all there is, what was seen, what was hidden and what
   * nobody measured, over the mean square of what was measured: for choosing among values of an option. Hidden measurements by themselves
   * tell nothing of the error where the method saw the data. Without it, or where it is undefined, the hidden ones choose.
   *
   * @param predicted, measured completed data of the whole scan, of `shape`
   * @param noiseStd standard deviation of the noise of a number of the data
   */
  errorOfAll?(predicted: Float32Array, measured: Float32Array, shape: readonly number[], noiseStd: number): number | undefined;
  /** How many measurements are hidden, of how many. */
  readonly count: number;
  readonly of: number;
}

/**
 * dB that so many weights gain by chance on so many hidden values with independent errors, twice (Akaike's criterion): each weight lowers
 * their sum of squares by that of one value in the mean.
 */
export const byChance = (values: number, parts: number): number => ((10 / Math.LN10) * 2 * parts) / values;

/** How measurements of a kind are hidden. */
export interface HoldOut {
  /** For people: 'views', 'traces'. */
  readonly what: string;
  /**
   * What is hidden, in one trial or several, drawn by seed. It must look like what is missing: easier measurements would choose the wrong
   * method.
   * @param asked.trials how many trials, no measurement hidden in two of them, where the modality has a way to make more than it does
   * @throws SlicewiseError ARGUMENT where so little was measured that hiding any of it judges nothing
   */
  draw(scan: Measurement, asked: { readonly seed: number; readonly share?: number; readonly trials?: number }): readonly HeldOut[];
  /**
   * Hidden values (whole rows of the last axis, one after another) in a norm in which an error of the data is as large as that of the
   * image, for choosing; linear. Default as they are, which is right where A is nearly unitary.
   */
  weigh?(values: Float32Array, shape: readonly number[]): Float32Array;
  /**
   * May images of several methods be added up, by weights that predict what is hidden best? 'unbiased': by weights whose sum is 1, where
   * what is hidden is harder to predict than what is missing; free ones would be small, as is best for what is hard.
   */
  blend?(scan: Measurement): boolean | 'unbiased';
  /**
   * How hard the weights of a blend are pulled to the best method alone, as a share of its error (core/linear-algebra/blend.ts); default 0.
   * Where few values are hidden, that keeps weights from chance.
   */
  readonly blendPull?: number;
  /**
   * dB on hidden values that a blend must be better by than its best part; default 0.05. Noise of the data is in these dB. `byChance` where
   * the errors of the values are independent.
   */
  readonly blendGain?: number | ((values: number, parts: number) => number);
  /** May the mean of those be taken that a few trials or places cannot tell apart? Where what is missing is unlike from place to place. */
  average?(scan: Measurement): boolean;
  /**
   * dB: a method that is so far below the best one of those before it in the first of several trials is not tried in the others. Default
   * none is left so.
   */
  readonly leave?: (scan: Measurement) => number;
  /** Every run of these data is judged, unless it says `holdOut: false`. */
  readonly always?: boolean;
}

/** A method that `auto` may choose. */
export interface Candidate {
  readonly method: string;
  readonly methodOptions?: { readonly [name: string]: unknown };
  /** Of the priors that come with the package. */
  readonly prior?: string;
  /** Tried only where the option `candidates` names it: it takes long. */
  readonly onRequest?: boolean;
}
