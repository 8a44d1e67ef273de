import type { LinearOperator } from './operator.js';

/**
 * ‖A‖₂ by power iteration on AᴴA (Golub & Van Loan, §7.3.1), started from a constant plus a little noise. Stops when the estimate changes by
 * less than 1e-5 relative; it approaches the norm from below.
 */
export async function powerNorm(operator: LinearOperator, iterations = 200): Promise<number> {
  const { backend, domain } = operator;
  const x = backend.field(domain);
  const next = backend.field(domain);
  backend.noise(next, { seed: 1, step: 0, stream: 0 });
  backend.fill(x, 1);
  backend.lincomb(x, [1, x], [0.1, next]);
  let norm = 0;
  for (let i = 0; i < iterations; i++) {
    const length = backend.dot(x, x, 'volume').sqrt();
    backend.lincomb(x, [backend.scalars(1, x, 'volume').over(length), x]);
    operator.normal(x, next);
    const [squared] = await backend.readScalars(backend.dot(x, next, 'volume'));
    const estimate = Math.sqrt(Math.max(squared, 0));
    const settled = Math.abs(estimate - norm) <= 1e-5 * estimate;
    norm = estimate;
    backend.lincomb(x, [1, next]);
    if (settled) break;
  }
  x.dispose();
  next.dispose();
  return norm;
}
