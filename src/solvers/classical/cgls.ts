import { z } from 'zod';
import type { Scalars } from '../../../compute/backend.js';
import { count, nonNegative, parseOptions } from '../../../core/options.js';
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
import { ScalarScope, Workspace } from '../../../compute/workspace.js';

const schema = z.strictObject({
  iterations: count.default(20).describe('rounds (semi-convergent: with noise 10 to 30 are usual for CT)'),
  damping: nonNegative.default(0).describe('α of ½‖Ax − y‖² + ½α‖x − x_start‖², in unit-norm units; 0 leaves the damping to early stopping'),
  tolerance: nonNegative.default(1e-6).describe('a slice stops at ‖gradient‖ ≤ tolerance · ‖Aᴴy‖ (float32 has no more to give)'),
}); // prettier-ignore

export type CglsOptions = z.output<typeof schema>;

/**
 * CGLS: conjugate gradients on AᴴA x = Aᴴ y without forming it (Hestenes & Stiefel 1952; Björck 1996, algorithm 7.4.1). With
 * r = y − Ax, s = Aᴴr − α(x − x₀), p = s:
 *
 *     a = ‖s‖²/(‖Ap‖² + α‖p‖²) ;  x += ap ;  r −= aAp ;  s = Aᴴr − α(x − x₀) ;  p = s + (‖s'‖²/‖s‖²) p
 *
 * Step lengths are per slice where slices do not mix, else for the volume. Bounds are not possible in CGLS: use sirt or admm-tv.
 */
export const cgls: Solver<CglsOptions> = {
  name: 'cgls',
  needsPrior: false,
  schema,

  options: (given) => parseOptions('cgls', schema, given),

  async *run(problem, options): SolverRun {
    requireConsistent(problem);
    const { backend, operator, y, initial } = problem;
    const { iterations, damping, tolerance } = options;
    const per = operator.coupling === 'slice' ? 'slice' : 'volume';
    const workspace = new Workspace(backend);
    const scope = new ScalarScope();
    const { keep } = scope;
    try {
      const x = workspace.field(operator.domain);
      const s = workspace.field(operator.domain);
      const p = workspace.field(operator.domain);
      const r = workspace.field(operator.range);
      const misfit = new DataMisfit(problem, workspace);
      const ap = misfit.scratch;
      const offset = damping > 0 ? workspace.field(operator.domain) : undefined; // x − x₀
      const state = { x, p, r, ...(offset ? { offset } : {}) };

      const gradient = (): Scalars => {
        operator.adjoint(r, s);
        if (offset) backend.lincomb(s, [1, s], [-damping, offset]);
        return keep(backend.dot(s, s, per));
      };
      operator.adjoint(y, s);
      let goal = keep(keep(backend.dot(s, s, per)).times(tolerance ** 2));
      const first = await restoreOrStart(problem, state, () => {
        backend.lincomb(r, [1, y]);
        if (initial) {
          backend.lincomb(x, [1, initial]);
          operator.apply(x, ap);
          backend.lincomb(r, [1, r], [-1, ap]);
        }
        operator.adjoint(r, p);
      });
      let ss = gradient();

      if (first >= iterations) yield await endReached(problem, misfit, { steps: iterations, image: x, state });
      for (let i = first; i < iterations; i++) {
        const begun = beginStep(problem);
        operator.apply(p, ap);
        let curvature = keep(backend.dot(ap, ap, per));
        if (offset) curvature = keep(curvature.plus(keep(keep(backend.dot(p, p, per)).times(damping))));
        const a = keep(keep(ss.minus(goal)).select(keep(ss.over(curvature)), 0)); // a converged slice rests
        backend.lincomb(x, [1, x], [a, p]);
        if (offset) backend.lincomb(offset, [1, offset], [a, p]);
        backend.lincomb(r, [1, r], [keep(a.times(-1)), ap]);
        const next = gradient();
        backend.lincomb(p, [1, s], [keep(next.over(ss)), p]);
        ss = next;
        const residual = misfit.ofDifference(r);
        yield await endStep(problem, begun, { step: i + 1, steps: iterations, residual, image: x, state });
        goal = keep(goal.times(1)); // backends may recycle a scalar after some thousand later ones
        scope.dispose(goal, ss);
      }
    } finally {
      scope.dispose();
      workspace.dispose();
    }
  },

  memory(domain, range, { damping }) {
    const images = ['x', 'gradient', 'direction', ...(damping > 0 ? ['offset'] : [])];
    return fieldPlan(domain, images, range, ['residual', 'projection']);
  },
};
