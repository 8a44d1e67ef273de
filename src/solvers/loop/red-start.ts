import * as z from 'zod';
import type { Field } from '../../../compute/backend.js';
import { SlicewiseError } from '../../../core/errors.js';
import type { Problem } from '../solver.js';
import type { DataSolve } from './data-solve.js';

/** Where methods start that descend with an image instead of a sample. */
export const redStartOption = z
  .enum(['pseudo-inverse', 'classical'])
  .default('pseudo-inverse')
  .describe('A⁺y (paper; by CG where A has no decomposition), or a classical reconstruction');

/** x ← A⁺y, or the classical image. `x` is 0. */
export function redStart({ backend, initial }: Problem, x: Field, from: z.output<typeof redStartOption>, solve: DataSolve): void {
  if (from === 'pseudo-inverse') return solve.solve(x, 0);
  if (initial) return backend.lincomb(x, [1, initial]);
  throw new SlicewiseError('ARGUMENT', {
    message: "start 'classical' needs a classical reconstruction",
    expected: 'a starting image',
    got: 'none',
  });
}
