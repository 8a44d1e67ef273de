import type { Field, Queued } from '../../compute/backend.js';
import type { DenoiseOptions, Prior } from '../prior.js';

/** A denoiser that also says how wide the reverse step from here is. */
export interface VariancePrior extends Prior {
  /**
   * out ← D(x; sigma), fraction ← v, both queued: ln Σ = v ln β + (1 − v) ln β̃ of the reverse step (Nichol & Dhariwal 2021, eq.
   * 15), v in 0 … 1. x, out and fraction are of one space; x and out may be the same.
   */
  denoiseWithVariance(x: Field, sigma: number, out: Field, fraction: Field, options?: DenoiseOptions): Queued;
}

/** Whether a prior has a learned variance. */
export const hasVariance = (prior: Prior): prior is VariancePrior =>
  typeof (prior as Partial<VariancePrior>).denoiseWithVariance === 'function';
