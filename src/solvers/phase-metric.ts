import type { Backend, Field, PhaseWeights } from '../../compute/backend.js';
import type { Space } from '../../core/space.js';
import type { Workspace } from './workspace.js';

/** Image-sized fields that PhaseMetric keeps, and the sweep that uses it (consistency.ts). */
export const PHASE_METRIC_FIELDS = ['local phase', 'correction', 'correction in phase'];

/** Signal below this (of bright tissue) has no phase to speak of. */
const FLOOR = Number(process.env.FLOOR ?? 0.01);
/** Steps u ← u − 0.2 ∇ᵀ∇u: a Gaussian of √(2·4·0.2) = 1.3 pixels. */
const DIFFUSIONS = { count: 4, weight: 0.2 };

/**
 * What a denoiser's error looks like beside its phase. Images of coils put together have a phase that varies slowly, which the denoiser knows from many pixels, so its error
 * lies along the local phase of the denoised image more than across it. With g = e^{iφ} that phase, the covariance of the error is taken as BBᵀ,
 *
 *     B p = p − (1 − q) · i g Im(ḡ p)
 *
 * and data consistency may correct the quadrature q times as readily as what is in phase. q = 0 is the real-valued reconstruction on a known phase of partial Fourier
 * imaging (Bydder and Robson, Magn. Reson. Med. 53 (2005) 1393); here the phase is that of the running estimate, and only a correction has to follow it.
 * φ is that of the image blurred by 1.3 pixels. Where the blurred image is below 1 % of bright tissue, or cancels since its phase turns fast, |g| < 1 and B is nearer to I.
 *
 * B is linear over the reals and self-adjoint in Re⟨·,·⟩.
 */
export class PhaseMetric {
  readonly #g: Field;
  readonly #backend: Backend;
  #weights: PhaseWeights = { base: 1, along: 0, across: 0 };
  readonly correction: Field;
  readonly turned: Field;

  constructor(workspace: Workspace, backend: Backend, domain: Space) {
    this.#backend = backend;
    [this.#g, this.correction, this.turned] = PHASE_METRIC_FIELDS.map(() => workspace.field(domain));
  }

  /** The phase of `image`, and q. `scratch` is overwritten. */
  follow(image: Field, q: number, scratch: Field): void {
    const backend = this.#backend;
    const air = Number(process.env.AIR ?? 1); this.#weights = { base: air, along: 1 - air, across: q - air };
    backend.lincomb(this.#g, [1, image]);
    for (let k = 0; k < DIFFUSIONS.count; k++) {
      backend.lincomb(scratch, [1, this.#g]);
      backend.addGradientNormal(-DIFFUSIONS.weight, scratch, this.#g);
    }
    // u − shrink(u, t) is u where |u| ≤ t and t u/|u| elsewhere
    backend.shrink(this.#g, FLOOR, scratch);
    backend.lincomb(this.#g, [1 / FLOOR, this.#g], [-1 / FLOOR, scratch]);
  }

  /** out ← B p; out may be p. */
  apply(p: Field, out: Field): void {
    this.#backend.weighPhase(p, this.#g, this.#weights, out);
  }
}
