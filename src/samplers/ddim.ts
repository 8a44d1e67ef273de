import { land, type Sampler } from './sampler.js';

/**
 * DDIM (Song, Meng, Ermon 2021), with η the fraction of fresh noise as DDS has it: x' = x̂ + √(1 − η²) (σ'/σ) e + ησ' n. With η = 0 Euler's
 * rule, of order 1.
 */
export const ddim: Sampler = {
  name: 'ddim',
  evaluations: 1,
  drawsNoise: true,
  repeats: true,
  move(step, evaluate) {
    const { x, d } = step.fields;
    evaluate(x, step.level, d);
    land(step, step.eta);
    return undefined;
  },
};

/**
 * DDIM with its own η (eq. 16): fresh noise of η √(1 − σ'²/σ²) σ'. η = 1 is the ancestral step of DDPM, the reverse diffusion itself: its
 * noise has the variance σ² − σ'² as the steps grow small, where that of `ddim` does not depend on them.
 */
export const ancestralSampler: Sampler = {
  name: 'ancestral',
  evaluations: 1,
  drawsNoise: true,
  fresh: (eta, sigma, next) => eta * Math.sqrt(1 - (next / sigma) ** 2),
  move(step, evaluate) {
    const { x, d } = step.fields;
    evaluate(x, step.level, d);
    land(step, ancestralSampler.fresh!(step.eta, step.level, step.next));
    return undefined;
  },
};
