import * as z from 'zod';
import { count, nonNegative, positive } from '../../../core/options.js';
import { totalVariation } from '../../regularisers/total-variation.js';
import { admmSolver } from './admm.js';
import { boundsSchema } from './bounds.js';

const schema = z.strictObject({
  iterations: count.default(100).describe('outer ADMM iterations'),
  axes: z.enum(['3d', 'xy', 'z']).default('3d').describe('total variation: 3d isotropic, in the plane, or along z only'),
  lambda: nonNegative
    .optional()
    .describe('weight λ in unit-norm units; default 0.002 times the size of the image (root mean square of Aᴴy)'),
  rho: positive
    .optional()
    .describe('ADMM penalty ρ in unit-norm units; changes the speed, not the limit; default λ/(0.5 times the size of the image)'),
  zWeight: positive.default(1).describe('weight ζ of differences along z; voxel width / slice distance makes it isotropic in mm'),
  innerIterations: count
    .default(5)
    .describe('CG iterations of one x update, warm-started (10 converge in fewer but dearer outer iterations)'),
  boundary: z.enum(['replicate', 'periodic']).default('replicate').describe('beyond the first and last slice'),
  ...boundsSchema,
});

export type AdmmTvOptions = z.output<typeof schema>;

/**
 * Total variation by the ADMM of admm.ts:
 *
 *     minimise ½‖Ax − y‖² + λ Σ √((∂x)² + (∂y)² + (ζ D_z x)²)   subject to low ≤ x ≤ high
 */
export const admmTv = admmSolver({
  name: 'admm-tv',
  schema,
  examples: [{ iterations: 6 }, { iterations: 6, axes: 'xy', low: 0, high: 1 }, { iterations: 6, axes: 'z' }],
  regulariser: totalVariation,
});
