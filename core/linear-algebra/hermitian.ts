/**
 * Eigenvalues and eigenvectors of complex Hermitian matrices, dense, float64: a coil covariance (a few rows), the Gram matrix of an ESPIRiT
 * calibration (hundreds), and the coils × coils matrix of every pixel.
 *
 * Householder reflections make the matrix real tridiagonal, T = QᴴAQ; implicit QR steps with Wilkinson's shift diagonalise T
 * (Golub & Van Loan, Matrix Computations, 4th ed., §8.3); reflections take the vectors back.
 *
 * A matrix is two row-major planes, re and im, of which the lower triangle is read and overwritten.
 */

export interface Eigen {
  /** Descending, all n. */
  readonly values: Float64Array;
  /** Eigenvector k in row k, [kept, n], of unit length; its largest component is real and positive. */
  readonly re: Float64Array;
  readonly im: Float64Array;
  readonly kept: number;
}

/**
 * A = Σ λ u uᴴ of a Hermitian matrix.
 * @param re, im [n, n]; the lower triangle is overwritten
 * @param keep how many eigenvectors of the largest values to make, from the values; default all
 */
export function hermitianEigen(
  n: number,
  re: Float64Array,
  im: Float64Array,
  keep: (values: Float64Array) => number = (values) => values.length,
): Eigen {
  const form = new Tridiagonal(n);
  form.reduce(re, im);
  const basis = new Float64Array(n * n);
  for (let i = 0; i < n; i++) basis[i * n + i] = 1;
  qrIterate(n, form.diagonal, form.off, basis);
  const order = Array.from(form.diagonal.keys()).sort((a, b) => form.diagonal[b] - form.diagonal[a]);
  const values = Float64Array.from(order, (k) => form.diagonal[k]);
  const kept = Math.max(0, Math.min(n, keep(values)));
  const vectors = { re: new Float64Array(kept * n), im: new Float64Array(kept * n) };
  for (let k = 0; k < kept; k++) {
    const [row, rowIm] = [vectors.re.subarray(k * n, k * n + n), vectors.im.subarray(k * n, k * n + n)];
    row.set(basis.subarray(order[k] * n, order[k] * n + n));
    form.takeBack(re, im, row, rowIm);
    turnLargestReal(row, rowIm);
  }
  return { values, ...vectors, kept };
}

/** Solves many small matrices one after another for their largest eigenvalue and its vector, without allocating. */
export class DominantEigenpair {
  /** The eigenvector, of unit length, after `solve`; its phase is arbitrary. */
  readonly re: Float64Array;
  readonly im: Float64Array;
  private readonly form: Tridiagonal;
  private readonly down: Float64Array;
  private readonly up: Float64Array;

  constructor(private readonly n: number) {
    this.re = new Float64Array(n);
    this.im = new Float64Array(n);
    this.form = new Tridiagonal(n);
    this.down = new Float64Array(n);
    this.up = new Float64Array(n);
  }

  /** @returns the largest eigenvalue of re + i·im, whose lower triangles are overwritten */
  solve(re: Float64Array, im: Float64Array): number {
    const { n, form } = this;
    form.reduce(re, im);
    const { diagonal, off } = form;
    const value = largestRoot(n, diagonal, off) ?? largestByQr(n, diagonal, off);
    tridiagonalVector(n, diagonal, off, value, this.re, this.down, this.up);
    this.im.fill(0);
    form.takeBack(re, im, this.re, this.im);
    return value;
  }

  /** How many eigenvalues of the matrix that was solved last are above a value: positive pivots of T − value (Golub & Van Loan, §8.4). */
  above(value: number): number {
    const { diagonal, off } = this.form;
    let count = 0;
    let pivot = 1;
    for (let i = 0; i < this.n; i++) {
      pivot = diagonal[i] - value - (i > 0 ? off[i] ** 2 / pivot : 0);
      if (pivot === 0) pivot = -1e-300;
      if (pivot > 0) count++;
    }
    return count;
  }
}

/** T = QᴴAQ: diagonal and off-diagonal (off[i] couples i − 1 and i), and the reflections of Q, whose vectors stay in the rows of A. */
class Tridiagonal {
  readonly diagonal: Float64Array;
  readonly off: Float64Array;
  private readonly tauRe: Float64Array;
  private readonly tauIm: Float64Array;
  private readonly wRe: Float64Array;
  private readonly wIm: Float64Array;

  constructor(private readonly n: number) {
    [this.diagonal, this.off, this.tauRe, this.tauIm, this.wRe, this.wIm] = Array.from({ length: 6 }, () => new Float64Array(n));
  }

  /** Row i from the last to the second: H = I − τ v vᴴ with Hᴴb = β e, b the column above the diagonal, β real. */
  reduce(re: Float64Array, im: Float64Array): void {
    const { n, diagonal, off, tauRe, tauIm, wRe, wIm } = this;
    for (let i = n - 1; i > 0; i--) {
      const row = i * n;
      diagonal[i] = re[row + i];
      let rest = 0;
      for (let j = 0; j < i; j++) im[row + j] = -im[row + j]; // the column above the diagonal
      for (let j = 0; j < i - 1; j++) rest += re[row + j] * re[row + j] + im[row + j] * im[row + j];
      const [ar, ai] = [re[row + i - 1], im[row + i - 1]];
      if (rest === 0 && ai === 0) {
        tauRe[i] = tauIm[i] = 0;
        off[i] = ar;
        continue;
      }
      const size = Math.sqrt(ar * ar + ai * ai + rest);
      const beta = ar > 0 ? -size : size;
      const [tr, ti] = [(beta - ar) / beta, -ai / beta];
      const [gr, gi] = [ar - beta, ai];
      const over = 1 / (gr * gr + gi * gi);
      for (let j = 0; j < i - 1; j++) {
        const [xr, xi] = [re[row + j], im[row + j]];
        re[row + j] = (xr * gr + xi * gi) * over;
        im[row + j] = (xi * gr - xr * gi) * over;
      }
      re[row + i - 1] = 1;
      im[row + i - 1] = 0;
      tauRe[i] = tr;
      tauIm[i] = ti;
      off[i] = beta;

      // w = B v from the lower triangle of the leading block B
      for (let r = 0; r < i; r++) {
        const at = r * n;
        const [vr, vi] = [re[row + r], im[row + r]];
        let sumRe = re[at + r] * vr;
        let sumIm = re[at + r] * vi;
        for (let s = 0; s < r; s++) {
          const br = re[at + s];
          const bi = im[at + s];
          const ur = re[row + s];
          const ui = im[row + s];
          sumRe += br * ur - bi * ui;
          sumIm += br * ui + bi * ur;
          wRe[s] += br * vr + bi * vi;
          wIm[s] += br * vi - bi * vr;
        }
        wRe[r] = sumRe;
        wIm[r] = sumIm;
      }
      // w ← τ w − ½|τ|² (vᴴBv) v, and B ← B − v wᴴ − w vᴴ
      let inner = 0;
      for (let r = 0; r < i; r++) inner += re[row + r] * wRe[r] + im[row + r] * wIm[r];
      const shift = -0.5 * (tr * tr + ti * ti) * inner;
      for (let r = 0; r < i; r++) {
        const [a, b] = [wRe[r], wIm[r]];
        wRe[r] = tr * a - ti * b + shift * re[row + r];
        wIm[r] = tr * b + ti * a + shift * im[row + r];
      }
      for (let r = 0; r < i; r++) {
        const at = r * n;
        const vr = re[row + r];
        const vi = im[row + r];
        const cr = wRe[r];
        const ci = wIm[r];
        for (let s = 0; s < r; s++) {
          const ur = re[row + s];
          const ui = im[row + s];
          const xr = wRe[s];
          const xi = wIm[s];
          re[at + s] -= vr * xr + vi * xi + cr * ur + ci * ui;
          im[at + s] -= vi * xr - vr * xi + ci * ur - cr * ui;
        }
        re[at + r] -= 2 * (vr * cr + vi * ci);
      }
    }
    diagonal[0] = re[0];
    off[0] = 0;
  }

  /** x ← Q x in place, with the reflections that `reduce` left in re and im. */
  takeBack(re: Float64Array, im: Float64Array, xRe: Float64Array, xIm: Float64Array): void {
    const { n, tauRe, tauIm } = this;
    for (let i = 1; i < n; i++) {
      const [tr, ti] = [tauRe[i], tauIm[i]];
      if (tr === 0 && ti === 0) continue;
      const row = i * n;
      let [sumRe, sumIm] = [0, 0];
      for (let j = 0; j < i; j++) {
        sumRe += re[row + j] * xRe[j] + im[row + j] * xIm[j];
        sumIm += re[row + j] * xIm[j] - im[row + j] * xRe[j];
      }
      const fr = tr * sumRe - ti * sumIm;
      const fi = tr * sumIm + ti * sumRe;
      for (let j = 0; j < i; j++) {
        xRe[j] -= fr * re[row + j] - fi * im[row + j];
        xIm[j] -= fr * im[row + j] + fi * re[row + j];
      }
    }
  }
}

/** Diagonalises T in place; `basis`, when given, is turned with it: row k becomes the eigenvector of d[k]. off[i] couples i − 1 and i. */
function qrIterate(n: number, d: Float64Array, off: Float64Array, basis?: Float64Array): void {
  let last = n - 1;
  for (let budget = 60 * n; last > 0 && budget > 0; budget--) {
    if (negligible(d, off, last)) {
      off[last--] = 0;
      continue;
    }
    let first = last - 1;
    while (first > 0 && !negligible(d, off, first)) first--;

    const half = (d[last - 1] - d[last]) / 2;
    const coupling = off[last] * off[last];
    const root = Math.sqrt(half * half + coupling);
    const shift = d[last] - coupling / (half >= 0 ? half + root : half - root);
    let x = d[first] - shift;
    let z = off[first + 1];
    for (let k = first; k < last; k++) {
      const r = Math.sqrt(x * x + z * z);
      const c = r === 0 ? 1 : x / r;
      const s = r === 0 ? 0 : z / r;
      if (k > first) off[k] = r;
      const a = d[k];
      const b = off[k + 1];
      const q = d[k + 1];
      const cross = 2 * c * s * b;
      d[k] = c * c * a + cross + s * s * q;
      d[k + 1] = s * s * a - cross + c * c * q;
      off[k + 1] = c * s * (q - a) + (c * c - s * s) * b;
      x = off[k + 1];
      if (k + 1 < last) {
        z = s * off[k + 2];
        off[k + 2] *= c;
      }
      if (basis) rotateRows(basis, k * n, (k + 1) * n, n, c, s);
    }
  }
}

const negligible = (d: Float64Array, off: Float64Array, i: number): boolean =>
  Math.abs(off[i]) <= Number.EPSILON * (Math.abs(d[i - 1]) + Math.abs(d[i]));

function rotateRows(basis: Float64Array, upper: number, lower: number, n: number, c: number, s: number): void {
  for (let j = 0; j < n; j++) {
    const a = basis[upper + j];
    const b = basis[lower + j];
    basis[upper + j] = c * a + s * b;
    basis[lower + j] = c * b - s * a;
  }
}

/**
 * Unit eigenvector of the tridiagonal T at its eigenvalue λ: T − λI is factored from the top and from the bottom, and the two are joined
 * where the pivot is least (the twisted factorisation of Dhillon & Parlett, Linear Algebra Appl. 387 (2004) 1-28). No start vector, so none
 * that could be orthogonal.
 */
function tridiagonalVector(
  n: number,
  d: Float64Array,
  off: Float64Array,
  value: number,
  out: Float64Array,
  down: Float64Array,
  up: Float64Array,
): void {
  let size = Math.abs(value);
  for (let i = 0; i < n; i++) size = Math.max(size, Math.abs(d[i]), Math.abs(off[i]));
  const tiny = Number.EPSILON * Number.EPSILON * size || Number.MIN_VALUE;
  down[0] = pivot(d[0] - value, tiny);
  for (let i = 1; i < n; i++) down[i] = pivot(d[i] - value - (off[i] * off[i]) / down[i - 1], tiny);
  up[n - 1] = pivot(d[n - 1] - value, tiny);
  for (let i = n - 2; i >= 0; i--) up[i] = pivot(d[i] - value - (off[i + 1] * off[i + 1]) / up[i + 1], tiny);
  let at = 0;
  let least = Infinity;
  for (let i = 0; i < n; i++) {
    const joined = Math.abs(down[i] + up[i] - (d[i] - value));
    if (joined < least) [least, at] = [joined, i];
  }
  let sum = (out[at] = 1);
  for (let i = at; i > 0; i--) sum += (out[i - 1] = -(off[i] * out[i]) / down[i - 1]) ** 2;
  for (let i = at; i < n - 1; i++) sum += (out[i + 1] = -(off[i + 1] * out[i]) / up[i + 1]) ** 2;
  const over = 1 / Math.sqrt(sum);
  for (let i = 0; i < n; i++) out[i] *= over;
}

const pivot = (p: number, tiny: number): number => (Math.abs(p) < tiny ? -tiny : p);

/**
 * The largest eigenvalue of T as the largest root of its characteristic polynomial, by Laguerre's method from a bound above: it falls
 * monotonically, and cubically to a simple root. Null where it takes long, which is at equal eigenvalues.
 */
function largestRoot(n: number, d: Float64Array, off: Float64Array): number | null {
  let x = -Infinity; // Gershgorin
  let size = 0;
  for (let i = 0; i < n; i++) {
    const radius = Math.abs(off[i]) + (i + 1 < n ? Math.abs(off[i + 1]) : 0);
    x = Math.max(x, d[i] + radius);
    size = Math.max(size, Math.abs(d[i]) + radius);
  }
  for (let turn = 0; turn < 12; turn++) {
    let [p, p1, p2] = [x - d[0], 1, 0]; // the polynomial of the leading block, and its derivatives
    let [q, q1, q2] = [1, 0, 0]; // of the one before
    for (let i = 1; i < n; i++) {
      const a = x - d[i];
      const b = off[i] * off[i];
      const next2 = 2 * p1 + a * p2 - b * q2;
      const next1 = p + a * p1 - b * q1;
      const next = a * p - b * q;
      q = p;
      q1 = p1;
      q2 = p2;
      p = next;
      p1 = next1;
      p2 = next2;
    }
    // the recurrence is exact for a T within rounding of ours, so no longer positive means there
    if (p <= 0) return x;
    const g = p1 / p;
    const h = g * g - p2 / p;
    const step = n / (g + Math.sqrt(Math.max(0, (n - 1) * (n * h - g * g))));
    if (!Number.isFinite(step)) return null;
    x -= step;
    if (step <= 2 * Number.EPSILON * size) return x;
  }
  return null;
}

function largestByQr(n: number, diagonal: Float64Array, off: Float64Array): number {
  const d = diagonal.slice();
  qrIterate(n, d, off.slice());
  return d.reduce((most, value) => Math.max(most, value));
}

/** Any phase will do for an eigenvector; a fixed one makes results repeat. */
function turnLargestReal(re: Float64Array, im: Float64Array): void {
  let at = 0;
  for (let j = 1; j < re.length; j++) {
    // a hair of advantage for the earlier, so that rounding does not choose among equals
    if (re[j] * re[j] + im[j] * im[j] > (re[at] * re[at] + im[at] * im[at]) * (1 + 1e-9)) at = j;
  }
  const size = Math.sqrt(re[at] * re[at] + im[at] * im[at]);
  if (size === 0) return;
  const [c, s] = [re[at] / size, im[at] / size];
  for (let j = 0; j < re.length; j++) {
    const [a, b] = [re[j], im[j]];
    re[j] = a * c + b * s;
    im[j] = b * c - a * s;
  }
}
