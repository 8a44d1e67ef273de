import type { Field } from '../../compute/backend.js';
import { weightsOfImages } from './dpm-solver.js';
import { exponentialWeights } from './multistep.js';
import { combine, land, remember, type Sampler, type SamplerStep } from './sampler.js';

const orderOf = ({ samplerOrder = 2 }: { readonly samplerOrder?: number }): number => samplerOrder;

/**
 * UniPC-p (Zhao et al. 2023), p = 2 or 3: the step before is done once more, now with x̂ of its end (order p + 1), and what that changes
 * of x is added to e; then a step as that of `dpm++3m` through x̂ and the p − 1 before. One evaluation a step: the one that corrects is the
 * next step's own. The last point is predicted and not corrected.
 */
export const unipc: Sampler = {
  name: 'unipc',
  evaluations: 1,
  drawsNoise: false,
  orders: [2, 3],
  kept: orderOf,
  move(step, evaluate) {
    const { fields, known } = step;
    evaluate(fields.x, step.level, fields.d);
    const order = orderOf(step);
    if (known > 0) correct(step, Math.min(known, order));
    land(step, 0, weightsOfImages(step, Math.min(known, order - 1)));
    remember(step, fields.d);
    return undefined;
  },
};

/** e ← e + the difference between the step before with x̂ of its end and without. */
function correct({ backend, sigma, i, level, fields: { x: e, d, before } }: SamplerStep, known: number): void {
  const nodes = Array.from({ length: known }, (_, j) => sigma[i - 1 - j]);
  const predicted = exponentialWeights(nodes, sigma[i - 1], level);
  const corrected = exponentialWeights([...nodes, level], sigma[i - 1], level);
  const changes = before.slice(0, known).map((image, j): [number, Field] => [corrected[j] - predicted[j], image]);
  combine(backend, e, [1, e], [corrected[known], d], ...changes);
}
