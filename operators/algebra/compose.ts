import { SlicewiseError } from '../../core/errors.js';
import { describeSpace, sameSpace } from '../../core/space.js';
import type { LinearOperator } from '../operator.js';
import { derived, requireParts } from './derived.js';

/**
 * A B C …: the last is applied first, as products of matrices are written. It takes over its parts.
 *
 * @example
 * const measured = compose(mask, blur); // y = mask(blur(x))
 *
 * @throws SlicewiseError SHAPE where the range of one is not the domain of the one before it; ARGUMENT for none
 */
export function compose(...operators: readonly LinearOperator[]): LinearOperator {
  requireParts('a product', operators);
  return operators.reduceRight((right, left) => product(left, right));
}

/** A B */
function product(a: LinearOperator, b: LinearOperator): LinearOperator {
  if (!sameSpace(a.domain, b.range)) {
    throw new SlicewiseError('SHAPE', {
      message: `'${a.name}' cannot follow '${b.name}'`,
      expected: describeSpace(a.domain),
      got: describeSpace(b.range),
    });
  }
  return derived([a, b], {
    name: `${a.name} · ${b.name}`,
    domain: b.domain,
    range: a.range,
    scratch: [b.range, b.range],
    apply(x, y, [between]) {
      b.apply(x, between);
      a.apply(between, y);
    },
    adjoint(y, x, [between]) {
      a.adjoint(y, between);
      b.adjoint(between, x);
    },
    normal(x, out, [between, after]) {
      b.apply(x, between);
      a.normal(between, after);
      b.adjoint(after, out);
    },
  });
}
