import * as z from 'zod';
import type { Backend, Field } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { count, parseOptions, positive, presetOf } from '../../core/options.js';
import { describeSpace } from '../../core/space.js';
import { hasVariance } from '../../models/block/learned-variance.js';
import type { Prior } from '../../models/prior.js';
import { ancestral } from '../samplers/ancestral.js';
import { lookAhead, renoise } from '../samplers/renoise.js';
import { STREAM } from '../samplers/streams.js';
import { cosineSchedule } from './cosine-schedule.js';
import { defineSolver } from './define.js';
import { scratch, state } from './fields.js';
import { visits } from './jump-schedule.js';
import { measuredMask } from './measured-mask.js';
import { geometricSchedule, requireInRange, type Schedule } from './schedules.js';
import type { Problem } from './solver.js';
import { startingImage } from './start.js';

const schema = z.strictObject({
  compat: z.string().optional().describe('published settings: published'),
  steps: count.default(10).describe('noise levels; default 10 from a classical start (published 250, from noise)'),
  jumps: count
    .default(1)
    .describe('how often every stretch of jumpLength levels is gone through, noise being added in between (published 10)'),
  jumpLength: count.default(10).describe('levels of such a stretch'),
  sampler: z
    .enum(['ddim', 'repaint'])
    .default('ddim')
    .describe(
      'ddim: the denoised image with the measured values in place of its own, then less noise; repaint: noised measured values before ' +
        'every evaluation, ancestral steps with learned variance (published)',
    ),
  eta: z.number().min(0).max(1).default(0).describe('fraction of fresh noise in a step of the sampler ddim'),
  order: z
    .int()
    .min(1)
    .max(2)
    .default(1)
    .describe('order of a step of the sampler ddim: 2 looks ahead along the last two images (one more field, no evaluation more)'),
  start: z
    .enum(['noise', 'classical', 'guide'])
    .default('classical')
    .describe(
      'pure noise (published), or a classical image, or what a guided prior is shown, noised to sigmaMax; guided priors whose cards say ' +
        'so start from their guide',
    ),
  schedule: z
    .enum(['geometric', 'cosine'])
    .default('geometric')
    .describe('noise levels: geometric, or the cosine schedule of 1000 steps respaced to steps (published)'),
  sigmaMax: positive
    .optional()
    .describe('first noise level; default 2 from noise and for the one step of a guided prior, else 0.3, or what the prior allows'),
  sigmaMin: positive.optional().describe('last noise level before 0; default 0.02, or what the prior allows'),
  clamp: positive
    .optional()
    .describe('denoised images are held within ± this, in the range of the prior; default not at all (published 1)'),
  condition: z
    .enum(['guide', 'data'])
    .default('guide')
    .describe('what a guided prior is shown: all planes of its guide, or the measured values alone and zeros for the rest (published)'),
});

export type SeisfusionOptions = z.output<typeof schema>;

export const seisfusionPresets: { readonly [name: string]: Partial<SeisfusionOptions> } = {
  published: {
    steps: 250,
    jumps: 10,
    jumpLength: 10,
    sampler: 'repaint',
    start: 'noise',
    schedule: 'cosine',
    clamp: 1,
    condition: 'data',
  },
};

/**
 * SeisFusion (Wang et al., IEEE TGRS 2024): missing values of a masked volume by a conditional diffusion prior of three-dimensional
 * blocks. With m the mask, y the measured values (A*y), levels σ_0 > … > σ_N = 0 and u = x_t/√ᾱ_t, `sampler: 'repaint'` (published)
 * does at every level
 *
 *     u ← m (y + σ_i n) + (1 − m) u                      measured values at this noise, √ᾱ y + √(1−ᾱ) n in x_t
 *     x̂ ← clamp D(u; σ_i)                                D = u − σ ε(u, m y), v by the same network
 *     u ← r² u + (1 − r²) x̂ + s n                        samplers/ancestral.ts
 *
 * with the jumps of RePaint (jump-schedule.ts), and gives m y + (1 − m) x̂. `sampler: 'ddim'` (ours) spends fewer evaluations of
 * the same network:
 *
 *     d ← D(u; σ_i);  ε ← (u − d)/σ_i;  x̂ ← m y + (1 − m) d;  u ← x̂ + σ_{i+1} (√(1 − η²) ε + η n)
 *
 * (with `order` 2 as in dds.ts) from a classical image, or a guide's, noised to σ_0. The mean of a few samples (option `samples` of
 * a reconstruction) is nearer to the posterior's mean.
 *
 * Any prior will do; one without a learned variance has v = 0. All noise is drawn on the volume's own grid, by element, and blocks
 * are the prior's business (models/block): the result does not depend on how it cuts. The prior is conditional on A*y and what was
 * made of it, never on complete data.
 */
export const seisfusion = defineSolver({
  name: 'seisfusion',
  needsPrior: true,
  schema,
  presets: seisfusionPresets,
  examples: [
    { steps: 6 },
    { steps: 6, start: 'noise', sigmaMax: 2, eta: 0.5 },
    { steps: 4, jumps: 2, jumpLength: 2, order: 2 },
    { steps: 4, jumps: 2, jumpLength: 2, sampler: 'repaint', start: 'noise', sigmaMax: 2, clamp: 1 },
    { compat: 'published', steps: 6, jumps: 1 },
  ],

  complete(given) {
    const options = parseOptions('seisfusion', schema, given, presetOf('seisfusion', seisfusionPresets, given.compat) ?? {});
    const { jumps, jumpLength, steps, schedule, sigmaMax, sigmaMin } = options;
    if (jumps > 1 && jumpLength >= steps) {
      throw new SlicewiseError('ARGUMENT', {
        message: 'a jump is longer than the chain',
        expected: `jumpLength < steps, ${steps}`,
        got: `jumpLength ${jumpLength}`,
      });
    }
    if (schedule === 'cosine' && (sigmaMax ?? sigmaMin) !== undefined) {
      throw new SlicewiseError('ARGUMENT', {
        message: "sigmaMax and sigmaMin belong to the 'geometric' schedule; 'cosine' has its own levels",
        got: "schedule 'cosine'",
      });
    }
    return options;
  },

  check({ operator: { domain } }) {
    if (domain.dtype === 'float32') return;
    throw new SlicewiseError('SHAPE', { message: 'seisfusion takes real images', got: describeSpace(domain) });
  },

  steps: ({ steps, ...jumps }) => visits(steps, jumps).length,

  fields: ({ sampler, condition, order }) => ({
    x: state('domain'),
    d: scratch('domain', 'denoised image'),
    noise: scratch('domain', 'noise'),
    mask: scratch('domain', 'mask of what was measured'),
    measured: scratch('domain', 'measured values'),
    before: order === 2 && sampler === 'ddim' ? state('domain', 'image of the step before') : undefined,
    fraction: sampler === 'repaint' ? scratch('domain', 'learned variance') : undefined,
    nothing: condition === 'data' ? scratch('domain', 'planes of a guide that are not shown') : undefined,
  }),

  async prepare({ problem, operator, y, options, prior, fields: { d, noise, mask, measured, nothing } }) {
    const sigma = noiseLevels(options, prior);
    await measuredMask(problem, 'seisfusion', mask, [d, noise]);
    operator.adjoint(y, measured);
    return { sigma, sequence: visits(options.steps, options), shown: planesShown(problem, prior, measured, nothing) };
  },

  start({ problem, options, fields: { x, noise } }, { sigma }) {
    // a variance-preserving chain starts at n, that is √ᾱ(x₀ + σn) with variance 1: √(1 + σ²) n in our notation
    const width = options.schedule === 'cosine' && options.start === 'noise' ? Math.sqrt(1 + sigma[0] ** 2) : sigma[0];
    startingImage(problem, x, options.start, width, noise);
  },

  step(run, { sigma, sequence, shown }, i) {
    const { problem, backend, options, prior, steps } = run;
    const { x, d, noise, mask, measured, before, fraction } = run.fields;
    const { t, raisedFrom } = sequence[i];
    const of = (time: number): number => sigma[options.steps - 1 - time]; // 0 at the time −1
    const [level, next] = [of(t), of(t - 1)];
    const draw = (stream: number) => ({ seed: problem.seed, step: i, stream });
    const asked = { step: i, steps, signal: problem.signal, ...shown };

    if (raisedFrom !== undefined) {
      backend.noise(noise, draw(STREAM.jump));
      backend.lincomb(x, [1, x], [Math.sqrt(level ** 2 - of(raisedFrom) ** 2), noise]);
    }
    if (options.sampler === 'repaint') {
      backend.noise(noise, draw(STREAM.measured));
      backend.lincomb(noise, [level, noise], [1, measured]);
      replace(backend, x, mask, noise, d);
      const learned = hasVariance(prior) ? fraction : undefined;
      if (learned && hasVariance(prior)) prior.denoiseWithVariance(x, level, d, learned, asked);
      else prior.denoise(x, level, d, asked);
      if (options.clamp) backend.clamp(d, -options.clamp, options.clamp, d);
      const key = draw(STREAM.ancestral);
      ancestral(backend, x, { clean: d, sigma: level, next, key, scratch: noise, fraction: learned });
      replace(backend, d, mask, measured, noise);
      if (next === 0) backend.lincomb(x, [1, d]);
    } else {
      prior.denoise(x, level, d, asked);
      if (options.clamp) backend.clamp(d, -options.clamp, options.clamp, d);
      backend.lincomb(x, [1 / level, x], [-1 / level, d]); // x holds ε from here
      replace(backend, d, mask, measured, noise);
      const previous = i === 0 || raisedFrom !== undefined ? undefined : of(t + 1);
      const ahead = before && { weight: lookAhead(previous, level, next, options.eta), previous: before };
      const key = draw(STREAM.renoise);
      renoise(backend, x, { clean: d, sigma: next, eta: options.eta, key, scratch: noise, ahead });
      if (before) backend.lincomb(before, [1, d]);
    }
    return { sigma: level, image: d };
  },

  result: ({ fields: { x } }) => x,
});

/** x ← m values + (1 − m) x; where m is 1 exactly the values. `values` may hold anything where m is 0; `scratch` is overwritten. */
function replace(backend: Backend, x: Field, mask: Field, values: Field, scratch: Field): void {
  backend.multiply(x, mask, scratch);
  backend.lincomb(x, [1, x], [-1, scratch]);
  backend.multiply(values, mask, scratch);
  backend.lincomb(x, [1, x], [1, scratch]);
}

/** What a guided prior is shown: all of its guide, or the measured values alone. */
function planesShown({ guide }: Problem, prior: Prior, measured: Field, nothing?: Field): { readonly guide?: readonly Field[] } {
  if (!prior.guide) return {};
  if (nothing) return { guide: [measured, ...new Array<Field>(prior.guide.planes - 1).fill(nothing)] };
  return guide ? { guide } : {};
}

function noiseLevels(options: SeisfusionOptions, prior: Prior): Schedule {
  const top = options.start === 'noise' || (prior.guide !== undefined && options.steps === 1);
  const high = options.sigmaMax ?? Math.min(top ? 2 : 0.3, prior.sigmaMax);
  const low = options.sigmaMin ?? Math.min(high, Math.max(0.02, prior.sigmaMin));
  const schedule = options.schedule === 'cosine' ? cosineSchedule(options.steps) : geometricSchedule(options.steps, high, low);
  requireInRange(schedule, prior);
  return schedule;
}
