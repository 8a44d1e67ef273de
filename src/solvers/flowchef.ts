import * as z from 'zod';
import { nonNegative, parseOptions, presetOf } from '../../core/options.js';
import { scratch } from './fields.js';
import { defineLoop } from './loop/define-loop.js';
import { levelOptions } from './loop/levels.js';
import { misfitGradient } from './loop/misfit-gradient.js';

const schema = z.strictObject({
  compat: z.string().optional().describe('published settings: published (levels alone; its rate is one of mean squares)'),
  ...levelOptions,
  schedule: levelOptions.schedule
    .default('flow')
    .describe('noise levels: flow, equidistant in the time σ/(1 + σ) of a rectified flow (paper), or those of other methods'),
  rate: nonNegative.default(1).describe('a, length of a step along the gradient of ½‖y − A d‖² in unit-norm units; 2 and more diverges'),
});

export type FlowchefOptions = z.output<typeof schema>;

export const flowchefPresets: { readonly [name: string]: Partial<FlowchefOptions> } = {
  published: { schedule: 'flow', start: 'noise', steps: 100 },
};

/**
 * FlowChef (Patel et al., ICCV 2025, algorithm 1): a rectified flow steered by the gradient of the misfit of its end, which is taken with
 * regard to that end and not through the network. Any denoiser is a flow: x_t = (1 − t)x₀ + t n is (1 − t)x for x at σ = t/(1 − t), its
 * velocity v = (x_t − D)/t, and
 *
 *     x_t ← x_t + a Aᴴ(y − A d) ;  x_t' ← x_t + (t' − t) v        v from before the shift
 *     x'  = d + (σ'/σ)(x − d) + (1 + σ') a Aᴴ(y − A d)            the same in σ
 *
 * Levels of the schedule flow are equidistant in t. No noise is drawn after the start. One evaluation a step, no derivative.
 *
 * A gradient step sees strong singular directions alone, and there is no posterior limit. The released code has the gradient of a mean
 * square, so that its rate depends on the size of the image; here it does not. Unfit for CT.
 */
export const flowchef = defineLoop({
  name: 'flowchef',
  schema,
  presets: flowchefPresets,
  usual: { fromNoise: 2 },
  examples: [{ steps: 6 }, { steps: 6, start: 'classical', schedule: 'geometric', rate: 0.5 }, { compat: 'published', steps: 6 }],

  complete: (given) => parseOptions('flowchef', schema, given, presetOf('flowchef', flowchefPresets, given.compat) ?? {}),

  settings: (options) => ({ ...options, sampler: 'ddim', eta: 0 }),

  fields: () => ({ gradient: scratch('domain', 'gradient') }),

  data({ backend, operator, y, options, projection, fields: { gradient } }) {
    return {
      noiseOf: 'denoised',
      observe(_, d) {
        misfitGradient({ backend, operator, y, projection }, d, gradient);
      },
      consistent: () => undefined,
      move(x, image, { sigma, next }) {
        backend.lincomb(x, [next / sigma, x], [1, image], [(1 + next) * options.rate, gradient]);
        if (next === 0) backend.lincomb(image, [1, x]);
      },
    };
  },
});
