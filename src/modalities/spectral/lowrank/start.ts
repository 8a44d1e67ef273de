import { hermitianEigen } from '../../../../core/linear-algebra/hermitian.js';
import { LEAST_VARIANCE, type FactorModel } from './factors.js';
import type { Observations } from './observations.js';

/**
 * A model to start from where spectra have gaps: the covariance of every two bands from the pixels where both were measured, less σ²
 * on its diagonal, and its leading eigenvectors.
 * @param variance σ² where it is known
 * @param stride every so many pixels only
 */
export function pairwiseStart(
  { bands, pixels, start, band, value }: Observations,
  rank: number,
  variance: number | undefined,
  stride = 1,
): FactorModel {
  const mean = new Float64Array(bands);
  const counts = new Float64Array(bands);
  for (let n = 0; n < value.length; n++) {
    mean[band[n]] += value[n];
    counts[band[n]]++;
  }
  for (let b = 0; b < bands; b++) mean[b] /= Math.max(1, counts[b]);
  const covariance = new Float64Array(bands * bands);
  const pairs = new Float64Array(bands * bands);
  for (let p = 0; p < pixels; p += stride) {
    for (let n = start[p]; n < start[p + 1]; n++) {
      const r = value[n] - mean[band[n]];
      for (let m = start[p], row = band[n] * bands; m <= n; m++) {
        covariance[row + band[m]] += r * (value[m] - mean[band[m]]);
        pairs[row + band[m]]++;
      }
    }
  }
  let [all, seen] = [0, 0];
  for (let n = 0; n < covariance.length; n++) if (pairs[n] > 0) covariance[n] /= pairs[n];
  for (let b = 0; b < bands; b++) {
    if (counts[b] === 0) continue;
    all += covariance[b * bands + b];
    seen++;
  }
  // without a word on the noise a tenth of the variance is a start
  const noise = Math.max(variance ?? (0.1 * all) / Math.max(1, seen), LEAST_VARIANCE);
  for (let b = 0; b < bands; b++) covariance[b * bands + b] -= noise;
  const { values, re, kept } = hermitianEigen(bands, covariance, new Float64Array(bands * bands), () => rank);
  const loading = new Float64Array(bands * kept);
  for (let b = 0; b < bands; b++) {
    for (let c = 0; c < kept; c++) loading[b * kept + c] = re[c * bands + b] * Math.sqrt(Math.max(values[c], 0.01 * noise));
  }
  return { rank: kept, mean, loading, variance: noise };
}
