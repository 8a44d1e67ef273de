import * as z from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { positive } from '../../core/options.js';
import type { Problem } from './solver.js';

/** The option γ, how far a sweep of data consistency follows the data: 'none' (they are exact), a number, or by their noise. */
export const gammaOption = z.union([positive, z.enum(['none', 'noise'])]);

type Gamma = z.output<typeof gammaOption>;

/**
 * c = 1/γ of a sweep (data-step.ts), 0 for 'none'.
 * @param variance γσ_y² for 'noise': κσ² in DDS, what a step moves x along the score in DiffusionMBIR
 * @throws SlicewiseError ARGUMENT for 'noise' where the noise of the data is not known
 */
export function pullOf({ noiseLevel }: Problem, gamma: Gamma, variance: number): number {
  if (gamma === 'none') return 0;
  if (gamma !== 'noise') return 1 / gamma;
  if (!noiseLevel) {
    throw new SlicewiseError('ARGUMENT', {
      message: "gamma 'noise' needs the noise level of the data",
      expected: 'a measurement with a noise model',
      got: 'unknown or zero noise',
      hint: "give the noise level (--noise-std 0.5%), or use gamma 'none'",
    });
  }
  return noiseLevel ** 2 / variance;
}
