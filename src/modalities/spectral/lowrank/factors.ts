import { hermitianEigen } from '../../../../core/linear-algebra/hermitian.js';
import type { Observations } from './observations.js';

/**
 * Probabilistic principal components: the spectrum of a pixel is x = μ + W z + ε with z ~ N(0, I), ε ~ N(0, σ² I). Tipping & Bishop,
 * "Probabilistic Principal Component Analysis", J. R. Statist. Soc. B 61 (1999) 611.
 */
export interface FactorModel {
  readonly rank: number;
  /** μ, one for each band. */
  readonly mean: Float64Array;
  /** W, [band, rank]. */
  readonly loading: Float64Array;
  /** σ². */
  readonly variance: number;
}

/** E-step: what the entries of every pixel say of its z. */
export interface Posterior {
  /** E[z], [pixel, rank]; 0 where nothing was measured. */
  readonly coefficients: Float64Array;
  /** ln p(entries | model). */
  readonly logLikelihood: number;
}

/** Sums over pixels from which the next model follows, for each band. */
export interface Statistics {
  /** Σ E[(z, 1)(z, 1)ᵀ], lower triangle by rows, [band, (rank + 1)(rank + 2)/2]. */
  readonly moments: Float64Array;
  /** Σ y E[(z, 1)], [band, rank + 1]. */
  readonly products: Float64Array;
  /** Σ y². */
  readonly squares: Float64Array;
  readonly counts: Float64Array;
  /** Σ over the pixels of E[(z, 1)(z, 1)ᵀ], lower triangle by rows. */
  readonly latent: Float64Array;
}

export const triangle = (n: number): number => (n * (n + 1)) / 2;

/**
 * One pass over the pixels: with O the bands of a pixel, (W_Oᵀ W_O + σ² I) z = W_Oᵀ (y_O − μ_O), Cov z = σ² (W_Oᵀ W_O + σ² I)⁻¹, and
 * ln p of its entries from the same Cholesky factor.
 * @param statistics added to, where given; of zeros to begin with
 * @param stride every so many pixels only
 */
export function expectation(
  { pixels, start, band, value }: Observations,
  { rank: k, mean, loading, variance }: FactorModel,
  statistics?: Statistics,
  stride = 1,
): Posterior {
  const coefficients = new Float64Array(pixels * k);
  const a = new Float64Array(k * k);
  const inverse = new Float64Array(k * k);
  const rhs = new Float64Array(k);
  const z = new Float64Array(k);
  const size = triangle(k + 1);
  const moment = new Float64Array(size);
  let logLikelihood = 0;
  const outer = outerProducts(loading, k);
  const sum = new Float64Array(triangle(k));
  const whole = bandsOf(band);
  let ofWhole: { factor: Float64Array; logDeterminant: number } | undefined;
  for (let p = 0; p < pixels; p += stride) {
    const [from, to] = [start[p], start[p + 1]];
    if (from === to) continue;
    rhs.fill(0);
    let squares = 0;
    for (let n = from; n < to; n++) {
      const at = band[n] * k;
      const r = value[n] - mean[band[n]];
      squares += r * r;
      for (let i = 0; i < k; i++) rhs[i] += loading[at + i] * r;
    }
    let logDeterminant: number;
    if (to - from === whole && ofWhole) {
      a.set(ofWhole.factor);
      logDeterminant = ofWhole.logDeterminant;
    } else {
      sum.fill(0);
      for (let n = from; n < to; n++) for (let m = 0, at = band[n] * sum.length; m < sum.length; m++) sum[m] += outer[at + m];
      for (let i = 0, m = 0; i < k; i++) for (let j = 0; j <= i; j++, m++) a[i * k + j] = sum[m] + (i === j ? variance : 0);
      logDeterminant = factorise(k, a);
      // complete spectra have one factor
      if (to - from === whole) ofWhole = { factor: a.slice(), logDeterminant };
    }
    solve(k, a, rhs, z);
    let explained = 0;
    for (let i = 0; i < k; i++) {
      coefficients[p * k + i] = z[i];
      explained += z[i] * rhs[i];
    }
    const count = to - from;
    const misfit = (squares - explained) / variance;
    logLikelihood -= 0.5 * (count * LOG_2PI + (count - k) * Math.log(variance) + logDeterminant + misfit);
    if (!statistics) continue;
    invert(k, a, inverse);
    for (let i = 0, m = 0; i <= k; i++) {
      for (let j = 0; j <= i; j++, m++) {
        moment[m] = i === k ? (j === k ? 1 : z[j]) : variance * inverse[i * k + j] + z[i] * z[j];
      }
    }
    for (let m = 0; m < size; m++) statistics.latent[m] += moment[m];
    for (let n = from; n < to; n++) {
      const b = band[n];
      const y = value[n];
      for (let m = 0, at = b * size; m < size; m++, at++) statistics.moments[at] += moment[m];
      for (let i = 0, at = b * (k + 1); i < k; i++, at++) statistics.products[at] += y * z[i];
      statistics.products[b * (k + 1) + k] += y;
      statistics.squares[b] += y * y;
      statistics.counts[b]++;
    }
  }
  return { coefficients, logLikelihood };
}

/** w wᵀ of every band, lower triangle by rows, [band, k (k + 1)/2]: made once, added for every entry. */
function outerProducts(loading: Float64Array, k: number): Float64Array {
  const bands = loading.length / Math.max(1, k);
  const out = new Float64Array(bands * triangle(k));
  for (let b = 0, m = 0; b < bands; b++) {
    for (let i = 0; i < k; i++) for (let j = 0; j <= i; j++, m++) out[m] = loading[b * k + i] * loading[b * k + j];
  }
  return out;
}

/** How many bands were measured anywhere. */
function bandsOf(band: Uint16Array | Uint32Array): number {
  const seen: boolean[] = [];
  let count = 0;
  for (const b of band) {
    if (seen[b]) continue;
    seen[b] = true;
    count++;
  }
  return count;
}

const LOG_2PI = Math.log(2 * Math.PI);

export const noStatistics = (bands: number, rank: number): Statistics => ({
  moments: new Float64Array(bands * triangle(rank + 1)),
  products: new Float64Array(bands * (rank + 1)),
  squares: new Float64Array(bands),
  counts: new Float64Array(bands),
  latent: new Float64Array(triangle(rank + 1)),
});

/**
 * M-step: each band's (w, μ) from its sums, (Σ E[(z,1)(z,1)ᵀ] + σ² diag(α, 0)) (w, μ) = Σ y E[(z,1)], and σ² from all. Bands without
 * entries get zeros.
 * @param precision α of every column of W (automatic relevance determination: Bishop, "Bayesian PCA", NIPS 11 (1999)); absent:
 *   maximum likelihood
 * @param fixed σ² stays
 */
export function maximisation(
  bands: number,
  { rank: k, variance }: FactorModel,
  { moments, products, squares, counts }: Statistics,
  precision: Float64Array | undefined,
  fixed: boolean,
): FactorModel {
  const m = k + 1;
  const size = triangle(m);
  const mean = new Float64Array(bands);
  const loading = new Float64Array(bands * k);
  const a = new Float64Array(m * m);
  const w = new Float64Array(m);
  let [residual, total] = [0, 0];
  for (let b = 0; b < bands; b++) {
    if (counts[b] === 0) continue;
    for (let i = 0, t = b * size; i < m; i++) for (let j = 0; j <= i; j++, t++) a[i * m + j] = moments[t];
    // a band of fewer entries than unknowns still has an answer, the smallest
    const ridge = 1e-10 * moments[b * size + size - 1];
    for (let i = 0; i < m; i++) a[i * m + i] += (i < k && precision ? variance * precision[i] : 0) + ridge;
    factorise(m, a);
    solve(m, a, products.subarray(b * m, b * m + m), w);
    for (let i = 0; i < k; i++) loading[b * k + i] = w[i];
    mean[b] = w[k];
    if (fixed) continue;
    let expected = squares[b];
    for (let i = 0, t = b * size; i < m; i++) {
      expected -= 2 * w[i] * products[b * m + i];
      for (let j = 0; j <= i; j++, t++) expected += (i === j ? 1 : 2) * w[i] * w[j] * moments[t];
    }
    residual += Math.max(0, expected);
    total += counts[b];
  }
  return { rank: k, mean, loading, variance: fixed ? variance : Math.max(residual / total, LEAST_VARIANCE) };
}

/**
 * The expanded step of PX-EM (Liu, Rubin & Wu, Biometrika 85 (1998) 755): with z ~ N(m, S) of this step's posterior, S = L Lᵀ, the
 * same model with z ~ N(0, I) is μ + W m, W L. The likelihood rises at least as in EM, and no longer crawls where the mean or the
 * lengths of the columns are off.
 */
export function expanded(bands: number, model: FactorModel, { latent }: Statistics, lengths = true): FactorModel {
  const { rank: k } = model;
  const total = latent[triangle(k + 1) - 1];
  if (k === 0 || total === 0) return model;
  const centre = latent.subarray(triangle(k), triangle(k) + k).map((sum) => sum / total);
  const l = new Float64Array(k * k);
  for (let i = 0, m = 0; i < k; i++) for (let j = 0; j <= i; j++, m++) l[i * k + j] = latent[m] / total - centre[i] * centre[j];
  if (lengths) factorise(k, l);
  else for (let i = 0; i < k; i++) for (let j = 0; j <= i; j++) l[i * k + j] = Number(i === j);
  const mean = model.mean.slice();
  const loading = new Float64Array(bands * k);
  for (let b = 0; b < bands; b++) {
    for (let i = 0; i < k; i++) {
      const w = model.loading[b * k + i];
      mean[b] += w * centre[i];
      for (let j = 0; j <= i; j++) loading[b * k + j] += w * l[i * k + j];
    }
  }
  return { ...model, mean, loading };
}

/** Of values in units of their bands' deviation: below it the solves lose their digits. */
export const LEAST_VARIANCE = 1e-8;

/** The same model with orthogonal columns, those of most energy first, without those below `least` energy. */
export function principal(bands: number, model: FactorModel, least = 0): FactorModel {
  const { rank: k, loading } = model;
  if (k === 0) return model;
  const gram = new Float64Array(k * k);
  for (let b = 0; b < bands; b++) {
    for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) gram[i * k + j] += loading[b * k + i] * loading[b * k + j];
  }
  const { re, kept } = hermitianEigen(k, gram, new Float64Array(k * k), (all) => all.filter((energy) => energy > least).length);
  const turned = new Float64Array(bands * kept);
  for (let b = 0; b < bands; b++) {
    for (let c = 0; c < kept; c++) {
      let sum = 0;
      for (let i = 0; i < k; i++) sum += loading[b * k + i] * re[c * k + i];
      turned[b * kept + c] = sum;
    }
  }
  return { ...model, rank: kept, loading: turned };
}

/** A = L Lᵀ in the lower triangle. @returns ln |A| */
export function factorise(n: number, a: Float64Array): number {
  let logDeterminant = 0;
  for (let j = 0; j < n; j++) {
    let pivot = a[j * n + j];
    for (let t = 0; t < j; t++) pivot -= a[j * n + t] * a[j * n + t];
    const root = Math.sqrt(Math.max(pivot, Number.MIN_VALUE));
    logDeterminant += 2 * Math.log(root);
    a[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      let sum = a[i * n + j];
      for (let t = 0; t < j; t++) sum -= a[i * n + t] * a[j * n + t];
      a[i * n + j] = sum / root;
    }
  }
  return logDeterminant;
}

/** L Lᵀ x = b. */
export function solve(n: number, l: Float64Array, b: Float64Array, x: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let sum = b[i];
    for (let t = 0; t < i; t++) sum -= l[i * n + t] * x[t];
    x[i] = sum / l[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i];
    for (let t = i + 1; t < n; t++) sum -= l[t * n + i] * x[t];
    x[i] = sum / l[i * n + i];
  }
}

/** (L Lᵀ)⁻¹, lower triangle; L is overwritten by L⁻¹. */
export function invert(n: number, l: Float64Array, out: Float64Array): void {
  for (let j = 0; j < n; j++) {
    l[j * n + j] = 1 / l[j * n + j];
    for (let i = j + 1; i < n; i++) {
      let sum = 0;
      for (let t = j; t < i; t++) sum -= l[i * n + t] * l[t * n + j];
      l[i * n + j] = sum / l[i * n + i];
    }
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let t = i; t < n; t++) sum += l[t * n + i] * l[t * n + j];
      out[i * n + j] = sum;
    }
  }
}
