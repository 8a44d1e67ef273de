import type { Prior } from '../prior.js';

/** D(x; σ) = x for every σ: no prior at all. DDS with it and η = 0 is ADMM with the z prior alone. */
export function identityPrior(): Prior {
  return {
    name: 'identity',
    sigmaMin: 0,
    sigmaMax: Infinity,
    range: { unit: 'arbitrary', low: 0, high: 1 },
    denoise(x, _sigma, out) {
      if (x !== out) out.backend.lincomb(out, [1, x]);
    },
    vjp(_x, _sigma, v, out) {
      if (v !== out) out.backend.lincomb(out, [1, v]);
    },
    bytes: () => ({ items: [] }),
    describe: () => ({ name: 'identity' }),
    dispose: async () => {},
  };
}
