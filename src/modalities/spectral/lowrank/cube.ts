import type { Axis } from '../../../../core/axis.js';
import type { Measurement } from '../../../../volumes/measurement.js';
import { fillBands, fillPixels } from './fill.js';
import { fitFactors } from './fit.js';
import { observe } from './observations.js';
import { bandScales } from './scales.js';

/** A cube as a few images: x(band, pixel) = factors(band, rank) + Σ_k factors(band, k) maps(k, pixel). */
export interface CubeFactors {
  readonly rank: number;
  /** [band, rank + 1] in units of the data, the mean spectrum in the last column. */
  readonly factors: Float64Array;
  /** [pixel, rank], of variance near 1. */
  readonly maps: Float64Array;
  /** Of each band, in units of the data: σ of the noise as it was known or found. */
  readonly noise: Float64Array;
  /** Pixels of which nothing was measured, filled from their neighbours. */
  readonly missingPixels: number;
  /** Bands of which nothing was measured, filled between their neighbours. */
  readonly missingBands: number;
  readonly iterations: number;
}

export interface CubeFitOptions {
  readonly rank?: number;
  readonly iterations?: number;
  readonly signal?: AbortSignal;
}

/**
 * Probabilistic principal components of a scan with its mask: `fitFactors`, with pixels and bands filled of which nothing was
 * measured.
 */
export function fitCube(scan: Measurement, options: CubeFitOptions = {}): CubeFactors {
  const { data, arrays, grid } = scan;
  const [bands, lines, samples] = scan.shape;
  const { centre, scale, byNoise } = bandScales(scan);
  const observations = observe(data, arrays!.mask.data, bands, { centre, scale });
  const fit = fitFactors(observations, { ...options, ...(byNoise ? { variance: 1 } : {}) });
  const { rank, mean, loading, coefficients: maps, variance, iterations } = fit;
  const factors = new Float64Array(bands * (rank + 1));
  for (let b = 0; b < bands; b++) {
    for (let k = 0; k < rank; k++) factors[b * (rank + 1) + k] = scale[b] * loading[b * rank + k];
    factors[b * (rank + 1) + rank] = centre[b] + scale[b] * mean[b];
  }
  const seen = new Array<boolean>(bands).fill(false);
  for (const b of observations.band) seen[b] = true;
  fillBands(factors, seen, grid.axes[0] as Axis);
  const known = Uint8Array.from({ length: lines * samples }, (_, p) => Number(observations.start[p + 1] > observations.start[p]));
  fillPixels(maps, known, [lines, samples], rank);
  return {
    ...{ rank, factors, maps, iterations },
    noise: scale.map((unit) => Math.sqrt(variance) * unit),
    missingPixels: known.filter((one) => one === 0).length,
    missingBands: seen.filter((one) => !one).length,
  };
}

const BLOCK = 256;

/** The cube that factors and maps say, [band, pixel]. */
export function cubeOf({ rank, factors, maps }: Pick<CubeFactors, 'rank' | 'factors' | 'maps'>, pixels: number): Float32Array {
  const bands = factors.length / (rank + 1);
  const out = new Float32Array(bands * pixels);
  // a block of pixels at a time, whose coefficients stay in the cache for all bands
  for (let first = 0; first < pixels; first += BLOCK) {
    const end = Math.min(pixels, first + BLOCK);
    for (let b = 0; b < bands; b++) {
      const row = b * (rank + 1);
      for (let p = first, at = first * rank; p < end; p++) {
        let sum = factors[row + rank];
        for (let k = 0; k < rank; k++, at++) sum += factors[row + k] * maps[at];
        out[b * pixels + p] = sum;
      }
    }
  }
  return out;
}
