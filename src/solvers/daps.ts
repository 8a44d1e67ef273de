import * as z from 'zod';
import { count, parseOptions, positive, presetOf } from '../../core/options.js';
import { scratch } from './fields.js';
import { dataSolve, solveFields, solveOptions } from './loop/data-solve.js';
import { defineLoop } from './loop/define-loop.js';
import { levelOptions } from './loop/levels.js';
import { requireNoise } from './loop/noise-of-data.js';
import { perturb } from './loop/perturb.js';

const { innerIterations, tolerance } = solveOptions;

const schema = z.strictObject({
  compat: z.string().optional().describe('published settings: published (200 levels of 5 evaluations; its Langevin steps solved exactly)'),
  ...levelOptions,
  innerEvaluations: count
    .default(1)
    .describe('denoiser evaluations a level: 1 takes D(x; σ), more follow the probability flow to its end (paper 5; too wide, see docs)'),
  spread: positive
    .default(0.3)
    .describe(
      'standard deviation of x₀ about that, in units of σ; default own trials on CT (paper 1, which its Langevin steps do not reach)',
    ),
  innerIterations,
  tolerance,
});

export type DapsOptions = z.output<typeof schema>;

export const dapsPresets: { readonly [name: string]: Partial<DapsOptions> } = {
  published: { schedule: 'edm', sigmaMax: 100, sigmaMin: 0.1, steps: 200, innerEvaluations: 5, spread: 1, start: 'noise' },
};

const solveSettings = (options: DapsOptions) => ({ ...options, mode: '2d', rho: 0, lambda: 0 }) as const;

/**
 * DAPS, decoupled annealing posterior sampling (Zhang et al., CVPR 2025, algorithm 1), for linear A without its Langevin dynamics: the same
 * Gaussian is sampled exactly, by one solution of perturbed least squares (loop/perturb.ts),
 *
 *     x₀ ~ N(D(x; σ), (spread σ)²) × N(Ax₀, σ_y²)(y) ;  x ← x₀ + σ' n
 *
 * All noise is drawn afresh, so that errors of a level do not stay. With `innerEvaluations` K > 1 the mean is the end of the probability
 * flow from x, by K Euler steps at σ (σ_min/σ)^{j/K}, as published.
 *
 * `spread` 1 is the paper's r = σ, and with a Gaussian prior and many levels tends to the posterior (`innerEvaluations` 1; with the flow's
 * end the variance of what the data do not see is twice too large). A network does not bear it: where the data say little, x at σ' holds
 * noise of √(σ² + σ'²), √2 and more of what the network is told, and what it leaves of that is there in the next level again (chest, 20
 * views, 20 and 100 levels: 17.7 and 12.3 dB; with .3 27.0 and 27.5). The paper's 100 Langevin steps of 1e-4 move x₀ by √(2 · 100 · 1e-4)
 * at most, .14 in its range −1 … 1, and thus by far less than σ. What x₀ is off by, the root of σ² tr J/n, is .5 σ at σ .02, .26 σ at .1
 * and .1 σ at .5 for a network of CT.
 *
 * For samples and their spread; one of them has, by nature, more error than a mean of several (`--samples`). The noise of the last level
 * is in the result. On CT, CG that is stopped early samples weak singular directions too narrow.
 */
export const daps = defineLoop({
  name: 'daps',
  schema,
  presets: dapsPresets,
  examples: [
    { steps: 6, sigmaMax: 2 },
    { steps: 6, start: 'classical', innerEvaluations: 3 },
    { compat: 'published', steps: 6, innerEvaluations: 1 },
  ],

  complete: (given) => parseOptions('daps', schema, given, presetOf('daps', dapsPresets, given.compat) ?? {}),

  check: (problem) => void requireNoise(problem, 'daps'),

  settings: (options) => ({ ...options, sampler: 'ddim', eta: 1 }),

  fields: (options, { domain }) => ({
    ...solveFields('daps', solveSettings(options), domain),
    data: scratch('range', 'perturbed data'),
  }),

  async data({ problem, options, prior, ...run }) {
    const { backend, y, projection, fields, steps } = run;
    const { noise, data, direction: along } = fields;
    const { spread, innerEvaluations: inner } = options;
    const noiseLevel = requireNoise(problem, 'daps');
    backend.lincomb(data, [1, y]);
    const solve = await dataSolve({ ...run, problem }, 'daps', solveSettings(options), data);
    return {
      noiseOf: 'consistent',
      observe(x, d, { sigma, step }) {
        if (inner === 1) return;
        const least = Math.min(sigma, Math.max(0.01, prior.sigmaMin));
        const level = (j: number): number => sigma * (least / sigma) ** (j / inner);
        backend.lincomb(along, [1, x]);
        for (let j = 1; j < inner; j++) {
          const share = level(j) / level(j - 1);
          backend.lincomb(along, [share, along], [1 - share, d]);
          prior.denoise(along, level(j), d, { step, steps, signal: problem.signal });
        }
      },
      consistent(d, { sigma, key }) {
        perturb(d, spread * sigma, { backend, data, projection, noise, y, noiseLevel, key });
        solve.solve(d, (noiseLevel / (spread * sigma)) ** 2);
      },
    };
  },
});
