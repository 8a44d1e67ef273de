import * as z from 'zod';
import { count, parseOptions } from '../../core/options.js';
import { samplerOptions, withoutFreshNoise } from '../samplers/options.js';
import { scratch } from './fields.js';
import { defineLoop } from './loop/define-loop.js';
import { requireDerivative } from './loop/derivative.js';
import { levelOptions } from './loop/levels.js';
import { requireNoise } from './loop/noise-of-data.js';
import { minimalResidual } from './minimal-residual.js';
import { requirePrior } from './progress.js';

const schema = z.strictObject({
  ...levelOptions,
  ...samplerOptions,
  eta: z.number().min(0).max(1).default(0.85).describe('fraction of fresh noise in a step; 0 with samplers that draw none'),
  innerIterations: count
    .default(5)
    .describe('iterations M of the inner solution of a step, each one product with the derivative of the denoiser'),
});

export type MomentMatchingOptions = z.output<typeof schema>;

/**
 * Guidance with the covariance of the denoiser itself (Rozet et al., NeurIPS 2024, "MMPS"; Boys et al. 2023, "TMPD"). By Tweedie's second
 * formula Cov[x₀ | x] = σ²J, J = ∂D/∂x, and
 *
 *     (σ_y² + A σ²Jᴴ Aᴴ) w = y − A d ,  by M steps from 0 ;  x̂ ← d + σ² Jᴴ Aᴴ w ;  ε ← (x − x̂)/σ
 *
 * In the Gaussian case x̂ is E[x₀ | x, y], and a few steps reach the posterior's mean: the yardstick for the other methods, at M + 1
 * products with Jᴴ a step. J of an exact denoiser is symmetric. That of a network is not, and the papers' CG then diverges (with `ct` from
 * σ .2 on), so the residual is minimised (minimal-residual.ts). Needs a prior with `vjp`.
 */
export const momentMatching = defineLoop({
  name: 'moment-matching',
  needsDerivative: () => true,
  schema,
  examples: [
    { steps: 6, sigmaMax: 2 },
    { steps: 6, start: 'classical', sampler: 'dpm++2m', eta: 1 },
  ],

  complete: (given) => parseOptions('moment-matching', schema, given, withoutFreshNoise('moment-matching', given.sampler, given.eta)),

  check(problem) {
    requireDerivative(requirePrior(problem, 'moment-matching'), 'moment-matching');
    requireNoise(problem, 'moment-matching');
  },

  settings: (options) => options,

  fields: ({ innerIterations }) => ({
    w: scratch('range', 'solution'),
    residual: scratch('range', 'residual'),
    directions: Array.from({ length: innerIterations }, () => scratch('range', 'direction')),
    images: Array.from({ length: innerIterations }, () => scratch('range', 'image of a direction')),
    guidance: scratch('domain', 'guidance'),
  }),

  data({ problem, backend, operator, y, prior, steps, fields }) {
    requireDerivative(prior, 'moment-matching');
    const { w, residual, directions, images, guidance } = fields;
    const variance = requireNoise(problem, 'moment-matching') ** 2;
    const per = operator.coupling === 'slice' ? 'slice' : 'volume';
    return {
      noiseOf: 'consistent',
      observe(x, d, { sigma, step }) {
        const asked = { step, steps, signal: problem.signal };
        /** guidance ← σ² Jᴴ Aᴴ p */
        const guided = (p: typeof w): void => {
          operator.adjoint(p, guidance);
          prior.vjp(x, sigma, guidance, guidance, asked);
          backend.lincomb(guidance, [sigma ** 2, guidance]);
        };
        operator.apply(d, residual);
        backend.lincomb(residual, [1, y], [-1, residual]);
        const system = (p: typeof w, out: typeof w): void => {
          guided(p);
          operator.apply(guidance, out);
          backend.lincomb(out, [1, out], [variance, p]);
        };
        backend.lincomb(w);
        minimalResidual(backend, system, w, { residual, directions, images }, per);
        guided(w);
      },
      consistent: (d) => backend.lincomb(d, [1, d], [1, guidance]),
    };
  },
});
