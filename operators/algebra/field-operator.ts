import type { Backend, Field, MemoryPlan, Queued } from '../../compute/backend.js';
import { requireQueued } from '../../compute/queued.js';
import { SlicewiseError } from '../../core/errors.js';
import type { Watch } from '../../core/phases.js';
import { bytesOf, describeSpace, sameSpace, type Space } from '../../core/space.js';
import type { Decomposition } from '../decomposition.js';
import { onceFound, operatorNorm } from '../norm.js';
import type { LinearOperator } from '../operator.js';

/** An operator by functions on fields. */
export interface FieldOperatorOptions {
  /** For messages and plans. */
  readonly name: string;
  readonly domain: Space;
  readonly range: Space;
  /** 'slice': slices do not mix, and both spaces have equally many. 'volume' (without it): they do. */
  readonly coupling?: LinearOperator['coupling'];
  /** y ← A x. Overwrites y, and only queues. */
  apply(x: Field, y: Field): Queued;
  /** x ← Aᴴ y, the exact transpose. Overwrites x, and only queues. */
  adjoint(y: Field, x: Field): Queued;
  /** out ← AᴴA x; without it the one after the other. */
  normal?(x: Field, out: Field): Queued;
  /** ‖A‖₂; without it by power iteration (`operatorNorm`). */
  norm?(watch?: Watch): Promise<number>;
  /** Its singular value decomposition, for methods that need one. */
  decomposition?(): Decomposition;
  /** What it keeps on the device. */
  bytes?(): MemoryPlan;
  /** Frees that. */
  dispose?(): void;
}

/**
 * An operator of functions on fields: what the backend's operations, kernels or other operators make up. Its spaces are checked at every
 * call. Test it with
 * `dotTest`.
 *
 * @example
 * // differences of neighbouring slices
 * const differences = fieldOperator({
 *   name: 'differences along z', domain: images, range: images,
 *   apply(x, y) {
 *     backend.dz(x, y, 'replicate');
 *   },
 *   adjoint(y, x) {
 *     backend.lincomb(x);
 *     backend.addDzAdjoint(1, y, x, 'replicate');
 *   },
 * }, backend);
 *
 * @throws SlicewiseError SHAPE (here and from its methods), ARGUMENT (from them, for functions that return a promise)
 */
export function fieldOperator(options: FieldOperatorOptions, backend: Backend): LinearOperator {
  const { name, domain, range, coupling = 'volume' } = options;
  if (coupling === 'slice' && domain.shape[0] !== range.shape[0]) {
    throw new SlicewiseError('SHAPE', {
      message: `the operator '${name}' is said to leave slices apart`,
      expected: `as many slices in its range as in its domain, ${describeSpace(domain)}`,
      got: describeSpace(range),
      hint: "leave the coupling out, or say 'volume'",
    });
  }
  const inSpace = (field: Field, space: Space, what: string): void => {
    if (sameSpace(field.space, space)) return;
    const message = `a field is not in the ${what} of the operator '${name}'`;
    throw new SlicewiseError('SHAPE', { message, expected: describeSpace(space), got: describeSpace(field.space) });
  };
  const queued = (given: unknown, what: string): void =>
    requireQueued(given, `${what} of the operator '${name}'`, 'use functionOperator, or do what has to wait in a step of backend.host');
  let scratch: Field | undefined;
  let disposed = false;
  const self: LinearOperator = {
    name,
    domain,
    range,
    backend,
    coupling,
    apply(x, y) {
      inSpace(x, domain, 'domain');
      inSpace(y, range, 'range');
      queued(options.apply(x, y), 'apply');
    },
    adjoint(y, x) {
      inSpace(y, range, 'range');
      inSpace(x, domain, 'domain');
      queued(options.adjoint(y, x), 'adjoint');
    },
    normal(x, out) {
      if (options.normal) {
        inSpace(x, domain, 'domain');
        inSpace(out, domain, 'domain');
        return queued(options.normal(x, out), 'normal');
      }
      scratch ??= backend.field(range);
      self.apply(x, scratch);
      self.adjoint(scratch, out);
    },
    ...(options.decomposition && { decomposition: () => options.decomposition!() }),
    norm: onceFound((watch) => (options.norm ? options.norm(watch) : operatorNorm(self, undefined, watch))),
    bytes() {
      const own = options.bytes?.().items ?? [];
      return { items: options.normal ? own : [...own, { what: `scratch of '${name}'`, bytes: bytesOf(range) }] };
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      scratch?.dispose();
      options.dispose?.();
    },
  };
  return self;
}
