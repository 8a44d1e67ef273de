import { viewAxis } from '../../../volumes/kinds/views.js';
import type { Measurement } from '../../../volumes/measurement.js';
import { middleSlices, type UncertainNoise } from '../uncertain.js';

/**
 * Line integrals that were measured do not say their noise, and what the model does not explain (beam hardening, scatter, a wobbling axis)
 * counts as noise too: only prediction tells both. Differences of neighbouring bins do not: on five measured scans they gave 0.6 to 2.9 %
 * of the data where 0.3 to 2.5 % were best, higher by up to 3 times where noise is independent, lower where a scintillator blurs it.
 */
export function uncertainProjections(scan: Measurement): UncertainNoise | undefined {
  if (scan.noise.type !== 'unknown') return undefined;
  return {
    why: 'the scan does not say its noise',
    what: 'noise of the line integrals, misfit of the model included',
    excerpt: viewAxis(scan.kind) === 0 ? scan : middleSlices(scan),
    classical: 'admm-tv',
    // own trials: the best level was 0.2 to 0.7 of what total variation leaves of hidden views
    first: (rms) => rms / 2,
  };
}

/** Where a denoiser errs, and how (error-metric.ts). */
const ERRORS = { edges: 1.4, detail: 0.5 } as const;
/** Few evaluations leave what is wrong with air to the data; with 40 it does harm (a tooth: .4 dB). */
const FAST = { air: 0.5 } as const;

/**
 * With a noise level that the user said (`--noise-std`), or that hidden views chose, DDS weighs the data by it, from a classical image on.
 * Simulated noise is far below what the missing views leave open: there the data are taken as they are, and moves are of second order,
 * which was better by .8, .45 and .2 dB with 10, 20 and 40 evaluations (docs/lab/priors.md). Data correct edges more than the finest
 * detail: with 40 evaluations .1 to 1 dB better on four simulated scans and a limb .1 worse, on measured ones .15 to .4 better and one .1
 * worse.
 */
export const ctDefaults = (
  { noise }: Pick<Measurement, 'noise'>,
  given: {
    readonly eta?: unknown;
    readonly gamma?: unknown;
    readonly sampler?: unknown;
    readonly start?: unknown;
    readonly preset?: unknown;
  } = {},
): { readonly [method: string]: object } => {
  if (given.sampler !== undefined && given.sampler !== 'ddim') return {};
  const weighed = noise.type === 'gaussian' && noise.said && given.gamma === undefined && given.eta !== 0;
  if (weighed) return { dds: { gamma: 'noise', start: 'classical', ...ERRORS } };
  return given.start === undefined || given.start === 'noise' ? { dds: { order: 2, ...ERRORS, ...(given.preset === 'fast' && FAST) } } : {};
};
