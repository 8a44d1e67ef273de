import type { Field } from '../../compute/backend.js';
import type { Space } from '../../core/space.js';
import { scratch } from '../solvers/fields.js';
import type { Regulariser } from './regulariser.js';

/** A regulariser R(x) = φ(x): K is the identity. */
export interface ProximalMap extends Pick<Regulariser, 'name' | 'parameters' | 'coupling' | 'penalty' | 'memory'> {
  /** out ← argmin_z ½‖z − v‖² + threshold · φ(z). Only queues; v and out may be the same field. */
  prox(v: Field, threshold: number, out: Field): void;
}

/** A regulariser R(x) = φ(Kx) by K, Kᴴ and the proximal map of φ. */
export interface SplitPenalty extends Pick<Regulariser, 'name' | 'parameters' | 'coupling' | 'penalty' | 'memory'> {
  /** The space of each component of Kx. */
  components(domain: Space): readonly Space[];
  /** out ← K x. Only queues. */
  apply(x: Field, out: readonly Field[]): void;
  /** x ← Kᴴ d, overwritten. Only queues. */
  adjoint(d: readonly Field[], x: Field): void;
  /** out ← argmin_z ½‖z − v‖² + threshold · φ(z). Only queues; v and out may be the same fields. */
  prox(v: readonly Field[], threshold: number, out: readonly Field[]): void;
}

/**
 * A regulariser of your own by its mathematics: a proximal map alone (K = 1), or K, its adjoint and the proximal map. It goes wherever one of ours goes.
 *
 * @example
 * // λ Σ |x|²/2, by which images shrink to 0
 * const ridge = defineRegulariser({
 *   name: 'ridge', coupling: 'slice',
 *   prox: (v, threshold, out) => v.backend.lincomb(out, [1 / (1 + threshold), v]),
 * });
 * reconstruct(scan, { method: 'admm', methodOptions: { regulariser: ridge, lambda: 0.01 } });
 */
export function defineRegulariser(given: ProximalMap): Regulariser;
export function defineRegulariser(given: SplitPenalty): Regulariser;
export function defineRegulariser(given: ProximalMap | SplitPenalty): Regulariser {
  return 'apply' in given ? split(given) : proximal(given);
}

function proximal({ prox, ...rest }: ProximalMap): Regulariser {
  return {
    ...rest,
    components: (domain) => [domain],
    bind: (_, backend) => ({
      apply: (x, [out]) => backend.lincomb(out, [1, x]),
      addAdjoint: (weight, [d], x) => backend.lincomb(x, [1, x], [weight, d]),
      addNormal: (weight, x, out) => backend.lincomb(out, [1, out], [weight, x]),
      prox: ([v], threshold, [out]) => prox(v, threshold, out),
    }),
  };
}

function split({ components, apply, adjoint, prox, ...rest }: SplitPenalty): Regulariser {
  return {
    ...rest,
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
