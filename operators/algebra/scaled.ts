import { scaledDecomposition } from '../decomposition.js';
import type { LinearOperator } from '../operator.js';
import { derived } from './derived.js';

/** c·A: an operator in other units, or normalised to ‖A‖₂ = 1; A itself where c is 1. It takes over A: disposing of it disposes of A. */
export function scaled(operator: LinearOperator, c: number): LinearOperator {
  if (c === 1) return operator;
  const { backend, name, domain, range } = operator;
  return derived([operator], {
    name,
    domain,
    range,
    apply(x, y) {
      operator.apply(x, y);
      backend.lincomb(y, [c, y]);
    },
    adjoint(y, x) {
      operator.adjoint(y, x);
      backend.lincomb(x, [c, x]);
    },
    normal(x, out) {
      operator.normal(x, out);
      backend.lincomb(out, [c * c, out]);
    },
    decomposition: operator.decomposition && (() => scaledDecomposition(operator.decomposition!(), c)),
    norm: async (watch) => Math.abs(c) * (await operator.norm(watch)),
  });
}
