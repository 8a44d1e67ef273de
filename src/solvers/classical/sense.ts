import { z } from 'zod';
import type { Field, Scalars } from '../../../compute/backend.js';
import { count, nonNegative, parseOptions } from '../../../core/options.js';
import { beginStep, endStep, fieldPlan, requireConsistent, restoreOrStart } from '../progress.js';
import type { Solver, SolverRun } from '../solver.js';
import { ScalarScope, Workspace } from '../../../compute/workspace.js';
import { quadraticWeight, tellWeight } from './data-weights.js';

const schema = z.strictObject({
  iterations: count.default(30).describe('CG iterations at most'),
  lambda: nonNegative.optional().describe('weight λ of the penalty, in the data’s own units'),
  tolerance: nonNegative.default(1e-6).describe('a slice rests at ‖residual‖ ≤ tolerance · ‖Aᴴy‖ of the normal equations (float32 has no more to give)'),
}); // prettier-ignore

export type SenseOptions = z.output<typeof schema>;

/** λ where none is given, relative to ‖A‖². Own trial (128² brain slice, 6 coils, SNR 30, 1-D random ×4): .001, .01, .03 and .1 gave 24.4, 26.5, 25.9 and 24.1 dB. */
const LAMBDA = 0.01;

/**
 * CG-SENSE (Pruessmann, Weiger, Börnert, Boesiger, MRM 46 (2001) 638): conjugate gradients on the normal equations
 *
 *     minimise ½‖Ax − y‖² + ½λ‖x‖²,   (AᴴA + λI) x = Aᴴy
 *
 * λ is that of SigPy's `SenseRecon(lamda)` and BART's `pics -l2 -r` for the same A and y. Step lengths are per slice where slices do not mix, so
 * a slice comes out the same whatever lies beside it. Only image-sized vectors are kept: the residual told with every step is
 *
 *     ‖Ax − y‖² = ‖y‖² − Re⟨x, Aᴴy⟩ − Re⟨x, r⟩ − λ‖x‖²,   r = Aᴴy − (AᴴA + λI)x
 *
 * which rounding keeps from falling below about 1e-3 ‖y‖.
 */
export const sense: Solver<SenseOptions> = {
  name: 'sense',
  needsPrior: false,
  schema,

  options: (given) => parseOptions('sense', schema, given),

  async *run(problem, options): SolverRun {
    requireConsistent(problem);
    const { backend, operator, y, initial } = problem;
    const { iterations, tolerance } = options;
    const lambda = options.lambda === undefined ? LAMBDA : quadraticWeight(problem, options.lambda);
    tellWeight(problem, quadraticWeight, { lambda, usual: LAMBDA });
    const per = operator.coupling === 'slice' ? 'slice' : 'volume';
    const workspace = new Workspace(backend);
    const scope = new ScalarScope();
    const { keep } = scope;
    try {
      const image = (): Field => workspace.field(operator.domain);
      const [x, r, p, hp, b] = [image(), image(), image(), image(), image()];
      const state = { x, r, p };
      const hessian = (q: Field, out: Field): void => {
        operator.normal(q, out);
        if (lambda > 0) backend.lincomb(out, [1, out], [lambda, q]);
      };
      const squares = (f: Field, g: Field): Scalars => keep(backend.dot(f, g, 'volume'));
      const misfit = (): Scalars => {
        const fit = keep(squares(x, b).plus(squares(x, r)));
        const penalty = keep(squares(x, x).times(lambda));
        const left = keep(keep(data.minus(fit)).minus(penalty));
        return keep(left.over(data)).sqrt();
      };

      operator.adjoint(y, b);
      let goal = keep(keep(backend.dot(b, b, per)).times(tolerance ** 2));
      let data = squares(y, y);
      const first = await restoreOrStart(problem, state, () => {
        backend.lincomb(r, [1, b]);
        if (initial) {
          backend.lincomb(x, [1, initial]);
          hessian(x, hp);
          backend.lincomb(r, [1, r], [-1, hp]);
        }
        backend.lincomb(p, [1, r]);
      });
      let rr = keep(backend.dot(r, r, per));

      if (first >= iterations) {
        const begun = beginStep(problem);
        yield await endStep(problem, begun, {
          step: iterations,
          steps: iterations,
          residual: misfit(),
          image: x,
          state,
        });
      }
      for (let i = first; i < iterations; i++) {
        const begun = beginStep(problem);
        hessian(p, hp);
        const php = keep(backend.dot(p, hp, per));
        const a = keep(keep(rr.minus(goal)).select(keep(rr.over(php)), 0)); // a converged slice rests
        backend.lincomb(x, [1, x], [a, p]);
        backend.lincomb(r, [1, r], [keep(a.times(-1)), hp]);
        const next = keep(backend.dot(r, r, per));
        backend.lincomb(p, [1, r], [keep(next.over(rr)), p]);
        rr = next;
        yield await endStep(problem, begun, { step: i + 1, steps: iterations, residual: misfit(), image: x, state });
        goal = keep(goal.times(1)); // backends may recycle a scalar after some thousand later ones
        data = keep(data.times(1));
        scope.dispose(goal, rr, data);
      }
    } finally {
      scope.dispose();
      workspace.dispose();
    }
  },

  memory: (domain, range) =>
    fieldPlan(domain, ['x', 'CG residual', 'CG direction', 'CG image', 'back-projection Aᴴy'], range, []),
};
