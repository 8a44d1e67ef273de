import { volumeData, type Units, type Volume } from '../../volumes/volume.js';
import { percentileInPlace } from '../metrics/errors.js';

/** Values shown from black (low) to white (high). */
export interface DisplayWindow {
  readonly low: number;
  readonly high: number;
}

/**
 * CT in HU: −1000 … 400 (centre −300, width 1400), in which lung, fat, soft tissue and bone can be told apart at once.
 * Anything else: 0.5th to 99.5th percentile of the volume.
 */
export function defaultWindow(volume: Volume): DisplayWindow {
  if (volume.units === 'HU') return { low: -1000, high: 400 };
  const data = volumeData(volume);
  // Every n-th value, at most some 200 000: percentiles for display need no more.
  const every = Math.max(1, Math.floor(data.length / 200_000));
  const sample = Float32Array.from({ length: Math.ceil(data.length / every) }, (_, n) => data[n * every]);
  const low = percentileInPlace(sample, 0.5);
  const high = percentileInPlace(sample, 99.5);
  return high > low ? { low, high } : { low: low - 0.5, high: low + 0.5 };
}

/** A seventh of the window, rounded to 1, 2 or 5 times a power of ten: ±200 HU for the CT window. */
export function defaultErrorLimit({ low, high }: DisplayWindow): number {
  const raw = (high - low) / 7;
  const decade = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].reduce((a, b) => (Math.abs(b * decade - raw) < Math.abs(a * decade - raw) ? b : a));
  return factor * decade;
}

/** @example describeWindow({ low: -1000, high: 400 }, 'HU') // '−1000 … 400 HU (centre −300, width 1400)' */
export function describeWindow({ low, high }: DisplayWindow, units: Units): string {
  const centre = formatNumber((low + high) / 2);
  return `${formatNumber(low)} … ${withUnit(high, units)} (centre ${centre}, width ${formatNumber(high - low)})`;
}

/** How units are written in a report. */
export const unitLabel = (units: Units): string => ({ HU: 'HU', '1/mm': 'mm⁻¹', arbitrary: 'a.u.', reflectance: 'reflectance' })[units];

export const withUnit = (value: number, units: Units): string => `${formatNumber(value)} ${unitLabel(units)}`;

/** Four significant digits, a true minus sign, no trailing zeros. */
export function formatNumber(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text = size >= 1e5 || size < 1e-3 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
  return text.replaceAll('-', '−').replace('e+', 'e');
}
