import type { Measurement } from '../../volumes/measurement.js';

/** A relative residual from which on the data are not explained at all. */
const UNEXPLAINED = 0.9;
/** Above this share of the data, and this many times the noise, most of what is left is not noise. */
const [LARGE, ABOVE_NOISE] = [0.3, 10];

/**
 * Does an iterative method's image explain the data? What is left at the end of a run, ‖Ax − y‖/‖y‖, should be the noise:
 * σ √n / ‖y‖ for n measured numbers.
 * @param residual relative, at the end of a run
 * @param scan completed, with its noise level
 * @returns what to tell, or undefined
 */
export function residualWarning(residual: number | undefined, { data, noise }: Pick<Measurement, 'data' | 'noise'>): string | undefined {
  if (residual === undefined || !Number.isFinite(residual)) return undefined;
  const share = `${(100 * residual).toFixed(0)} %`;
  if (residual >= UNEXPLAINED) {
    return (
      `the image explains hardly anything of the data: ${share} of them are left at the end. Axes, angles, the rotation axis or the ` +
      'centring of the data may be read wrongly (slicewise info says how they were read)'
    );
  }
  if (noise.type !== 'gaussian' || residual < LARGE) return undefined;
  let [energy, count] = [0, 0];
  for (const value of data) {
    if (value === 0) continue;
    energy += value * value;
    count++;
  }
  const expected = (noise.std * Math.sqrt(count)) / Math.sqrt(energy);
  if (!(residual > ABOVE_NOISE * expected)) return undefined;
  return (
    `${share} of the data are left at the end, and noise explains ${(100 * expected).toPrecision(2)} %: the model may not fit them ` +
    '(geometry, axes, coil maps), or the method stopped early'
  );
}
