import { drawsNoise } from '../../samplers/registry.js';
import type { SamplerChoice } from '../../samplers/sampler.js';
import type { Measurement } from '../../../volumes/measurement.js';

/**
 * γ without fresh noise, for which the rule γ = κσ²/σ_y² has κ = 0 and would leave the data out: own trials on the brain of
 * docs/lab/mri.md, 20 evaluations, SNR 30, random lines ×4 / Poisson ×8: γ 1, 5, 10, 20, none gave 27.7 / 30.2, 28.9 / 32.0, 29.2 / 31.6,
 * 29.3 / 31.1, 29.0 / 30.2 dB.
 */
const DETERMINISTIC_GAMMA = 5;

/**
 * From the image of CS-wavelet DDS is 0.2 dB nearer after 5 evaluations of lines ×4 than from that of ADMM-TV (as near with a Poisson disc
 * ×8), which takes twice its time; from noise 1.0 and 0.2 dB less near (docs/lab/mri.md).
 */
export const MR_START = { method: 'cs-wavelet', options: { iterations: 30 } } as const;

/**
 * `--preset fast`: few evaluations leave errors in x̂, which are smooth and greater than the last levels; what these settings do with that
 * gains 0.4 dB with ten evaluations of lines ×4 and 0.3 of a Poisson disc ×8 (docs/lab/mri.md).
 */
const FAST = { start: 'classical', sigmaMax: 0.2, detail: 0.5, gammaScale: 1.5 } as const;
/** Where the sampler's own noise is what is drawn. */
const FAST_DDIM = { temperature: 0.7 } as const;

/**
 * What DDS and DiffusionMBIR do otherwise on k-space than on projections. A mask's spectrum is {0, 1} and multi-coil data are noisy: hard
 * consistency passes the noise on, so the noise decides how far the data are followed (`gamma: noise`). With `eta` 0 the noise cannot
 * decide, and a fixed weight does. Own trials on a brain at SNR 30, docs/lab/mri.md.
 *
 * @param given options that the user gave
 */
export const mrDefaults = (
  { noise }: Pick<Measurement, 'noise'>,
  given: {
    readonly eta?: unknown;
    readonly start?: unknown;
    readonly gamma?: unknown;
    readonly sampler?: SamplerChoice;
    readonly draws?: unknown;
    readonly preset?: unknown;
  } = {},
): { readonly [method: string]: object } => ({
  dds: {
    eta: drawsNoise(given.sampler) ? 1 : 0,
    innerIterations: 5,
    rho: 0.03,
    lambda: 6e-4,
    tail: staysAtLevel(given) ? 0.4 : 0,
    phase: 'random',
    quadrature: 0.3,
    air: 0.5,
    edges: 1.4,
    ...(isFast(given) && { ...FAST, ...((given.sampler ?? 'ddim') === 'ddim' && FAST_DDIM) }),
    ...(noise.type !== 'none' && { gamma: given.eta === 0 || !drawsNoise(given.sampler) ? DETERMINISTIC_GAMMA : 'noise' }),
  },
  // data that are taken as exact are taken as published
  ...(noise.type !== 'none' &&
    given.gamma !== 'none' && {
      'diffusion-mbir': {
        gamma: 'noise',
        innerIterations: 3,
        // from 378 fewer than 100 steps do not bring the data in (12 steps, 60 steps of a small phantom: −31, −6 dB; from 1: 30, 31 dB)
        ...(given.start !== 'classical' && { sigmaMax: 1 }),
        sigmaMin: 0.02,
        rho: 0.03,
        lambda: 6e-4,
      },
    }),
});

const isFast = ({ preset, start = FAST.start, sampler }: { preset?: unknown; start?: unknown; sampler?: SamplerChoice }): boolean =>
  preset === 'fast' && start === FAST.start && drawsNoise(sampler);

/** The samplers that may stay at a level, where nothing else says how levels are gone through: `ddim`, and `dpm++2m` with fresh noise. */
const staysAtLevel = ({
  sampler = 'ddim',
  eta,
  draws = 1,
}: {
  readonly sampler?: SamplerChoice;
  readonly eta?: unknown;
  readonly draws?: unknown;
}): boolean => (sampler === 'ddim' || (sampler === 'dpm++2m' && eta !== 0)) && draws === 1;
