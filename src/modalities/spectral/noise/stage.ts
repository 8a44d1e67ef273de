import { number } from '../../../../core/text.js';
import type { Measurement } from '../../../../volumes/measurement.js';
import { telling, type Stage } from '../../modality.js';
import type { SpectralOptions } from '../options.js';
import { noiseByRegression } from './regression.js';

/** Pixels that the regression looks at, no more. */
const PIXELS = 20_000;

/** Standard deviation of every band's noise, where it is known: of each by itself, or one for all. */
export function bandNoise({ arrays, noise, shape }: Pick<Measurement, 'arrays' | 'noise' | 'shape'>): Float64Array | undefined {
  if (arrays?.noise) return Float64Array.from(arrays.noise.data);
  return noise.type === 'gaussian' ? new Float64Array(shape[0]).fill(noise.std) : undefined;
}

/**
 * The noise of the bands where nothing is known of it, by regression on complete pixels; of cubes without enough of them it stays
 * unknown.
 */
export const estimateNoise: Stage<SpectralOptions> = (scan) => {
  const { noise, arrays, data, shape } = scan;
  if (noise.type !== 'unknown' || arrays?.noise || !arrays?.mask) return scan;
  const mask = arrays.mask.data;
  const pixels = shape[1] * shape[2];
  const used = Array.from({ length: shape[0] }, (_, b) => b).filter((b) => mask.subarray(b * pixels, (b + 1) * pixels).includes(1));
  const complete = Array.from({ length: pixels }, (_, p) => p).filter((p) => used.every((b) => mask[b * pixels + p] === 1));
  const step = Math.max(1, Math.floor(complete.length / PIXELS));
  const taken = complete.filter((_, n) => n % step === 0);
  const spectra = Float64Array.from({ length: taken.length * used.length }, (_, n) => {
    const [p, b] = [taken[Math.floor(n / used.length)], used[n % used.length]];
    return data[b * pixels + p];
  });
  const found = noiseByRegression(spectra, used.length);
  if (!found) return scan;
  const perBand = new Float32Array(shape[0]);
  used.forEach((b, n) => (perBand[b] = found[n]));
  const sorted = [...found].sort((a, b) => a - b);
  const [least, median, most] = [0, sorted.length >> 1, sorted.length - 1].map((n) => number(sorted[n]));
  return telling(
    { ...scan, arrays: { ...arrays, noise: { data: perBand, shape: [shape[0]], dtype: 'float32' } } },
    `noise of the bands by regression on the others: std ${median} (${least} to ${most})`,
  );
};
