import type { Backend, Coefficient, Field, NoiseKey } from '../../compute/backend.js';

/**
 * x ← x̂ + σ_next (√(1 − η²) ε + τ η n): the DDIM-like move to the next noise level of DDS (Chung et al. 2024, eq. 10, 15), with η the
 * *fraction* of fresh noise and τ = `temperature` (own). `x` holds ε, the noise estimate, on entry; `scratch` is overwritten. At σ_next =
 * 0, x ← x̂.
 *
 * `ahead`, for moves of second order: x̂ + weight (x̂ − the image before it) takes the place of x̂.
 */
export function renoise(backend: Backend, x: Field, { clean, sigma, eta, temperature = 1, key, scratch, ahead }: Move): void {
  if (sigma === 0) return backend.lincomb(x, [1, clean]);
  const kept = sigma * Math.sqrt(1 - eta ** 2);
  const { weight = 0, previous } = ahead ?? {};
  const image: [Coefficient, Field][] =
    previous && weight > 0
      ? [
          [1 + weight, clean],
          [-weight, previous],
        ]
      : [[1, clean]];
  if (eta === 0) return backend.lincomb(x, [kept, x], ...image);
  backend.noise(scratch, key);
  backend.lincomb(x, [kept, x], ...image, [temperature * sigma * eta, scratch]);
}

interface Move {
  readonly clean: Field;
  /** σ_next. */
  readonly sigma: number;
  readonly eta: number;
  /** τ, default 1. */
  readonly temperature?: number;
  readonly key: NoiseKey;
  readonly scratch: Field;
  readonly ahead?: { readonly weight: number; readonly previous: Field };
}

/**
 * The weight of a move of second order from σ to σ', (1 − r) q with r = √(1 − η²) σ'/σ and q = min(½, ln(σ/σ') / 2 ln(σ_before/σ)),
 * ½ where levels repeat; 0 in the first move, which has no level before it, and the last.
 */
export function lookAhead(before: number | undefined, sigma: number, next: number, eta: number): number {
  if (before === undefined || next === 0) return 0;
  const q = before === sigma ? 0.5 : Math.min(0.5, Math.log(sigma / next) / (2 * Math.log(before / sigma)));
  return (1 - (next / sigma) * Math.sqrt(1 - eta ** 2)) * q;
}
