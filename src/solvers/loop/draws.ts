import { SlicewiseError } from '../../../core/errors.js';

/** How many samples a run draws, one after the other. */
export interface Draws {
  readonly draws?: number;
  readonly drawLevel?: number;
}

/** Where in its draws a step is. */
export interface DrawPlace {
  /** Draw, from 0. */
  readonly draw: number;
  /** Which of the noise levels. */
  readonly k: number;
  /** Steps of this draw before it. */
  readonly since: number;
  /** It is the last step of its draw. */
  readonly ends: boolean;
}

/**
 * The level that draws after the first begin with: the greatest that is not above `drawLevel`, and the one in the middle without it.
 * @param levels noise levels, 0 the last
 * @throws SlicewiseError ARGUMENT where all are above it
 */
export function firstRedrawn(levels: readonly number[], { drawLevel }: Draws): number {
  const count = levels.length - 1;
  if (drawLevel === undefined) return Math.floor(count / 2);
  const found = levels.findIndex((level) => level <= drawLevel);
  if (found < count) return found;
  throw new SlicewiseError('ARGUMENT', {
    message: 'drawLevel lies below all noise levels',
    expected: `at least ${levels[count - 1]}, the last of them`,
    got: `${drawLevel}`,
  });
}

/** Steps of a run: all levels once, and those from `firstRedrawn` on for every further draw. */
export const drawSteps = (levels: readonly number[], draws: Draws): number =>
  levels.length -
  1 +
  (draws.draws === undefined || draws.draws === 1 ? 0 : (draws.draws - 1) * (levels.length - 1 - firstRedrawn(levels, draws)));

/**
 * The place of step i. A chain of draws x₀ → x₀ + σ_r n → x₀ is Gibbs sampling where the way down is the reverse diffusion (Kim & Ye 2022,
 * DMCMC): its law does not change, and neighbouring draws of a Gaussian component of variance λ have the correlation λ/(λ + σ_r²).
 */
export function drawPlace(levels: readonly number[], draws: Draws, i: number): DrawPlace {
  const count = levels.length - 1;
  if (i < count) return { draw: 0, k: i, since: i, ends: i === count - 1 };
  const first = firstRedrawn(levels, draws);
  const each = count - first;
  const since = (i - count) % each;
  return { draw: 1 + Math.floor((i - count) / each), k: first + since, since, ends: since === each - 1 };
}

/** @throws SlicewiseError ARGUMENT for draws beside another way of going through the levels more than once */
export function requireDraws(method: string, { draws = 1, drawLevel }: Draws, other: string | undefined): void {
  if (drawLevel !== undefined && draws === 1) {
    throw new SlicewiseError('ARGUMENT', {
      message: `drawLevel of ${method} is for several draws`,
      got: 'draws 1',
      hint: 'give draws, or leave drawLevel out',
    });
  }
  if (draws === 1 || other === undefined) return;
  throw new SlicewiseError('ARGUMENT', { message: `${method} takes draws or ${other}, not both`, hint: 'leave one of the two out' });
}
