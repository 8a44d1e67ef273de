import * as z from 'zod';
import { count, nonNegative, positive } from '../../../core/options.js';
import { regulariserOptions } from '../../regularisers/choice.js';
import { samplerOptions } from '../../samplers/options.js';
import { gammaOption } from '../gamma.js';

/** Defaults are those for CT; k-space has some of its own (src/modalities/mri/defaults.ts). */
export const ddsSchema = z.strictObject({
  compat: z.string().optional().describe('published settings: ct-sparse-view, ct-limited-angle or mri'),
  preset: z
    .enum(['fast', 'default', 'best'])
    .default('default')
    .describe(
      'steps, order and eta where they are not given: fast takes 10 evaluations (5 from what a guided prior is shown), best 100 (20), ' +
        'both by order 2 with eta 1 (fast on projections with air; on k-space from a classical image, with ' +
        'temperature, detail and gammaScale); nothing to compat, and on seismic traces the steps stay 1',
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
  temperature: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe(
      'fresh noise that a step draws, over what its level says: the rest is left for the error that the image has itself; default 1, ' +
        'and 0.7 in fast runs on k-space (own trials; on projections less noise loses)',
    ),
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
      'how readily the data correct images where they are dark (0 of the prior: air), against 1 in tissue; default 1 (no difference), ' +
        '.5 on k-space, in fast runs on projections and beside ct-guided (own trials)',
    ),
  edges: z
    .number()
    .min(1)
    .max(10)
    .default(1)
    .describe(
      'how readily the data correct images at edges, against 1 away from them; default 1 (no difference), and 1.4 on k-space and, ' +
        'from noise or with weighed noise, on projections (own trials)',
    ),
  detail: z
    .number()
    .min(0.125)
    .max(1)
    .default(1)
    .describe(
      'how readily the data correct the finest detail (a chessboard of pixels), against 1 for what varies slowly, since a denoiser errs ' +
        'smoothly; default 1 (no difference), and 0.5 on projections, from noise or with weighed noise, and in fast ' +
        'runs on k-space (own trials)',
    ),
  gammaScale: positive
    .default(1)
    .describe('what γ of gamma noise is multiplied by; default 1, and 1.5 in fast runs on k-space (own trials)'),
  ...regulariserOptions,
  boundary: regulariserOptions.boundary.describe('beyond the first and last slice; the papers are periodic'),
});

export type DdsOptions = z.output<typeof ddsSchema>;

/**
 * Defaults that hang on where the run starts. Own trials on a real chest CT (8 slices, 20 views, photon noise 1e5, 20
 * steps from noise): σ_max 3, 1, 0.5, 0.3 gave 26.9, 27.1, 27.2, 27.2 dB (90° limited angle: 1 is 0.1 dB better than
 * 0.5); M 5, 10, 20: 26.8, 27.1, 26.8; ρ .01, .003, .001 with λ/ρ = .01: 27.0, 27.1, 26.9; η .85, .95, 1: 27.0 each;
 * σ_min .01, .02, .04 alike.
 */
export const DDS_STARTS = {
  noise: { innerIterations: 10, rho: 0.003, lambda: 3e-5 },
  classical: { innerIterations: 5, rho: 0.003, lambda: 3e-5 },
  guide: { innerIterations: 10, rho: 0.003, lambda: 3e-5 },
  estimate: { innerIterations: 10, rho: 0.003, lambda: 3e-5 },
};

/** Few evaluations are worth most, and many lose nothing, by second order with fresh noise alone (docs/lab/priors.md). */
const SECOND_ORDER = { order: 2, eta: 1 } as const;
const PRESETS = {
  fast: { steps: 10, guided: 5, ...SECOND_ORDER },
  best: { steps: 100, guided: 20, ...SECOND_ORDER },
} as const;

/** What a preset says of a run that starts there. */
export function presetOptions(
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
