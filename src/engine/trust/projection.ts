import type { Field } from '../../../compute/backend.js';
import type { LinearOperator } from '../../../operators/operator.js';
import { singularFilter } from '../../../operators/singular-filter.js';

/** How well A⁺A is to be known where it has to be iterated. */
export interface ProjectionSettings {
  /** Conjugate gradients end at ‖Aᴴ(Ax − Az)‖ ≤ tolerance · ‖AᴴAx‖, slice by slice where slices do not mix. */
  readonly tolerance: number;
  /** Iterations at most. */
  readonly iterations: number;
}

/** How one product with A⁺A was reached; nothing where it is exact. */
export interface ProjectionReached {
  readonly iterations: number;
  /** The worst slice's ‖Aᴴ(Ax − Az)‖/‖AᴴAx‖. */
  readonly residual: number;
}

/** A⁺A, the part of an image that the data determine: the projection onto what A sees. */
export interface RangeProjection {
  /** By singular values, to float32 rounding: masks, single-coil Fourier transforms, operators with a decomposition. */
  readonly exact: boolean;
  /** out ← A⁺A x; the two are different fields. */
  project(x: Field, out: Field): Promise<ProjectionReached | undefined>;
  dispose(): void;
}

/**
 * A⁺A of an operator. Where singular values are known it is V Vᴴ over those that are not 0 (operators/singular-filter.ts). Else the least
 * squares problem AᴴA z = AᴴA x is solved by conjugate gradients from z = 0, whose iterates stay in the range of Aᴴ, so that they end at
 * the solution of least norm, A⁺A x (Hestenes & Stiefel 1952). Stopped early, directions of small singular values are still missing
 * from z, and count as not measured.
 */
export async function rangeProjection(operator: LinearOperator, settings: ProjectionSettings): Promise<RangeProjection> {
  const { backend, domain } = operator;
  const fields = [backend.field(domain), backend.field(domain), backend.field(domain)] as const;
  const dispose = (): void => fields.forEach((field) => field.dispose());
  const filter = await singularFilter(operator, fields);
  if (filter) {
    const project: RangeProjection['project'] = (x, out) => {
      filter.ofImage(x, out, () => 1);
      return Promise.resolve(undefined);
    };
    return { exact: true, project, dispose };
  }
  const [residual, direction, image] = fields;
  const per = operator.coupling === 'slice' ? 'slice' : 'volume';
  const { tolerance, iterations } = settings;
  return {
    exact: false,
    dispose,
    async project(x, out) {
      backend.lincomb(out);
      operator.normal(x, residual);
      backend.lincomb(direction, [1, residual]);
      let rr = backend.dot(residual, residual, per);
      const whole = await backend.readScalars(rr);
      const goal = backend.scope(() => rr.times(tolerance ** 2));
      let [done, left] = [0, whole.some((value) => value > 0) ? 1 : 0];
      for (; done < iterations && left > tolerance; done++) {
        operator.normal(direction, image);
        const before = rr;
        rr = backend.scope(() => {
          const curvature = backend.dot(direction, image, per);
          // a slice that has met the tolerance rests
          const a = before.minus(goal).select(curvature.select(before.over(curvature), 0), 0);
          backend.lincomb(out, [1, out], [a, direction]);
          backend.lincomb(residual, [1, residual], [a.times(-1), image]);
          const next = backend.dot(residual, residual, per);
          backend.lincomb(direction, [1, residual], [next.over(before), direction]);
          return next;
        });
        before.dispose();
        const now = await backend.readScalars(rr);
        left = Math.sqrt(now.reduce((worst, value, k) => Math.max(worst, whole[k] > 0 ? value / whole[k] : 0), 0));
      }
      rr.dispose();
      goal.dispose();
      return { iterations: done, residual: left };
    },
  };
}
