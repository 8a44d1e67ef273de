import type { Calibration } from './calibration.js';
import { principalCoils } from './covariance.js';

/**
 * What the phase of coil maps is measured against. Coil data fix maps only up to one phase a pixel, which the image then carries instead.
 * 'virtual' is the first principal component u of the coils over the whole volume, so that Σ conj(u_c) s_c is real and ≥ 0 (BART's choice):
 * smooth as long as that sum does not vanish, and the same from slice to slice. 'first' makes coil 0 real, as SigPy does, which tears where
 * coil 0 sees nothing.
 */
export type PhaseReference = 'virtual' | 'first';

/** Weights of the coil that the phase refers to: re and im of u, [coil]. Of all slices together; hand it to every slice. */
export function referenceCoil(calibration: Calibration, phase: PhaseReference = 'virtual'): { re: Float64Array; im: Float64Array } {
  const { data, slices, coils } = calibration;
  if (phase === 'first') {
    const re = new Float64Array(coils);
    re[0] = 1;
    return { re, im: new Float64Array(coils) };
  }
  const { re, im } = principalCoils(data, slices, coils);
  return { re: re.slice(0, coils), im: im.slice(0, coils) };
}

/** exp(−i·phase of Σ conj(u) s): what turns the map s of a pixel into the reference's phase; 1 where the reference sees nothing. */
export function turnTo(
  reference: { readonly re: Float64Array; readonly im: Float64Array },
  re: Float64Array,
  im: Float64Array,
  out: Float64Array,
): void {
  let [sumRe, sumIm] = [0, 0];
  for (let c = 0; c < re.length; c++) {
    sumRe += reference.re[c] * re[c] + reference.im[c] * im[c];
    sumIm += reference.re[c] * im[c] - reference.im[c] * re[c];
  }
  const size = Math.sqrt(sumRe * sumRe + sumIm * sumIm);
  out[0] = size === 0 ? 1 : sumRe / size;
  out[1] = size === 0 ? 0 : -sumIm / size;
}
