import * as z from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { count, nonNegative, parseOptions, positive, presetOf } from '../../core/options.js';
import { philox, philoxKey, uniform } from '../../core/philox.js';
import type { Field } from '../../compute/backend.js';
import { bytesOf, type Space } from '../../core/space.js';
import type { Prior } from '../../models/prior.js';
import { regulariserOptions } from '../regularisers/choice.js';
import { lookAhead, renoise } from '../samplers/renoise.js';
import { requireSampler, samplerOptions, withoutFreshNoise } from '../samplers/options.js';
import { keptFields, looksAhead, samplerOf, samplerStep } from '../samplers/registry.js';
import type { Evaluate } from '../samplers/sampler.js';
import { STREAM } from '../samplers/streams.js';
import { couplingOf } from './coupling.js';
import { DataStep, dataStepFields } from './data-step.js';
import { defineSolver } from './define.js';
import { ERROR_METRIC_FIELDS, ErrorMetric } from './error-metric.js';
import { scratch, state } from './fields.js';
import { gammaOption, pullOf } from './gamma.js';
import { drawPlace, drawSteps, firstRedrawn, requireDraws } from './loop/draws.js';
import { requirePrior } from './progress.js';
import { ddsSchedule, geometricSchedule, requireInRange, withTail, type Schedule } from './schedules.js';
import { startingImage } from './start.js';

/** Defaults are those for CT; k-space has some of its own (src/modalities/mri/defaults.ts). */
const schema = z.strictObject({
  compat: z.string().optional().describe('published settings: ct-sparse-view, ct-limited-angle or mri'),
  preset: z
    .enum(['fast', 'default', 'best'])
    .default('default')
    .describe(
      'steps, order and eta where they are not given: fast takes 10 evaluations (5 from what a guided prior is shown), best 100 (50), ' +
        'both by order 2 with eta 1; nothing to compat, and on seismic traces the steps stay 1',
    ),
  mode: z.enum(['3d', '2d']).default('3d').describe('3d couples the slices by a total-variation prior along z; 2d leaves them independent'),
  steps: count
    .default(40)
    .describe('denoiser evaluations N; default the knee of time to quality (own trials: 20 cost 0.7 dB against 40, 50 gain 0.16 dB more)'),
  start: z
    .enum(['noise', 'classical', 'guide', 'estimate'])
    .default('noise')
    .describe(
      'pure noise, a classical reconstruction noised to sigmaMax, or what a guided prior is shown: noised likewise, or as it is where ' +
        'its card says so; guided priors whose cards say so start from their guide; estimate: the first evaluation is that of ' +
        '--steps 1, at the greatest noise level of a guided prior, and what it gives is noised to sigmaMax',
    ),
  schedule: z.enum(['geometric', 'vp']).default('geometric').describe('noise levels: geometric (own), or the DDPM grid of the paper'),
  sigmas: z
    .array(positive)
    .min(1)
    .optional()
    .describe(
      'noise levels themselves, from the greatest to the last one before 0, in place of schedule, steps, sigmaMax and sigmaMin; with a ' +
        'tail the images at levels like the last one are averaged',
    ),
  sigmaMax: positive
    .optional()
    .describe(
      'first noise level; default 0.5 from noise and 0.3 from a classical start or a guide, or what the prior allows; the greatest of ' +
        'the prior where a guide is taken as it is, and for the one step of a guided prior',
    ),
  sigmaMin: positive.optional().describe('last noise level before 0; default 0.02 (0.03 with a tail), or what the prior allows'),
  eta: z
    .number()
    .min(0)
    .max(1)
    .default(0.95)
    .describe('fraction of fresh noise in a step (own trials .95, and 1 on k-space; paper .15 to .8; released scripts .85)'),
  order: z
    .int()
    .min(1)
    .max(2)
    .default(1)
    .describe(
      'order of the move to the next noise level: 2 looks ahead along the last two images (one more field, no evaluation more; own), ' +
        'the default on projections from noise',
    ),
  ...samplerOptions,
  sampler: samplerOptions.sampler.describe(
    'how x moves to the next noise level: ddim (published; of order 2 with --order 2, which dpm++2m is too), ancestral, ' +
      'dpm++3m, unipc, plms, deis and bdia, of higher order by earlier steps, heun, edm and edict, which evaluate twice a step; without ' +
      'fresh noise all but ddim, ancestral and dpm++2m',
  ),
  innerIterations: count.describe(
    'CG iterations M of a step; default 10 from noise and from a guide, 5 from a classical start and on k-space (own trials; paper 5)',
  ),
  rho: nonNegative.describe('ADMM penalty of the z prior in unit-norm units; default .003, and .03 on k-space (own trials; paper .0256)'),
  lambda: nonNegative.describe('weight of the z prior; default 3e-5, and 6e-4 on k-space (own trials; paper 1.03e-4 and 1e-3)'),
  gamma: gammaOption
    .default('none')
    .describe(
      'weight of the data against the denoised image: none = data only (published 3-D), a number, or noise ' +
        '= κσ²/σ_y², the default on noisy k-space (5 there with eta 0)',
    ),
  tail: z
    .number()
    .min(0)
    .max(0.9)
    .default(0)
    .describe(
      'share of the evaluations that stay at sigmaMin and whose images are averaged, which nears the mean ' +
        'of the posterior; default 0, and .4 on k-space (own trials)',
    ),
  phase: z
    .enum(['none', 'random'])
    .default('none')
    .describe(
      'random: complex images are turned by a random phase before every evaluation and back after it; the default on k-space (own trials)',
    ),
  quadrature: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe(
      'how readily the data correct complex images across their local phase, against 1 along it; default 1 ' +
        '(no difference), and .3 on k-space (own trials)',
    ),
  air: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe(
      'how readily the data correct complex images where they are dark, against 1 in tissue; default 1 (no ' +
        'difference), and .5 on k-space (own trials)',
    ),
  edges: z
    .number()
    .min(1)
    .max(10)
    .default(1)
    .describe(
      'how readily the data correct complex images at edges, against 1 away from them; default 1 (no ' +
        'difference), and 1.4 on k-space (own trials)',
    ),
  ...regulariserOptions,
  boundary: regulariserOptions.boundary.describe('beyond the first and last slice; the papers are periodic'),
});

export type DdsOptions = z.output<typeof schema>;

/**
 * Defaults that hang on where the run starts. Own trials on a real chest CT (8 slices, 20 views, photon noise 1e5, 20
 * steps from noise): σ_max 3, 1, 0.5, 0.3 gave 26.9, 27.1, 27.2, 27.2 dB (90° limited angle: 1 is 0.1 dB better than
 * 0.5); M 5, 10, 20: 26.8, 27.1, 26.8; ρ .01, .003, .001 with λ/ρ = .01: 27.0, 27.1, 26.9; η .85, .95, 1: 27.0 each;
 * σ_min .01, .02, .04 alike.
 */
const STARTS = {
  noise: { innerIterations: 10, rho: 0.003, lambda: 3e-5 },
  classical: { innerIterations: 5, rho: 0.003, lambda: 3e-5 },
  guide: { innerIterations: 10, rho: 0.003, lambda: 3e-5 },
  estimate: { innerIterations: 10, rho: 0.003, lambda: 3e-5 },
};

/** Few evaluations are worth most, and many lose nothing, by second order with fresh noise alone (docs/lab/priors.md). */
const SECOND_ORDER = { order: 2, eta: 1 } as const;
const PRESETS = {
  fast: { steps: 10, guided: 5, ...SECOND_ORDER },
  best: { steps: 100, guided: 50, ...SECOND_ORDER },
} as const;

/** What a preset says of a run that starts there. */
function presetOptions(
  preset: DdsOptions['preset'] = 'default',
  start: DdsOptions['start'],
  sampler: DdsOptions['sampler'] = 'ddim',
): object {
  if (preset === 'default') return {};
  const { steps, guided, order, eta } = PRESETS[preset];
  const known = start === 'guide' || start === 'estimate';
  return { steps: known ? guided : steps, ...(sampler === 'ddim' && { order, eta }) };
}

/** Settings of the paper and its released scripts, converted to unit-norm units. */
const published = {
  schedule: 'vp',
  start: 'noise',
  steps: 50,
  eta: 0.85,
  innerIterations: 5,
  boundary: 'periodic',
} as const;
export const ddsPresets: { readonly [name: string]: Partial<DdsOptions> } = {
  'ct-sparse-view': { ...published, mode: '3d', rho: 0.0256, lambda: 1.03e-4 },
  'ct-limited-angle': { ...published, mode: '3d', rho: 0.0256, lambda: 1.0e-3 },
  mri: { ...published, mode: '2d', gamma: 1 },
};

/**
 * DDS, the decomposed diffusion sampler (Chung, Lee, Ye, ICLR 2024), with noise levels σ_0 > … > σ_N = 0:
 *
 *     d ← D(x; σ_i) ;  ε ← (x − d)/σ_i                          Tweedie (eq. 5), noise estimate
 *     x̂ ← data consistency applied to d                         CG, or an ADMM sweep with the z prior (eq. 13, 20-22)
 *     x ← x̂ + σ_{i+1} ( √(1 − η²) ε + η n )                     eq. 10; the last step ends with x̂
 *
 * `sampler` takes another move (samplers/sampler.ts), with ε from d as here.
 *
 * Own additions, off in `compat`: with `order` 2 the move is that of DPM-Solver++(2M) (Lu et al. 2022) with x̂ for the data prediction,
 *
 *     x ← x̂ + (1 − r) q (x̂ − x̂_before) + r (x − d) + σ_{i+1} η n ,   r = √(1 − η²) σ_{i+1}/σ_i
 *     q = min(½, ln(σ_i/σ_{i+1}) / 2 ln(σ_{i−1}/σ_i)), ½ where levels repeat, 0 in the first and the last move
 *
 * where the cap keeps fresh noise stable (beyond ½ the covariance near σ = 0 exceeds that of the posterior). From a guide that is taken
 * as it is (`start: 'guide'`) ε holds no noise, and the first move draws all of its noise afresh. With `tail` the last evaluations stay
 * at σ_min, and the mean of their x̂ is the result; with `phase` the network is asked at another global phase of the complex image each
 * time; with `quadrature`, `air` and `edges` the data correct d where a denoiser errs (error-metric.ts).
 *
 * Faithful where the released code is not: complex CG uses rᴴr, the data term has no stray factor, d is not clipped. Samples are
 * narrower than the posterior by design of the method (covariance × ½(1 + √(1 − η²)) in the Gaussian case, for many steps); with `order`
 * 2 they are not.
 */
export const dds = defineSolver({
  name: 'dds',
  needsPrior: true,
  schema,
  presets: ddsPresets,
  examples: [
    { steps: 6, sigmaMax: 2 },
    { steps: 6, start: 'classical', mode: '2d' },
    { steps: 6, sigmaMax: 2, order: 2, tail: 0.5 },
    { compat: 'ct-sparse-view', steps: 6 },
    { steps: 6, sigmaMax: 2, quadrature: 0.3, air: 0.5, edges: 1.4 },
    { steps: 6, sigmaMax: 2, quadrature: 0.3, air: 0.5, tail: 0.5, phase: 'random' },
    { steps: 6, sigmaMax: 2, regulariser: 'tv3d', zWeight: 0.7 },
    { steps: 6, sigmaMax: 2, regulariser: 'wavelet', wavelet: 'haar', gamma: 2 },
    { steps: 6, sigmaMax: 2, regulariser: 'low-rank', quadrature: 0.3 },
    { steps: 6, sigmaMax: 2, mode: '2d', regulariser: 'tv-xy', tail: 0.5 },
    { steps: 6, sampler: 'unipc' },
    { preset: 'fast', steps: 6 },
    { sigmas: [1, 0.5, 0.2, 0.1, 0.05, 0.02] },
    { steps: 6, sampler: 'edm', quadrature: 0.3 },
    { steps: 6, sampler: 'bdia' },
    { steps: 6, sampler: 'ancestral', mode: '2d', gamma: 'noise' },
    { steps: 4, sigmaMax: 2, draws: 2, order: 2, quadrature: 0.3 },
    { steps: 4, sampler: 'edict', draws: 2, drawLevel: 0.1 },
  ],

  complete(given) {
    const preset = presetOf('dds', ddsPresets, given.compat);
    const start = given.start ?? preset?.start ?? 'noise';
    const effort = preset ? {} : presetOptions(given.preset, start, given.sampler);
    const bases = [STARTS[start] ?? {}, effort, preset ?? {}, withoutFreshNoise('dds', given.sampler, given.eta)];
    const parsed = ofLevels(parseOptions('dds', schema, given, ...bases), given.steps);
    const options = parsed.sampler === 'dpm++2m' && parsed.eta > 0 ? { ...parsed, order: 2 } : parsed;
    couplingOf('dds', options);
    requireDraws('dds', options, options.tail > 0 ? 'a tail' : undefined);
    if (options.order === 2 && movesOtherwise(options)) {
      throw new SlicewiseError('ARGUMENT', {
        message: "order 2 belongs to the sampler 'ddim'",
        got: `order 2, sampler '${samplerOf(options.sampler).name}'`,
        hint: 'leave one of the two out',
      });
    }
    if (options.gamma === 'noise' && options.eta === 0) {
      throw new SlicewiseError('ARGUMENT', {
        message: "gamma 'noise' needs fresh noise: its γ = κσ²/σ_y², κ = 1 − √(1 − η²), is 0 with eta 0",
        expected: "eta > 0, or gamma a number or 'none'",
        got: "eta 0, gamma 'noise'",
        hint: 'leave --gamma out (k-space then takes 5), give a number such as --gamma 1, or --eta above 0',
      });
    }
    return options;
  },

  steps: (options, problem) => drawSteps(noiseLevels(options, requirePrior(problem, 'dds')), options),

  fields: (options, { domain }) => ({
    x: state('domain'),
    d: scratch('domain', 'denoised image'),
    ...dataStepFields(couplingOf('dds', options), domain, 'joint'),
    before: options.order === 2 ? state('domain', 'image of the step before') : undefined,
    earlier: Array.from({ length: movesOtherwise(options) ? keptFields(options) : 0 }, () => state('domain', 'earlier image')),
    ahead: looksAhead(options.sampler) ? scratch('domain', 'image beside that of the sampler') : undefined,
    mean: tailOf(options) > 1 || options.draws > 1 ? state('domain', 'mean of the last images') : undefined,
  }),

  memory: (options, { domain }) => [
    ...couplingOf('dds', options).flatMap(({ regulariser }) => regulariser.memory?.(domain) ?? []),
    ...(usesMetric(options, domain) ? ERROR_METRIC_FIELDS : []).map((what) => ({ what, bytes: bytesOf(domain) })),
  ],

  prepare({ problem, backend, operator, options, prior, own, workspace, fields, projection }) {
    const { mode, rho, lambda, innerIterations } = options;
    const terms = couplingOf('dds', options);
    const per = mode === '2d' && operator.coupling === 'slice' ? 'slice' : 'volume';
    const settings = { terms, lambda, rho, innerIterations, per, order: 'joint' } as const;
    return {
      sigma: noiseLevels(options, prior),
      data: own(new DataStep(problem, settings, fields, projection)),
      metric: usesMetric(options, operator.domain) ? new ErrorMetric(workspace, backend, operator.domain) : undefined,
    };
  },

  start({ problem, options, prior, fields: { x, residual } }, { sigma }) {
    if (isShown(options, prior)) return startingImage(problem, x, 'guide', 0, residual);
    // a variance-preserving chain starts at n, that is √ᾱ(x₀ + σn) with variance 1: √(1 + σ²) n in our notation
    const width = options.schedule === 'vp' ? Math.sqrt(1 + sigma[0] ** 2) : sigma[0];
    const { start } = options;
    if (start === 'noise' || start === 'estimate') return startingImage(problem, x, 'noise', width, residual);
    startingImage(problem, x, start, sigma[0], residual);
  },

  step({ problem, backend, options, prior, steps, fields: { x, d, before, mean, residual: free, earlier, ahead: next } }, kept, i) {
    const { sigma, data, metric } = kept;
    const { seed } = problem;
    const { draw, k, since, ends } = drawPlace(sigma, options, i);
    /** What a step ends with where there are several draws: the image that is told of. */
    const drawn = (): Field => {
      if (!mean || options.draws === 1) return d;
      if (ends) backend.lincomb(mean, [1 - 1 / (draw + 1), mean], [1 / (draw + 1), d]);
      return ends || draw > 0 ? mean : d;
    };
    const raise = (): void => {
      if (!ends || i === steps - 1) return;
      backend.noise(free, { seed, step: i, stream: STREAM.jump });
      backend.lincomb(x, [1, x], [sigma[firstRedrawn(sigma, options)], free]);
    };
    if (movesOtherwise(options)) {
      const evaluate: Evaluate = (at, level, image, slopeOnly) => {
        const phase = options.phase === 'random' ? phaseOf(seed, i) : 0;
        prior.denoise(at, level, image, { phase, step: i, steps, signal: problem.signal });
        backend.lincomb(at, [1, at], [-1, image]);
        if (slopeOnly) return;
        metric?.follow(image, options, free);
        const pull = pullOf(problem, options.gamma, decidedBy(options, level, sigma[k + 1]));
        data.sweep(image, { pull, metric });
        if (!metric || i < steps - 1) return;
        metric.follow(image, options, free);
        metric.complement();
        data.sweep(image, { pull, metric });
      };
      const fields = { x, d, noise: free, before: earlier, ahead: next };
      const level = samplerStep({ ...options, backend, seed, sigma, sigmaMax: prior.sigmaMax, fields, step: i, since }, k, evaluate);
      const image = drawn();
      raise();
      return { sigma: level, image };
    }
    const eta = i === 0 && isShown(options, prior) ? 1 : options.eta;
    const phase = options.phase === 'random' ? phaseOf(seed, i) : 0;
    prior.denoise(x, sigma[k], d, { phase, step: i, steps, signal: problem.signal });
    backend.lincomb(x, [1 / sigma[k], x], [-1 / sigma[k], d]); // x holds ε from here
    metric?.follow(d, options, free);
    const pull = pullOf(problem, options.gamma, decided(eta, sigma[k]));
    data.sweep(d, { pull, metric }); // d is x̂ from here
    const averaged = i + 1 - (steps - tailOf(options)); // images in the mean
    if (mean && options.draws === 1 && averaged > 0) backend.lincomb(mean, [1 - 1 / averaged, mean], [1 / averaged, d]);
    const image = options.draws > 1 ? drawn() : mean && averaged > 0 ? mean : d;
    if (metric && i === steps - 1) {
      // in the end the data also have what the metric held back, which would be missing for good
      metric.follow(image, options, free);
      metric.complement();
      data.sweep(image, { pull, metric });
    }
    const key = { seed, step: i, stream: STREAM.renoise };
    const ahead = before && {
      weight: lookAhead(since > 0 ? sigma[k - 1] : undefined, sigma[k], sigma[k + 1], eta),
      previous: before,
    };
    renoise(backend, x, { clean: d, sigma: sigma[k + 1], eta, key, scratch: free, ahead });
    if (before) backend.lincomb(before, [1, d]);
    raise();
    return { sigma: sigma[k], image };
  },

  result: ({ fields: { x, mean } }) => mean ?? x,
});

/** By a sampler that is none of the two that `order` says. */
const movesOtherwise = ({ sampler, eta }: Pick<DdsOptions, 'sampler' | 'eta'>): boolean =>
  sampler !== 'ddim' && !(sampler === 'dpm++2m' && eta > 0);

/** Evaluations at σ_min, at least the last one. */
const tailOf = ({ steps, tail, sigmas: levels }: DdsOptions): number => {
  if (!levels) return Math.max(1, Math.round(tail * steps));
  return tail > 0 ? levels.filter((level) => level === levels[levels.length - 1]).length : 1;
};

/** Levels that are given say how many steps there are. @throws SlicewiseError ARGUMENT for levels that rise, or other steps */
function ofLevels(options: DdsOptions, said: number | undefined): DdsOptions {
  const { sigmas: levels, start } = options;
  if (!levels) return options;
  if (levels.some((level, i) => level > (levels[i - 1] ?? level))) {
    throw new SlicewiseError('ARGUMENT', { message: 'sigmas of dds', expected: 'σ_0 ≥ σ_1 ≥ … > 0', got: levels.join(', ') });
  }
  const steps = levels.length + (start === 'estimate' ? 1 : 0);
  if (said !== undefined && said !== steps) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'sigmas and steps of dds',
      expected: `steps ${steps}: one a level${start === 'estimate' ? ', and that of the estimate' : ''}`,
      got: `steps ${said}`,
      hint: 'leave steps out',
    });
  }
  return { ...options, steps };
}

const usesMetric = ({ quadrature, air, edges }: DdsOptions, domain: Space): boolean =>
  Math.min(quadrature, air, 1 / edges) < 1 && domain.dtype === 'complex64';

/** Radians, the same for a step whatever was resumed. */
function phaseOf(seed: number | bigint, step: number): number {
  const words = new Uint32Array(4);
  philox(words, 0, 0, step, STREAM.phase, philoxKey(seed));
  return 2 * Math.PI * uniform(words[0], words[1]);
}

/** κσ², κ = 1 − √(1 − η²): with γ = κσ²/σ_y² the mean of DDS is that of the *noisy* posterior, E[x₀ | y, σ_y] (in the Gaussian case). */
const decided = (eta: number, sigma: number): number => (1 - Math.sqrt(1 - eta ** 2)) * sigma ** 2;

/**
 * The same where a sampler has its own share of fresh noise, which goes to 0 with the length of the steps: κ = 1 − r then, r what is left
 * of the noise.
 */
function decidedBy({ sampler, eta }: Pick<DdsOptions, 'sampler' | 'eta'>, sigma: number, next: number): number {
  const { fresh } = samplerOf(sampler);
  if (!fresh) return decided(eta, sigma);
  return (1 - (next / sigma) * Math.sqrt(1 - fresh(eta, sigma, next) ** 2)) * sigma ** 2;
}

/** The run begins with a plane of the guide itself, without noise. */
const isShown = ({ start }: DdsOptions, { guide }: Prior): boolean => start === 'guide' && guide?.start?.noise === false;

function noiseLevels(options: DdsOptions, prior: Prior): Schedule {
  if (options.schedule === 'vp' && (options.sigmaMax ?? options.sigmaMin) !== undefined) {
    throw new SlicewiseError('ARGUMENT', {
      message: "sigmaMax and sigmaMin belong to the 'geometric' schedule; 'vp' has its own levels",
      got: `schedule 'vp'`,
    });
  }
  const estimate = options.start === 'estimate';
  if (estimate && !prior.guide) {
    throw new SlicewiseError('ARGUMENT', {
      message: "start 'estimate' needs a guided prior: without a guide nothing is known at the greatest noise level",
      got: `the prior '${prior.name}'`,
      hint: "use start 'noise' or 'classical'",
    });
  }
  if (estimate && options.steps === 1) return [prior.sigmaMax, 0];
  const top = isShown(options, prior) || (prior.guide !== undefined && options.steps === 1);
  const usual = Math.min(options.start === 'noise' ? 0.5 : 0.3, prior.sigmaMax);
  const high = options.sigmaMax ?? (top ? prior.sigmaMax : usual);
  const tail = tailOf(options);
  const low = options.sigmaMin ?? Math.min(high, Math.max(tail > 1 ? 0.03 : 0.02, prior.sigmaMin));
  const falling = options.steps - tail + 1 - (estimate ? 1 : 0);
  const found = () => (options.schedule === 'vp' ? ddsSchedule(falling) : geometricSchedule(falling, high, low));
  const levels = options.sigmas ? [...options.sigmas, 0] : withTail(found(), tail);
  const schedule = estimate ? [prior.sigmaMax, ...levels] : levels;
  requireInRange(schedule, prior);
  if (movesOtherwise(options) || options.samplerOrder !== undefined) requireSampler(options, schedule);
  if (isShown(options, prior) && movesOtherwise(options)) {
    throw new SlicewiseError('ARGUMENT', {
      message: `the prior '${prior.name}' starts from its guide as it is, and the first move then draws noise`,
      expected: "the sampler 'ddim', or start 'noise'",
      got: `sampler '${samplerOf(options.sampler).name}'`,
    });
  }
  if (isShown(options, prior) && schedule[0] < prior.sigmaMax) {
    throw new SlicewiseError('ARGUMENT', {
      message: `the prior '${prior.name}' is shown its guide as it is, which it knows at its greatest noise level only`,
      expected: `a first noise level of ${prior.sigmaMax}`,
      got: `${schedule[0]}`,
      hint: "leave sigmaMax out, or use start 'noise'",
    });
  }
  return schedule;
}
