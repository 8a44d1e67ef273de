import { defineRegulariser } from './define.js';
import type { Regulariser } from './regulariser.js';

/**
 * low ≤ x ≤ high as a regulariser of real images: R is 0 inside and infinite outside, and its proximal map is the
 * projection, whatever the threshold.
 */
export function boundsRegulariser(low: number, high: number): Regulariser {
  return defineRegulariser({
    name: 'bounds',
    parameters: { low, high },
    coupling: 'slice',
    prox: ([v], _, [out]) => v.backend.clamp(v, low, high, out),
    penalty: ([values]) => (values.every((v) => v >= Math.fround(low) && v <= Math.fround(high)) ? 0 : Number.POSITIVE_INFINITY),
  });
}
