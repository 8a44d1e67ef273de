import * as z from 'zod';
import { SlicewiseError } from '../../../core/errors.js';
import type { Problem } from '../solver.js';

/** Box constraints low ≤ x ≤ high on real images; a missing end is open. */
export const boundsSchema = {
  low: z.number().optional().describe('lower bound in the prior’s range (0: no attenuation, 1: 1000 HU); open by default'),
  high: z.number().optional().describe('upper bound in the prior’s range; open by default'),
};

export interface Bounds {
  readonly low?: number;
  readonly high?: number;
}

export const isBounded = ({ low, high }: Bounds): boolean => low !== undefined || high !== undefined;

/** The two ends, ±Infinity where open. */
export const interval = ({ low = -Infinity, high = Infinity }: Bounds): [number, number] => [low, high];

/** @throws SlicewiseError ARGUMENT for an empty interval or a complex image */
export function requireBounds(problem: Problem, bounds: Bounds): void {
  if (!isBounded(bounds)) return;
  const [low, high] = interval(bounds);
  if (low > high) {
    throw new SlicewiseError('ARGUMENT', { message: 'empty bounds', expected: 'low ≤ high', got: `${low} > ${high}` });
  }
  if (problem.operator.domain.dtype === 'complex64') {
    throw new SlicewiseError('ARGUMENT', { message: 'bounds are for real images', got: 'a complex image' });
  }
}
