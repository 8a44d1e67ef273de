import { land, type Evaluate, type Sampler, type SamplerStep } from './sampler.js';
import { STREAM } from './streams.js';

/** x' = x̂ + e + (σ' − σ)(e/σ + e'/σ')/2, e' that of x̂ + (σ'/σ) e at σ' (Karras et al. 2022, algorithm 1). Of order 2. */
export const heun: Sampler = {
  name: 'heun',
  evaluations: 2,
  drawsNoise: false,
  ahead: true,
  move(step, evaluate) {
    evaluateTwice(step, step.level, evaluate);
    return undefined;
  },
};

/**
 * Algorithm 2 of the same paper: first σ ← σ(1 + g), g = min(churn/N, √2 − 1), x ← x + √(σ²(1 + g)² − σ²) S n; then as `heun`. The paper's
 * limits of σ between which it is done are those of the run.
 */
export const edm: Sampler = {
  name: 'edm',
  evaluations: 2,
  drawsNoise: false,
  ahead: true,
  move(step, evaluate) {
    const level = raised(step);
    evaluateTwice(step, level, evaluate);
    return level;
  },
};

function evaluateTwice(step: SamplerStep, level: number, evaluate: Evaluate): void {
  const { backend, next, fields } = step;
  const { x, d, noise, ahead } = fields;
  evaluate(x, level, d);
  if (next === 0) return land(step, 0);
  const half = (next - level) / 2;
  backend.lincomb(ahead!, [1, d], [next / level, x]);
  backend.lincomb(x, [1, d], [1 + half / level, x]);
  evaluate(ahead!, next, noise, true);
  backend.lincomb(x, [1, x], [half / next, ahead!]);
}

/** Churn: x at a higher level, which is returned. */
function raised({ backend, sigma, level, sigmaMax, churn = 0, churnNoise = 1, seed, step, fields: { x, noise } }: SamplerStep): number {
  const g = Math.min(churn / (sigma.length - 1), Math.SQRT2 - 1);
  const higher = Math.min(level * (1 + g), sigmaMax);
  if (!(higher > level)) return level;
  backend.noise(noise, { seed, step, stream: STREAM.churn });
  backend.lincomb(x, [1, x], [churnNoise * Math.sqrt(higher ** 2 - level ** 2), noise]);
  return higher;
}
