import { SlicewiseError } from '../../core/errors.js';

/** Values below `low` count as `low`, above `high` as `high`. */
export interface Clip {
  readonly low: number;
  readonly high: number;
}

/** Errors of `recon − reference` in the units of the data. */
export interface ErrorSummary {
  /** Mean signed error: the bias. */
  mean: number;
  /** Mean absolute error. */
  mae: number;
  /** Root mean square error. */
  rmse: number;
  /** 95th percentile of the absolute error (linear interpolation, as NumPy's default). */
  p95: number;
}

/**
 * Peak signal-to-noise ratio in dB: 10 log₁₀(peak² / mean((a − b)²)), +∞ for equal inputs.
 * @param options.peak the peak value, in the units of the data
 * @param options.clip both inputs are clipped to this first
 * @throws SlicewiseError SHAPE when the lengths differ, NOT_FINITE on NaN or Inf, ARGUMENT when peak is not positive
 */
export function psnr(a: ArrayLike<number>, b: ArrayLike<number>, options: { readonly peak: number; readonly clip?: Clip }): number {
  if (!(options.peak > 0)) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'PSNR needs a peak',
      expected: 'peak > 0',
      got: `${options.peak}`,
    });
  }
  const mse = meanSquaredError(a, b, options.clip);
  return mse === 0 ? Infinity : 10 * Math.log10((options.peak * options.peak) / mse);
}

/** mean((a − b)²) in float64, both clipped first when asked. Throws as `psnr`. */
export function meanSquaredError(a: ArrayLike<number>, b: ArrayLike<number>, clip?: Clip): number {
  requireSameLength(a, b);
  const low = clip?.low ?? -Infinity;
  const high = clip?.high ?? Infinity;
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    // NaN survives Math.min/max and Inf survives the subtraction unless it is clipped: check before clipping.
    if (!Number.isFinite(a[i]) || !Number.isFinite(b[i])) throw notFinite(i);
    const d = Math.min(Math.max(a[i], low), high) - Math.min(Math.max(b[i], low), high);
    sum += d * d;
  }
  return sum / a.length;
}

/** Bias, MAE, RMSE and 95th percentile of |a − b|, nothing clipped. Throws as `psnr`. */
export function errorSummary(a: ArrayLike<number>, b: ArrayLike<number>): ErrorSummary {
  requireSameLength(a, b);
  const n = a.length;
  const magnitudes = new Float64Array(n);
  let sum = 0;
  let absolute = 0;
  let square = 0;
  for (let i = 0; i < n; i++) {
    const d = a[i] - b[i];
    if (!Number.isFinite(d)) throw notFinite(i);
    sum += d;
    absolute += magnitudes[i] = Math.abs(d);
    square += d * d;
  }
  return { mean: sum / n, mae: absolute / n, rmse: Math.sqrt(square / n), p95: percentileInPlace(magnitudes, 95) };
}

/**
 * Percentile with linear interpolation between order statistics. Reorders `values`.
 * @param percent 0 … 100
 */
export function percentileInPlace(values: Float64Array | Float32Array, percent: number): number {
  const position = (Math.min(Math.max(percent, 0), 100) / 100) * (values.length - 1);
  const k = Math.floor(position);
  const low = selectInPlace(values, k);
  if (k === position) return low;
  let next = Infinity;
  for (let i = k + 1; i < values.length; i++) if (values[i] < next) next = values[i];
  return low + (position - k) * (next - low);
}

/** Hoare's selection: afterwards values[0…k−1] ≤ values[k] ≤ values[k+1…]. */
function selectInPlace(values: Float64Array | Float32Array, k: number): number {
  let left = 0;
  let right = values.length - 1;
  while (left < right) {
    const pivot = values[(left + right) >>> 1];
    let i = left;
    let j = right;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i <= j) {
        const t = values[i];
        values[i++] = values[j];
        values[j--] = t;
      }
    }
    if (k <= j) right = j;
    else if (k >= i) left = i;
    else break;
  }
  return values[k];
}

function requireSameLength(a: ArrayLike<number>, b: ArrayLike<number>): void {
  if (a.length === b.length && a.length > 0) return;
  throw new SlicewiseError('SHAPE', {
    message: 'metrics compare arrays of one size',
    expected: `${b.length} values`,
    got: `${a.length}`,
  });
}

function notFinite(index: number): SlicewiseError {
  return new SlicewiseError('NOT_FINITE', { expected: 'finite values', got: `NaN or Inf at element ${index}` });
}
