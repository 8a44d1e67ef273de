import { SlicewiseError } from '../../core/errors.js';
import type { Card, Parametrisation } from '../card/card.js';

/** D = skip · x + out · F(input · x, noise). */
export interface Precondition {
  readonly input: number;
  readonly noise: number;
  readonly skip: number;
  readonly out: number;
}

/** The four numbers that turn a network of the given parametrisation into the denoiser at σ (METHODS §0). */
export function precondition(p: Parametrisation, sigma: number): Precondition {
  const vp = 1 / Math.sqrt(1 + sigma * sigma);
  switch (p.kind) {
    case 'edm': {
      const s2 = sigma ** 2 + p.sigmaData ** 2;
      const root = Math.sqrt(s2);
      const out = (sigma * p.sigmaData) / root;
      return { input: 1 / root, noise: Math.log(sigma) / 4, skip: p.sigmaData ** 2 / s2, out };
    }
    case 'denoiser':
      return { input: 1, noise: sigma, skip: 0, out: 1 };
    case 'epsilon':
      return { input: vp, noise: timeOf(p.sigmas, sigma), skip: 1, out: -sigma };
    case 'v':
      return { input: vp, noise: timeOf(p.sigmas, sigma), skip: vp * vp, out: -sigma * vp };
    case 'score':
      return { input: 1, noise: sigma, skip: 1, out: sigma * sigma };
  }
}

/** A network of whole time steps is used at noise levels this near (relatively) to one of its own. */
const NEAR = 0.05;

/**
 * For networks that take whole time steps only: the numbers at σ, with the nearest step. Where steps are far apart (low noise) most levels
 * have none.
 * @throws SlicewiseError SIGMA_RANGE when no step is within 5 % of σ
 */
export function atWholeStep({ name, parametrisation: p }: Pick<Card, 'name' | 'parametrisation'>, sigma: number): Precondition {
  const numbers = precondition(p, sigma);
  if (!('sigmas' in p)) return numbers;
  const step = Math.round(numbers.noise);
  const level = p.sigmas[step];
  if (Math.abs(level / sigma - 1) <= NEAR) return { ...numbers, noise: step };
  throw new SlicewiseError('SIGMA_RANGE', {
    message: `the network of '${name}' takes whole time steps only, and none is near this noise level`,
    expected: `σ within 5 % of one of its ${p.sigmas.length} levels, the nearest being ${level}`,
    got: `σ = ${sigma}`,
    hint: 'use the schedule of these levels, or export the network with a float32 noise input',
  });
}

/** The (fractional) time step of σ: t is interpolated linearly in log σ between the grid's levels (ascending). */
function timeOf(sigmas: readonly number[], sigma: number): number {
  let t = 0;
  while (t < sigmas.length - 2 && sigmas[t + 1] < sigma) t++;
  const fraction = Math.log(sigma / sigmas[t]) / Math.log(sigmas[t + 1] / sigmas[t]);
  return Math.min(Math.max(t + fraction, 0), sigmas.length - 1);
}
