import { z } from 'zod';
import type { Field } from '../../compute/backend.js';
import type { Prior } from '../../models/prior.js';
import { corrector, predictor } from '../samplers/predictor-corrector.js';
import { correctorStream, STREAM } from '../samplers/streams.js';
import { Consistency, consistencyFields } from './consistency.js';
import { gammaOption, pullOf } from './gamma.js';
import { count, nonNegative, parseOptions, positive, presetOf } from '../../core/options.js';
import {
  beginStep,
  DataMisfit,
  endReached,
  endStep,
  fieldPlan,
  requireConsistent,
  requirePrior,
  restoreOrStart,
} from './progress.js';
import { geometricSchedule, requireInRange, type Schedule } from './schedules.js';
import type { Problem, Solver, SolverRun } from './solver.js';
import { startingImage } from './start.js';
import { Workspace } from '../../compute/workspace.js';

const schema = z.strictObject({
  compat: z.string().optional().describe('published settings: ct-sparse-view, ct-limited-angle or mri'),
  mode: z.enum(['3d', '2d']).default('3d').describe('3d couples the slices by a total-variation prior along z; 2d leaves them independent'),
  steps: count.default(2000).describe('noise levels N (paper 2000); each costs 1 + corrections denoiser evaluations'),
  start: z.enum(['noise', 'classical']).default('noise').describe('pure noise, or a classical reconstruction noised to sigmaMax'),
  sigmaMax: positive.optional().describe('first noise level; default 378 from noise (paper; 1 on noisy k-space) and 0.3 from a classical start, or what the prior allows'),
  sigmaMin: positive.optional().describe('last noise level; default 0.01 (paper), and 0.02 on noisy k-space (own trials), or what the prior allows'),
  corrections: z.number().int().nonnegative().default(1).describe('Langevin corrections per level (paper 1)'),
  signalToNoise: positive.default(0.16).describe('r of the Langevin step length (paper 0.16)'),
  step: z.enum(['published', 'expected']).default('published').describe("Langevin step length: e = 2(r‖n‖/‖s‖)² per slice, or its value 2r²σ² for a score of pure noise"),
  innerIterations: count.default(1).describe('CG iterations of a step; default 1 (paper; more let the data forget the prior), and 3 on noisy k-space (own trials)'),
  rho: nonNegative.default(0.0256).describe('ADMM penalty of the z prior in unit-norm units; default .0256 (paper: 10 with its own back-projector), and .03 on noisy k-space'),
  lambda: nonNegative.default(1.03e-4).describe('weight of the z prior; default 1.03e-4 (paper: 0.04 with its own back-projector; 1.0e-3 for limited angle), and 6e-4 on noisy k-space (own trials)'),
  gamma: gammaOption.default('none')
    .describe('weight of the data against the noisy image: none = data only (published), a number, or noise = (σ_i² − σ_{i+1}² + e)/σ_y², the default on noisy k-space'),
  boundary: z.enum(['replicate', 'periodic']).default('replicate').describe('beyond the first and last slice; the papers are periodic'),
  finalDenoise: z.boolean().default(true).describe('end with a denoising step and a sweep; without, noise of σ_min stays in the result (as published)'),
  finalCorrection: z.boolean().default(true).describe('end with x + Aᵀ(y − Ax)/(AᵀA1), real images only (published for CT); ends on the data, so off where gamma is not none'),
}); // prettier-ignore

export type DiffusionMbirOptions = z.output<typeof schema>;

/** Settings of the paper, converted to unit-norm units. */
const published = {
  start: 'noise', steps: 2000, sigmaMax: 378, sigmaMin: 0.01, corrections: 1, signalToNoise: 0.16, step: 'published', innerIterations: 1,
  boundary: 'periodic', finalDenoise: false, finalCorrection: true, mode: '3d',
} as const; // prettier-ignore
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
export const diffusionMbir: Solver<DiffusionMbirOptions> = {
  name: 'diffusion-mbir',
  needsPrior: true,
  schema,
  presets: diffusionMbirPresets,

  options(given) {
    const preset = presetOf('diffusion-mbir', diffusionMbirPresets, given.compat);
    const exact = (given.gamma ?? 'none') === 'none';
    return parseOptions('diffusion-mbir', schema, given, preset ?? {}, exact ? {} : { finalCorrection: false });
  },

  async *run(problem, options): SolverRun {
    requireConsistent(problem);
    const prior = requirePrior(problem, 'diffusion-mbir');
    const sigma = noiseLevels(options, prior);
    const steps = sigma.length - 1;
    const { backend, operator, seed } = problem;
    const workspace = new Workspace(backend);
    try {
      const x = workspace.field(operator.domain);
      const misfit = new DataMisfit(problem, workspace);
      const consistency = new Consistency(problem, options, workspace, misfit.scratch);
      const scratch = [consistency.scratch[0], consistency.scratch[1]] as const;
      const state = { x, ...consistency.state };
      const first = await restoreOrStart(problem, state, () => {
        startingImage(problem, x, options.start, sigma[0], scratch[0]);
      });

      if (first >= steps) yield await endReached(problem, misfit, { steps, image: x, state });
      for (let i = first; i < steps; i++) {
        const begun = beginStep(problem);
        const asked = { step: i, steps, signal: problem.signal };
        const level = { backend, prior, sigma: sigma[i], scratch, asked };
        predictor(x, sigma[i + 1], { ...level, key: { seed, step: i, stream: STREAM.predictor } });
        for (let j = 0; j < options.corrections; j++) {
          const key = { seed, step: i, stream: correctorStream(j) };
          corrector(x, options.signalToNoise, options.step, { ...level, key });
        }
        consistency.sweep(x, pullOf(problem, options.gamma, moved(options, sigma[i], sigma[i + 1])));
        if (i === steps - 1) finish(problem, options, prior, sigma[i], x, consistency, misfit.scratch);
        const residual = misfit.of(x);
        yield await endStep(problem, begun, { step: i + 1, steps, sigma: sigma[i], residual, image: x, state });
      }
    } finally {
      workspace.dispose();
    }
  },

  memory(domain, range, options) {
    return fieldPlan(domain, ['x', ...consistencyFields(options)], range, ['projection']);
  },
};

/**
 * By how much predictor and corrections move x along the score: σ_i² − σ_{i+1}² and e = 2(rσ_i)² each, the length expected of pure noise. With γ = this/σ_y² the
 * data move x as far along their own gradient, Aᴴ(y − Ax)/σ_y², so that the chain ends in the posterior of noisy data (in the Gaussian case).
 */
const moved = ({ corrections, signalToNoise }: DiffusionMbirOptions, from: number, to: number): number =>
  from ** 2 - to ** 2 + 2 * corrections * (signalToNoise * from) ** 2;

function finish(
  problem: Problem,
  options: DiffusionMbirOptions,
  prior: Prior,
  sigma: number,
  x: Field,
  consistency: Consistency,
  projection: Field,
): void {
  if (options.finalDenoise) {
    prior.denoise(x, sigma, x);
    consistency.sweep(x, pullOf(problem, options.gamma, sigma ** 2)); // as DDS with η = 1
  }
  if (options.finalCorrection && x.space.dtype === 'float32') correct(problem, x, projection, consistency.scratch);
}

/** x ← x + Aᵀ(y − Ax)/(AᵀA1), nothing added where AᵀA1 = 0: one SIRT-like step that ends on the data. */
function correct(
  problem: Problem,
  x: Field,
  projection: Field,
  [update, ones, weight]: readonly [Field, Field, Field],
): void {
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
