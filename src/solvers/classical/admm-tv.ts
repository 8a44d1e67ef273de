import { z } from 'zod';
import type { Field } from '../../../compute/backend.js';
import { sizeOf } from '../../../core/space.js';
import { descend } from '../conjugate-gradients.js';
import { count, nonNegative, parseOptions, positive } from '../../../core/options.js';
import {
  beginStep,
  DataMisfit,
  endReached,
  endStep,
  fieldPlan,
  requireConsistent,
  restoreOrStart,
  type StateFields,
} from '../progress.js';
import type { Solver, SolverRun } from '../solver.js';
import { ScalarScope, Workspace } from '../../../compute/workspace.js';
import { boundsSchema, interval, isBounded, requireBounds } from './bounds.js';
import { Differences } from './differences.js';

const schema = z.strictObject({
  iterations: count.default(100).describe('outer ADMM iterations'),
  axes: z.enum(['3d', 'xy', 'z']).default('3d').describe('total variation: 3d isotropic, in the plane, or along z only'),
  lambda: nonNegative.optional().describe('weight λ in unit-norm units; default 0.002 times the size of the image (root mean square of Aᴴy)'),
  rho: positive.optional().describe('ADMM penalty ρ in unit-norm units; changes the speed, not the limit; default λ/(0.5 times the size of the image)'),
  zWeight: positive.default(1).describe('weight ζ of differences along z; voxel width / slice distance makes it isotropic in mm'),
  innerIterations: count.default(5).describe('CG iterations of one x update, warm-started (10 converge in fewer but dearer outer iterations)'),
  boundary: z.enum(['replicate', 'periodic']).default('replicate').describe('beyond the first and last slice'),
  ...boundsSchema,
}); // prettier-ignore

/**
 * Own trials on a real chest CT (256², 20 views over 180°, photon noise 1e5; PSNR after 100 iterations): λ = 1e-4, 3e-4, 1e-3, which are .0007, .002
 * and .007 of the image's size, gave 24.2, 24.4 and 24.0 dB; λ/ρ of .13, .33 and .66 of it 24.4, 24.5 and 24.4 dB, the last soonest.
 */
const LAMBDA = 2e-3;
const THRESHOLD = 0.5;

export type AdmmTvOptions = z.output<typeof schema>;

/**
 * Total variation by ADMM (Boyd et al. 2011, §6.4; isotropic as in Goldstein & Osher 2009):
 *
 *     minimise ½‖Ax − y‖² + λ Σ √((∂x)² + (∂y)² + (ζ D_z x)²)   subject to low ≤ x ≤ high
 *
 *     x ← CG( AᴴA + ρDᵀD + ρ ;  Aᴴy + ρDᵀ(z − u) + ρ(v − t) ;  start at x )      the lone ρ and v, t only with bounds
 *     z ← shrink(Dx + u, λ/ρ) ;  u ← u + Dx − z
 *     v ← min(max(x + t, low), high) ;  t ← t + x − v
 *
 * As in Consistency, one field w = Dx + u is kept for each component instead of z and u (z = shrink(w), u = w − z), and one for v and t
 * likewise, so that the whole solver needs x, 3 + 1 splits and 4 work fields. With bounds, the estimate is the x projected on them.
 */
export const admmTv: Solver<AdmmTvOptions> = {
  name: 'admm-tv',
  needsPrior: false,
  schema,

  options: (given) => parseOptions('admm-tv', schema, given),

  async *run(problem, options): SolverRun {
    requireConsistent(problem);
    requireBounds(problem, options);
    const { backend, operator, y, initial } = problem;
    const { axes, zWeight, boundary, innerIterations, iterations } = options;
    const bounded = isBounded(options);
    const [low, high] = interval(options);
    const workspace = new Workspace(backend);
    const scope = new ScalarScope();
    try {
      const image = (): Field => workspace.field(operator.domain);
      const D = new Differences(backend, axes, zWeight, boundary);
      const x = image();
      const w = Array.from({ length: D.components }, image);
      const wBound = bounded ? image() : undefined;
      const [r, p, hp] = [image(), image(), image()];
      const work = [p, hp, ...(D.components === 3 ? [image()] : [])]; // beside r, between CG calls
      const misfit = new DataMisfit(problem, workspace);
      const state: StateFields = {
        x,
        ...Object.fromEntries(w.map((field, i) => [`w${i}`, field])),
        ...(wBound ? { wBound } : {}),
      };
      const per = !D.axial && operator.coupling === 'slice' ? 'slice' : 'volume';

      operator.adjoint(y, r);
      const { keep } = scope;
      let scale = keep(backend.dot(r, r, per)); // ‖Aᴴy‖², what CG's residual is small against
      const squares = (await backend.readScalars(scale)).reduce((a, b) => a + b, 0);
      const size = Math.sqrt(squares / sizeOf(operator.domain));
      const { lambda, rho } = penalties(options, size);
      problem.tellWeight?.({ lambda, usual: LAMBDA * size });
      const hessian = (q: Field, out: Field): void => {
        const neighbours = D.neighbours(q);
        operator.normal(q, out);
        D.addNormal(rho, q, out, neighbours);
        neighbours?.dispose();
        if (bounded) backend.lincomb(out, [1, out], [rho, q]);
      };
      /** into ← z = shrink(w) */
      const shrunk = (into: readonly Field[]): readonly Field[] => {
        const components = into.slice(0, w.length);
        components.forEach((field, i) => backend.lincomb(field, [1, w[i]]));
        backend.shrinkVector(components, lambda / rho);
        return components;
      };

      const first = await restoreOrStart(problem, state, () => {
        if (!initial) return;
        backend.lincomb(x, [1, initial]);
        D.apply(x, w); // z + u = Dx
        if (wBound) backend.lincomb(wBound, [1, x]);
      });

      if (first >= iterations && bounded) backend.clamp(x, low, high, x);
      if (first >= iterations) yield await endReached(problem, misfit, { steps: iterations, image: x, state });
      for (let i = first; i < iterations; i++) {
        const begun = beginStep(problem);
        // r ← Aᴴ(y − Ax) + ρDᵀ(z − u − Dx) [+ ρ(v − t − x)], the residual of the x update at the x there is; z − u = 2z − w
        const difference = misfit.scratch;
        operator.apply(x, difference);
        const residual = misfit.ofProjection(difference);
        backend.lincomb(difference, [-1, difference]);
        operator.adjoint(difference, r);
        D.addAdjoint(2 * rho, shrunk(work), r);
        D.addAdjoint(-rho, w, r);
        D.addNormal(-rho, x, r);
        if (wBound) {
          backend.clamp(wBound, low, high, p);
          backend.lincomb(r, [1, r], [2 * rho, p], [-rho, wBound], [-rho, x]);
        }
        descend(backend, hessian, x, { residual: r, direction: p, image: hp }, scale, {
          iterations: innerIterations,
          per,
        });
        scale = keep(scale.times(1)); // backends may recycle a scalar after some thousand later ones
        scope.dispose(scale);

        // w ← Dx + u, u = w − z
        const free = [r, p, hp];
        shrunk(free).forEach((z, k) => backend.lincomb(w[k], [1, w[k]], [-1, z]));
        D.apply(x, free);
        w.forEach((field, k) => backend.lincomb(field, [1, field], [1, free[k]]));
        if (wBound) {
          backend.clamp(wBound, low, high, p);
          backend.lincomb(wBound, [1, wBound], [-1, p], [1, x]);
          backend.clamp(x, low, high, p);
        }
        yield await endStep(problem, begun, {
          step: i + 1,
          steps: iterations,
          residual,
          image: bounded ? p : x,
          state,
        });
      }
    } finally {
      scope.dispose();
      workspace.dispose();
    }
  },

  memory(domain, range, options) {
    const components = options.axes === '3d' ? 3 : options.axes === 'xy' ? 2 : 1;
    const splits = ['w∂x', 'w∂y', 'w∂z'].slice(0, components);
    const work = ['CG residual', 'CG direction', 'CG image', ...(components === 3 ? ['shrunk gradient'] : [])];
    return fieldPlan(domain, ['x', ...splits, ...(isBounded(options) ? ['w bounds'] : []), ...work], range, [
      'projection',
    ]);
  },
};

/**
 * λ and ρ where not given, from the size s of the image: the root mean square of Aᴴy, about that of x when ‖A‖ = 1 and the image is mostly
 * smooth. Both λ and λ/ρ have the unit of x, so λ = LAMBDA · s and ρ = λ/(THRESHOLD · s).
 */
function penalties({ lambda, rho }: AdmmTvOptions, size: number): { lambda: number; rho: number } {
  const weight = lambda ?? LAMBDA * size;
  return { lambda: weight, rho: rho ?? (weight > 0 ? weight / (THRESHOLD * (size || 1)) : 0.01) };
}
