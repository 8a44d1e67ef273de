import { SlicewiseError } from '../../../core/errors.js';
import type { Problem } from '../solver.js';

/** σ_y, for methods that cannot do without. @throws SlicewiseError ARGUMENT where it is not known */
export function requireNoise({ noiseLevel }: Pick<Problem, 'noiseLevel'>, method: string): number {
  if (noiseLevel !== undefined && noiseLevel > 0) return noiseLevel;
  throw new SlicewiseError('ARGUMENT', {
    message: `${method} needs the noise level of the data`,
    expected: 'a measurement with a noise model',
    got: 'unknown or zero noise',
    hint: 'give the noise level (--noise-std 0.5%), or use ddnm, which takes the data as exact where they have none',
  });
}
