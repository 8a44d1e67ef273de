import type { Backend } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { bytesOf, describeSpace, type Space } from '../../core/space.js';
import type { LinearOperator } from '../operator.js';

/**
 * Sampling of an image's own values: y = m ⊙ x with m of 0 and 1, so a projection, A = Aᵀ = AᵀA, and ‖A‖₂ = 1 (0 where nothing is sampled).
 * On images of any number of axes, and exact in float32: a sampled value comes back bit for bit, another as 0.
 *
 * @param mask a value for each of the image's, C order
 * @throws SlicewiseError SHAPE for another number of values, ARGUMENT for values other than 0 and 1
 */
export async function samplingMask(domain: Space, mask: ArrayLike<number>, backend: Backend): Promise<LinearOperator> {
  const values = requireMask(domain, mask);
  const field = backend.field(domain);
  await backend.write(field, values);
  const apply: LinearOperator['apply'] = (x, y) => backend.multiply(x, field, y);
  const some = values.some((m) => m === 1);
  return {
    name: 'sampling mask',
    domain,
    range: domain,
    backend,
    coupling: 'slice',
    apply,
    adjoint: apply,
    normal: apply,
    norm: () => Promise.resolve(some ? 1 : 0),
    bytes: () => ({ items: [{ what: 'sampling mask', bytes: bytesOf(domain) }] }),
    dispose: () => field.dispose(),
  };
}

function requireMask(domain: Space, mask: ArrayLike<number>): Float32Array {
  const count = domain.shape.reduce((product, n) => product * n, 1);
  if (domain.dtype !== 'float32' || mask.length !== count) {
    throw new SlicewiseError('SHAPE', {
      message: 'a sampling mask has a value for each of a real image',
      expected: `${count} values for ${describeSpace(domain)}`,
      got: `${mask.length}`,
    });
  }
  const values = Float32Array.from(mask);
  const other = values.find((m) => m !== 0 && m !== 1);
  if (other === undefined) return values;
  throw new SlicewiseError('ARGUMENT', { message: 'values of a sampling mask', expected: '0 or 1', got: `${other}` });
}
