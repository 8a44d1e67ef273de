import type { Measurement } from '../../volumes/measurement.js';

/**
 * What DDS does otherwise on k-space than on projections. A mask's spectrum is {0, 1} and multi-coil data are noisy: hard consistency passes the noise
 * on, so the noise decides how far the data are followed (`gamma: noise`).
 * Own trials on a brain at SNR 30, docs/mri.md.
 */
export const mrDefaults = ({ noise }: Measurement): { readonly [method: string]: object } => ({
  dds: {
    eta: 1,
    innerIterations: 5,
    rho: 0.1,
    lambda: 1e-3,
    tail: 0.4,
    phase: 'random',
    ...(noise.type !== 'none' && { gamma: 'noise' }),
  },
});
