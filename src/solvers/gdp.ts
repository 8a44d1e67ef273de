import * as z from 'zod';
import { nonNegative, parseOptions, positive, presetOf } from '../../core/options.js';
import { ancestral, reverseDeviation } from '../samplers/ancestral.js';
import { STREAM } from '../samplers/streams.js';
import { scratch } from './fields.js';
import { defineLoop } from './loop/define-loop.js';
import { requireDerivative } from './loop/derivative.js';
import { levelOptions } from './loop/levels.js';
import { misfitGradient } from './loop/misfit-gradient.js';
import { requirePrior } from './progress.js';

const schema = z.strictObject({
  compat: z.string().optional().describe('published settings: published (levels alone; its guidance has no counterpart in these units)'),
  ...levelOptions,
  gradient: z
    .enum(['x0', 'xt'])
    .default('x0')
    .describe('of the misfit by the denoised image (x0; no derivative is needed) or by x itself (xt; through the denoiser)'),
  guidance: nonNegative
    .default(1000)
    .describe('weight of the gradient of ½‖y − A d‖² in unit-norm units (own: 1000; 1/σ_y² is that of the noise model)'),
  limit: positive
    .default(1)
    .describe('most that guidance times the variance of a step may be; 2 and more can diverge (own: 1; paper: no limit)'),
});

export type GdpOptions = z.output<typeof schema>;

export const gdpPresets: { readonly [name: string]: Partial<GdpOptions> } = {
  published: { schedule: 'vp', start: 'noise', steps: 1000, gradient: 'x0', limit: 1e6 },
};

/**
 * GDP, generative diffusion prior (Fei et al., CVPR 2023, algorithms 1 and 2): a reverse step of DDPM whose mean is moved along the
 * gradient of the misfit, by as much as the step has variance. With r = σ'/σ and s² = σ'²(1 − r²),
 *
 *     x' ← r²x + (1 − r²) d + s n + g Aᴴ(y − A d)        gradient x0,  g = min(guidance · s², limit)
 *     x' ← r²x + (1 − r²) d + s n + g Jᴴ Aᴴ(y − A d)     gradient xt, J = ∂D/∂x
 *
 * The last step ends with d. The released code has the gradient of a *mean* square and leaves the variance out in the x0 version; here it
 * is that of ½‖y − A d‖² with the variance, as in the algorithm. The blind version, which fits A as well, is not here.
 *
 * A gradient step sees strong singular directions alone, and `guidance` has no right value: there is no posterior limit. Without `limit`
 * (ours) the first steps diverge where σ_max is large. Unfit for CT.
 */
export const gdp = defineLoop({
  name: 'gdp',
  needsDerivative: ({ gradient }) => gradient === 'xt',
  schema,
  presets: gdpPresets,
  examples: [
    { steps: 6, sigmaMax: 2 },
    { steps: 6, start: 'classical', gradient: 'xt', guidance: 10 },
    { compat: 'published', steps: 6 },
  ],

  complete: (given) => parseOptions('gdp', schema, given, presetOf('gdp', gdpPresets, given.compat) ?? {}),

  check: (problem, { gradient }) => {
    if (gradient === 'xt') requireDerivative(requirePrior(problem, 'gdp'), 'gdp');
  },

  settings: (options) => ({ ...options, sampler: 'ddim', eta: 1 }),

  fields: () => ({ gradient: scratch('domain', 'gradient') }),

  data({ problem, backend, operator, y, options, prior, steps, projection, fields: { noise, gradient } }) {
    return {
      noiseOf: 'denoised',
      observe(x, d, { sigma, step }) {
        misfitGradient({ backend, operator, y, projection }, d, gradient);
        if (options.gradient === 'x0') return;
        requireDerivative(prior, 'gdp');
        prior.vjp(x, sigma, gradient, gradient, { step, steps, signal: problem.signal });
      },
      consistent: () => undefined,
      move(x, image, { sigma, next, key }) {
        backend.lincomb(x, [1, x], [1, image]); // the noise in x and what it is about
        ancestral(backend, x, { clean: image, sigma, next, key: key(STREAM.renoise), scratch: noise });
        const variance = reverseDeviation(sigma, next).least ** 2;
        if (next > 0) backend.lincomb(x, [1, x], [Math.min(options.guidance * variance, options.limit), gradient]);
      },
    };
  },
});
