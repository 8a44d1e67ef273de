import type { Backend, Field } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { bytesOf, type Space } from '../../core/space.js';
import type { Prior } from '../prior.js';

/** How strongly it denoises, and how exactly. */
export interface TotalVariationPriorOptions {
  /** λ/σ of the proximal step; 0.7 is near the least-squares optimum for piecewise smooth images in [0, 1] at σ = 0.05 … 0.3. */
  readonly strength?: number;
  /** Rounds of the dual iteration (default 30). */
  readonly iterations?: number;
}

/**
 * A prior that needs no weights: in-plane isotropic total variation,
 *
 *     D(x; σ) = argmin_d ½‖d − x‖² + strength · σ · TV(d),
 *
 * solved in the dual by fast gradient projection (Beck & Teboulle 2009, algorithm FGP): d = x − ∇ᵀp with ‖p‖ ≤ strength · σ pointwise.
 * It is a maximum a posteriori and not a mean, so samples drawn with it are not a posterior; it is the fallback where there is no network.
 */
export function totalVariationPrior(backend: Backend, images: Space, options: TotalVariationPriorOptions = {}): Prior {
  const { strength = 0.7, iterations = 30 } = options;
  if (!(strength > 0) || !Number.isInteger(iterations) || iterations < 1) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'total variation prior',
      expected: 'strength > 0 and a positive integer number of iterations',
      got: `strength ${strength}, iterations ${iterations}`,
    });
  }
  const field = (): Field => backend.field(images);
  const noisy = field();
  const p = [field(), field()] as const; // dual iterate
  const q = [field(), field()] as const; // its extrapolation
  const g = [field(), field()] as const;
  const fields = [noisy, ...p, ...q, ...g];
  /** in-plane ‖∇‖² ≤ 8 */
  const step = 1 / 8;

  return {
    name: 'tv',
    sigmaMin: 0,
    sigmaMax: Infinity,
    range: { unit: 'arbitrary', low: 0, high: 1 },
    denoise(x, sigma, out) {
      const radius = strength * sigma;
      backend.lincomb(noisy, [1, x]);
      for (const f of [...p, ...q]) backend.fill(f, 0);
      const primal = (dual: readonly [Field, Field]): void => {
        backend.lincomb(out, [1, noisy]);
        backend.addGradientAdjoint(-1, dual[0], dual[1], out);
      };
      let t = 1;
      for (let k = 0; k < iterations; k++) {
        primal(q);
        backend.gradient(out, g[0], g[1]);
        const next = (1 + Math.sqrt(1 + 4 * t * t)) / 2;
        const momentum = (t - 1) / next;
        for (const i of [0, 1]) backend.lincomb(q[i], [1, q[i]], [step, g[i]]);
        for (const i of [0, 1]) backend.lincomb(g[i], [1, q[i]]);
        backend.shrinkVector(g, radius); // v − shrink(v, r) is the projection of v onto the ball of radius r
        for (const i of [0, 1]) {
          backend.lincomb(g[i], [1, q[i]], [-1, g[i]]);
          backend.lincomb(q[i], [1 + momentum, g[i]], [-momentum, p[i]]);
          backend.lincomb(p[i], [1, g[i]]);
        }
        t = next;
      }
      primal(p);
    },
    bytes: () => ({ items: fields.map((f) => ({ what: 'total variation prior', bytes: bytesOf(f.space) })) }),
    describe: () => ({ name: 'tv', strength, iterations }),
    dispose: async () => {
      for (const f of fields) f.dispose();
    },
  };
}
