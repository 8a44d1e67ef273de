import * as z from 'zod';
import { parseOptions } from '../../core/options.js';
import { STREAM } from '../samplers/streams.js';
import { defineSolver } from './define.js';
import { scratch, state } from './fields.js';
import { dataSolve, solveFields, solveMemory, solveOptions } from './loop/data-solve.js';
import { levelOptions, noiseLevels, requireLevels } from './loop/levels.js';
import { redStart, redStartOption } from './loop/red-start.js';
import { requirePrior } from './progress.js';

const schema = z.strictObject({
  ...levelOptions,
  start: redStartOption,
  theta: z
    .number()
    .positive()
    .max(1)
    .default(1)
    .describe('θ, how far a step goes: 1 takes the denoised image whole; less averages over steps, which is slower and narrower'),
  ...solveOptions,
});

export type RedProxOptions = z.output<typeof schema>;

/**
 * Regularisation by denoising with a proximal data step (own; the expectation is that of RED-diff, Mardani et al., ICLR 2024), for levels
 * that fall:
 *
 *     d ← D(μ + σ n; σ) ;  μ ← argmin_x ‖Ax − y‖²/σ_y² + ‖x − (1 − θ)μ − θd‖²/(θσ²)
 *
 * θ = 1 is DDS with η = 1 from μ and γ = σ²/σ_y². Exact data (σ_y unknown or 0) are projected on. With a Gaussian prior and many steps the
 * mean is that of the posterior and the covariance θ/2 of it: an estimate that is smoothed over the steps, not a sample.
 */
export const redProx = defineSolver({
  name: 'red-prox',
  needsPrior: true,
  schema,
  examples: [
    { steps: 6, sigmaMax: 2, theta: 0.5 },
    { steps: 6, start: 'classical', mode: '3d', rho: 0.01 },
  ],

  complete: (given) => parseOptions('red-prox', schema, given),

  check: (_, options) => requireLevels('red-prox', options),

  steps: (options, problem) => noiseLevels({ ...options, start: 'noise' }, requirePrior(problem, 'red-prox')).length - 1,

  fields: (options, { domain }) => ({
    x: state('domain'),
    d: scratch('domain', 'denoised image'),
    noise: scratch('domain', 'noise'),
    ...solveFields('red-prox', options, domain),
  }),

  memory: (options, { domain }) => solveMemory('red-prox', options, domain),

  async prepare(run) {
    const sigma = noiseLevels({ ...run.options, start: 'noise' }, run.prior);
    return { sigma, solve: await dataSolve(run, 'red-prox', run.options) };
  },

  start: ({ problem, options, fields: { x } }, { solve }) => redStart(problem, x, options.start, solve),

  step({ problem, backend, options: { theta }, prior, steps, fields: { x, d, noise } }, { sigma, solve }, i) {
    const { seed, signal, noiseLevel = 0 } = problem;
    backend.noise(noise, { seed, step: i, stream: STREAM.probe });
    backend.lincomb(noise, [1, x], [sigma[i], noise]);
    prior.denoise(noise, sigma[i], d, { step: i, steps, signal });
    backend.lincomb(x, [1 - theta, x], [theta, d]);
    solve.solve(x, (noiseLevel / sigma[i]) ** 2 / theta);
    return { sigma: sigma[i] };
  },
});
