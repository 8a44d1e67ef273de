import { exponentialWeights } from './multistep.js';
import { lookAhead } from './renoise.js';
import { land, remember, type Sampler, type SamplerStep } from './sampler.js';

/**
 * DPM-Solver++(2M) (Lu et al. 2022): x' = x̂ + r e + (1 − r) q (x̂ − x̂₁) + ησ' n, x̂₁ that of the step before, q = h/(2h₁), h = ln σ/σ'.
 * With fresh noise q is at most ½ (renoise.ts).
 */
export const dpmSolver2: Sampler = {
  name: 'dpm++2m',
  evaluations: 1,
  drawsNoise: true,
  kept: () => 1,
  move(step, evaluate) {
    const { sigma, eta, i, known, fields } = step;
    evaluate(fields.x, step.level, fields.d);
    const uncapped = (): number =>
      ((1 - step.next / step.level) * Math.log(step.level / step.next)) / (2 * Math.log(sigma[i - 1] / step.level));
    const weights = known === 0 ? [] : [-(eta > 0 ? lookAhead(sigma[i - 1], step.level, step.next, eta) : uncapped())];
    land(step, eta, weights);
    remember(step, fields.d);
    return undefined;
  },
};

/** DPM-Solver++(3M), with exact weights: x' = x̂ + r e + Σ_j w_j (x̂_j − x̂), w of multistep.ts through x̂ and the two before. */
export const dpmSolver3: Sampler = {
  name: 'dpm++3m',
  evaluations: 1,
  drawsNoise: false,
  kept: () => 2,
  move(step, evaluate) {
    const { fields, known } = step;
    evaluate(fields.x, step.level, fields.d);
    land(step, 0, weightsOfImages(step, Math.min(known, 2)));
    remember(step, fields.d);
    return undefined;
  },
};

/** Of x̂₁, x̂₂, … in the move to σ', of an exponential integrator through x̂ and so many earlier ones. */
export function weightsOfImages({ sigma, i, level, next }: SamplerStep, earlier: number): number[] {
  if (next === 0) return [];
  const nodes = Array.from({ length: earlier + 1 }, (_, j) => sigma[i - j]);
  return exponentialWeights(nodes, level, next).slice(1);
}
