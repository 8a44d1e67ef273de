/**
 * Solves A x = b for a complex Hermitian positive definite A and several right-hand sides by Cholesky's factorisation A = LLᴴ (Golub & Van
 * Loan, Matrix Computations, 4th ed., §4.2), dense, float64.
 *
 * @param re, im of A, [n, n], of which the lower triangle is read and overwritten by L
 * @param xRe, xIm right-hand sides in rows, [any, n]; overwritten by the solutions
 */
export function solveHermitian(n: number, re: Float64Array, im: Float64Array, xRe: Float64Array, xIm: Float64Array): void {
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let [a, b] = [re[i * n + j], im[i * n + j]];
      for (let k = 0; k < j; k++) {
        const [p, q, r, s] = [re[i * n + k], im[i * n + k], re[j * n + k], im[j * n + k]];
        a -= p * r + q * s;
        b -= q * r - p * s;
      }
      const pivot = i === j ? Math.sqrt(a) : re[j * n + j];
      re[i * n + j] = i === j ? pivot : a / pivot;
      im[i * n + j] = i === j ? 0 : b / pivot;
    }
  }
  for (let at = 0; at < xRe.length; at += n) {
    for (let i = 0; i < n; i++) {
      let [a, b] = [xRe[at + i], xIm[at + i]];
      for (let k = 0; k < i; k++) {
        const [p, q] = [re[i * n + k], im[i * n + k]];
        a -= p * xRe[at + k] - q * xIm[at + k];
        b -= p * xIm[at + k] + q * xRe[at + k];
      }
      xRe[at + i] = a / re[i * n + i];
      xIm[at + i] = b / re[i * n + i];
    }
    for (let i = n - 1; i >= 0; i--) {
      let [a, b] = [xRe[at + i], xIm[at + i]];
      for (let k = i + 1; k < n; k++) {
        const [p, q] = [re[k * n + i], -im[k * n + i]];
        a -= p * xRe[at + k] - q * xIm[at + k];
        b -= p * xIm[at + k] + q * xRe[at + k];
      }
      xRe[at + i] = a / re[i * n + i];
      xIm[at + i] = b / re[i * n + i];
    }
  }
}
