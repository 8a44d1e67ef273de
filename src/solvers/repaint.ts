import * as z from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { count, parseOptions, presetOf } from '../../core/options.js';
import { singularFilter } from '../../operators/singular-filter.js';
import { reverseDeviation } from '../samplers/ancestral.js';
import { STREAM } from '../samplers/streams.js';
import { scratch } from './fields.js';
import { defineLoop } from './loop/define-loop.js';
import { requireJumps } from './loop/jumps.js';
import { levelOptions } from './loop/levels.js';

const schema = z.strictObject({
  compat: z.string().optional().describe('published settings: published'),
  ...levelOptions,
  eta: z
    .union([z.number().min(0).max(1), z.literal('ancestral')])
    .default('ancestral')
    .describe('fraction of fresh noise in a step of what was not measured; ancestral: √(1 − σ′²/σ²), as published'),
  jumps: count.default(1).describe('how often every stretch of jumpLength levels is gone through, noise being added in between (paper 10)'),
  jumpLength: count.default(10).describe('levels of such a stretch (paper 10)'),
});

export type RepaintOptions = z.output<typeof schema>;

export const repaintPresets: { readonly [name: string]: Partial<RepaintOptions> } = {
  published: { schedule: 'vp', start: 'noise', steps: 250, eta: 'ancestral', jumps: 10, jumpLength: 10 },
};

/**
 * RePaint (Lugmayr et al., CVPR 2022, algorithm 1) and masked sampling as in Relightify (Papantoniou et al., ICCV 2023): what was
 * measured is put into x at the noise of every level, and the prior moves the rest,
 *
 *     x ← (1 − P) x + A⁺y + σ P n ;  d ← D(x; σ) ;  x̂ ← d + A⁺(y − A d) ;  x ← d + r (x − d) + ησ' n ,  r = √(1 − η²) σ'/σ
 *
 * P = A⁺A is the mask for missing traces, entries, bands and channels; any operator with a single singular value will do (single-coil
 * k-space). The result is x̂ of the last level: measured values stay as they are. Jumps (jump-schedule.ts) raise x again.
 *
 * Data are taken as exact: their noise stays in the result. What is put in does not know x, so that few steps without jumps leave seams;
 * with a Gaussian prior, many steps and η > 0 the mean is that of the posterior.
 */
export const repaint = defineLoop({
  name: 'repaint',
  schema,
  presets: repaintPresets,
  usual: { fromNoise: 2 },
  examples: [
    { steps: 6, sigmaMax: 2 },
    { steps: 4, jumps: 2, jumpLength: 2, eta: 0.5 },
    { compat: 'published', steps: 6, jumps: 1 },
  ],

  complete(given) {
    const options = parseOptions('repaint', schema, given, presetOf('repaint', repaintPresets, given.compat) ?? {});
    requireJumps('repaint', options);
    return options;
  },

  settings: (options) => ({ ...options, sampler: 'ddim', eta: 1 }),

  fields: () => ({
    known: scratch('domain', 'measured part'),
    part: scratch('domain', 'singular part'),
    other: scratch('domain', 'scratch of the singular values'),
  }),

  async data({ backend, operator, y, options, projection, fields: { noise, known, part, other } }) {
    const filter = await singularFilter(operator, [other, known, part]);
    if (!filter?.single) throw notKnown(operator.name);
    filter.ofData(y, known, (s) => 1 / s);
    return {
      noiseOf: 'denoised',
      enter(x, { sigma, key }) {
        backend.noise(noise, key(STREAM.measured));
        backend.lincomb(noise, [sigma, noise], [-1, x]);
        filter.ofImage(noise, part, () => 1);
        backend.lincomb(x, [1, x], [1, part], [1, known]);
      },
      consistent(d) {
        operator.apply(d, projection);
        backend.lincomb(projection, [1, y], [-1, projection]);
        filter.ofData(projection, part, (s) => 1 / s);
        backend.lincomb(d, [1, d], [1, part]);
      },
      move(x, image, { sigma, next, key }) {
        if (next === 0) return backend.lincomb(x, [1, image]);
        const fresh = options.eta === 'ancestral' ? reverseDeviation(sigma, next).least : options.eta * next;
        backend.noise(noise, key(STREAM.renoise));
        // what was measured is put in anew before the next evaluation, so x̂ serves for d
        backend.lincomb(x, [1, image], [Math.sqrt(next ** 2 - fresh ** 2) / sigma, x], [fresh, noise]);
      },
    };
  },
});

const notKnown = (operator: string): SlicewiseError =>
  new SlicewiseError('ARGUMENT', {
    message: 'repaint puts known values into the image',
    expected: 'a mask (missing traces, entries, channels), or a single coil on a grid',
    got: operator,
    hint: 'use dds or ddnm, which take any operator',
  });
