import type { Backend, Field } from '../compute/backend.js';
import { pause, requireWanted, type Watch } from '../core/phases.js';
import type { LinearOperator } from './operator.js';

/** Products that an operator usually takes. */
const USUAL = 8;

/**
 * ‖A‖₂ by the Lanczos process on AᴴA (Golub & Van Loan, §10.1), started from a constant plus a little noise: the largest Ritz value, which
 * approaches ‖A‖² from below; a CT operator takes four to ten products. Stops when the estimate changes by less than
 * 1e-4 relative, well before rounding could make ghost copies of it.
 * @param watch told the phase 'norm' after every product, and heard before it
 * @throws SlicewiseError ABORTED
 */
export async function operatorNorm(operator: LinearOperator, iterations = 60, watch: Watch = {}): Promise<number> {
  const { backend, domain } = operator;
  const fields = [backend.field(domain), backend.field(domain), backend.field(domain)];
  try {
    return await lanczos(operator, fields, iterations, watch);
  } finally {
    for (const field of fields) field.dispose();
  }
}

async function lanczos(
  operator: LinearOperator,
  [previous, current, next]: readonly Field[],
  iterations: number,
  watch: Watch,
): Promise<number> {
  const { backend } = operator;
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
    requireWanted(watch, 'norm');
    watch.progress?.('norm', i, Math.max(i + 1, USUAL));
    await pause(watch, 'norm');
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
  watch.progress?.('norm', diagonal.length, diagonal.length);
  return norm;
}

/** A function that finds a norm once; a search that was ended, or that failed, is not remembered. */
export function onceFound(find: (watch?: Watch) => Promise<number>): (watch?: Watch) => Promise<number> {
  let found: Promise<number> | undefined;
  return (watch) =>
    (found ??= find(watch).catch((error: unknown) => {
      found = undefined;
      throw error;
    }));
}

/** Norms that are remembered for a backend. */
const REMEMBERED = 32;
const remembered = new WeakMap<Backend, Map<string, number>>();

/**
 * A norm that everything it depends on says, for operators that are built anew again and again: trials, methods that are compared.
 * @param identity the operator's, without the backend
 */
export async function rememberedNorm(backend: Backend, identity: string, find: () => Promise<number>): Promise<number> {
  const known = remembered.get(backend) ?? new Map<string, number>();
  remembered.set(backend, known);
  const norm = known.get(identity) ?? (await find());
  known.delete(identity); // the last one asked for goes last
  known.set(identity, norm);
  if (known.size > REMEMBERED) known.delete(known.keys().next().value!);
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
