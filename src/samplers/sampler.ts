import * as z from 'zod';
import type { Backend, Coefficient, Field } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { positive } from '../../core/options.js';
import { exponentialWeights } from './multistep.js';
import { lookAhead } from './renoise.js';
import { STREAM } from './streams.js';

/** How x may move from a noise level to the next. */
export const samplerNames = ['ddim', 'heun', 'edm', 'dpm++2m', 'dpm++3m', 'unipc'] as const;
/** One of `samplerNames`. */
export type SamplerName = (typeof samplerNames)[number];

/** Options of every method whose move to the next noise level may be any. */
export const samplerOptions = {
  sampler: z
    .enum(samplerNames)
    .default('ddim')
    .describe(
      'how x moves to the next noise level: ddim; dpm++2m, dpm++3m and unipc, of order 2 and 3 by the images of earlier steps; heun and ' +
        'edm, which evaluate twice a step',
    ),
  churn: z
    .number()
    .nonnegative()
    .default(40)
    .describe('noise added by the sampler edm over the run, S_churn: a level is raised by min(churn/N, √2 − 1) before its evaluation'),
  churnNoise: positive.default(1.003).describe('standard deviation of that noise, S_noise of the sampler edm'),
};

/** What of a method's options says how x moves. */
export interface SamplerSettings {
  readonly sampler: SamplerName;
  readonly churn?: number;
  readonly churnNoise?: number;
  /** Fraction of fresh noise in a step. */
  readonly eta: number;
}

/** Noise is drawn afresh in a step by these alone. */
export const drawsNoise = (sampler: SamplerName | undefined): boolean =>
  sampler === undefined || sampler === 'ddim' || sampler === 'dpm++2m';

/**
 * Options in which a sampler without fresh noise has none where none is given.
 * @param amount of fresh noise that is given
 * @param option that says it
 * @throws SlicewiseError ARGUMENT for one that is given some
 */
export function withoutFreshNoise(method: string, sampler: SamplerName | undefined, amount: number | undefined, option = 'eta'): object {
  if (drawsNoise(sampler)) return {};
  if (amount === undefined || amount === 0) return { [option]: 0 };
  throw new SlicewiseError('ARGUMENT', {
    message: `the sampler '${sampler}' of ${method} draws no noise in its move`,
    expected: `${option} 0`,
    got: `${option} ${amount}`,
    hint: `leave ${option} out, or use the sampler 'ddim' or 'dpm++2m'`,
  });
}

/** @throws SlicewiseError ARGUMENT where samplers that extrapolate are given levels that repeat */
export function requireFallingLevels(sampler: SamplerName, sigma: readonly number[]): void {
  if (sampler === 'ddim' || sigma.every((level, i) => i === 0 || level < sigma[i - 1])) return;
  throw new SlicewiseError('ARGUMENT', {
    message: `the sampler '${sampler}' needs noise levels that fall`,
    expected: 'σ_0 > σ_1 > … > 0',
    got: 'levels that repeat',
    hint: "use the sampler 'ddim', or sigmaMax above sigmaMin and no tail",
  });
}

/** Images of earlier steps that a sampler looks at. */
export const earlierImages = (sampler: SamplerName): number =>
  (({ 'dpm++3m': 2, unipc: 2, 'dpm++2m': 1 }) as Partial<Record<SamplerName, number>>)[sampler] ?? 0;

/** It evaluates twice a step. */
export const evaluatesTwice = (sampler: SamplerName): boolean => sampler === 'heun' || sampler === 'edm';

/**
 * Asks the denoiser (and the data) about x at a noise level: x ← e, the noise in it, and image ← x̂. e is x − d where a method takes the
 * noise from the denoised image, x − x̂ where from what the data made of it. `slopeOnly`: nobody will look at x̂.
 */
export type Evaluate = (x: Field, sigma: number, image: Field, slopeOnly?: boolean) => void;

/** One run as a sampler sees it. */
export interface SamplerRun extends SamplerSettings {
  readonly backend: Backend;
  readonly seed: number | bigint;
  /** Noise levels, 0 the last. */
  readonly sigma: readonly number[];
  /** No level may be raised above it. */
  readonly sigmaMax: number;
  readonly fields: {
    readonly x: Field;
    /** For x̂. */
    readonly d: Field;
    /** Overwritten. */
    readonly noise: Field;
    /** x̂ of earlier steps, the last first; `earlierImages` of them. They last from step to step. */
    readonly before: readonly Field[];
    /** Where it evaluates twice. Overwritten. */
    readonly ahead?: Field;
  };
}

/**
 * Step i of a run: evaluates and moves x from σ = σ_i to σ' = σ_{i+1}. With e and x̂ as above, r = √(1 − η²) σ'/σ,
 *
 *     ddim      x' = x̂ + r e + ησ' n
 *     dpm++2m   x' = x̂ + r e + (1 − r) q (x̂ − x̂₁) + ησ' n ,  q = h/(2h₁), at most ½ with fresh noise (renoise.ts)
 *     dpm++3m   x' = x̂ + r e + Σ_j w_j (x̂_j − x̂) , w of multistep.ts through x̂, x̂₁, x̂₂
 *     unipc     first e ← e + the difference that x̂ makes to the step before, of order 3 with it; then as dpm++3m with x̂₁ alone
 *     heun      x' = x̂ + e + (σ' − σ)(e/σ + e'/σ')/2 , e' that of x̂ + r e at σ'
 *     edm       first σ ← σ(1 + g), g = min(churn/N, √2 − 1), x ← x + √(σ²(1 + g)² − σ²) S n; then heun
 *
 * x̂_j is the x̂ of j steps before (Song et al. 2021, DDIM; Lu et al. 2022, DPM-Solver++; Zhao et al. 2023, UniPC; Karras et al. 2022,
 * EDM). Where e = x − x̂ they integrate dx/dσ = (x − x̂)/σ; where e = x − d, what the data did, x̂ − d, is done before each step. The
 * last step ends with x̂. Fewer earlier images, at the start, lower the order.
 *
 * @returns the level that was evaluated
 */
export function samplerStep(run: SamplerRun, i: number, evaluate: Evaluate): number {
  const { backend, sampler, sigma: levels, seed, eta } = run;
  const { x, d, noise, before, ahead } = run.fields;
  const next = levels[i + 1];
  const sigma = sampler === 'edm' ? raised(run, i) : levels[i];
  evaluate(x, sigma, d);
  const known = Math.min(i, before.length);
  if (sampler === 'unipc' && known > 0) correct(run, i, known);
  if (next === 0) backend.lincomb(x, [1, d]);
  else if (evaluatesTwice(sampler)) {
    const half = (next - sigma) / 2;
    backend.lincomb(ahead!, [1, d], [next / sigma, x]);
    backend.lincomb(x, [1, d], [1 + half / sigma, x]);
    evaluate(ahead!, next, noise, true);
    backend.lincomb(x, [1, x], [half / next, ahead!]);
  } else {
    const terms: [Coefficient, Field][] = [[(Math.sqrt(1 - eta ** 2) * next) / sigma, x]];
    const weights = earlierWeights(run, i, known);
    terms.push([1 - weights.reduce((sum, w) => sum + w, 0), d]);
    weights.forEach((w, j) => terms.push([w, before[j]]));
    if (eta > 0) {
      backend.noise(noise, { seed, step: i, stream: STREAM.renoise });
      terms.push([eta * next, noise]);
    }
    backend.lincomb(x, ...terms);
  }
  for (let j = before.length - 1; j >= 0; j--) backend.lincomb(before[j], [1, before[j - 1] ?? d]);
  return sigma;
}

/** Of x̂₁, x̂₂ …, as far as the rule looks at them. */
function earlierWeights({ sampler, sigma, eta }: SamplerRun, i: number, known: number): number[] {
  if (known === 0) return [];
  if (sampler === 'dpm++2m') {
    return [-(eta > 0 ? lookAhead(sigma[i - 1], sigma[i], sigma[i + 1], eta) : uncapped(sigma[i - 1], sigma[i], sigma[i + 1]))];
  }
  const nodes = [0, 1, 2].slice(0, 1 + (sampler === 'unipc' ? 1 : known)).map((j) => sigma[i - j]);
  return exponentialWeights(nodes, sigma[i], sigma[i + 1]).slice(1);
}

/** (1 − σ'/σ) h/(2h₁): the second-order term of DPM-Solver++(2M). */
const uncapped = (before: number, sigma: number, next: number): number =>
  ((1 - next / sigma) * Math.log(sigma / next)) / (2 * Math.log(before / sigma));

/** e ← e + what the corrector of UniPC changes of x at σ_i: the step before, now with x̂ of its end (order one more). */
function correct({ backend, sigma, fields: { x: e, d, before } }: SamplerRun, i: number, known: number): void {
  const predicted = exponentialWeights(
    [1, 2].slice(0, known).map((j) => sigma[i - j]),
    sigma[i - 1],
    sigma[i],
  );
  const corrected = exponentialWeights(
    [1, 2]
      .slice(0, known)
      .map((j) => sigma[i - j])
      .concat(sigma[i]),
    sigma[i - 1],
    sigma[i],
  );
  const changes = before.slice(0, known).map((image, j): [number, Field] => [corrected[j] - predicted[j], image]);
  backend.lincomb(e, [1, e], [corrected[known], d], ...changes);
}

/** Churn: x at a higher level, which is returned. */
function raised({ backend, sigma, sigmaMax, churn = 0, churnNoise = 1, seed, fields: { x, noise } }: SamplerRun, i: number): number {
  const g = Math.min(churn / (sigma.length - 1), Math.SQRT2 - 1);
  const level = Math.min(sigma[i] * (1 + g), sigmaMax);
  if (!(level > sigma[i])) return sigma[i];
  backend.noise(noise, { seed, step: i, stream: STREAM.churn });
  backend.lincomb(x, [1, x], [churnNoise * Math.sqrt(level ** 2 - sigma[i] ** 2), noise]);
  return level;
}
