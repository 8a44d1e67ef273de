import type { PenaltyWeight, Problem } from '../solver.js';

/**
 * Weights of penalties said in the measured data's own units, ½‖Ax − y‖² + …, as SigPy's `lamda` and BART's `-r` are
 * for the same A and y, brought to the units of the normalised problem: with A = norm · A′ and x = scale · x′ the
 * whole is scale² norm² (½‖A′x′ − y′‖² + …).
 */

/** λ of (λ/2)‖x‖². */
export const quadraticWeight = ({ units }: Problem, lambda: number): number => (units ? lambda / units.norm ** 2 : lambda);

/** λ of λ‖Ψx‖₁, total variation and other penalties that grow linearly with x. */
export const linearWeight = ({ units }: Problem, lambda: number): number => (units ? lambda / (units.norm ** 2 * units.scale) : lambda);

/** Tells weights of the normalised problem in the data's units; `brought` is what brings them the other way. */
export function tellWeight(problem: Problem, brought: typeof linearWeight, { lambda, usual }: PenaltyWeight): void {
  const one = brought(problem, 1);
  problem.tellWeight?.({ lambda: lambda / one, usual: usual / one });
}
