import { geometricSchedule } from '../../src/solvers/schedules.js';
import type { Solver } from '../../src/solvers/solver.js';
import { add, apply, combine, diagonal, eigen, frobenius, identity, relativeError, times, transpose, type Matrix } from './dense.js';
import { perSlice, result, withoutNoise, type GaussianProblem } from './gaussian-problem.js';
import { denoiser, type Affine, type Law } from './gaussian-recursions.js';

/*
 * For methods of the loop with a Gaussian prior, where each is affine: its mean is a run without noise, and is compared with a recursion in
 * dense float64; limits of the recursion are compared with the posterior.
 */

export const NOISE = 0.05;
export const [HIGH, LOW] = [10, 0.01];
export const levels = (steps: number): readonly number[] => geometricSchedule(steps, HIGH, LOW);
/** CG has converged; several steps of float32. */
export const CLOSE = 2e-5;
export const KINDS = ['mask', 'general'] as const;

/** The mean of a run: all noise is 0. */
export async function meanOf<O>(solver: Solver<O>, p: GaussianProblem, options: object, noiseLevel?: number): Promise<Float64Array> {
  const problem = { ...p.problem, backend: withoutNoise(p.backend), noiseLevel };
  const x = await result(solver, problem, { sigmaMax: HIGH, sigmaMin: LOW, ...options } as unknown as Partial<O>);
  return perSlice(x, p.slices, p.complex)[0] as Float64Array;
}

/** Moves of all levels. */
export function moves(steps: number, step: (sigma: number, next: number) => Affine): Affine[] {
  const sigma = levels(steps);
  return sigma.slice(1).map((next, i) => step(sigma[i], next));
}

/** V f(S) Vᵀ of A = U S Vᵀ, nothing where s is 0. */
export function ofSingular({ A }: GaussianProblem, f: (s: number) => number): Matrix {
  const { values, vectors } = eigen(times(transpose(A), A));
  const d = Array.from(values, (v) => (v > 1e-8 ? f(Math.sqrt(v)) : 0));
  return times(times(vectors, diagonal(d)), transpose(vectors));
}

/** x̂ = d + V f(S) Uᵀ (y − A d) of d = K x + k. */
export function corrected(p: GaussianProblem, sigma: number, f: (s: number) => number): { F: Matrix; f: Float64Array } {
  const { K, k } = denoiser(p, sigma);
  const back = times(
    ofSingular(p, (s) => f(s) / s),
    transpose(p.A),
  );
  const keep = combine([1, identity(p.size)], [-1, times(back, p.A)]);
  return { F: times(keep, K), f: add([1, apply(keep, k)], [1, apply(back, p.y[0])]) as Float64Array };
}

export const denoised = (p: GaussianProblem, sigma: number): { F: Matrix; f: Float64Array } => {
  const { K, k } = denoiser(p, sigma);
  return { F: K, f: k as Float64Array };
};

export const off = (got: Law, wanted: Law): { mean: number; spread: number; variance: number } => ({
  mean: relativeError(got.mean, wanted.mean),
  spread: frobenius(combine([1, got.P], [-1, wanted.P])) / frobenius(wanted.P),
  variance: trace(got.P) / trace(wanted.P),
});
export const trace = (P: Matrix): number => P.reduce((sum, row, i) => sum + row[i], 0);

/** ‖S − P‖ of many samples in units of its expectation: E‖S − P‖² = (tr(P)² + tr(P²))/samples. */
export async function samplesOff<O>(solver: Solver<O>, p: GaussianProblem, options: object, wanted: Law): Promise<number> {
  const given = { sigmaMax: HIGH, sigmaMin: LOW, ...options } as unknown as Partial<O>;
  const x = perSlice(await result(solver, { ...p.problem, noiseLevel: NOISE }, given), p.slices, false);
  const around = x.map((v) => add([1, v], [-1, wanted.mean]));
  const S = wanted.P.map((_, i) => Float64Array.from(wanted.P, (__, j) => around.reduce((s, d) => s + d[i] * d[j], 0) / p.slices));
  return frobenius(combine([1, S], [-1, wanted.P])) / Math.sqrt((trace(wanted.P) ** 2 + frobenius(wanted.P) ** 2) / p.slices);
}
