import * as z from 'zod';
import { nonNegative, parseOptions, positive, presetOf } from '../../core/options.js';
import { samplerOptions, withoutFreshNoise } from '../samplers/options.js';
import { dataSolve, solveFields, solveMemory, solveOptions } from './loop/data-solve.js';
import { defineLoop } from './loop/define-loop.js';
import { levelOptions } from './loop/levels.js';

const schema = z.strictObject({
  compat: z.string().optional().describe('published settings: inpainting, deblurring or super-resolution'),
  ...levelOptions,
  ...samplerOptions,
  zeta: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('ζ, share of the variance of the noise that is drawn afresh (published 1, .1, .25 by task); 0 with samplers that draw none'),
  priorWeight: positive
    .default(1)
    .describe('λ, weight of the denoised image against the data (released settings 1, paper 1 to 25; 1 alone is consistent)'),
  noiseFloor: nonNegative
    .default(0.001)
    .describe('the least σ_y that is reckoned with, in unit-norm units (released code .001), and where the noise is not known'),
  ...solveOptions,
});

export type DiffpirOptions = z.output<typeof schema>;

const published = {
  schedule: 'quadratic',
  start: 'noise',
  steps: 100,
  priorWeight: 1,
  noiseFloor: 0.001,
  mode: '2d',
  sampler: 'ddim',
} as const;
export const diffpirPresets: { readonly [name: string]: Partial<DiffpirOptions> } = {
  inpainting: { ...published, zeta: 1 },
  deblurring: { ...published, zeta: 0.1 },
  'super-resolution': { ...published, zeta: 0.25 },
};

/**
 * DiffPIR (Zhu et al., CVPR workshops 2023, algorithm 1): half-quadratic splitting with a denoiser, a step a noise level,
 *
 *     x̂ ← argmin_x ‖Ax − y‖²/σ_y² + (λ/σ²)‖x − d‖² ;  x ← x̂ + σ'(√(1 − ζ)(x − x̂)/σ + √ζ n)
 *
 * The minimum is exact where A's singular values are known, and CG from d otherwise; in mode 3d (ours) an ADMM sweep with the z prior.
 *
 * Other than the released code: the last evaluation counts and no noise of its level stays (there both are skipped), and σ_y and σ are of
 * one scale. With a Gaussian prior and many steps the mean is that of the posterior for noise λσ_y², so for λ = 1 alone, and the covariance
 * ½(1 + √(1 − ζ)) of it; few steps with small ζ are far from it, since the noise is taken from x̂.
 */
export const diffpir = defineLoop({
  name: 'diffpir',
  schema,
  presets: diffpirPresets,
  examples: [
    { steps: 6, sigmaMax: 2, zeta: 0.5 },
    { steps: 6, sigmaMax: 2, sampler: 'heun' },
    { steps: 6, start: 'classical', mode: '3d', sampler: 'dpm++2m' },
    { compat: 'deblurring', steps: 6 },
    { steps: 6, sigmaMax: 2, sampler: 'deis' },
    { steps: 6, sigmaMax: 2, sampler: 'edict' },
  ],

  complete(given) {
    const preset = presetOf('diffpir', diffpirPresets, given.compat) ?? {};
    return parseOptions('diffpir', schema, given, preset, withoutFreshNoise('diffpir', given.sampler, given.zeta, 'zeta'));
  },

  settings: (options) => ({ ...options, eta: Math.sqrt(options.zeta) }),

  fields: (options, { domain }) => solveFields('diffpir', options, domain),

  memory: (options, { domain }) => solveMemory('diffpir', options, domain),

  async data({ options, problem, ...run }) {
    const solve = await dataSolve({ ...run, problem }, 'diffpir', options);
    const noiseLevel = Math.max(problem.noiseLevel ?? 0, options.noiseFloor);
    return {
      noiseOf: 'consistent',
      consistent: (d, { sigma }) => solve.solve(d, options.priorWeight * (noiseLevel / sigma) ** 2),
    };
  },
});
