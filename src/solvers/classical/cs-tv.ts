import * as z from 'zod';
import { count, nonNegative, positive } from '../../../core/options.js';
import { totalVariation } from '../../regularisers/total-variation.js';
import { admmSolver } from './admm.js';
import { linearWeight, tellWeight } from './data-weights.js';

const schema = z.strictObject({
  iterations: count.default(100).describe('outer ADMM iterations'),
  lambda: nonNegative.optional().describe('weight λ of the penalty, in the data’s own units'),
  axes: z
    .enum(['3d', 'xy', 'z'])
    .default('xy')
    .describe('total variation in the plane (own choice for 2-D acquisitions), 3d isotropic, or along z only'),
  rho: positive.optional().describe('ADMM penalty ρ in unit-norm units; changes the speed, not the limit'),
  zWeight: positive.default(1).describe('weight ζ of differences along z; voxel width / slice distance makes it isotropic in mm'),
  innerIterations: count.default(5).describe('CG iterations of one x update, warm-started'),
  boundary: z.enum(['replicate', 'periodic']).default('replicate').describe('beyond the first and last slice'),
});

export type CsTvOptions = z.output<typeof schema>;

/**
 * Compressed sensing with total variation (Lustig, Donoho, Pauly, MRM 58 (2007) 1182; Block, Uecker, Frahm, MRM 57
 * (2007) 1086) of complex images,
 *
 *     minimise ½‖Ax − y‖² + λ Σ √(|∂x|² + |∂y|² + |ζ D_z x|²)
 *
 * by the ADMM of admm.ts, slice by slice unless differences along z are asked for. λ is said as in SigPy's
 * `TotalVariationRecon(lamda)` for the same A and y; SigPy's penalty differs in being anisotropic, Σ |∂x| + |∂y|,
 * with circular differences.
 */
export const csTv = admmSolver({
  name: 'cs-tv',
  schema,
  examples: [{ iterations: 6 }, { iterations: 6, axes: '3d', lambda: 0.01 }],
  regulariser: totalVariation,
  given: linearWeight,
  tell: (problem, weight) => tellWeight(problem, linearWeight, weight),
});
