/**
 * Small dense linear algebra in float64, for oracles. A complex vector of n is the real vector [re; im] of 2n, and a complex matrix R + iI
 * is [[R, −I], [I, R]]: products, transposes, dots and solves then need no complex code at all, and share none with what they test.
 */
export type Matrix = Float64Array[];
export type Vector = Float64Array;

export const zeros = (rows: number, columns: number): Matrix => Array.from({ length: rows }, () => new Float64Array(columns));
export const build = (rows: number, columns: number, f: (i: number, j: number) => number): Matrix =>
  Array.from({ length: rows }, (_, i) => Float64Array.from({ length: columns }, (_, j) => f(i, j)));
export const identity = (n: number): Matrix => build(n, n, (i, j) => Number(i === j));
export const diagonal = (d: ArrayLike<number>): Matrix => build(d.length, d.length, (i, j) => (i === j ? d[i] : 0));
export const transpose = (a: Matrix): Matrix => build(a[0].length, a.length, (i, j) => a[j][i]);

export function times(a: Matrix, b: Matrix): Matrix {
  const out = zeros(a.length, b[0].length);
  for (const [i, target] of out.entries()) {
    for (const [k, row] of b.entries()) {
      const f = a[i][k];
      if (f !== 0) for (let j = 0; j < row.length; j++) target[j] += f * row[j];
    }
  }
  return out;
}

export const apply = (a: Matrix, x: ArrayLike<number>): Vector => Float64Array.from(a, (row) => dot(row, x));

/** Σ cᵢ Mᵢ */
export function combine(...terms: readonly (readonly [number, Matrix])[]): Matrix {
  const out = zeros(terms[0][1].length, terms[0][1][0].length);
  for (const [c, m] of terms) {
    for (const [i, row] of m.entries()) for (let j = 0; j < row.length; j++) out[i][j] += c * row[j];
  }
  return out;
}

/** Σ cᵢ vᵢ */
export function add(...terms: readonly (readonly [number, ArrayLike<number>])[]): Vector {
  return Float64Array.from({ length: terms[0][1].length }, (_, i) => terms.reduce((s, [c, v]) => s + c * v[i], 0));
}

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};
export const norm = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));
export const frobenius = (a: Matrix): number => Math.sqrt(a.reduce((s, row) => s + dot(row, row), 0));

/** A⁻¹ by Gauss–Jordan with partial pivoting. */
export function inverse(a: Matrix): Matrix {
  const n = a.length;
  const w = build(n, 2 * n, (i, j) => (j < n ? a[i][j] : Number(i === j - n)));
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let r = c + 1; r < n; r++) if (Math.abs(w[r][c]) > Math.abs(w[pivot][c])) pivot = r;
    [w[c], w[pivot]] = [w[pivot], w[c]];
    const scale = 1 / w[c][c];
    for (let j = 0; j < 2 * n; j++) w[c][j] *= scale;
    for (let r = 0; r < n; r++) {
      const f = w[r][c];
      if (r !== c && f !== 0) for (let j = 0; j < 2 * n; j++) w[r][j] -= f * w[c][j];
    }
  }
  return build(n, n, (i, j) => w[i][n + j]);
}

/** A⁺ = Aᵀ(AAᵀ)⁻¹ for a matrix of full row rank. */
export const pseudoInverse = (a: Matrix): Matrix => times(transpose(a), inverse(times(a, transpose(a))));

/** Eigenvalues and orthonormal eigenvectors (columns) of a symmetric matrix, by cyclic Jacobi rotations. */
export function eigen(a: Matrix): { values: Vector; vectors: Matrix } {
  const n = a.length;
  const m = a.map((row) => row.slice());
  const v = identity(n);
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        off += m[p][q] ** 2;
        if (Math.abs(m[p][q]) < 1e-300) continue;
        const theta = (m[q][q] - m[p][p]) / (2 * m[p][q]);
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta ** 2 + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < n; k++) [m[k][p], m[k][q]] = [c * m[k][p] - s * m[k][q], s * m[k][p] + c * m[k][q]];
        for (let k = 0; k < n; k++) [m[p][k], m[q][k]] = [c * m[p][k] - s * m[q][k], s * m[p][k] + c * m[q][k]];
        for (let k = 0; k < n; k++) [v[k][p], v[k][q]] = [c * v[k][p] - s * v[k][q], s * v[k][p] + c * v[k][q]];
      }
    }
    if (off < 1e-28) break;
  }
  return { values: Float64Array.from({ length: n }, (_, i) => m[i][i]), vectors: v };
}

/** An m × n matrix (m ≤ n) with the given singular values and random singular vectors from `next`. */
export function withSingularValues(values: readonly number[], n: number, next: () => number): Matrix {
  const u = orthonormal(values.length, values.length, next);
  const v = orthonormal(values.length, n, next);
  return times(times(transpose(u), diagonal(values)), v);
}

/** `count` orthonormal rows of length n (Gram–Schmidt, twice). */
export function orthonormal(count: number, n: number, next: () => number): Matrix {
  const rows: Matrix = [];
  while (rows.length < count) {
    let r = Float64Array.from({ length: n }, next);
    for (const q of [...rows, ...rows]) r = add([1, r], [-dot(q, r), q]) as Float64Array<ArrayBuffer>;
    rows.push(add([1 / norm(r), r]));
  }
  return rows;
}

/** The real form [[R, −I], [I, R]] of R + iI. */
export function embed(re: Matrix, im: Matrix): Matrix {
  const [m, n] = [re.length, re[0].length];
  return build(2 * m, 2 * n, (i, j) => {
    const [top, left] = [i < m, j < n];
    const [r, c] = [i % m, j % n];
    if (top === left) return re[r][c];
    return top ? -im[r][c] : im[r][c];
  });
}

/** Interleaved complex numbers → [re; im]. */
export const split = (x: ArrayLike<number>): Vector =>
  Float64Array.from({ length: x.length }, (_, i) => (i < x.length / 2 ? x[2 * i] : x[2 * (i - x.length / 2) + 1]));
/** [re; im] → interleaved. */
export const interleave = (x: ArrayLike<number>): Vector =>
  Float64Array.from({ length: x.length }, (_, i) => x[(i >> 1) + (i & 1) * (x.length / 2)]);

export const relativeError = (got: ArrayLike<number>, wanted: ArrayLike<number>): number =>
  norm(add([1, got], [-1, wanted])) / (norm(wanted) || 1);
