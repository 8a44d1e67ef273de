import type { Field } from '../compute/backend.js';
import type { Decomposition } from './decomposition.js';
import type { LinearOperator } from './operator.js';

/** A function of the singular values that are not 0. */
export type OfSingularValue = (s: number) => number;

/**
 * Functions of an operator A = U S Vᴴ by its singular values: what has them is solved exactly, where others iterate. Everything only
 * queues; what A does not see (s = 0) is 0 in all results.
 */
export interface SingularFilter {
  /** There is one singular value and 0: AᴴA is a projection times a number. */
  readonly single: boolean;
  /** out ← V f(S) Vᴴ x. `x` and `out` may be the same field. */
  ofImage(x: Field, out: Field, f: OfSingularValue): void;
  /** x ← V f(S) Uᴴ y. With f = 1/s this is A⁺, with f = s it is Aᴴ. */
  ofData(y: Field, x: Field, f: OfSingularValue): void;
}

/** How far (AᴴA)² n may be from s² AᴴA n: float32 rounding of a normalised operator. */
const SLACK = 1e-4;
/** Singular values below this part of the largest count as 0. */
const LEAST = 1e-4;

/**
 * Of an operator whose singular values are known: one that brings its decomposition, or one whose singular values are all one number or 0,
 * AᴴA = s²P with a projection P. Those are masks, single-coil Fourier transforms with a mask, and whatever else passes the probe: A is
 * tried on white noise, with two products AᴴA. Then V f(S) Vᴴ = f(s) AᴴA/s² and V f(S) Uᴴ = f(s) Aᴴ/s, without any basis.
 *
 * Undefined for all others (CT, several coils).
 * @param scratch three fields of the domain, overwritten here and in every call
 */
export async function singularFilter(
  operator: LinearOperator,
  scratch: readonly [Field, Field, Field],
): Promise<SingularFilter | undefined> {
  const square = await singleSquare(operator, scratch);
  if (square !== undefined) return ofOneValue(operator, square, scratch[0]);
  return operator.decomposition && ofDecomposition(operator, operator.decomposition());
}

/** s² where AᴴA = s²P. */
async function singleSquare(operator: LinearOperator, [noise, once, twice]: readonly [Field, Field, Field]): Promise<number | undefined> {
  const { backend } = operator;
  const product = async (a: Field, b: Field): Promise<number> => {
    const scalars = backend.dot(a, b, 'volume');
    const [value] = await backend.readScalars(scalars);
    scalars.dispose();
    return value;
  };
  backend.noise(noise, { seed: 0, step: 0, stream: 0 });
  operator.normal(noise, once);
  operator.normal(once, twice);
  const size = await product(once, once);
  if (!(size > 0)) return undefined;
  const square = (await product(once, twice)) / size;
  backend.lincomb(twice, [1, twice], [-square, once]);
  const off = Math.sqrt((await product(twice, twice)) / size) / square;
  if (!(off <= SLACK)) return undefined;
  return Math.abs(square - 1) < 1e-6 ? 1 : square;
}

function ofOneValue(operator: LinearOperator, square: number, scratch: Field): SingularFilter {
  const { backend } = operator;
  const s = Math.sqrt(square);
  return {
    single: true,
    ofImage(x, out, f) {
      operator.normal(x, scratch);
      backend.lincomb(out, [f(s) / square, scratch]);
    },
    ofData(y, x, f) {
      operator.adjoint(y, x);
      if (f(s) !== s) backend.lincomb(x, [f(s) / s, x]);
    },
  };
}

/** By steps on the host, which is where decompositions are. */
function ofDecomposition({ backend, name }: LinearOperator, { singular, coefficients, image, ofData }: Decomposition): SingularFilter {
  const least = LEAST * singular.reduce((most, s) => Math.max(most, s), 0);
  const filtered = (c: Float32Array, f: OfSingularValue): Float32Array =>
    image(c.map((v, n) => (singular[n] > least ? v * f(singular[n]) : 0)));
  const step = (from: Field, to: Field, run: (values: Float32Array) => Float32Array): void =>
    backend.host({ name: `singular values of '${name}'`, inputs: [from], outputs: [to], run: ([values]) => [run(values)] });
  return {
    single: false,
    ofImage: (x, out, f) => step(x, out, (values) => filtered(coefficients(values), f)),
    ofData: (y, x, f) => step(y, x, (values) => filtered(ofData(values), f)),
  };
}
