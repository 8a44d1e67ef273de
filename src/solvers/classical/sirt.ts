import { z } from 'zod';
import { SlicewiseError } from '../../../core/errors.js';
import { count, parseOptions } from '../../../core/options.js';
import {
  beginStep,
  DataMisfit,
  endReached,
  endStep,
  fieldPlan,
  requireConsistent,
  restoreOrStart,
} from '../progress.js';
import type { Solver, SolverRun } from '../solver.js';
import { Workspace } from '../../../compute/workspace.js';
import { boundsSchema, interval, isBounded, requireBounds } from './bounds.js';

const schema = z.strictObject({
  iterations: count.default(200).describe('rounds (semi-convergent: with noise fewer are better, 100 to 300 is common for CT)'),
  relaxation: z.number().positive().lt(2).default(1).describe('step, 0 … 2; converges anywhere inside'),
  ...boundsSchema,
}); // prettier-ignore

export type SirtOptions = z.output<typeof schema>;

/**
 * SIRT, the simultaneous iterative reconstruction technique (Gilbert 1972; in this form Gregor & Benson 2008):
 *
 *     x ← x + ω C Aᵀ R (y − A x),   R = 1/(A1), C = 1/(Aᵀ1)   row and column sums; 0 where a sum is 0
 *
 * then projected on the bounds. For operators without negative weights (CT); its fixed point is the R-weighted least-squares solution.
 */
export const sirt: Solver<SirtOptions> = {
  name: 'sirt',
  needsPrior: false,
  schema,

  options: (given) => parseOptions('sirt', schema, given),

  async *run(problem, options): SolverRun {
    requireConsistent(problem);
    requireBounds(problem, options);
    const { backend, operator, y, initial } = problem;
    if (operator.domain.dtype === 'complex64') {
      throw new SlicewiseError('ARGUMENT', {
        message: 'sirt is for real images and operators without negative weights',
        got: `a complex image of operator '${operator.name}'`,
        hint: 'use cgls',
      });
    }
    const { iterations, relaxation } = options;
    const workspace = new Workspace(backend);
    try {
      const x = workspace.field(operator.domain);
      const update = workspace.field(operator.domain);
      const columnWeights = workspace.field(operator.domain);
      const rowWeights = workspace.field(operator.range);
      const misfit = new DataMisfit(problem, workspace);
      const difference = misfit.scratch;

      backend.fill(update, 1);
      operator.apply(update, rowWeights);
      backend.fill(difference, 1);
      operator.adjoint(difference, columnWeights);
      backend.divide(difference, rowWeights, rowWeights); // R
      backend.divide(update, columnWeights, columnWeights); // C

      const first = await restoreOrStart(problem, { x }, () => {
        if (initial) backend.lincomb(x, [1, initial]);
      });
      if (first >= iterations) yield await endReached(problem, misfit, { steps: iterations, image: x, state: { x } });
      for (let i = first; i < iterations; i++) {
        const begun = beginStep(problem);
        operator.apply(x, difference);
        backend.lincomb(difference, [1, y], [-1, difference]);
        const residual = misfit.ofDifference(difference); // of the x this step began with
        backend.multiply(difference, rowWeights, difference);
        operator.adjoint(difference, update);
        backend.multiply(update, columnWeights, update);
        backend.lincomb(x, [1, x], [relaxation, update]);
        if (isBounded(options)) backend.clamp(x, ...interval(options), x);
        yield await endStep(problem, begun, { step: i + 1, steps: iterations, residual, image: x, state: { x } });
      }
    } finally {
      workspace.dispose();
    }
  },

  memory: (domain, range) => fieldPlan(domain, ['x', 'update', 'column weights'], range, ['row weights', 'residual']),
};
