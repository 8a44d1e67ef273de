import type { Field } from '../compute/backend.js';
import type { LinearOperator } from './operator.js';

/**
 * ‖A‖₂ by the Lanczos process on AᴴA (Golub & Van Loan, §10.1), started from a constant plus a little noise: the largest Ritz value, which
 * approaches ‖A‖² from below; a CT operator takes four to ten products. Stops when the estimate changes by less than
 * 1e-4 relative, well before rounding could make ghost copies of it.
 */
export async function operatorNorm(operator: LinearOperator, iterations = 60): Promise<number> {
  const { backend, domain } = operator;
  const [previous, current, next] = [backend.field(domain), backend.field(domain), backend.field(domain)];
  const product = async (x: Field, y: Field): Promise<number> => {
    const scalars = backend.dot(x, y, 'volume');
    const [value] = await backend.readScalars(scalars);
    scalars.dispose();
    return value;
  };
  const unit = async (): Promise<number> => {
    const length = Math.sqrt(await product(next, next));
    if (length > 0) backend.lincomb(next, [1 / length, next]);
    return length;
  };
  backend.noise(current, { seed: 1, step: 0, stream: 0 });
  backend.fill(next, 1);
  backend.lincomb(next, [1, next], [0.1, current]);
  await unit();
  backend.lincomb(current, [1, next]);

  const diagonal: number[] = [];
  const beside: number[] = [];
  let norm = 0;
  for (let i = 0; i < iterations; i++) {
    operator.normal(current, next);
    const alpha = await product(current, next);
    diagonal.push(alpha);
    backend.lincomb(next, [1, next], [-alpha, current]);
    if (i > 0) backend.lincomb(next, [1, next], [-beside[i - 1], previous]);
    const beta = await unit();
    const estimate = Math.sqrt(Math.max(largestEigenvalue(diagonal, beside), 0));
    const settled = Math.abs(estimate - norm) <= 1e-4 * estimate || beta <= 1e-6 * estimate ** 2;
    norm = estimate;
    if (settled) break;
    beside.push(beta);
    backend.lincomb(previous, [1, current]);
    backend.lincomb(current, [1, next]);
  }
  for (const field of [previous, current, next]) field.dispose();
  return norm;
}

/** Of a symmetric tridiagonal matrix, by bisection on the number of eigenvalues above (Sturm sequence; Golub & Van Loan, §8.4). */
function largestEigenvalue(diagonal: readonly number[], beside: readonly number[]): number {
  const reach = (i: number): number => Math.abs(beside[i - 1] ?? 0) + (i < diagonal.length - 1 ? Math.abs(beside[i]) : 0);
  let low = Math.max(...diagonal); // the largest eigenvalue is at least the largest diagonal element …
  let high = Math.max(...diagonal.map((d, i) => d + reach(i))); // … and within Gershgorin's discs
  for (let k = 0; k < 60 && high - low > 1e-9 * Math.abs(high); k++) {
    const middle = (low + high) / 2;
    let pivot = 1;
    let above = false;
    for (let i = 0; i < diagonal.length && !above; i++) {
      pivot = diagonal[i] - middle - (i > 0 ? beside[i - 1] ** 2 / pivot : 0);
      above = pivot > 0;
      if (pivot === 0) pivot = -1e-300;
    }
    if (above) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
