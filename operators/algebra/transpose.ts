import type { LinearOperator } from '../operator.js';
import { derived } from './derived.js';

/** Aᴴ as an operator: from the range of A to its domain (of a complex operator the conjugate transpose). It takes over A. */
export function transpose(operator: LinearOperator): LinearOperator {
  return derived([operator], {
    name: `${operator.name}ᴴ`,
    domain: operator.range,
    range: operator.domain,
    apply: (y, x) => operator.adjoint(y, x),
    adjoint: (x, y) => operator.apply(x, y),
    norm: (watch) => operator.norm(watch),
  });
}
