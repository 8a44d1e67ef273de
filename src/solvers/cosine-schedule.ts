import { SlicewiseError } from '../../core/errors.js';
import type { Schedule } from './schedules.js';

/** Time steps of the schedule that networks with a cosine schedule are trained on. */
export const COSINE_STEPS = 1000;

/**
 * ᾱ_t, t = 0 … T − 1, of the cosine schedule (Nichol & Dhariwal 2021, eq. 17):
 *
 *     f(τ) = cos²((τ + s)/(1 + s) · π/2),  s = .008
 *     β_t  = min(1 − f((t + 1)/T)/f(t/T), .999),  ᾱ_t = Π_{s ≤ t}(1 − β_s)
 *
 * The bound holds at the last step only, where f is 0.
 */
export function cosineAlphaBar(steps = COSINE_STEPS): Float64Array {
  const f = (tau: number): number => Math.cos(((tau + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
  const out = new Float64Array(steps);
  let product = 1;
  for (let t = 0; t < steps; t++) {
    product *= 1 - Math.min(1 - f((t + 1) / steps) / f(t / steps), 0.999);
    out[t] = product;
  }
  return out;
}

/**
 * Which steps of a schedule of `total` a chain of `kept` takes, rising: 0 … total − 1 at equal distances, rounded (the respacing of
 * improved-diffusion: 1000 to 250 are 0, 4, 8, 12, 16, 20, … 999). One step is the last.
 */
export function respaced(total: number, kept: number): number[] {
  if (kept === 1) return [total - 1];
  return Array.from({ length: kept }, (_, i) => Math.round((i * (total - 1)) / (kept - 1)));
}

/**
 * Noise levels σ = √((1 − ᾱ)/ᾱ) of the cosine schedule of 1000 steps respaced to `levels`, falling, then 0.
 * @throws SlicewiseError ARGUMENT for more levels than there are
 */
export function cosineSchedule(levels: number): Schedule {
  if (levels > COSINE_STEPS) {
    throw new SlicewiseError('ARGUMENT', {
      message: `the 'cosine' schedule has ${COSINE_STEPS} levels`,
      expected: `steps ≤ ${COSINE_STEPS}`,
      got: `${levels}`,
    });
  }
  const alphaBar = cosineAlphaBar();
  const sigmas = respaced(COSINE_STEPS, levels).map((t) => Math.sqrt((1 - alphaBar[t]) / alphaBar[t]));
  return [...sigmas.reverse(), 0];
}
