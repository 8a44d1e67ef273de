import { normals, philoxKey } from '../../core/philox.js';
import { SlicewiseError } from '../../core/errors.js';
import { poisson } from './poisson.js';

/** Streams of simulated noise, far from those that solvers draw from: one seed may serve a simulation and its reconstruction. */
export const MEASUREMENT_STREAM = { photons: 0x70686f74, gaussian: 0x67617573 } as const;

/** The least count that a logarithm is taken of: a bin that no photon reaches reads half a photon. */
export const LEAST_COUNT = 0.5;

/**
 * Line integrals as a photon-counting detector would give them: n ~ Poisson(I₀ e^{−p}), y = −ln(max(n, ½)/I₀).
 * Variance of y is close to e^p/I₀ while I₀ e^{−p} ≫ 1.
 *
 * @param lineIntegrals p, C order; `perSlice` values share the first counter, so slices are independent of each other
 * @param photons I₀, photons a bin counts without the object
 * @returns new array; element e of slice k depends on p there, the seed, e and k only
 * @throws SlicewiseError ARGUMENT unless photons is a positive number
 */
export function addPhotonNoise(lineIntegrals: Float32Array, perSlice: number, photons: number, seed: number | bigint): Float32Array {
  if (!(photons > 0 && photons <= 1e15)) {
    throw new SlicewiseError('ARGUMENT', { message: 'photons', expected: 'a number in (0, 1e15]', got: `${photons}` });
  }
  const key = philoxKey(seed);
  const words = new Uint32Array(4);
  return lineIntegrals.map((p, at) => {
    const [slice, element] = [Math.floor(at / perSlice), at % perSlice];
    const count = poisson(photons * Math.exp(-p), element, slice, MEASUREMENT_STREAM.photons, key, words);
    return -Math.log(Math.max(count, LEAST_COUNT) / photons);
  });
}

/**
 * y = p + std · n, white.
 * @throws SlicewiseError ARGUMENT for a negative standard deviation
 */
export function addGaussianNoise(values: Float32Array, perSlice: number, std: number, seed: number | bigint): Float32Array {
  if (!(std >= 0 && Number.isFinite(std))) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'noise standard deviation',
      expected: 'a number ≥ 0',
      got: `${std}`,
    });
  }
  const key = philoxKey(seed);
  const out = new Float32Array(values.length);
  for (let slice = 0; slice * perSlice < values.length; slice++) {
    const noise = normals(perSlice, key, slice, 0, MEASUREMENT_STREAM.gaussian);
    for (let e = 0; e < perSlice; e++) out[slice * perSlice + e] = values[slice * perSlice + e] + std * noise[e];
  }
  return out;
}
