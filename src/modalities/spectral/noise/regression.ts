/**
 * The noise of every band by regression on all others: the residual of the best linear prediction has the variance 1/(C⁻¹)_bb of the
 * inverse covariance, times n/(n − bands) for the coefficients that were fitted. The others' noise goes into the prediction, so that
 * it reads a few per cent high. Bioucas-Dias & Nascimento, "Hyperspectral Subspace Identification", IEEE TGRS 46 (2008) 2435,
 * Algorithm 1.
 * @param spectra [pixel, band] of complete pixels, more of them than bands
 * @returns the standard deviation of each band, 0 for one that does not vary; undefined where there are too few pixels
 */
export function noiseByRegression(spectra: Float64Array, bands: number): Float64Array | undefined {
  const pixels = spectra.length / bands;
  if (pixels < 1.5 * bands + 10) return undefined;
  const mean = new Float64Array(bands);
  for (let n = 0; n < spectra.length; n++) mean[n % bands] += spectra[n] / pixels;
  const deviation = new Float64Array(bands);
  for (let n = 0; n < spectra.length; n++) deviation[n % bands] += (spectra[n] - mean[n % bands]) ** 2 / pixels;
  // what is left of a constant by rounding is no deviation
  for (let b = 0; b < bands; b++) deviation[b] = Math.sqrt(deviation[b]) > 1e-12 * Math.abs(mean[b]) ? Math.sqrt(deviation[b]) : 0;
  const correlation = new Float64Array(bands * bands);
  const row = new Float64Array(bands);
  for (let p = 0; p < pixels; p++) {
    for (let b = 0; b < bands; b++) row[b] = deviation[b] > 0 ? (spectra[p * bands + b] - mean[b]) / deviation[b] : 0;
    for (let i = 0; i < bands; i++) {
      const r = row[i] / pixels;
      for (let j = 0, at = i * bands; j <= i; j++, at++) correlation[at] += r * row[j];
    }
  }
  // of bands that are copies of one another no noise can be told: the ridge bounds it from below, at 1e-5 of their deviation
  for (let b = 0; b < bands; b++) correlation[b * bands + b] += deviation[b] > 0 ? 1e-10 : 1;
  const diagonal = inverseDiagonal(bands, correlation);
  const fitted = pixels / (pixels - bands);
  return diagonal.map((value, b) => (deviation[b] > 0 ? deviation[b] * Math.sqrt(fitted / value) : 0));
}

/** The diagonal of A⁻¹ = L⁻ᵀL⁻¹, A = L Lᵀ by its lower triangle, which is overwritten. */
function inverseDiagonal(n: number, a: Float64Array): Float64Array {
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = a[i * n + j];
      for (let t = 0, p = i * n, q = j * n; t < j; t++, p++, q++) sum -= a[p] * a[q];
      a[i * n + j] = i === j ? Math.sqrt(Math.max(sum, 1e-14)) : sum / a[j * n + j];
    }
  }
  const out = new Float64Array(n);
  const column = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    // column j of L⁻¹; the sum of its squares is (A⁻¹)_jj
    for (let i = j; i < n; i++) {
      let sum = i === j ? 1 : 0;
      for (let t = j; t < i; t++) sum -= a[i * n + t] * column[t];
      column[i] = sum / a[i * n + i];
      out[j] += column[i] ** 2;
    }
  }
  return out;
}
