import type { LinearOperator } from '../../../operators/operator.js';

/** Voxels that a ray meets: Aᵀ1 > 0, for no weight of a projector is negative. */
export async function raySupport(operator: LinearOperator): Promise<Float32Array> {
  const { backend, domain, range } = operator;
  const [ones, sums] = [backend.field(range), backend.field(domain)];
  try {
    backend.fill(ones, 1);
    operator.adjoint(ones, sums);
    return (await backend.read(sums)).map((sum) => Number(sum > 0));
  } finally {
    ones.dispose();
    sums.dispose();
  }
}
