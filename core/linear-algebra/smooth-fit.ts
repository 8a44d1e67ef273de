import { solveHermitian } from './hermitian-solve.js';

/**
 * Polynomials in the plane, up to a total degree, as products of Legendre polynomials over the image: well conditioned where the weights
 * cover most of it.
 */
export interface SmoothFit {
  /** Terms P_i(y) P_j(x), i + j ≤ degree. */
  readonly terms: readonly (readonly [i: number, j: number])[];
  /** Legendre polynomials of every row and column, [n, degree + 1]. */
  readonly rows: Float64Array;
  readonly columns: Float64Array;
  readonly degree: number;
}

export function smoothFit([ny, nx]: readonly [number, number], degree: number): SmoothFit {
  const terms = Array.from({ length: degree + 1 }, (_, i) => Array.from({ length: degree + 1 - i }, (_, j) => [i, j] as const)).flat();
  return { terms, rows: legendre(ny, degree), columns: legendre(nx, degree), degree };
}

/** P_0 … P_degree at n points from −1 to 1, by Bonnet's recursion. */
function legendre(n: number, degree: number): Float64Array {
  const width = degree + 1;
  const out = new Float64Array(n * width);
  for (let r = 0; r < n; r++) {
    const t = n === 1 ? 0 : (2 * r) / (n - 1) - 1;
    const at = r * width;
    out[at] = 1;
    if (degree > 0) out[at + 1] = t;
    for (let k = 1; k < degree; k++) out[at + k + 1] = ((2 * k + 1) * t * out[at + k] - k * out[at + k - 1]) / (k + 1);
  }
  return out;
}

/** All terms at one pixel. */
export function termsAt(fit: SmoothFit, y: number, x: number, out: Float64Array): void {
  const { terms, rows, columns, degree } = fit;
  const [row, column] = [y * (degree + 1), x * (degree + 1)];
  for (let t = 0; t < terms.length; t++) out[t] = rows[row + terms[t][0]] * columns[column + terms[t][1]];
}

/**
 * Coefficients of weighted least squares, [plane, term]: Σ w (Σ_t c_t T_t − f)² + ridge · mean diagonal · Σ c_t². All 0 where no pixel that
 * is looked at has a weight.
 * @param weights [y, x], 0 or more
 * @param value of a plane at a pixel
 * @param step every step-th row and column is looked at
 */
export function fitPlanes(
  fit: SmoothFit,
  [ny, nx]: readonly [number, number],
  weights: Float64Array,
  planes: number,
  value: (plane: number, pixel: number) => number,
  { step, ridge }: { readonly step: number; readonly ridge: number },
): Float64Array {
  const n = fit.terms.length;
  const gram = new Float64Array(n * n);
  const right = new Float64Array(planes * n);
  const terms = new Float64Array(n);
  for (let y = step >> 1; y < ny; y += step) {
    for (let x = step >> 1; x < nx; x += step) {
      const pixel = y * nx + x;
      const w = weights[pixel];
      if (w === 0) continue;
      termsAt(fit, y, x, terms);
      for (let a = 0; a < n; a++) {
        const weighted = w * terms[a];
        for (let b = 0; b <= a; b++) gram[a * n + b] += weighted * terms[b];
        for (let p = 0; p < planes; p++) right[p * n + a] += weighted * value(p, pixel);
      }
    }
  }
  let trace = 0;
  for (let a = 0; a < n; a++) trace += gram[a * (n + 1)];
  for (let a = 0; a < n; a++) gram[a * (n + 1)] += (ridge * trace) / n;
  if (trace === 0) return right;
  solveHermitian(n, gram, new Float64Array(n * n), right, new Float64Array(right.length));
  return right;
}
