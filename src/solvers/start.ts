import type { Field } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { STREAM } from '../samplers/streams.js';
import type { Problem } from './solver.js';

/**
 * x ← width · n, or the starting image (a classical reconstruction, a plane of the prior's guide) + width · n. Noise of step 0, stream 0.
 */
export function startingImage(problem: Problem, x: Field, from: 'noise' | 'classical' | 'guide', width: number, scratch: Field): void {
  const { backend, initial, seed } = problem;
  if (width > 0) backend.noise(scratch, { seed, step: 0, stream: STREAM.start });
  if (from === 'noise') return backend.lincomb(x, [width, scratch]);
  if (!initial) {
    throw new SlicewiseError('ARGUMENT', {
      message: `start '${from}' needs ${from === 'guide' ? 'the guide of a guided prior' : 'a classical reconstruction'}`,
      expected: 'a starting image',
      got: 'none',
    });
  }
  if (width === 0) return backend.lincomb(x, [1, initial]);
  backend.lincomb(x, [1, initial], [width, scratch]);
}
