import type { Backend, Field, NoiseKey } from '../../compute/backend.js';

/** Standard deviations, in σ-notation, between which a learned variance lies: of the reverse step from σ to σ' < σ. */
export interface ReverseDeviation {
  /** v = 0, of q(x_{t−1} | x_t, x₀): β̃. */
  readonly least: number;
  /** v = 1: β. */
  readonly greatest: number;
}

/**
 * x_t = √ᾱ u, so that deviations are those of x_{t−1} over √ᾱ_{t−1}:
 *
 *     β̃ → σ'² (1 − σ'²/σ²)        β → (σ² − σ'²)(1 + σ'²)/(1 + σ²)
 */
export function reverseDeviation(sigma: number, next: number): ReverseDeviation {
  const drop = sigma ** 2 - next ** 2;
  return { least: (next * Math.sqrt(drop)) / sigma, greatest: Math.sqrt((drop * (1 + next ** 2)) / (1 + sigma ** 2)) };
}

interface Step {
  /** D(x; sigma), clamped or not. */
  readonly clean: Field;
  readonly sigma: number;
  /** The level after it. */
  readonly next: number;
  readonly key: NoiseKey;
  /** Overwritten. */
  readonly scratch: Field;
  /** v in 0 … 1, pixel by pixel; 0 without it. */
  readonly fraction?: Field;
}

/**
 * x ← r² x + (1 − r²) x̂ + s n, r = σ'/σ: the reverse step of DDPM (Ho et al. 2020, eq. 6, 7), in σ-notation, with the variance of
 * Nichol & Dhariwal 2021 (eq. 15), ln s² = v ln β + (1 − v) ln β̃. At σ' = 0, x ← x̂.
 */
export function ancestral(backend: Backend, x: Field, { clean, sigma, next, key, scratch, fraction }: Step): void {
  if (next === 0) return backend.lincomb(x, [1, clean]);
  const kept = (next / sigma) ** 2;
  const { least, greatest } = reverseDeviation(sigma, next);
  backend.noise(scratch, key);
  if (fraction) widen(backend, scratch, fraction, greatest / least);
  backend.lincomb(x, [kept, x], [1 - kept, clean], [least, scratch]);
}

/** n ← n ratio^v */
function widen(backend: Backend, noise: Field, fraction: Field, ratio: number): void {
  const rise = Math.log(ratio);
  backend.host({
    name: 'the learned variance',
    inputs: [noise, fraction],
    outputs: [noise],
    batch: 16,
    run: ([n, v]) => [n.map((value, i) => value * Math.exp(rise * v[i]))],
  });
}
