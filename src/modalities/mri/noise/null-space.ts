import { normals, philoxKey } from '../../../../core/philox.js';
import { hermitianEigen } from '../../../../core/linear-algebra/hermitian.js';
import type { Calibration } from '../coils/calibration.js';
import { windowGram } from '../coils/espirit.js';
import { lookedAt } from './noise-level.js';

/** Windows a column, at least: fewer tell too little of the smallest eigenvalues. */
const WINDOWS = 1.7;
/** Columns are at most so many: their eigenvalues take a second from some 300 on. */
const COLUMNS = 220;
/** Share of the eigenvalues that must be noise, and their least number. */
const [LEAST_SHARE, LEAST] = [0.1, 6];
/** Slices looked at, spread over the volume. */
const SLICES = 4;
/**
 * Of the noise that the smallest eigenvalues show: the rule stops before all of them are taken, and what is taken is the lower part. On a
 * head and a limb, 4 and 8 coils, SNR 10 to 300, calibration 24 × 24: 0.88 to 0.70, more with less signal.
 */
const SHOWN = 0.8;

/**
 * Noise level of k-space from its calibration region, independent of the periphery.
 *
 * Windows of k × k × coils samples of an image of limited support, seen by smooth sensitivities, lie in a subspace (espirit.ts). What is
 * beside it is noise alone: the smallest eigenvalues of the windows' covariance, which in white noise of variance σ² lie in the band of
 * Marčenko and Pastur, of width 4σ²√(n/W) for n of them and W independent windows. How many are noise is found as in J. Veraart et al.,
 * "Denoising of diffusion MRI using random matrix theory", NeuroImage 142 (2016) 394, eq. 11: as many as have a mean that is no less than
 * their range over 4√(n/W). W is less than the windows, which overlap: the covariance of noise in windows of the same shape, drawn once,
 * tells it.
 *
 * A single coil has such a subspace where air is in the image, several also where they see the same tissue.
 *
 * @returns standard deviation of the real and of the imaginary part; undefined where the region is too small, or signal fills all of it
 */
export function noiseOfNullSpace({ data, slices, coils, region: { height, width } }: Calibration): number | undefined {
  const kernel = kernelOf(coils, height, width);
  if (kernel === undefined) return undefined;
  const columns = coils * kernel * kernel;
  const size = 2 * coils * height * width;
  const spectrum = (samples: Float32Array): Float64Array => {
    const { re, im } = windowGram(samples, coils, height, width, kernel);
    const windows = (height - kernel + 1) * (width - kernel + 1);
    // ascending, of a part: E|n|² = 2σ²
    return hermitianEigen(columns, re, im, () => 0)
      .values.reverse()
      .map((value) => Math.max(0, value) / (2 * windows));
  };
  const drawn = spectrum(Float32Array.from(normals(size, philoxKey(1), 0, 0, 0)));
  const independent = columns * (4 / (drawn[columns - 1] - drawn[0])) ** 2;
  const found: number[] = [];
  for (const slice of lookedAt(slices).filter((_, n, all) => n % Math.ceil(all.length / SLICES) === 0)) {
    const values = spectrum(data.subarray(slice * size, (slice + 1) * size));
    const variance = varianceOf(values, independent);
    if (variance !== undefined) found.push(Math.sqrt(variance) / SHOWN);
  }
  if (found.length === 0) return undefined;
  return found.sort((a, b) => a - b)[Math.floor((found.length - 1) / 2)];
}

/** The largest windows that still have enough places in the region. */
function kernelOf(coils: number, height: number, width: number): number | undefined {
  for (let kernel = 12; kernel >= 3; kernel--) {
    const columns = coils * kernel * kernel;
    const windows = (height - kernel + 1) * (width - kernel + 1);
    if (kernel < Math.min(height, width) && columns <= COLUMNS && windows >= WINDOWS * columns) return kernel;
  }
  return undefined;
}

/** Mean of the eigenvalues that are noise; ascending values. */
function varianceOf(values: Float64Array, independent: number): number | undefined {
  const least = Math.max(LEAST, Math.ceil(LEAST_SHARE * values.length));
  let sum = 0;
  let variance: number | undefined;
  for (let n = 0; n < values.length; n++) {
    sum += values[n];
    const mean = sum / (n + 1);
    if (n + 1 < least) continue;
    const range = (values[n] - values[0]) / (4 * Math.sqrt((n + 1) / independent));
    // signal that rises slowly meets the rule once more, at its far end
    if (mean < range) break;
    variance = mean;
  }
  return variance !== undefined && variance > 0 ? variance : undefined;
}
