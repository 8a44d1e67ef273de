import type { Field } from '../../compute/backend.js';
import type { Prior } from '../../models/prior.js';

/** Two neighbouring states of a path: BDIA goes on from both, and both are its code. */
export interface BdiaPair {
  /** State at the last level but one. */
  readonly before: Field;
  /** State at the last level. */
  readonly at: Field;
}

/**
 * The path of BDIA with γ = 1 (Zhang et al. 2023) along levels σ_0, σ_1, …, up or down: with ε(x; σ) = (x − D(x; σ))/σ
 *
 *     x_1 = x_0 + (σ_1 − σ_0) ε(x_0; σ_0) ,   x_{i+1} = x_{i−1} + (σ_{i+1} − σ_{i−1}) ε(x_i; σ_i)
 *
 * the midpoint rule for dx/dσ = ε. Solved for x_{i−1} it is the same rule the other way round, so that a path is gone back to rounding,
 * which that of DDIM is not. One evaluation a step.
 *
 * @param pair x_0 in `at` where `first`, which is the first step alone; else x_0 in `before` and x_1 in `at`. Overwritten by the last two
 * @param scratch of x's space
 * @param levels noise levels, all different, of which none is 0
 */
export function bdia(prior: Prior, pair: BdiaPair, scratch: Field, levels: readonly number[], first: boolean): void {
  const { backend } = scratch;
  let { before, at } = pair;
  /** scratch ← ε(x; σ) */
  const slope = (x: Field, sigma: number): void => {
    prior.denoise(x, sigma, scratch);
    backend.lincomb(scratch, [1 / sigma, x], [-1 / sigma, scratch]);
  };
  if (first) {
    slope(at, levels[0]);
    backend.lincomb(before, [1, at]);
    backend.lincomb(at, [1, at], [levels[1] - levels[0], scratch]);
  }
  for (let i = 1; i < levels.length - 1; i++) {
    slope(at, levels[i]);
    backend.lincomb(before, [1, before], [levels[i + 1] - levels[i - 1], scratch]);
    [before, at] = [at, before];
  }
  if (at === pair.at) return;
  // the last two stand in each other's field
  backend.lincomb(scratch, [1, pair.at]);
  backend.lincomb(pair.at, [1, pair.before]);
  backend.lincomb(pair.before, [1, scratch]);
}
