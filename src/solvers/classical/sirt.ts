import * as z from 'zod';
import { SlicewiseError } from '../../../core/errors.js';
import { count } from '../../../core/options.js';
import { defineSolver } from '../define.js';
import { scratch, state } from '../fields.js';
import { boundsSchema, interval, isBounded, requireBounds } from './bounds.js';

const schema = z.strictObject({
  iterations: count.default(200).describe('rounds (semi-convergent: with noise fewer are better, 100 to 300 is common for CT)'),
  relaxation: z.number().positive().lt(2).default(1).describe('step, 0 … 2; converges anywhere inside'),
  ...boundsSchema,
});

export type SirtOptions = z.output<typeof schema>;

/**
 * SIRT, the simultaneous iterative reconstruction technique (Gilbert 1972; in this form Gregor & Benson 2008):
 *
 *     x ← x + ω C Aᵀ R (y − A x),   R = 1/(A1), C = 1/(Aᵀ1)   row and column sums; 0 where a sum is 0
 *
 * then projected on the bounds. For operators without negative weights (CT); its fixed point is the R-weighted least-squares solution.
 */
export const sirt = defineSolver({
  name: 'sirt',
  schema,
  examples: [{ iterations: 6 }, { iterations: 6, low: 0 }],

  check(problem, options) {
    requireBounds(problem, options);
    const { operator } = problem;
    if (operator.domain.dtype !== 'complex64') return;
    throw new SlicewiseError('ARGUMENT', {
      message: 'sirt is for real images and operators without negative weights',
      got: `a complex image of operator '${operator.name}'`,
      hint: 'use cgls',
    });
  },

  steps: ({ iterations }) => iterations,

  fields: () => ({
    x: state('domain'),
    update: scratch('domain'),
    columnWeights: scratch('domain', 'column weights'),
    rowWeights: scratch('range', 'row weights'),
  }),

  prepare({ backend, operator, projection, fields: { update, columnWeights, rowWeights } }) {
    backend.fill(update, 1);
    operator.apply(update, rowWeights);
    backend.fill(projection, 1);
    operator.adjoint(projection, columnWeights);
    backend.divide(projection, rowWeights, rowWeights); // R
    backend.divide(update, columnWeights, columnWeights); // C
  },

  start({ backend, problem: { initial }, fields: { x } }) {
    if (initial) backend.lincomb(x, [1, initial]);
  },

  step({ backend, operator, y, projection: difference, misfit, options, fields }) {
    const { x, update, columnWeights, rowWeights } = fields;
    operator.apply(x, difference);
    backend.lincomb(difference, [1, y], [-1, difference]);
    const residual = misfit.ofDifference(difference); // of the x this step began with
    backend.multiply(difference, rowWeights, difference);
    operator.adjoint(difference, update);
    backend.multiply(update, columnWeights, update);
    backend.lincomb(x, [1, x], [options.relaxation, update]);
    if (isBounded(options)) backend.clamp(x, ...interval(options), x);
    return { residual };
  },
});
