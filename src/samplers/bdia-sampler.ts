import { land, type Sampler } from './sampler.js';

/**
 * BDIA-DDIM (Zhang, Lewis, Kleijn 2023, eq. 17): the step of DDIM from where x is, and that back to where x was before, by one slope,
 *
 *     x' = x̂ + (σ'/σ) e + γ (α₁/α') (x₁ − x − (σ₁ − σ) e/σ) ,   α = 1/√(1 + σ²)
 *
 * x₁ and α₁ those of the step before; in the paper's variables, z = αx. With γ = 1 x' follows from x₁ by a central difference, and a path
 * is gone back exactly (bdia.ts); γ = 0 is DDIM. γ < 1 has the smaller error in few steps and grows rounding by 1/γ a step on the way back.
 *
 * What the data did to x, x̂ + e − x, is done to x'.
 */
export const bdiaSampler: Sampler = {
  name: 'bdia',
  evaluations: 1,
  drawsNoise: false,
  kept: () => 1,
  ahead: true,
  move(step, evaluate) {
    const { backend, sigma, i, level, next, known, bdiaGamma = 1, fields } = step;
    const { x, d, noise, ahead: was } = fields;
    const [before] = fields.before;
    backend.lincomb(was!, [1, x]);
    evaluate(x, level, d);
    if (next === 0) land(step, 0);
    else {
      backend.lincomb(noise, [1, d], [1, x]); // x as the data have it
      if (known === 0) backend.lincomb(x, [1, d], [next / level, x]);
      else {
        const last = sigma[i - 1];
        const weight = bdiaGamma * Math.sqrt((1 + next ** 2) / (1 + last ** 2));
        const slope = (next - weight * (last - level)) / level;
        backend.lincomb(x, [1, d], [slope, x], [weight, before], [-weight, was!]);
      }
      backend.lincomb(before, [1, noise]);
    }
    return undefined;
  },
};
