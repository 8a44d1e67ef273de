/** A = U S Vᵀ of a real matrix, thin: as many columns as A has rows or columns, whichever are fewer. */
export interface Svd {
  /** Descending, r = min(rows, columns). */
  readonly values: Float64Array;
  /** [rows, r], columns of unit length; those of singular values that are 0 are 0 in the longer of U and V. */
  readonly u: Float64Array;
  /** [columns, r] */
  readonly v: Float64Array;
}

/** Two columns whose cosine is below this are orthogonal; so many sweeps at most (quadratic convergence needs about ten). */
const COSINE = 1e-14;
const SWEEPS = 60;
/** Singular values below this part of the largest are rounding. */
const ZERO = 1e-13;

/**
 * One-sided Jacobi rotations (Hestenes 1958; Golub & Van Loan, Matrix Computations, 4th ed., §8.6.3): small singular values keep their
 * digits, which they lose in a Gram matrix. For matrices of up to a thousand rows or so.
 * @param a row-major [rows, columns]
 */
export function svd(rows: number, columns: number, a: Float64Array): Svd {
  if (rows > columns) {
    const { values, u, v } = svd(columns, rows, transposed(rows, columns, a));
    return { values, u: v, v: u };
  }
  // rows of w, that is columns of Aᵀ, are turned until they are orthogonal: W = Q A, Q = Uᵀ
  const w = Float64Array.from(a);
  const q = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) q[i * rows + i] = 1;
  for (let sweep = 0, turned = true; turned && sweep < SWEEPS; sweep++) {
    turned = false;
    for (let i = 0; i < rows; i++) for (let j = i + 1; j < rows; j++) turned = orthogonalise(w, columns, q, rows, i, j) || turned;
  }
  const lengths = Float64Array.from({ length: rows }, (_, i) => Math.hypot(...w.subarray(i * columns, (i + 1) * columns)));
  const order = Array.from(lengths.keys()).sort((i, j) => lengths[j] - lengths[i]);
  const values = Float64Array.from(order, (i) => (lengths[i] > ZERO * lengths[order[0]] ? lengths[i] : 0));
  const u = new Float64Array(rows * rows);
  const v = new Float64Array(columns * rows);
  order.forEach((i, k) => {
    for (let n = 0; n < rows; n++) u[n * rows + k] = q[i * rows + n];
    if (values[k] > 0) for (let n = 0; n < columns; n++) v[n * rows + k] = w[i * columns + n] / values[k];
  });
  return { values, u, v };
}

function orthogonalise(w: Float64Array, width: number, q: Float64Array, size: number, i: number, j: number): boolean {
  let [p, r, s] = [0, 0, 0];
  for (let n = 0, a = i * width, b = j * width; n < width; n++, a++, b++) {
    p += w[a] * w[a];
    r += w[b] * w[b];
    s += w[a] * w[b];
  }
  if (Math.abs(s) <= COSINE * Math.sqrt(p * r)) return false;
  const cotangent = (r - p) / (2 * s);
  const t = (cotangent >= 0 ? 1 : -1) / (Math.abs(cotangent) + Math.hypot(1, cotangent));
  const c = 1 / Math.hypot(1, t);
  turn(w, width, i, j, c, c * t);
  turn(q, size, i, j, c, c * t);
  return true;
}

function turn(w: Float64Array, width: number, i: number, j: number, c: number, s: number): void {
  for (let n = 0, a = i * width, b = j * width; n < width; n++, a++, b++) {
    const [x, y] = [w[a], w[b]];
    w[a] = c * x - s * y;
    w[b] = s * x + c * y;
  }
}

function transposed(rows: number, columns: number, a: Float64Array): Float64Array {
  return Float64Array.from({ length: a.length }, (_, n) => a[(n % rows) * columns + Math.floor(n / rows)]);
}
