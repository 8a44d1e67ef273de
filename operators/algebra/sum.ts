import { SlicewiseError } from '../../core/errors.js';
import { describeSpace, sameSpace } from '../../core/space.js';
import type { LinearOperator } from '../operator.js';
import { derived, requireParts } from './derived.js';

/**
 * A + B + …, of operators with the same domain and range; weighted ones by `scale`. It takes over its parts.
 *
 * @throws SlicewiseError SHAPE, ARGUMENT for none
 */
export function sum(...operators: readonly LinearOperator[]): LinearOperator {
  requireParts('a sum', operators);
  const [first, ...others] = operators;
  if (others.length === 0) return first;
  const { backend, domain, range } = first;
  for (const other of others) {
    for (const space of ['domain', 'range'] as const) {
      if (sameSpace(first[space], other[space])) continue;
      throw new SlicewiseError('SHAPE', {
        message: `'${first.name}' and '${other.name}' cannot be added: the ${space} differs`,
        expected: describeSpace(first[space]),
        got: describeSpace(other[space]),
      });
    }
  }
  return derived(operators, {
    name: operators.map(({ name }) => name).join(' + '),
    domain,
    range,
    scratch: [range, domain],
    apply(x, y, [part]) {
      first.apply(x, y);
      for (const other of others) {
        other.apply(x, part);
        backend.lincomb(y, [1, y], [1, part]);
      }
    },
    adjoint(y, x, [, part]) {
      first.adjoint(y, x);
      for (const other of others) {
        other.adjoint(y, part);
        backend.lincomb(x, [1, x], [1, part]);
      }
    },
  });
}
