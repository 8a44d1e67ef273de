import type { Field } from '../../compute/backend.js';
import { bytesOf } from '../../core/space.js';
import { onceFound, operatorNorm } from '../norm.js';
import type { LinearOperator } from '../operator.js';

/** W^½ A for a weighted data term ‖W^½(Ax − y)‖²; `root` is W^½ in the range. It borrows A and takes over `root`. */
export function weighted(operator: LinearOperator, root: Field): LinearOperator {
  const { backend, name, domain, range, coupling } = operator;
  const self: LinearOperator = {
    name: `weighted ${name}`,
    domain,
    range,
    backend,
    coupling,
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
    norm: onceFound((watch) => operatorNorm(self, undefined, watch)),
    bytes() {
      const data = bytesOf(range);
      const items = [
        { what: 'weights', bytes: data },
        { what: 'weighted data', bytes: data },
      ];
      return { items: [...operator.bytes().items, ...items] };
    },
    dispose() {
      root.dispose();
      operator.dispose();
    },
  };
  return self;
}
