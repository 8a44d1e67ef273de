import type { Backend, Field, PhaseWeights } from '../../compute/backend.js';
import type { Space } from '../../core/space.js';
import type { Workspace } from './workspace.js';

/** Image-sized fields that ErrorMetric keeps, and the sweep that uses it (consistency.ts). */
export const ERROR_METRIC_FIELDS = ['local phase', 'correction', 'correction in the metric'];

/** Images brighter than this (of bright tissue) are tissue, and have a phase. */
const TISSUE = 0.15;
/** Steps u ← u − 0.2 ∇ᵀ∇u: a Gaussian of √(2·4·0.2) = 1.3 pixels. */
const DIFFUSIONS = { count: 4, weight: 0.2 };

/** The standard deviation of a denoiser's error, against 1 along the phase of tissue. */
export interface ErrorShape {
  /** Across the phase of tissue. */
  readonly quadrature: number;
  /** Where the image is dark, in any phase. */
  readonly air: number;
}

/**
 * How a denoiser errs in complex images. Coils put together have a phase that varies slowly, which the denoiser knows from many pixels: its error lies along the local phase of
 * the denoised image more than across it; and it knows air. With g = e^{iφ}, φ the phase of the image blurred by 1.3 pixels, the covariance of the error is taken as BBᵀ,
 *
 *     B p = g Re(ḡ p) + q · i g Im(ḡ p)        in tissue,
 *     B p = a p                                where there is none,
 *
 * between them (|g| < 1: the blurred image is dim, or cancels since its phase turns fast) B p = a p + (1 − a) g Re(ḡ p) + (q − a) i g Im(ḡ p). Data consistency then puts a correction where the
 * error is likely to be. q = 0 on a fixed phase is the real-valued reconstruction of partial Fourier imaging (Bydder and Robson, Magn. Reson. Med. 53 (2005) 1393); here the phase
 * is that of the running estimate, and only a correction has to follow it. B is linear over the reals and self-adjoint in Re⟨·,·⟩.
 */
export class ErrorMetric {
  /** For the sweep. */
  readonly correction: Field;
  readonly weighed: Field;
  readonly #g: Field;
  readonly #backend: Backend;
  #weights: PhaseWeights = { base: 1, along: 0, across: 0 };

  constructor(workspace: Workspace, backend: Backend, domain: Space) {
    this.#backend = backend;
    [this.#g, this.correction, this.weighed] = ERROR_METRIC_FIELDS.map(() => workspace.field(domain));
  }

  /** B of errors in `image`. `scratch` is overwritten. */
  follow(image: Field, { quadrature, air }: ErrorShape, scratch: Field): void {
    const backend = this.#backend;
    this.#weights = { base: air, along: 1 - air, across: quadrature - air };
    backend.lincomb(this.#g, [1, image]);
    for (let k = 0; k < DIFFUSIONS.count; k++) {
      backend.lincomb(scratch, [1, this.#g]);
      backend.addGradientNormal(-DIFFUSIONS.weight, scratch, this.#g);
    }
    // u − shrink(u, t) is u where |u| ≤ t and t u/|u| elsewhere
    backend.shrink(this.#g, TISSUE, scratch);
    backend.lincomb(this.#g, [1 / TISSUE, this.#g], [-1 / TISSUE, scratch]);
  }

  /** From here I − B in place of B: what corrections by B held back. */
  complement(): void {
    const { base, along, across } = this.#weights;
    this.#weights = { base: 1 - base, along: -along, across: -across };
  }

  /** out ← B p; out may be p. */
  apply(p: Field, out: Field): void {
    this.#backend.weighPhase(p, this.#g, this.#weights, out);
  }
}
