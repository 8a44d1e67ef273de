import * as z from 'zod';
import { count, parseOptions, positive, presetOf } from '../../core/options.js';
import { ancestral } from '../samplers/ancestral.js';
import { innerStream } from '../samplers/streams.js';
import { defineSolver } from './define.js';
import { scratch, state } from './fields.js';
import { dataSolve, solveFields, solveOptions } from './loop/data-solve.js';
import { requireNoise } from './loop/noise-of-data.js';
import { perturb } from './loop/perturb.js';
import { requirePrior } from './progress.js';
import { geometricSchedule, requireInRange, type Schedule } from './schedules.js';
import { startingImage } from './start.js';
import type { Prior } from '../../models/prior.js';

const { innerIterations, tolerance } = solveOptions;

const schema = z.strictObject({
  compat: z.string().optional().describe('published settings: published'),
  steps: count.default(50).describe('sweeps of the Gibbs sampler (paper 100), each innerEvaluations denoiser evaluations'),
  innerEvaluations: count
    .default(4)
    .describe('denoiser evaluations of a sweep: steps of the reverse diffusion from ρ to 0 (paper up to 100)'),
  start: z.enum(['noise', 'classical']).default('noise').describe('pure noise, or a classical reconstruction noised to the first ρ'),
  sigmaMax: positive.optional().describe('ρ of the first sweep; default 2 from noise (paper 10) and 0.3 from a classical start'),
  sigmaMin: positive
    .optional()
    .describe('ρ of the last sweep, which falls geometrically; default 0.05 (paper .02 to .1), or what the prior allows'),
  averaged: z
    .number()
    .min(0)
    .max(1)
    .default(0.2)
    .describe('share of the sweeps, the last ones, whose mean is the result; 0: the last sample'),
  innerIterations,
  tolerance,
});

export type PnpDmOptions = z.output<typeof schema>;

export const pnpDmPresets: { readonly [name: string]: Partial<PnpDmOptions> } = {
  published: { steps: 100, innerEvaluations: 100, start: 'noise', sigmaMax: 10, sigmaMin: 0.1, averaged: 0.2 },
};

const solveSettings = (options: PnpDmOptions) => ({ ...options, mode: '2d', rho: 0, lambda: 0 }) as const;

/**
 * PnP-DM (Wu, Sun, Chen, Zhang, Yue, Bouman, NeurIPS 2024, algorithm 1): Gibbs sampling of an image x and a copy z, held together by ρ,
 *
 *     z ~ exp(−‖y − Az‖²/2σ_y² − ‖z − x‖²/2ρ²)     one solution of perturbed least squares (loop/perturb.ts)
 *     x ~ p(x₀ | x₀ + ρ n = z)                     a reverse diffusion from ρ to 0 in `innerEvaluations` ancestral steps
 *
 * ρ falls from sweep to sweep. The reverse diffusion draws noise in every step: the released default follows the probability flow instead,
 * which is no longer Gibbs. Its levels fall geometrically from ρ to max(ρ/20, what the prior knows), where ρ itself is the first.
 *
 * At a fixed ρ its law is the posterior for the noise σ_y² + ρ²AAᴴ (exactly with a Gaussian prior and many inner steps), after sweeps whose
 * number grows as ρ falls. For samples and their spread; the result is the mean of the last sweeps, or the last sample.
 */
export const pnpDm = defineSolver({
  name: 'pnp-dm',
  needsPrior: true,
  schema,
  presets: pnpDmPresets,
  examples: [
    { steps: 6, innerEvaluations: 2, averaged: 0.5 },
    { steps: 6, innerEvaluations: 1, start: 'classical', averaged: 0 },
  ],

  complete: (given) => parseOptions('pnp-dm', schema, given, presetOf('pnp-dm', pnpDmPresets, given.compat) ?? {}),

  check(problem, options) {
    requireNoise(problem, 'pnp-dm');
    void couplings(options, requirePrior(problem, 'pnp-dm'));
  },

  steps: ({ steps }) => steps,

  fields: (options, { domain }) => ({
    x: state('domain'),
    d: scratch('domain', 'denoised image'),
    noise: scratch('domain', 'noise'),
    mean: averagedOf(options) > 1 ? state('domain', 'mean of the last samples') : undefined,
    data: scratch('range', 'perturbed data'),
    ...solveFields('pnp-dm', solveSettings(options), domain),
  }),

  async prepare(run) {
    const { backend, y, options, prior, fields } = run;
    backend.lincomb(fields.data, [1, y]);
    return { rho: couplings(options, prior), solve: await dataSolve(run, 'pnp-dm', solveSettings(options), fields.data) };
  },

  start: ({ problem, options, fields: { x, noise } }, { rho }) => startingImage(problem, x, options.start, rho[0], noise),

  step({ problem, backend, y, options, prior, steps, projection, fields: { x, d, noise, mean, data } }, { rho, solve }, i) {
    const { seed, signal } = problem;
    const noiseLevel = requireNoise(problem, 'pnp-dm');
    const key = (stream: number) => ({ seed, step: i, stream });
    perturb(x, rho[i], { backend, data, projection, noise, y, noiseLevel, key });
    solve.solve(x, (noiseLevel / rho[i]) ** 2);
    const least = Math.min(rho[i], Math.max(rho[i] / 20, prior.sigmaMin));
    const levels = geometricSchedule(options.innerEvaluations, rho[i], least);
    for (let j = 0; j < options.innerEvaluations; j++) {
      prior.denoise(x, levels[j], d, { step: i, steps, signal });
      ancestral(backend, x, { clean: d, sigma: levels[j], next: levels[j + 1], key: key(innerStream(j)), scratch: noise });
    }
    const averaged = i + 1 - (steps - averagedOf(options));
    if (mean && averaged > 0) backend.lincomb(mean, [1 - 1 / averaged, mean], [1 / averaged, x]);
    return { sigma: rho[i], image: mean && averaged > 0 ? mean : x };
  },

  result: ({ fields: { x, mean } }) => mean ?? x,
});

const averagedOf = ({ steps, averaged }: PnpDmOptions): number => Math.max(1, Math.round(averaged * steps));

/** ρ of the sweeps, then 0. */
function couplings({ steps, start, sigmaMax, sigmaMin }: PnpDmOptions, prior: Prior): Schedule {
  const high = sigmaMax ?? Math.min(start === 'noise' ? 2 : 0.3, prior.sigmaMax);
  const low = sigmaMin ?? Math.min(high, Math.max(0.05, prior.sigmaMin));
  const rho = geometricSchedule(steps, high, low);
  requireInRange(rho, prior);
  return rho;
}
