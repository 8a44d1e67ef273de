import { slopeWeights } from './multistep.js';
import { combine, land, remember, type Sampler } from './sampler.js';
import type { Field } from '../../compute/backend.js';

/** Degree of the polynomial. */
const degreeOf = ({ samplerOrder = 2 }: { readonly samplerOrder?: number }): number => samplerOrder;

/**
 * DEIS (Zhang & Chen, ICLR 2023): x' = x̂ + e + Σ_j w_j ε_j, ε_j the slopes e/σ of this step and of those before, w_j = ∫ L_j dσ from σ to
 * σ', L_j the Lagrange polynomials through their levels, in ln σ or (ρAB-DEIS of the paper) in σ. The degree is `samplerOrder`; the paper
 * has 3 in σ, and 2 in ln σ (ours, the default) is nearer to the flow.
 */
export const deis: Sampler = {
  name: 'deis',
  evaluations: 1,
  drawsNoise: false,
  orders: [1, 3],
  kept: degreeOf,
  move(step, evaluate) {
    const { backend, sigma, i, level, next, known, deisVariable = 'log', fields } = step;
    const { x, d, noise, before } = fields;
    evaluate(x, level, d);
    if (next === 0) land(step, 0);
    else {
      const nodes = Array.from({ length: Math.min(known, degreeOf(step)) + 1 }, (_, j) => sigma[i - j]);
      const [own, ...weights] = slopeWeights(nodes, level, next, deisVariable);
      backend.lincomb(noise, [1 / level, x]);
      combine(backend, x, [1 + own / level, x], [1, d], ...weights.map((w, j): [number, Field] => [w, before[j]]));
      remember(step, noise);
    }
    return undefined;
  },
};
