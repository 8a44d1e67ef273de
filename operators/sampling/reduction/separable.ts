import type { Backend, Field } from '../../../compute/backend.js';
import { space } from '../../../core/space.js';
import { svd } from '../../../core/linear-algebra/svd.js';
import { fieldOperator } from '../../algebra/field-operator.js';
import type { Decomposition } from '../../decomposition.js';
import type { LinearOperator } from '../../operator.js';
import { denseOf, type BandedMatrix } from './kernels.js';

/** Y = R X Cᵀ of every slice X [row, column]: R reduces rows, C columns. */
export interface Separable {
  readonly rows: BandedMatrix;
  readonly columns: BandedMatrix;
}

/** A x, slices [n, lines, samples] → [n, fewer, fewer]; sums in float64. */
export function reduced(x: Float32Array, { rows, columns }: Separable): Float32Array {
  const [fine, coarse] = [rows.columns * columns.columns, rows.rows * columns.rows];
  const slices = x.length / fine;
  const out = new Float32Array(slices * coarse);
  const between = new Float64Array(rows.rows * columns.columns);
  for (let s = 0; s < slices; s++) {
    between.fill(0);
    rows.weights.forEach((weights, i) => {
      for (let k = 0; k < weights.length; k++) {
        const [from, to] = [s * fine + (rows.first[i] + k) * columns.columns, i * columns.columns];
        for (let c = 0; c < columns.columns; c++) between[to + c] += weights[k] * x[from + c];
      }
    });
    for (let i = 0; i < rows.rows; i++) {
      columns.weights.forEach((weights, j) => {
        let sum = 0;
        const from = i * columns.columns + columns.first[j];
        for (let k = 0; k < weights.length; k++) sum += weights[k] * between[from + k];
        out[s * coarse + i * columns.rows + j] = sum;
      });
    }
  }
  return out;
}

/** Aᵀ y */
export function spread(y: Float32Array, { rows, columns }: Separable): Float32Array {
  const [fine, coarse] = [rows.columns * columns.columns, rows.rows * columns.rows];
  const slices = y.length / coarse;
  const out = new Float32Array(slices * fine);
  const between = new Float64Array(rows.rows * columns.columns);
  const image = new Float64Array(fine);
  for (let s = 0; s < slices; s++) {
    between.fill(0);
    for (let i = 0; i < rows.rows; i++) {
      columns.weights.forEach((weights, j) => {
        const value = y[s * coarse + i * columns.rows + j];
        const to = i * columns.columns + columns.first[j];
        for (let k = 0; k < weights.length; k++) between[to + k] += weights[k] * value;
      });
    }
    image.fill(0);
    rows.weights.forEach((weights, i) => {
      for (let k = 0; k < weights.length; k++) {
        const [from, to] = [i * columns.columns, (rows.first[i] + k) * columns.columns];
        for (let c = 0; c < columns.columns; c++) image[to + c] += weights[k] * between[from + c];
      }
    });
    out.set(image, s * fine);
  }
  return out;
}

/** The operator on bands [band, line, sample]; on every backend by steps on the host. */
export function separableOperator(slices: number, separable: Separable, backend: Backend): LinearOperator {
  const { rows, columns } = separable;
  let decomposition: Decomposition | undefined;
  const step =
    (name: string, run: (values: Float32Array, separable: Separable) => Float32Array) =>
    (from: Field, to: Field): void =>
      backend.host({ name, inputs: [from], outputs: [to], run: ([values]) => [run(values, separable)] });
  return fieldOperator(
    {
      name: 'sampling/reduction',
      domain: space(['band', 'line', 'sample'], [slices, rows.columns, columns.columns]),
      range: space(['band', 'line', 'sample'], [slices, rows.rows, columns.rows]),
      coupling: 'slice',
      apply: step('reduced bands', reduced),
      adjoint: step('spread bands', spread),
      decomposition: () => (decomposition ??= separableDecomposition(slices, separable)),
      bytes: () => ({ items: [] }),
    },
    backend,
  );
}

/** A = (U_r ⊗ U_c)(S_r ⊗ S_c)(V_r ⊗ V_c)ᵀ of every slice, by the decompositions of the two factors. */
export function separableDecomposition(slices: number, { rows, columns }: Separable): Decomposition {
  const [r, c] = [rows, columns].map((matrix) => ({ matrix, ...svd(matrix.rows, matrix.columns, denseOf(matrix)) }));
  const [h, w, m, n] = [rows.columns, columns.columns, rows.rows, columns.rows];
  const singular = new Float32Array(slices * m * n);
  for (let k = 0; k < singular.length; k++) singular[k] = r.values[Math.floor(k / n) % m] * c.values[k % n];
  return {
    singular,
    coefficients: (x) => product(x, { left: r.v, right: c.v, from: [h, w], to: [m, n], transposed: true }),
    image: (values) => product(values, { left: r.v, right: c.v, from: [m, n], to: [h, w], transposed: false }),
    ofData: (y) => product(y, { left: r.u, right: c.u, from: [m, n], to: [m, n], transposed: true }),
    data: (values) => product(values, { left: r.u, right: c.u, from: [m, n], to: [m, n], transposed: false }),
  };
}

interface Product {
  /** [long, short], of rows. */
  readonly left: Float64Array;
  /** Of columns. */
  readonly right: Float64Array;
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  /** Lᵀ X R instead of L X Rᵀ. */
  readonly transposed: boolean;
}

function product(x: Float32Array, { left, right, from: [h, w], to: [m, n], transposed }: Product): Float32Array {
  const slices = x.length / (h * w);
  const out = new Float32Array(slices * m * n);
  const between = new Float64Array(m * w);
  const l = (i: number, k: number): number => (transposed ? left[k * m + i] : left[i * h + k]);
  const r = (j: number, k: number): number => (transposed ? right[k * n + j] : right[j * w + k]);
  for (let s = 0; s < slices; s++) {
    between.fill(0);
    for (let i = 0; i < m; i++) {
      for (let k = 0; k < h; k++) {
        const [weight, at] = [l(i, k), s * h * w + k * w];
        for (let c = 0; c < w; c++) between[i * w + c] += weight * x[at + c];
      }
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let k = 0; k < w; k++) sum += r(j, k) * between[i * w + k];
        out[s * m * n + i * n + j] = sum;
      }
    }
  }
  return out;
}
