import * as z from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { parseOptions, presetOf } from '../../core/options.js';
import { singularFilter } from '../../operators/singular-filter.js';
import { STREAM } from '../samplers/streams.js';
import { scratch } from './fields.js';
import { defineLoop } from './loop/define-loop.js';
import { levelOptions } from './loop/levels.js';

const schema = z.strictObject({
  compat: z.string().optional().describe('published settings: published'),
  ...levelOptions,
  eta: z.number().min(0).max(1).default(0.85).describe('fraction of fresh noise in a step where the data do not decide (paper .85)'),
  etaData: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('η_b: how far the data replace the denoised image where they are exacter (paper 1)'),
});

export type DdrmOptions = z.output<typeof schema>;

export const ddrmPresets: { readonly [name: string]: Partial<DdrmOptions> } = {
  published: { schedule: 'vp', start: 'noise', steps: 20, eta: 0.85, etaData: 1 },
};

/**
 * DDRM (Kawar, Elad, Ermon, Song, NeurIPS 2022, eq. 7 and 8) in the basis of the singular vectors of A = U S Vᴴ: per component θ = Vᴴd, ȳ =
 * S⁺Uᴴy, e = Vᴴε, ε = (x − d)/σ,
 *
 *     s = 0              x' = θ + σ'√(1 − η²) e + ησ' n
 *     σ' ≥ σ_y/s         x' = (1 − η_b) θ + η_b ȳ + √(σ'² − η_b²σ_y²/s²) n
 *     σ' < σ_y/s         x' = θ + σ'√(1 − η²) (ȳ − θ) s/σ_y + ησ' n
 *
 * At σ' = 0 exact data (σ_y = 0) are in the result as they are, where the released code, whose two tests both fail there, gives θ. Noise
 * levels of complex data are those of either part.
 *
 * For operators whose singular values are known (operators/singular-filter.ts); for others it is refused, and `ddnm` is nearest. A start
 * from noise has σ_0 n where the paper has ȳ + √(σ_0² − σ_y²/s²) n: the first step replaces it. It does not tend to the posterior: with a
 * Gaussian prior the variance in the null space is too small (¾ of it with η .85).
 */
export const ddrm = defineLoop({
  name: 'ddrm',
  schema,
  presets: ddrmPresets,
  examples: [
    { steps: 6, sigmaMax: 2 },
    { steps: 6, start: 'classical', eta: 0.5, etaData: 0.8 },
    { compat: 'published', steps: 6 },
  ],

  complete: (given) => parseOptions('ddrm', schema, given, presetOf('ddrm', ddrmPresets, given.compat) ?? {}),

  settings: (options) => ({ ...options, sampler: 'ddim' }),

  fields: () => ({
    part: scratch('domain', 'singular part'),
    other: scratch('domain', 'singular part of the noise'),
    third: scratch('domain', 'scratch of the singular values'),
  }),

  async data({ problem, backend, operator, y, options, projection, fields: { noise, part, other, third } }) {
    const filter = await singularFilter(operator, [third, part, other]);
    if (!filter) throw withoutDecomposition(operator.name);
    const noiseLevel = problem.noiseLevel ?? 0;
    const { eta, etaData } = options;
    const fixed = Math.sqrt(1 - eta ** 2);
    const exact = (next: number, s: number): boolean => next >= noiseLevel / s;
    return {
      noiseOf: 'denoised',
      consistent: () => undefined,
      move(x, image, { sigma, next, key }) {
        const kept = (next * fixed) / sigma;
        // of the measured part: no noise kept, ȳ − θ weighed, and other noise
        filter.ofImage(x, other, () => -kept);
        backend.lincomb(x, [kept, x], [1, other]);
        operator.apply(image, projection);
        backend.lincomb(projection, [1, y], [-1, projection]);
        filter.ofData(projection, part, (s) => (exact(next, s) ? etaData / s : (next * fixed) / noiseLevel));
        backend.lincomb(x, [1, image], [1, x], [1, part]);
        if (next > 0) {
          backend.noise(noise, key(STREAM.renoise));
          const own = (s: number): number =>
            exact(next, s) ? Math.sqrt(Math.max(0, next ** 2 - ((etaData * noiseLevel) / s) ** 2)) : eta * next;
          filter.ofImage(noise, other, (s) => own(s) - eta * next);
          backend.lincomb(x, [1, x], [eta * next, noise], [1, other]);
        }
        // what is shown of a step: the denoised image with the data as far as they count
        backend.lincomb(image, [1, image], [1, part]);
      },
    };
  },
});

const withoutDecomposition = (operator: string): SlicewiseError =>
  new SlicewiseError('ARGUMENT', {
    message: 'ddrm works in the singular vectors of the operator',
    expected: 'a mask, a single coil on a grid, or an operator with a decomposition',
    got: operator,
    hint: 'use ddnm, which needs none, or dds',
  });
