import * as z from 'zod';
import { nonNegative, parseOptions, positive, presetOf } from '../../core/options.js';
import { adam } from '../samplers/adam.js';
import { STREAM } from '../samplers/streams.js';
import { defineSolver } from './define.js';
import { scratch, state } from './fields.js';
import { dataSolve, solveFields } from './loop/data-solve.js';
import { levelOptions, noiseLevels, requireLevels } from './loop/levels.js';
import { redStart, redStartOption } from './loop/red-start.js';
import { requirePrior } from './progress.js';

const schema = z.strictObject({
  compat: z.string().optional().describe('published settings: published'),
  ...levelOptions,
  start: redStartOption,
  priorWeight: positive.default(0.25).describe('λ, weight of the prior against the data; a level weighs λσ (paper .25)'),
  dataWeight: nonNegative.default(1).describe('v, weight of ½‖Ax − y‖² in unit norm (paper 1, of means over pixels and measurements)'),
  learningRate: positive.default(0.1).describe('step length: of Adam (paper .1), or of plain descent'),
  optimiser: z.enum(['adam', 'descent']).default('adam').describe('adam (paper; β .9 and .99), or plain descent'),
});

export type RedDiffOptions = z.output<typeof schema>;

export const redDiffPresets: { readonly [name: string]: Partial<RedDiffOptions> } = {
  published: { schedule: 'vp', start: 'pseudo-inverse', steps: 50, priorWeight: 0.25, dataWeight: 1, learningRate: 0.1, optimiser: 'adam' },
};

/** CG iterations of the start, A⁺y. */
const START_ITERATIONS = 20;
const DECAYS = [0.9, 0.99] as const;
const startSettings = { mode: '2d', rho: 0, lambda: 0, innerIterations: START_ITERATIONS, tolerance: 1e-6 } as const;

/**
 * RED-diff (Mardani, Song, Kautz, Vahdat, ICLR 2024, algorithm 1): a Gaussian without width is fitted to the posterior by gradient steps at
 * levels that fall, one evaluation each and no derivative of the denoiser,
 *
 *     x = μ + σ n ;  g = v Aᴴ(Aμ − y) + λσ (ε(x; σ) − n) ,  ε = (x − D(x; σ))/σ ;  μ ← Adam(μ, g)
 *
 * and μ is the result. Both terms are sums here, where the released code takes means over measurements and over pixels: its balance of the
 * two is v = 1 times pixels/measurements. σ_y does not enter, as in the released code. The moments of complex images are of |g|².
 *
 * It sees the strong singular directions of A only, so that CT needs many steps, and has no posterior limit: the prior weighs much at high
 * levels and little at low ones. A point estimate; red-prox has the limit.
 */
export const redDiff = defineSolver({
  name: 'red-diff',
  needsPrior: true,
  schema,
  presets: redDiffPresets,
  examples: [
    { steps: 6, sigmaMax: 2 },
    { steps: 6, start: 'classical', optimiser: 'descent', learningRate: 0.5 },
    { compat: 'published', steps: 5 },
  ],

  complete: (given) => parseOptions('red-diff', schema, given, presetOf('red-diff', redDiffPresets, given.compat) ?? {}),

  check: (_, options) => requireLevels('red-diff', options),

  steps: (options, problem) => noiseLevels({ ...options, start: 'noise' }, requirePrior(problem, 'red-diff')).length - 1,

  fields: ({ optimiser }, { domain }) => ({
    x: state('domain'),
    d: scratch('domain', 'denoised image'),
    noise: scratch('domain', 'noise'),
    first: optimiser === 'adam' ? state('domain', 'first moment') : undefined,
    second: optimiser === 'adam' ? state({ ...domain, dtype: 'float32' }, 'second moment') : undefined,
    ...solveFields('red-diff', startSettings, domain),
  }),

  async prepare(run) {
    const sigma = noiseLevels({ ...run.options, start: 'noise' }, run.prior);
    return { sigma, solve: await dataSolve(run, 'red-diff', startSettings) };
  },

  start: ({ problem, options, fields: { x } }, { solve }) => redStart(problem, x, options.start, solve),

  step({ problem, backend, operator, options, prior, steps, fields }, { sigma: levels, solve }, i) {
    const { x, d, noise, residual, direction, first, second } = fields;
    const { priorWeight: weight, dataWeight, learningRate: rate, optimiser } = options;
    const sigma = levels[i];
    backend.noise(noise, { seed: problem.seed, step: i, stream: STREAM.probe });
    backend.lincomb(direction, [1, x], [sigma, noise]);
    prior.denoise(direction, sigma, d, { step: i, steps, signal: problem.signal });
    operator.adjoint(solve.difference(x), residual);
    // λσ(ε − n) = λ(μ + σn − d − σn) = λ(μ − d)
    backend.lincomb(direction, [-dataWeight, residual], [weight, x], [-weight, d]);
    if (optimiser === 'descent') backend.lincomb(x, [1, x], [-rate, direction]);
    else adam(backend, { x, gradient: direction, first: first!, second: second!, rate, decays: DECAYS, step: i });
    return { sigma };
  },
});
