import type { Backend, Field } from '../../../compute/backend.js';
import type { LinearOperator } from '../../../operators/operator.js';

/** What of a run the misfit hangs on; `projection` is a free data-sized field, which holds y − A d afterwards. */
interface Misfit {
  readonly backend: Backend;
  readonly operator: LinearOperator;
  readonly y: Field;
  readonly projection: Field;
}

/** out ← Aᴴ(y − A d): minus the gradient of ½‖y − A d‖² with regard to d, in the operator's domain. */
export function misfitGradient({ backend, operator, y, projection }: Misfit, d: Field, out: Field): void {
  operator.apply(d, projection);
  backend.lincomb(projection, [1, y], [-1, projection]);
  operator.adjoint(projection, out);
}
