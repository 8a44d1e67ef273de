import { add, apply, combine, identity, inverse, pseudoInverse, times, transpose, type Matrix, type Vector } from './dense.js';
import type { GaussianProblem } from './gaussian-problem.js';

/**
 * What diffusion methods do with a Gaussian prior, exactly: every step is affine in the state, x ← F x + f + noise of covariance Q, so that
 * mean and covariance of a run follow without sampling. Dense float64, written from the equations of the papers.
 */
export interface Affine {
  readonly F: Matrix;
  readonly f: Vector;
  readonly Q: Matrix;
}

/** Mean and covariance of the state. */
export interface Law {
  readonly mean: Vector;
  readonly P: Matrix;
}

export const quadratic = (F: Matrix, P: Matrix): Matrix => times(times(F, P), transpose(F));

/** The law after steps, from one. */
export const after = (start: Law, steps: readonly Affine[]): Law =>
  steps.reduce<Law>(
    ({ mean, P }, { F, f, Q }) => ({ mean: add([1, apply(F, mean)], [1, f]), P: combine([1, quadratic(F, P)], [1, Q]) }),
    start,
  );

/** N(0, width²). */
export const whiteNoise = (size: number, width: number): Law => ({
  mean: new Float64Array(size),
  P: combine([width ** 2, identity(size)]),
});

/** E[x₀ | Ax₀ + noise = y] and its covariance, for the data of slice 0. */
export function posteriorLaw({ A, C, mean, y }: GaussianProblem, noise: number): Law {
  return posteriorFor({ A, C, mean }, y[0], combine([noise ** 2, identity(A.length)]));
}

/** The same for noise of covariance N. */
export function posteriorFor({ A, C, mean }: Pick<GaussianProblem, 'A' | 'C' | 'mean'>, y: Vector, N: Matrix): Law {
  const gain = times(times(C, transpose(A)), inverse(combine([1, quadratic(A, C)], [1, N])));
  return {
    mean: add([1, mean], [1, apply(gain, add([1, y], [-1, apply(A, mean)]))]),
    P: combine([1, C], [-1, times(gain, times(A, C))]),
  };
}

/** d = K x + k of the Gaussian prior at σ. */
export function denoiser({ C, mean, size }: GaussianProblem, sigma: number): { K: Matrix; k: Vector } {
  const K = times(C, inverse(combine([1, C], [sigma ** 2, identity(size)])));
  return { K, k: add([1, mean], [-1, apply(K, mean)]) };
}

/** x̂ = G d + g : argmin ‖Ax − y‖² + pull ‖x − d‖², with pull 0 the solution nearest to d. */
export function proximal({ A, y, size }: GaussianProblem, pull: number): { G: Matrix; g: Vector } {
  if (pull === 0) {
    const plus = pseudoInverse(A);
    return { G: combine([1, identity(size)], [-1, times(plus, A)]), g: apply(plus, y[0]) };
  }
  const H = inverse(combine([1, times(transpose(A), A)], [pull, identity(size)]));
  return { G: combine([pull, H]), g: apply(H, apply(transpose(A), y[0])) };
}

/** x ← x̂ + r (x − reference) + fresh n, with x̂ = E x + e and reference = B x + b. */
export function ddimMove(
  image: { F: Matrix; f: Vector },
  reference: { F: Matrix; f: Vector },
  { sigma, next, eta }: { sigma: number; next: number; eta: number },
): Affine {
  const r = (next / sigma) * Math.sqrt(1 - eta ** 2);
  const eye = identity(image.f.length);
  return {
    F: combine([1, image.F], [r, eye], [-r, reference.F]),
    f: add([1, image.f], [-r, reference.f]),
    Q: combine([(eta * next) ** 2, eye]),
  };
}
