import * as z from 'zod';
import { nonNegative, parseOptions, presetOf } from '../../core/options.js';
import { ancestral } from '../samplers/ancestral.js';
import { STREAM } from '../samplers/streams.js';
import { scratch } from './fields.js';
import { defineLoop } from './loop/define-loop.js';
import { requireDerivative } from './loop/derivative.js';
import { levelOptions } from './loop/levels.js';
import { misfitGradient } from './loop/misfit-gradient.js';
import { requirePrior } from './progress.js';

const schema = z.strictObject({
  compat: z.string().optional().describe('published settings: published'),
  ...levelOptions,
  steps: levelOptions.steps.default(1000).describe('noise levels N (paper 1000; with few the guidance is too strong or too weak)'),
  guidance: nonNegative.default(0.5).describe('ζ, length of the step along the gradient of ‖y − A D(x)‖ (released settings .3 to 1)'),
});

export type DpsOptions = z.output<typeof schema>;

export const dpsPresets: { readonly [name: string]: Partial<DpsOptions> } = {
  published: { schedule: 'vp', start: 'noise', steps: 1000, guidance: 0.5 },
};

/**
 * DPS, diffusion posterior sampling (Chung, Kim, McCann, Klasky, Ye, ICLR 2023, algorithm 1), with J = ∂D/∂x:
 *
 *     x' ← r²x + (1 − r²) d + s n − ζ ∇_x ‖y − A D(x; σ)‖ ,  r = σ'/σ, s = σ'√(1 − r²)
 *     ∇_x ‖y − A D‖ = −Jᴴ Aᴴ (y − A d) / ‖y − A d‖
 *
 * The norm itself, as in the released code (the paper's algorithm has its square), and of every slice where slices do not mix, so that a
 * result does not hang on what lies beside it. The last step ends with d.
 *
 * ζ has no relation to σ_y: there is no posterior limit, and what is right for one scan is not for the next. Unfit for CT. Needs a prior
 * with `vjp`.
 */
export const dps = defineLoop({
  name: 'dps',
  needsDerivative: () => true,
  schema,
  presets: dpsPresets,
  examples: [
    { steps: 6, sigmaMax: 2 },
    { steps: 6, start: 'classical', guidance: 0.1 },
  ],

  complete: (given) => parseOptions('dps', schema, given, presetOf('dps', dpsPresets, given.compat) ?? {}),

  check: (problem) => requireDerivative(requirePrior(problem, 'dps'), 'dps'),

  settings: (options) => ({ ...options, sampler: 'ddim', eta: 1 }),

  fields: () => ({ gradient: scratch('domain', 'gradient') }),

  data({ problem, backend, operator, y, options, prior, steps, projection, fields: { noise, gradient } }) {
    requireDerivative(prior, 'dps');
    const per = operator.coupling === 'slice' ? 'slice' : 'volume';
    return {
      noiseOf: 'denoised',
      observe(x, d, { sigma, step }) {
        misfitGradient({ backend, operator, y, projection }, d, gradient);
        prior.vjp(x, sigma, gradient, gradient, { step, steps, signal: problem.signal });
        backend.scope(() => {
          const length = backend.dot(projection, projection, per).sqrt();
          backend.lincomb(gradient, [backend.scalars(options.guidance, gradient, per).over(length), gradient]);
        });
      },
      consistent: () => undefined,
      move(x, image, { sigma, next, key }) {
        backend.lincomb(x, [1, x], [1, image]); // the noise in x and what it is about
        ancestral(backend, x, { clean: image, sigma, next, key: key(STREAM.renoise), scratch: noise });
        if (next > 0) backend.lincomb(x, [1, x], [1, gradient]);
      },
    };
  },
});
