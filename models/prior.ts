import type { Field, MemoryPlan } from '../compute/backend.js';
import type { Space } from '../core/space.js';

export interface DenoiseOptions {
  /** What a conditional prior is conditioned on. */
  readonly cond?: Field;
  /**
   * Radians: out ← e^{−iφ} D(e^{iφ} x; sigma), for complex images. The distribution of images has no preferred phase, and the best denoiser none either; a trained
   * one is only nearly so, and another phase in every evaluation keeps its errors from adding up. Analytic priors, which are exact, and real images ignore it.
   */
  readonly phase?: number;
}

/**
 * A denoiser D(x; σ) ≈ E[x₀ | x₀ + σn = x], applied to every slice. Data are in the prior's own range.
 * `denoise` only queues on the fields' backend. σ outside [sigmaMin, sigmaMax] throws SIGMA_RANGE.
 */
export interface Prior {
  readonly name: string;
  readonly sigmaMin: number;
  readonly sigmaMax: number;
  /** What 0 and 1 of the prior's range mean, e.g. { unit: 'HU', low: -1000, high: 1000 }. */
  readonly range: { readonly unit: string; readonly low: number; readonly high: number };
  /** out ← D(x; sigma); x and out may be the same field. */
  denoise(x: Field, sigma: number, out: Field, options?: DenoiseOptions): void;
  /** What it needs on top of the fields, for images of this space. */
  bytes(space: Space): MemoryPlan;
  /** Name, version, sha256 … for the manifest. */
  describe(): { readonly [key: string]: unknown };
  dispose(): Promise<void>;
}
