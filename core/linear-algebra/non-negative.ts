import { solvePositive } from './cholesky.js';

/**
 * min ‖A w − y‖ with w ≥ 0, from AᵀA [n, n] and Aᵀy: the active set method of Lawson & Hanson (Solving Least Squares Problems, 1974, ch.
 * 23). For a few unknowns.
 */
export function nonNegativeLeastSquares(gram: Float64Array, right: Float64Array): Float64Array {
  const n = right.length;
  const w = new Float64Array(n);
  const free = new Uint8Array(n);
  const size = Math.max(...Array.from({ length: n }, (_, k) => gram[k * n + k]), 0);
  // of the gradient, and of the diagonal: two columns that are alike to rounding must not divide by their difference
  const tiny = 1e-10 * size;
  const solve = (): Float64Array | undefined => {
    const set = [...free.keys()].filter((k) => free[k]);
    const [a, b] = [new Float64Array(set.length ** 2), Float64Array.from(set, (k) => right[k])];
    set.forEach((p, i) => set.forEach((q, j) => (a[i * set.length + j] = gram[p * n + q] + (i === j ? tiny : 0))));
    if (!solvePositive(set.length, a, b)) return undefined;
    const out = new Float64Array(n);
    set.forEach((k, i) => (out[k] = b[i]));
    return out;
  };
  for (let turn = 0; turn < 3 * n; turn++) {
    const gradient = right.map((b, k) => b - w.reduce((sum, v, q) => sum + gram[k * n + q] * v, 0));
    let enter = -1;
    gradient.forEach((g, k) => {
      if (!free[k] && g > tiny && (enter < 0 || g > gradient[enter])) enter = k;
    });
    if (enter < 0) break;
    free[enter] = 1;
    for (let inner = 0; inner < n; inner++) {
      const s = solve();
      if (!s) {
        free[enter] = 0;
        return w;
      }
      if (s.every((v, k) => !free[k] || v > 0)) {
        w.set(s);
        break;
      }
      let step = 1;
      s.forEach((v, k) => {
        if (free[k] && v <= 0) step = Math.min(step, w[k] === v ? 0 : w[k] / (w[k] - v));
      });
      for (let k = 0; k < n; k++) {
        if (!free[k]) continue;
        w[k] += step * (s[k] - w[k]);
        if (w[k] <= 1e-15) free[k] = w[k] = 0;
      }
    }
  }
  return w;
}
