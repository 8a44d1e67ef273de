import { SlicewiseError } from '../../core/errors.js';
import { parseOptions, presetOf } from '../../core/options.js';
import { philox, philoxKey, uniform } from '../../core/philox.js';
import type { Field } from '../../compute/backend.js';
import { renoise, lookAhead } from '../samplers/renoise.js';
import { withoutFreshNoise } from '../samplers/options.js';
import { keptFields, looksAhead, samplerOf, samplerStep } from '../samplers/registry.js';
import type { Evaluate } from '../samplers/sampler.js';
import { STREAM } from '../samplers/streams.js';
import { couplingOf } from './coupling.js';
import { DataStep, dataStepFields } from './data-step.js';
import { isShown, movesOtherwise, noiseLevels, ofLevels, tailOf } from './dds/levels.js';
import { DDS_STARTS, ddsPresets, ddsSchema, presetOptions, type DdsOptions } from './dds/options.js';
import { defineSolver } from './define.js';
import { errorMetric, metricMemory } from './error-metric.js';
import { scratch, state } from './fields.js';
import { pullOf } from './gamma.js';
import { drawPlace, drawSteps, firstRedrawn, requireDraws } from './loop/draws.js';
import { requirePrior } from './progress.js';
import { startingImage } from './start.js';

export { ddsPresets, type DdsOptions };

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
 * time; with `quadrature`, `air`, `edges` and `detail` the data correct d where a denoiser errs (error-metric.ts). x̂ has errors of its
 * own, so with noise of the whole level x is worse than the network is told; with `temperature` τ < 1 the fresh noise is σ_{i+1} η τ n,
 * and `gammaScale` multiplies γ of `gamma` 'noise', which takes σ_i for the error of d.
 *
 * Faithful where the released code is not: complex CG uses rᴴr, the data term has no stray factor, d is not clipped. Samples are
 * narrower than the posterior by design of the method (covariance × ½(1 + √(1 − η²)) in the Gaussian case, for many steps); with `order`
 * 2 they are not.
 */
export const dds = defineSolver({
  name: 'dds',
  needsPrior: true,
  schema: ddsSchema,
  presets: ddsPresets,
  examples: [
    { steps: 6, sigmaMax: 2 },
    { steps: 6, start: 'classical', mode: '2d' },
    { steps: 6, sigmaMax: 2, order: 2, tail: 0.5 },
    { compat: 'ct-sparse-view', steps: 6 },
    { steps: 6, sigmaMax: 2, quadrature: 0.3, air: 0.5, edges: 1.4 },
    { steps: 6, sigmaMax: 2, quadrature: 0.3, air: 0.5, detail: 0.5, temperature: 0.7, gamma: 'noise', gammaScale: 1.5 },
    { steps: 6, sigmaMax: 2, detail: 0.3, order: 2, temperature: 0.5 },
    { steps: 6, sigmaMax: 2, air: 0.3, edges: 1.5, detail: 0.5 },
    { steps: 6, sigmaMax: 2, air: 0.3, mode: '2d', sampler: 'unipc' },
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
    const bases = [DDS_STARTS[start] ?? {}, effort, preset ?? {}, withoutFreshNoise('dds', given.sampler, given.eta)];
    const parsed = ofLevels(parseOptions('dds', ddsSchema, given, ...bases), given);
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
    if (options.temperature < 1 && movesOtherwise(options)) {
      throw new SlicewiseError('ARGUMENT', {
        message: "temperature belongs to the sampler 'ddim'",
        got: `temperature ${options.temperature}, sampler '${samplerOf(options.sampler).name}'`,
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
    ...metricMemory(options, domain),
  ],

  prepare({ problem, backend, operator, options, prior, own, workspace, fields, projection }) {
    const { mode, rho, lambda, innerIterations } = options;
    const terms = couplingOf('dds', options);
    const per = mode === '2d' && operator.coupling === 'slice' ? 'slice' : 'volume';
    const settings = { terms, lambda, rho, innerIterations, per, order: 'joint' } as const;
    return {
      sigma: noiseLevels(options, prior),
      data: own(new DataStep(problem, settings, fields, projection)),
      metric: errorMetric(workspace, backend, operator.domain, options),
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
        metric?.follow(image, free);
        const pull = pullOf(problem, options.gamma, options.gammaScale * decidedBy(options, level, sigma[k + 1]));
        data.sweep(image, { pull, metric });
        if (!metric || i < steps - 1) return;
        metric.follow(image, free);
        if (metric.complement()) data.sweep(image, { pull, metric });
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
    metric?.follow(d, free);
    const pull = pullOf(problem, options.gamma, options.gammaScale * decided(eta, sigma[k]));
    data.sweep(d, { pull, metric }); // d is x̂ from here
    const averaged = i + 1 - (steps - tailOf(options)); // images in the mean
    if (mean && options.draws === 1 && averaged > 0) backend.lincomb(mean, [1 - 1 / averaged, mean], [1 / averaged, d]);
    const image = options.draws > 1 ? drawn() : mean && averaged > 0 ? mean : d;
    if (metric && i === steps - 1) {
      // in the end the data also have what the metric held back, which would be missing for good
      metric.follow(image, free);
      if (metric.complement()) data.sweep(image, { pull, metric });
    }
    const key = { seed, step: i, stream: STREAM.renoise };
    const ahead = before && {
      weight: lookAhead(since > 0 ? sigma[k - 1] : undefined, sigma[k], sigma[k + 1], eta),
      previous: before,
    };
    renoise(backend, x, { clean: d, sigma: sigma[k + 1], eta, temperature: options.temperature, key, scratch: free, ahead });
    if (before) backend.lincomb(before, [1, d]);
    raise();
    return { sigma: sigma[k], image };
  },

  result: ({ fields: { x, mean } }) => mean ?? x,
});

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
