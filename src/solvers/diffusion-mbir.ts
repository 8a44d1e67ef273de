import * as z from 'zod';
import type { Field } from '../../compute/backend.js';
import { count, nonNegative, parseOptions, positive, presetOf } from '../../core/options.js';
import type { Prior } from '../../models/prior.js';
import { regulariserOptions } from '../regularisers/choice.js';
import { corrector, predictor } from '../samplers/predictor-corrector.js';
import { correctorStream, STREAM } from '../samplers/streams.js';
import { couplingOf } from './coupling.js';
import { DataStep, dataStepFields } from './data-step.js';
import { defineSolver } from './define.js';
import { state } from './fields.js';
import { gammaOption, pullOf } from './gamma.js';
import { requirePrior } from './progress.js';
import { geometricSchedule, requireInRange, type Schedule } from './schedules.js';
import type { Problem } from './solver.js';
import { startingImage } from './start.js';

const schema = z.strictObject({
  compat: z.string().optional().describe('published settings: ct-sparse-view, ct-limited-angle or mri'),
  mode: z.enum(['3d', '2d']).default('3d').describe('3d couples the slices by a total-variation prior along z; 2d leaves them independent'),
  steps: count.default(2000).describe('noise levels N (paper 2000); each costs 1 + corrections denoiser evaluations'),
  start: z.enum(['noise', 'classical']).default('noise').describe('pure noise, or a classical reconstruction noised to sigmaMax'),
  sigmaMax: positive
    .optional()
    .describe(
      'first noise level; default 378 from noise (paper; 1 on noisy k-space) and 0.3 from a classical start, or what the prior allows',
    ),
  sigmaMin: positive
    .optional()
    .describe('last noise level; default 0.01 (paper), and 0.02 on noisy k-space (own trials), or what the prior allows'),
  corrections: z.number().int().nonnegative().default(1).describe('Langevin corrections per level (paper 1)'),
  signalToNoise: positive.default(0.16).describe('r of the Langevin step length (paper 0.16)'),
  step: z
    .enum(['published', 'expected'])
    .default('published')
    .describe('Langevin step length: e = 2(r‖n‖/‖s‖)² per slice, or its value 2r²σ² for a score of pure noise'),
  innerIterations: count
    .default(1)
    .describe('CG iterations of a step; default 1 (paper; more let the data forget the prior), and 3 on noisy k-space (own trials)'),
  rho: nonNegative
    .default(0.0256)
    .describe(
      'ADMM penalty of the z prior in unit-norm units; default .0256 (paper: 10 with its own back-projector), and .03 on noisy k-space',
    ),
  lambda: nonNegative
    .default(1.03e-4)
    .describe(
      'weight of the z prior; default 1.03e-4 (paper: 0.04 with its own back-projector; 1.0e-3 for limited ' +
        'angle), and 6e-4 on noisy k-space (own trials)',
    ),
  gamma: gammaOption
    .default('none')
    .describe(
      'weight of the data against the noisy image: none = data only (published), a number, or noise = ' +
        '(σ_i² − σ_{i+1}² + e)/σ_y², the default on noisy k-space',
    ),
  ...regulariserOptions,
  boundary: regulariserOptions.boundary.describe('beyond the first and last slice; the papers are periodic'),
  finalDenoise: z
    .boolean()
    .default(true)
    .describe('end with a denoising step and a sweep; without, noise of σ_min stays in the result (as published)'),
  finalCorrection: z
    .boolean()
    .default(true)
    .describe('end with x + Aᵀ(y − Ax)/(AᵀA1), real images only (published for CT); ends on the data, so off where gamma is not none'),
});

export type DiffusionMbirOptions = z.output<typeof schema>;

/** Settings of the paper, converted to unit-norm units. */
const published = {
  start: 'noise',
  steps: 2000,
  sigmaMax: 378,
  sigmaMin: 0.01,
  corrections: 1,
  signalToNoise: 0.16,
  step: 'published',
  innerIterations: 1,
  boundary: 'periodic',
  finalDenoise: false,
  finalCorrection: true,
  mode: '3d',
} as const;
export const diffusionMbirPresets: { readonly [name: string]: Partial<DiffusionMbirOptions> } = {
  'ct-sparse-view': { ...published, rho: 0.0256, lambda: 1.03e-4 },
  'ct-limited-angle': { ...published, rho: 0.0256, lambda: 1.0e-3 },
  mri: { ...published, rho: 0.01, lambda: 0.005, finalCorrection: false },
};

/**
 * DiffusionMBIR (Chung, Ryu, McCann, Klasky, Ye, CVPR 2023, algorithm 2), variance-exploding, σ_0 > … > σ_{N−1} > σ_N = 0. Step i:
 *
 *     predictor    x ← x + (σ_i² − σ_{i+1}²) s(x; σ_i) + √(σ_i² − σ_{i+1}²) n
 *     corrector    x ← x + e s(x; σ_i) + √(2e) n
 *     consistency  one ADMM sweep on the noisy x, one CG iteration
 *     at the end   x ← D(x; σ_{N−1}), a sweep (own; off in compat) ;  x ← x + Aᵀ(y − Ax)/(AᵀA1)
 *
 * With `gamma` (own, off in `compat`) a sweep also pulls towards the x that comes in: the data are noisy.
 *
 * Step lengths of the corrector are per slice, so the result does not depend on how slices were batched (the released code's does).
 */
export const diffusionMbir = defineSolver({
  name: 'diffusion-mbir',
  needsPrior: true,
  schema,
  presets: diffusionMbirPresets,
  examples: [
    { steps: 6, sigmaMax: 2 },
    { steps: 6, start: 'classical', mode: '2d', corrections: 2 },
    { compat: 'mri', steps: 6 },
    { steps: 6, sigmaMax: 2, regulariser: 'tv3d', gamma: 2 },
    { steps: 6, sigmaMax: 2, regulariser: 'low-rank', block: 3 },
  ],

  complete(given) {
    const preset = presetOf('diffusion-mbir', diffusionMbirPresets, given.compat);
    const exact = (given.gamma ?? 'none') === 'none';
    const bases = [preset ?? {}, exact ? {} : { finalCorrection: false }];
    const options = parseOptions('diffusion-mbir', schema, given, ...bases);
    couplingOf('diffusion-mbir', options);
    return options;
  },

  steps: ({ steps }) => steps,

  fields: (options, { domain }) => ({
    x: state('domain'),
    ...dataStepFields(couplingOf('diffusion-mbir', options), domain, 'joint'),
  }),

  memory: (options, { domain }) => couplingOf('diffusion-mbir', options).flatMap(({ regulariser }) => regulariser.memory?.(domain) ?? []),

  check: (problem, options) => void noiseLevels(options, requirePrior(problem, 'diffusion-mbir')),

  prepare({ problem, operator, options, prior, own, fields, projection }) {
    const { mode, rho, lambda, innerIterations } = options;
    const terms = couplingOf('diffusion-mbir', options);
    const per = mode === '2d' && operator.coupling === 'slice' ? 'slice' : 'volume';
    const settings = { terms, lambda, rho, innerIterations, per, order: 'joint' } as const;
    return { sigma: noiseLevels(options, prior), data: own(new DataStep(problem, settings, fields, projection)) };
  },

  start: ({ problem, options, fields: { x, residual } }, { sigma }) => startingImage(problem, x, options.start, sigma[0], residual),

  step({ problem, backend, options, prior, steps, projection, fields: { x, residual, direction } }, kept, i) {
    const { sigma, data } = kept;
    const { seed } = problem;
    const asked = { step: i, steps, signal: problem.signal };
    const level = { backend, prior, sigma: sigma[i], scratch: [residual, direction], asked } as const;
    predictor(x, sigma[i + 1], { ...level, key: { seed, step: i, stream: STREAM.predictor } });
    for (let j = 0; j < options.corrections; j++) {
      const key = { seed, step: i, stream: correctorStream(j) };
      corrector(x, options.signalToNoise, options.step, { ...level, key });
    }
    data.sweep(x, { pull: pullOf(problem, options.gamma, moved(options, sigma[i], sigma[i + 1])) });
    if (i === steps - 1) {
      if (options.finalDenoise) {
        prior.denoise(x, sigma[i], x, asked);
        data.sweep(x, { pull: pullOf(problem, options.gamma, sigma[i] ** 2) }); // as DDS with η = 1
      }
      if (options.finalCorrection && x.space.dtype === 'float32') correct(problem, x, projection, data.scratch);
    }
    return { sigma: sigma[i] };
  },
});

/**
 * By how much predictor and corrections move x along the score: σ_i² − σ_{i+1}² and e = 2(rσ_i)² each, the length
 * expected of pure noise. With γ = this/σ_y² the data move x as far along their own gradient, Aᴴ(y − Ax)/σ_y², so
 * that the chain ends in the posterior of noisy data (in the Gaussian case).
 */
const moved = ({ corrections, signalToNoise }: DiffusionMbirOptions, from: number, to: number): number =>
  from ** 2 - to ** 2 + 2 * corrections * (signalToNoise * from) ** 2;

/** x ← x + Aᵀ(y − Ax)/(AᵀA1), nothing added where AᵀA1 = 0: one SIRT-like step that ends on the data. */
function correct(problem: Problem, x: Field, projection: Field, [update, ones, weight]: readonly [Field, Field, Field]): void {
  const { backend, operator, y } = problem;
  operator.apply(x, projection);
  backend.lincomb(projection, [1, y], [-1, projection]);
  operator.adjoint(projection, update);
  backend.fill(ones, 1);
  operator.normal(ones, weight);
  backend.divide(update, weight, update);
  backend.lincomb(x, [1, x], [1, update]);
}

function noiseLevels(options: DiffusionMbirOptions, prior: Prior): Schedule {
  const high = options.sigmaMax ?? Math.min(options.start === 'noise' ? 378 : 0.3, prior.sigmaMax);
  const low = options.sigmaMin ?? Math.min(high, Math.max(0.01, prior.sigmaMin));
  const schedule = geometricSchedule(options.steps, high, low);
  requireInRange(schedule, prior);
  return schedule;
}
