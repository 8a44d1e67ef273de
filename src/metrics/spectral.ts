import { wavelengthsOf } from '../../volumes/bands.js';
import type { Volume } from '../../volumes/volume.js';
import { psnr } from './errors.js';
import { SSIM_WINDOW, ssim2d } from './ssim.js';

/** Errors of a cube of bands, band by band and spectrum by spectrum; null where a number does not exist. */
export interface SpectralComparison {
  /** Mean over the bands of PSNR in dB, each with its own peak; null where some are equal (infinite). */
  mpsnr: number | null;
  /** Mean over the bands of SSIM, each with its own data range; null for images smaller than 11×11. */
  mssim: number | null;
  /** Mean over the pixels of the angle between the two spectra, in degrees. */
  sam: number | null;
  /** 100 √(mean over the bands of (RMSE / mean of the reference)²), at equal pixel sizes. */
  ergas: number | null;
  /** Whether every band's peak is the range of its reference, or one that was given. */
  peakSource: 'range of each band' | 'given';
  /** Bands whose reference is constant have no PSNR and no SSIM and are left out of their means. */
  constantBands: number;
  /** Pixels without a spectrum, all bands 0 in either cube, have no angle. */
  darkPixels: number;
  perBand: { wavelength: number | null; psnr: number | null; ssim: number | null; rmse: number }[];
}

/**
 * MPSNR, MSSIM, SAM (Yuhas et al. 1992) and ERGAS (Wald 2000, with h/l = 1) of two cubes [band, line, sample] on one grid.
 * @param peak of PSNR and data range of SSIM for all bands; default each band's range in the reference
 * @throws SlicewiseError NOT_FINITE
 */
export function compareSpectra(a: Volume, b: Volume, peak?: number): SpectralComparison {
  const [bands, lines, samples] = b.shape;
  const pixels = lines * samples;
  const wavelengths = wavelengthsOf(b.axes[0]);
  let [relative, positive] = [0, 0];
  const perBand = Array.from({ length: bands }, (_, band) => {
    const [x, y] = [a, b].map(({ data }) => data.subarray(band * pixels, (band + 1) * pixels));
    const { low, high, mean, mse } = summary(x, y);
    const own = peak ?? high - low;
    if (mean !== 0) {
      relative += mse / mean ** 2;
      positive++;
    }
    const large = lines >= SSIM_WINDOW && samples >= SSIM_WINDOW;
    return {
      wavelength: wavelengths?.[band] ?? null,
      psnr: own > 0 ? psnr(x, y, { peak: own }) : null,
      ssim: own > 0 && large ? ssim2d(x, y, lines, samples, { dataRange: own }) : null,
      rmse: Math.sqrt(mse),
    };
  });
  const { angle, dark } = meanAngle(a.data, b.data, bands, pixels);
  return {
    mpsnr: finite(meanOf(perBand.flatMap((band) => band.psnr ?? []))),
    mssim: finite(meanOf(perBand.flatMap((band) => band.ssim ?? []))),
    sam: angle,
    ergas: positive === 0 ? null : 100 * Math.sqrt(relative / positive),
    peakSource: peak === undefined ? 'range of each band' : 'given',
    constantBands: perBand.filter((band) => band.psnr === null).length,
    darkPixels: dark,
    perBand: perBand.map((band) => ({ ...band, psnr: finite(band.psnr) })),
  };
}

const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null);

/** Range and mean of the reference, and the mean square error. */
function summary(x: Float32Array, y: Float32Array): { low: number; high: number; mean: number; mse: number } {
  let [low, high, sum, squares] = [Infinity, -Infinity, 0, 0];
  for (let n = 0; n < y.length; n++) {
    low = Math.min(low, y[n]);
    high = Math.max(high, y[n]);
    sum += y[n];
    squares += (x[n] - y[n]) ** 2;
  }
  return { low, high, mean: sum / y.length, mse: squares / y.length };
}

/** Degrees between spectra, mean over the pixels that have one. */
function meanAngle(a: Float32Array, b: Float32Array, bands: number, pixels: number): { angle: number | null; dark: number } {
  let [sum, dark] = [0, 0];
  for (let p = 0; p < pixels; p++) {
    let [aa, bb, ab] = [0, 0, 0];
    for (let n = p; n < bands * pixels; n += pixels) {
      aa += a[n] * a[n];
      bb += b[n] * b[n];
      ab += a[n] * b[n];
    }
    if (aa === 0 || bb === 0) dark++;
    else sum += Math.acos(Math.min(1, Math.max(-1, ab / Math.sqrt(aa * bb))));
  }
  return { angle: dark === pixels ? null : (180 / Math.PI) * (sum / (pixels - dark)), dark };
}
