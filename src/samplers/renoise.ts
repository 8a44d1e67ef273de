import type { Backend, Field, NoiseKey } from '../../compute/backend.js';

/**
 * x ← x̂ + σ_next (√(1 − η²) ε + η n): the DDIM-like move to the next noise level of DDS (Chung et al. 2024, eq. 10, 15), with η the
 * *fraction* of fresh noise. `x` holds ε, the noise estimate, on entry; `scratch` is overwritten. At σ_next = 0, x ← x̂.
 */
export function renoise(
  backend: Backend,
  x: Field,
  { clean, sigma, eta, key, scratch }: { clean: Field; sigma: number; eta: number; key: NoiseKey; scratch: Field },
): void {
  if (sigma === 0) return backend.lincomb(x, [1, clean]);
  const kept = sigma * Math.sqrt(1 - eta ** 2);
  if (eta === 0) return backend.lincomb(x, [kept, x], [1, clean]);
  backend.noise(scratch, key);
  backend.lincomb(x, [kept, x], [1, clean], [sigma * eta, scratch]);
}
