import type { Field } from '../compute/backend.js';
import { operatorNorm } from './norm.js';
import type { LinearOperator } from './operator.js';

/** W^½ A for a weighted data term ‖W^½(Ax − y)‖²; `root` is W^½ in the range. It borrows A and takes over `root`. */
export function weighted(operator: LinearOperator, root: Field): LinearOperator {
  const { backend, range } = operator;
  let norm: Promise<number> | undefined;
  const self: LinearOperator = {
    ...operator,
    name: `weighted ${operator.name}`,
    apply(x, y) {
      operator.apply(x, y);
      backend.multiply(y, root, y);
    },
    adjoint(y, x) {
      const weightedData = backend.field(range);
      backend.multiply(y, root, weightedData);
      operator.adjoint(weightedData, x);
      weightedData.dispose();
    },
    normal(x, out) {
      const y = backend.field(range);
      operator.apply(x, y);
      backend.multiply(y, root, y);
      backend.multiply(y, root, y);
      operator.adjoint(y, out);
      y.dispose();
    },
    norm: () => (norm ??= operatorNorm(self)),
    dispose() {
      root.dispose();
      operator.dispose();
    },
  };
  return self;
}
