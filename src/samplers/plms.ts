import { combine, land, remember, type Sampler } from './sampler.js';
import type { Field } from '../../compute/backend.js';

/** Adams-Bashforth for equal steps, of the slope and those before. */
const RULES: readonly (readonly number[])[] = [[1], [3 / 2, -1 / 2], [23 / 12, -16 / 12, 5 / 12], [55 / 24, -59 / 24, 37 / 24, -9 / 24]];

const orderOf = ({ samplerOrder = 4 }: { readonly samplerOrder?: number }): number => samplerOrder;

/**
 * PLMS, the linear multistep rule of PNDM (Liu et al., ICLR 2022, eq. 12): x' = x̂ + e + (σ' − σ) Σ_j c_j ε_j, ε_j the slopes e/σ of this
 * step and of those before, c of Adams and Bashforth for equal steps. It begins with lower orders, where the paper spends 12 evaluations on
 * Runge and Kutta's. Levels are no equal steps in σ, so that its order is 2 at most.
 */
export const plms: Sampler = {
  name: 'plms',
  evaluations: 1,
  drawsNoise: false,
  orders: [1, 4],
  kept: (settings) => orderOf(settings) - 1,
  move(step, evaluate) {
    const { backend, level, next, known, fields } = step;
    const { x, d, noise, before } = fields;
    evaluate(x, level, d);
    if (next === 0) land(step, 0);
    else {
      const rule = RULES[Math.min(known, orderOf(step) - 1)];
      backend.lincomb(noise, [1 / level, x]);
      const earlier = rule.slice(1).map((c, j): [number, Field] => [(next - level) * c, before[j]]);
      combine(backend, x, [1 + ((next - level) * rule[0]) / level, x], [1, d], ...earlier);
      remember(step, noise);
    }
    return undefined;
  },
};
