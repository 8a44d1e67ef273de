import * as z from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { count, parseOptions, presetOf } from '../../core/options.js';
import { samplerOptions, withoutFreshNoise } from '../samplers/options.js';
import { samplerOf } from '../samplers/registry.js';
import { STREAM } from '../samplers/streams.js';
import { scratch } from './fields.js';
import { dataSolve, solveFields, solveMemory, solveOptions } from './loop/data-solve.js';
import { defineLoop } from './loop/define-loop.js';
import { requireDraws } from './loop/draws.js';
import { requireJumps } from './loop/jumps.js';
import { levelOptions } from './loop/levels.js';

const schema = z.strictObject({
  compat: z.string().optional().describe('published settings: published, or time-travel'),
  ...levelOptions,
  ...samplerOptions,
  eta: z.number().min(0).max(1).default(0.85).describe('fraction of fresh noise in a step (paper .85); 0 with samplers that draw none'),
  plus: z
    .boolean()
    .default(true)
    .describe('DDNM+: noisy data are followed as far as their noise lies below that of the level; otherwise they are exact'),
  jumps: count.default(1).describe('how often every stretch of jumpLength levels is gone through (paper 1 to 3, “time travel”)'),
  jumpLength: count.default(1).describe('levels of such a stretch (paper 1 to 10)'),
  ...solveOptions,
});

export type DdnmOptions = z.output<typeof schema>;

const published = { schedule: 'vp', start: 'noise', steps: 100, eta: 0.85, mode: '2d', sampler: 'ddim', plus: true } as const;
export const ddnmPresets: { readonly [name: string]: Partial<DdnmOptions> } = {
  published,
  'time-travel': { ...published, jumps: 3, jumpLength: 10 },
};

/**
 * DDNM and DDNM+ (Wang, Yu, Zhang, ICLR 2023, eq. 13 and 17-19): what the data say replaces that part of the denoised image, and the prior
 * fills in the null space,
 *
 *     x̂ ← d + λ A⁺(y − A d) ;  ε ← (x − d)/σ ;  x ← x̂ + σ'(√(1 − η²) ε + η n)
 *
 * λ = 1 for exact data. DDNM+ (`plus`), for data with noise of σ_y: along a singular vector with value s
 *
 *     λ = min(1, σ' s/σ_y) ,  and the noise has the variance σ'² − λ²σ_y²/s² in place of σ'²
 *
 * A⁺ is exact, and λ taken for each singular value, where those are known (masks, single-coil Fourier, operators with a decomposition:
 * operators/singular-filter.ts). For others (CT, several coils) A⁺ is CG on the normal equations from d, and λ and the noise are those of
 * s = ‖A‖ = 1 for the whole image, as in the paper's form for operators without a decomposition: what A⁺ makes of the noise along weak
 * singular vectors is then not counted, and stopping CG early is all that holds it back.
 *
 * With a prior across slices (mode 3d, ours) A⁺ is one ADMM sweep (data-step.ts). It does not tend to the posterior: with a Gaussian
 * prior and many steps the mean does, for exact data, and the variance in the null space is ½(1 + √(1 − η²)) of the posterior's.
 */
export const ddnm = defineLoop({
  name: 'ddnm',
  schema,
  presets: ddnmPresets,
  examples: [
    { steps: 6, sigmaMax: 2 },
    { steps: 6, sigmaMax: 2, plus: false, sampler: 'dpm++3m' },
    { steps: 4, jumps: 2, jumpLength: 2, start: 'classical' },
    { steps: 6, sigmaMax: 2, mode: '3d', schedule: 'edm' },
    { steps: 6, sigmaMax: 2, plus: false, sampler: 'plms' },
    { steps: 6, sigmaMax: 2, draws: 3, drawLevel: 0.3 },
  ],

  complete(given) {
    const preset = presetOf('ddnm', ddnmPresets, given.compat) ?? {};
    const options = parseOptions('ddnm', schema, given, preset, withoutFreshNoise('ddnm', given.sampler, given.eta));
    requireJumps('ddnm', options);
    requireDraws('ddnm', options, options.jumps > 1 ? 'jumps' : undefined);
    if (options.plus && given.plus === true && options.sampler !== 'ddim') {
      throw new SlicewiseError('ARGUMENT', {
        message: `DDNM+ reduces the noise of a move of its own, and the sampler '${samplerOf(options.sampler).name}' has another`,
        hint: 'leave plus or the sampler out',
      });
    }
    return { ...options, plus: options.plus && options.sampler === 'ddim' };
  },

  settings: (options) => options,

  fields: (options, { domain }) => ({
    ...solveFields('ddnm', options, domain),
    undamped: options.plus ? scratch('domain', 'denoised image before the data') : undefined,
  }),

  memory: (options, { domain }) => solveMemory('ddnm', options, domain),

  async data({ problem, backend, options, fields, ...run }) {
    const { noise, residual, undamped } = fields;
    const solve = await dataSolve({ ...run, problem, backend, fields }, 'ddnm', options);
    const { filter } = solve;
    const noiseLevel = problem.noiseLevel ?? 0;
    if (!options.plus || noiseLevel === 0) return { noiseOf: 'denoised', consistent: (d) => solve.solve(d, 0) };

    const trust = (next: number, s: number): number => Math.min(1, (next * s) / noiseLevel);
    const left = (next: number, s: number): number => Math.sqrt(Math.max(0, next ** 2 - ((trust(next, s) * noiseLevel) / s) ** 2));
    return {
      noiseOf: 'denoised',
      consistent(d, { next }) {
        if (filter) {
          filter.ofData(solve.difference(d), residual, (s) => trust(next, s) / s);
          return backend.lincomb(d, [1, d], [1, residual]);
        }
        const share = trust(next, 1);
        if (share < 1) backend.lincomb(undamped!, [1, d]);
        solve.solve(d, 0);
        if (share < 1) backend.lincomb(d, [share, d], [1 - share, undamped!]);
      },
      move(x, image, { sigma, next, key }) {
        if (next === 0) return backend.lincomb(x, [1, image]);
        backend.noise(noise, key(STREAM.renoise));
        backend.lincomb(x, [Math.sqrt(1 - options.eta ** 2) / sigma, x], [options.eta, noise]);
        if (!filter) return backend.lincomb(x, [left(next, 1), x], [1, image]);
        filter.ofImage(x, noise, (s) => left(next, s) - next);
        backend.lincomb(x, [next, x], [1, noise], [1, image]);
      },
    };
  },
});
