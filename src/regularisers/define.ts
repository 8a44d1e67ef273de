import type { Field, Queued } from '../../compute/backend.js';
import type { Space } from '../../core/space.js';
import { scratch } from '../solvers/fields.js';
import type { BoundRegulariser, Regulariser } from './regulariser.js';

/** K, its components and its adjoint. Everything only queues on the backend of the fields. */
export interface SplittingOperator {
  /** The space of each component of Kx. */
  components(domain: Space): readonly Space[];
  /** out ← K x */
  apply(x: Field, out: readonly Field[]): Queued;
  /** x ← Kᴴ d, overwritten. */
  adjoint(d: readonly Field[], x: Field): Queued;
}

/** A regulariser by its mathematics. */
export interface PlainRegulariser extends Pick<Regulariser, 'name' | 'parameters' | 'coupling' | 'penalty' | 'memory'> {
  /** K; the identity, with one component, without it. */
  readonly operator?: SplittingOperator;
  /** out ← argmin_z ½‖z − v‖² + threshold · φ(z). Only queues; v and out may be the same fields. */
  prox(v: readonly Field[], threshold: number, out: readonly Field[]): Queued;
}

/**
 * A regulariser of your own by its proximal map, and K where that is not the identity. It goes wherever one of ours
 * goes. What has to wait for something is a step of `Backend.host`.
 *
 * @example
 * // λ Σ |x|²/2, by which images shrink to 0
 * const ridge = defineRegulariser({
 *   name: 'ridge', coupling: 'slice',
 *   prox: ([v], threshold, [out]) => v.backend.lincomb(out, [1 / (1 + threshold), v]),
 * });
 * reconstruct(scan, { method: 'admm', methodOptions: { regulariser: ridge, lambda: 0.01 } });
 */
export function defineRegulariser({ operator, prox, ...rest }: PlainRegulariser): Regulariser {
  if (operator) return { ...rest, ...splitBy(operator, prox) };
  return {
    ...rest,
    components: (domain) => [domain],
    bind: (_, backend) => ({
      prox,
      apply: (x, [out]) => backend.lincomb(out, [1, x]),
      addAdjoint: (weight, [d], x) => backend.lincomb(x, [1, x], [weight, d]),
      addNormal: (weight, x, out) => backend.lincomb(out, [1, out], [weight, x]),
    }),
  };
}

/** With KᴴK as K and then Kᴴ, in fields of its own. */
function splitBy(
  { components, apply, adjoint }: SplittingOperator,
  prox: BoundRegulariser['prox'],
): Pick<Regulariser, 'components' | 'fields' | 'bind'> {
  return {
    components,
    fields: (domain) => ({
      image: scratch('domain', 'regulariser image'),
      ...Object.fromEntries(components(domain).map((space, i) => [`part${i}`, scratch(space, 'regulariser part')])),
    }),
    bind(domain, backend, { image, ...others }) {
      const parts = components(domain).map((_, i) => others[`part${i}`]);
      const addAdjoint = (weight: number, d: readonly Field[], x: Field): void => {
        adjoint(d, image);
        backend.lincomb(x, [1, x], [weight, image]);
      };
      return {
        apply,
        prox,
        addAdjoint,
        addNormal(weight, x, out) {
          apply(x, parts);
          addAdjoint(weight, parts, out);
        },
      };
    },
  };
}
