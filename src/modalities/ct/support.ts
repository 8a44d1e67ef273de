import { sliceSize } from '../../../core/space.js';
import type { LinearOperator } from '../../../operators/operator.js';

/**
 * Voxels that a ray meets: Aᵀ1 > 0, for no weight of a projector is negative. Undefined where rays meet all of them, which is found on the
 * device: a volume is read only where there is something to tell.
 */
export async function raySupport(operator: LinearOperator): Promise<Float32Array | undefined> {
  const { backend, domain, range } = operator;
  const [ones, met] = [backend.field(range), backend.field(domain)];
  try {
    backend.fill(ones, 1);
    operator.adjoint(ones, met);
    backend.divide(met, met, met); // 1, and 0 where it was 0
    const counts = backend.dot(met, met, 'slice');
    const slices = await backend.readScalars(counts);
    counts.dispose();
    // a GPU's 1 is 1 to its rounding
    if (slices.every((count) => Math.abs(count - sliceSize(domain)) < 0.5)) return undefined;
    return (await backend.read(met)).map((value) => Number(value > 0.5));
  } finally {
    ones.dispose();
    met.dispose();
  }
}
