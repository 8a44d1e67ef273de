import * as z from 'zod';
import type { Field, Per, Scalars } from '../../../compute/backend.js';
import { count, nonNegative } from '../../../core/options.js';
import type { LinearOperator } from '../../../operators/operator.js';
import { defineSolver } from '../define.js';
import { scratch, state } from '../fields.js';

const schema = z.strictObject({
  iterations: count.default(20).describe('rounds (semi-convergent: with noise 10 to 30 are usual for CT)'),
  damping: nonNegative
    .default(0)
    .describe('α of ½‖Ax − y‖² + ½α‖x − x_start‖², in unit-norm units; 0 leaves the damping to early stopping'),
  tolerance: nonNegative.default(1e-6).describe('a slice stops at ‖gradient‖ ≤ tolerance · ‖Aᴴy‖ (float32 has no more to give)'),
});

export type CglsOptions = z.output<typeof schema>;

/**
 * CGLS: conjugate gradients on AᴴA x = Aᴴ y without forming it (Hestenes & Stiefel 1952; Björck 1996, algorithm 7.4.1). With
 * r = y − Ax, s = Aᴴr − α(x − x₀), p = s:
 *
 *     a = ‖s‖²/(‖Ap‖² + α‖p‖²) ;  x += ap ;  r −= aAp ;  s = Aᴴr − α(x − x₀) ;  p = s + (‖s'‖²/‖s‖²) p
 *
 * Step lengths are per slice where slices do not mix, else for the volume. Bounds are not possible in CGLS: use sirt or admm-tv.
 */
export const cgls = defineSolver({
  name: 'cgls',
  schema,
  examples: [{ iterations: 6 }, { iterations: 6, damping: 0.1 }],

  steps: ({ iterations }) => iterations,

  fields: ({ damping }) => ({
    x: state('domain'),
    s: scratch('domain', 'gradient'),
    p: state('domain', 'direction'),
    r: state('range', 'residual'),
    offset: damping > 0 ? state('domain') : undefined, // x − x₀
  }),

  prepare({ backend, operator, y, options, fields: { s } }) {
    const per = stepLengths(operator);
    operator.adjoint(y, s);
    const goal = backend.scope(() => backend.dot(s, s, per).times(options.tolerance ** 2));
    return { per, goal, ss: goal };
  },

  start({ backend, operator, y, problem: { initial }, projection, fields: { x, p, r } }) {
    backend.lincomb(r, [1, y]);
    if (initial) {
      backend.lincomb(x, [1, initial]);
      operator.apply(x, projection);
      backend.lincomb(r, [1, r], [-1, projection]);
    }
    operator.adjoint(r, p);
  },

  begin(run, kept) {
    kept.ss = gradient(run);
  },

  step(run, kept) {
    const { backend, operator, projection: ap, misfit, options } = run;
    const { x, p, r, s, offset } = run.fields;
    const { per, goal, ss } = kept;
    operator.apply(p, ap);
    kept.ss = backend.scope(() => {
      const squares = backend.dot(ap, ap, per);
      const curvature = offset ? squares.plus(backend.dot(p, p, per).times(options.damping)) : squares;
      const a = ss.minus(goal).select(ss.over(curvature), 0); // a converged slice rests
      backend.lincomb(x, [1, x], [a, p]);
      if (offset) backend.lincomb(offset, [1, offset], [a, p]);
      backend.lincomb(r, [1, r], [a.times(-1), ap]);
      const next = gradient(run);
      backend.lincomb(p, [1, s], [next.over(ss), p]);
      return next;
    });
    return { residual: misfit.ofDifference(r) };
  },
});

const stepLengths = ({ coupling }: LinearOperator): Per => (coupling === 'slice' ? 'slice' : 'volume');

interface Gradient {
  readonly operator: LinearOperator;
  readonly options: CglsOptions;
  readonly fields: { readonly r: Field; readonly s: Field; readonly offset: Field | undefined };
}

/** s ← Aᴴr − α(x − x₀); its ‖s‖² */
function gradient({ operator, options, fields: { r, s, offset } }: Gradient): Scalars {
  const { backend } = operator;
  operator.adjoint(r, s);
  if (offset) backend.lincomb(s, [1, s], [-options.damping, offset]);
  return backend.dot(s, s, stepLengths(operator));
}
