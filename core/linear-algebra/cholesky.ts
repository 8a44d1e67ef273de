/**
 * Solves A x = b for a real symmetric positive definite A by Cholesky's factorisation (Golub & Van Loan, Matrix Computations, 4th ed.,
 * §4.2), float64.
 * @param a [n, n], of which the lower triangle is read and overwritten
 * @param b overwritten by x
 * @returns whether A was positive definite; if not, b holds nothing of use
 */
export function solvePositive(n: number, a: Float64Array, b: Float64Array): boolean {
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = a[i * n + j];
      for (let k = 0, p = i * n, q = j * n; k < j; k++, p++, q++) sum -= a[p] * a[q];
      if (i === j) {
        if (!(sum > 0)) return false;
        a[i * n + j] = Math.sqrt(sum);
      } else a[i * n + j] = sum / a[j * n + j];
    }
  }
  for (let i = 0; i < n; i++) {
    let sum = b[i];
    for (let k = 0; k < i; k++) sum -= a[i * n + k] * b[k];
    b[i] = sum / a[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i];
    for (let k = i + 1; k < n; k++) sum -= a[k * n + i] * b[k];
    b[i] = sum / a[i * n + i];
  }
  return true;
}
