import type { CubeFactors } from '../lowrank/cube.js';
import { expectation } from '../lowrank/factors.js';
import { fillPixels } from '../lowrank/fill.js';
import { observe } from '../lowrank/observations.js';

/** A cube in units of each band's noise: y(band, pixel) = mean + Σ_k basis(band, k) map(k, pixel) + ε, ε of variance 1. */
export interface SpectralModel {
  readonly bands: number;
  readonly rank: number;
  /** [band, rank]. */
  readonly basis: Float32Array;
  readonly mean: Float64Array;
  readonly noise: Float64Array;
}

export function spectralModel({ rank, factors, noise }: Pick<CubeFactors, 'rank' | 'factors' | 'noise'>): SpectralModel {
  const bands = noise.length;
  const basis = Float32Array.from({ length: bands * rank }, (_, n) => {
    const b = Math.floor(n / rank);
    return factors[b * (rank + 1) + (n % rank)] / noise[b];
  });
  return { bands, rank, basis, mean: Float64Array.from({ length: bands }, (_, b) => factors[b * (rank + 1) + rank]), noise };
}

/** (y − mean)/noise where the mask is 1, else 0: [band, pixel]. */
export function whitened(data: Float32Array, mask: Float32Array, { bands, mean, noise }: SpectralModel): Float32Array {
  const pixels = data.length / bands;
  return data.map((value, n) => {
    const b = Math.floor(n / pixels);
    return mask[n] === 1 ? (value - mean[b]) / noise[b] : 0;
  });
}

/**
 * What entries say of every pixel's coefficients by themselves: E[z | entries], z ~ N(0, I). Pixels without entries are filled from the
 * others (`fillPixels`).
 * @returns [rank, line, sample]
 */
export function coefficientMaps(
  data: Float32Array,
  mask: Float32Array,
  model: SpectralModel,
  [lines, samples]: readonly [number, number],
): Float32Array {
  const { bands, rank, basis, mean, noise } = model;
  const pixels = lines * samples;
  const observations = observe(data, mask, bands, { centre: mean, scale: noise });
  const factors = { rank, mean: new Float64Array(bands), loading: Float64Array.from(basis), variance: 1 };
  const { coefficients } = expectation(observations, factors);
  const known = Uint8Array.from({ length: pixels }, (_, p) => Number(observations.start[p + 1] > observations.start[p]));
  fillPixels(coefficients, known, [lines, samples], rank);
  return Float32Array.from({ length: rank * pixels }, (_, n) => coefficients[(n % pixels) * rank + Math.floor(n / pixels)]);
}
