import type { Measurement } from '../../volumes/measurement.js';

/**
 * What DDS does otherwise on k-space than on projections. A mask's spectrum is {0, 1} and multi-coil data are noisy: hard consistency passes the noise
 * on, so the noise decides how far the data are followed (`gamma: noise`).
 */
export const mrDefaults = ({ noise }: Measurement): { readonly [method: string]: object } => ({
  dds: { rho: 0.03, lambda: 3e-4, ...(noise.type !== 'none' && { gamma: 'noise' }) },
});
