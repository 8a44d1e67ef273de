import * as z from 'zod';
import { parseOptions, positive, presetOf } from '../../core/options.js';
import { samplerOptions, withoutFreshNoise } from '../samplers/options.js';
import { scratch } from './fields.js';
import { dataSolve, solveFields, solveOptions } from './loop/data-solve.js';
import { defineLoop } from './loop/define-loop.js';
import { requireDerivative } from './loop/derivative.js';
import { levelOptions } from './loop/levels.js';
import { requirePrior } from './progress.js';

const { innerIterations, tolerance } = solveOptions;

const schema = z.strictObject({
  compat: z.string().optional().describe('published settings: published'),
  ...levelOptions,
  ...samplerOptions,
  eta: z.number().min(0).max(1).default(0.85).describe('fraction of fresh noise in a step; 0 with samplers that draw none'),
  deviation: positive
    .default(0.25)
    .describe('σ_d, standard deviation of the images about their mean in the range of the prior (priors of this package .25; paper 1)'),
  innerIterations,
  tolerance,
});

export type PigdmOptions = z.output<typeof schema>;

export const pigdmPresets: { readonly [name: string]: Partial<PigdmOptions> } = {
  published: { schedule: 'vp', start: 'noise', steps: 100, eta: 1, deviation: 1, sampler: 'ddim' },
};

const solveSettings = (options: PigdmOptions) => ({ ...options, mode: '2d', rho: 0, lambda: 0 }) as const;

/**
 * ΠGDM (Song, Vahdat, Mardani, Kautz, ICLR 2023, eq. 8), guidance through the denoiser for noisy data, with J = ∂D/∂x:
 *
 *     x̂ ← d + σ² Jᴴ Aᴴ (r² AAᴴ + σ_y²)⁻¹ (y − A d) ,  r² = σ²σ_d²/(σ² + σ_d²) ;  ε ← (x − x̂)/σ
 *
 * The inner solution is exact where A's singular values are known, and CG otherwise, by Aᴴ(r²AAᴴ + σ_y²)⁻¹ = (r²AᴴA + σ_y²)⁻¹Aᴴ. It moves x
 * as the other methods do, by the noise of x̂; the paper takes that of d and adds the guidance to the end of the step.
 *
 * r² stands for the variance of x₀ given x: images of other variance than σ_d are guided too much or too little, and with many steps the
 * mean stays off. Needs a prior with `vjp`.
 */
export const pigdm = defineLoop({
  name: 'pigdm',
  needsDerivative: () => true,
  schema,
  presets: pigdmPresets,
  examples: [
    { steps: 6, sigmaMax: 2 },
    { steps: 6, start: 'classical', sampler: 'unipc' },
  ],

  complete(given) {
    const preset = presetOf('pigdm', pigdmPresets, given.compat) ?? {};
    return parseOptions('pigdm', schema, given, preset, withoutFreshNoise('pigdm', given.sampler, given.eta));
  },

  check: (problem) => requireDerivative(requirePrior(problem, 'pigdm'), 'pigdm'),

  settings: (options) => options,

  fields: (options, { domain }) => ({
    ...solveFields('pigdm', solveSettings(options), domain),
    guidance: scratch('domain', 'guidance'),
  }),

  async data({ problem, options, prior, ...run }) {
    requireDerivative(prior, 'pigdm');
    const { backend, fields, steps } = run;
    const { guidance } = fields;
    const { noiseLevel = 0, signal } = problem;
    const solve = await dataSolve({ ...run, problem }, 'pigdm', solveSettings(options));
    return {
      noiseOf: 'consistent',
      observe(x, d, { sigma, step }) {
        const share = options.deviation ** 2 / (sigma ** 2 + options.deviation ** 2); // r²/σ²
        backend.lincomb(guidance, [1, d]);
        solve.solve(guidance, noiseLevel ** 2 / (share * sigma ** 2));
        backend.lincomb(guidance, [1 / share, guidance], [-1 / share, d]);
        prior.vjp(x, sigma, guidance, guidance, { step, steps, signal });
      },
      consistent: (d) => backend.lincomb(d, [1, d], [1, guidance]),
    };
  },
});
