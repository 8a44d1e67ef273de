import type { Backend, Coefficient, Field } from '../../compute/backend.js';
import { STREAM } from './streams.js';

/**
 * Asks the denoiser (and the data) about x at a noise level: x ← e, the noise in it, and image ← x̂. e is x − d where a method takes the
 * noise from the denoised image, x − x̂ where from what the data made of it. `slopeOnly`: nobody will look at x̂.
 */
export type Evaluate = (x: Field, sigma: number, image: Field, slopeOnly?: boolean) => void;

/** What of a method's options says how x moves. */
export interface SamplerSettings {
  readonly sampler: SamplerChoice;
  /** Fraction of fresh noise in a step. */
  readonly eta: number;
  readonly churn?: number;
  readonly churnNoise?: number;
  readonly samplerOrder?: number;
  readonly deisVariable?: 'log' | 'sigma';
  readonly bdiaGamma?: number;
  readonly edictMix?: number;
}

/** The fields of a run that a sampler works on, all of one space. */
export interface SamplerFields {
  readonly x: Field;
  /** For x̂. */
  readonly d: Field;
  /** Overwritten, and not kept over an evaluation. */
  readonly noise: Field;
  /** What the sampler keeps from step to step: `Sampler.kept` of them. */
  readonly before: readonly Field[];
  /** Where `Sampler.ahead` asks for it. Overwritten, but kept over an evaluation. */
  readonly ahead?: Field;
}

/** One run as a sampler sees it. */
export interface SamplerRun extends SamplerSettings {
  readonly backend: Backend;
  readonly seed: number | bigint;
  /** Noise levels, 0 the last. */
  readonly sigma: readonly number[];
  /** No level may be raised above it. */
  readonly sigmaMax: number;
  readonly fields: SamplerFields;
  /** Names the noise that is drawn: the step of the run where it is another than that of the level. */
  readonly step?: number;
  /** Steps that led here without a break, where they are fewer than those of the levels: what was kept before them is not looked at. */
  readonly since?: number;
}

/** A step as a sampler sees it. */
export interface SamplerStep extends SamplerRun {
  /** Which of `sigma`. */
  readonly i: number;
  /** σ_i that x is at. */
  readonly level: number;
  /** σ_{i+1}; 0 in the end. */
  readonly next: number;
  /** Steps that were done before it in this chain. */
  readonly known: number;
  readonly step: number;
}

/**
 * How x moves from a noise level to the next, an object. With d, x̂ and e as `Evaluate` has them, and r = σ'/σ, the least of them is
 * Euler's step of dx/dσ = e/σ, after what the data did: x' = x̂ + r e.
 *
 * One of your own is handed over in place of a name, `{ sampler }`; its functions only queue.
 */
export interface Sampler {
  readonly name: string;
  /** Evaluations of the denoiser in a step. */
  readonly evaluations: 1 | 2;
  /** It moves with fresh noise where eta says so; others refuse it. */
  readonly drawsNoise: boolean;
  /** Levels may repeat: it looks at no earlier step. Without it: they must fall. */
  readonly repeats?: boolean;
  /** Image-sized fields that it keeps from step to step (`SamplerFields.before`), 0 without it. They are in checkpoints. */
  kept?(settings: SamplerSettings): number;
  /** It wants one more field within a step (`SamplerFields.ahead`). */
  readonly ahead?: boolean;
  /** Least and greatest `samplerOrder`. Without it: it has no other orders. */
  readonly orders?: readonly [least: number, greatest: number];
  /** Fresh noise of the move from σ to σ', as a fraction of σ'; eta without it. */
  fresh?(eta: number, sigma: number, next: number): number;
  /**
   * Evaluates and moves x from `level` to `next`; at 0, x ← x̂. In the end d holds the x̂ of the step.
   * @returns the level that was evaluated, where it is another
   */
  move(step: SamplerStep, evaluate: Evaluate): number | undefined;
}

/** A sampler, or the name of one of ours (registry.ts). */
export type SamplerChoice = string | Sampler;

/**
 * x ← x̂ + r e + fresh σ' n + Σ_j w_j (x̂_j − x̂), r = √(1 − fresh²) σ'/σ; x holds e on entry and x̂_j = `before[j]`. At σ' = 0, x ← x̂.
 */
export function land({ backend, fields, level, next, seed, step }: SamplerStep, fresh: number, weights: readonly number[] = []): void {
  const { x, d, noise, before } = fields;
  if (next === 0) return backend.lincomb(x, [1, d]);
  const terms: [Coefficient, Field][] = [[(Math.sqrt(1 - fresh ** 2) * next) / level, x]];
  terms.push([1 - weights.reduce((sum, w) => sum + w, 0), d]);
  weights.forEach((w, j) => terms.push([w, before[j]]));
  if (fresh > 0) {
    backend.noise(noise, { seed, step, stream: STREAM.renoise });
    terms.push([fresh * next, noise]);
  }
  combine(backend, x, ...terms);
}

/** What is kept moves on by one, and `newest` comes first. */
export function remember({ backend, fields: { before } }: SamplerStep, newest: Field): void {
  for (let j = before.length - 1; j >= 0; j--) backend.lincomb(before[j], [1, before[j - 1] ?? newest]);
}

/** out ← Σ cᵢ fᵢ of any number of terms; out may be the first of them only. */
export function combine(backend: Backend, out: Field, ...terms: readonly [Coefficient, Field][]): void {
  backend.lincomb(out, ...terms.slice(0, 4));
  for (let n = 4; n < terms.length; n += 3) backend.lincomb(out, [1, out], ...terms.slice(n, n + 3));
}
