import type { Backend, Field, NoiseKey } from '../../compute/backend.js';
import type { DenoiseOptions, Prior } from '../../models/prior.js';

/** How long a Langevin step is; see `corrector`. */
export type StepRule = 'published' | 'expected';

interface Move {
  readonly backend: Backend;
  readonly prior: Prior;
  /** Noise level at which the score is asked. */
  readonly sigma: number;
  readonly key: NoiseKey;
  /** Told to the denoiser. */
  readonly asked?: DenoiseOptions;
  /** Two image-sized fields, overwritten. */
  readonly scratch: readonly [Field, Field];
}

/**
 * x ← x + (σ_i² − σ_{i+1}²) s(x; σ_i) + √(σ_i² − σ_{i+1}²) n, s = (D(x; σ) − x)/σ²: the reverse diffusion predictor of the
 * variance-exploding SDE (Song et al. 2021, algorithm 2).
 */
export function predictor(x: Field, sigmaNext: number, { backend, prior, sigma, key, asked, scratch: [d, n] }: Move): void {
  const variance = sigma ** 2 - sigmaNext ** 2;
  const share = variance / sigma ** 2;
  prior.denoise(x, sigma, d, asked);
  backend.noise(n, key);
  backend.lincomb(x, [1 - share, x], [share, d], [Math.sqrt(variance), n]);
}

/**
 * x ← x + e s(x; σ) + √(2e) n: one Langevin step (Song et al. 2021, algorithm 4). 'published': e = 2 (r ‖n‖/‖s‖)² for each slice, r the
 * signal-to-noise ratio, no step where s = 0; 'expected': e = 2r²σ², what that is when s is pure noise.
 */
export function corrector(x: Field, ratio: number, rule: StepRule, { backend, prior, sigma, key, asked, scratch: [d, n] }: Move): void {
  prior.denoise(x, sigma, d, asked);
  backend.noise(n, key);
  if (rule === 'expected') {
    const share = 2 * ratio ** 2; // e/σ²
    return backend.lincomb(x, [1 - share, x], [share, d], [sigma * Math.sqrt(2 * share), n]);
  }
  backend.lincomb(d, [1, d], [-1, x]); // σ² s
  backend.scope(() => {
    const nn = backend.dot(n, n, 'slice');
    const ss = backend.dot(d, d, 'slice').over(sigma ** 4);
    const e = nn.over(ss).times(2 * ratio ** 2);
    backend.lincomb(x, [1, x], [e.over(sigma ** 2), d], [e.times(2).sqrt(), n]);
  });
}
