import type { Backend, Field } from '../../compute/backend.js';
import { elements } from '../../core/array.js';
import { SlicewiseError } from '../../core/errors.js';
import { space, type Space } from '../../core/space.js';
import type { LinearOperator } from '../operator.js';

/** A mask knows more than other operators: M is a projection. */
export interface MaskOperator extends LinearOperator {
  /** out ← x + M(y − x): y where it was measured, x elsewhere. `out` may be x. */
  project(x: Field, y: Field, out: Field): void;
}

/**
 * Entries of an image that were measured: y = M x, M diagonal with 1 and 0. M is its own adjoint, M² = M, ‖M‖ = 1.
 * @param mask 1 and 0 in C order of `domain`, one for each element (complex elements count once)
 * @throws SlicewiseError SHAPE for a mask of another size, GEOMETRY for other numbers, or none that is 1
 */
export async function maskOperator(domain: Space, mask: Float32Array, backend: Backend): Promise<MaskOperator> {
  requireMask(domain, mask);
  const field = backend.field(space(domain.axes, domain.shape));
  await backend.write(field, mask);
  const masked = (x: Field, y: Field): void => backend.multiply(x, field, y);
  return {
    name: 'sampling/mask',
    domain,
    range: domain,
    backend,
    coupling: 'slice',
    apply: masked,
    adjoint: masked,
    normal: masked,
    project(x, y, out) {
      const difference = backend.field(domain);
      backend.lincomb(difference, [1, y], [-1, x]);
      backend.multiply(difference, field, difference);
      backend.lincomb(out, [1, x], [1, difference]);
      difference.dispose();
    },
    norm: () => Promise.resolve(1),
    bytes: () => ({ items: [{ what: 'mask', bytes: 4 * mask.length }] }),
    dispose: () => field.dispose(),
  };
}

function requireMask(domain: Space, mask: Float32Array): void {
  const count = elements(domain.shape);
  if (mask.length !== count) {
    throw new SlicewiseError('SHAPE', { message: 'mask', expected: `${count} numbers`, got: `${mask.length}` });
  }
  const wrong = mask.find((value) => value !== 0 && value !== 1);
  if (wrong === undefined && mask.includes(1)) return;
  throw new SlicewiseError('GEOMETRY', {
    message: 'mask',
    expected: '0 and 1, at least one of them 1',
    got: wrong === undefined ? 'zeros alone' : `${wrong}`,
  });
}
