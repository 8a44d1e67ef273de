/**
 * Weights of an exponential integrator of several steps, in the notation dx/dσ = (x − x̂)/σ, l = −ln σ:
 *
 *     x' = (σ'/σ) x + Σ_j w_j x̂_j ,   w_j = σ' ∫_{l(σ)}^{l(σ')} e^l L_j(l) dl ,   Σ_j w_j = 1 − σ'/σ
 *
 * L_j the Lagrange polynomials through l(σ_j): exact where x̂ along the path is a polynomial in l of that degree (Lu et al. 2022,
 * DPM-Solver++, eq. 9; Zhao et al. 2023, UniPC, eq. 5).
 *
 * @param nodes noise levels σ_j at which x̂ is known, all different
 */
export function exponentialWeights(nodes: readonly number[], from: number, to: number): number[] {
  // in u = l − l(σ'), where e^l dl σ' = e^u du and u runs from −h to 0
  const u = nodes.map((sigma) => Math.log(to / sigma));
  return lagrange(u, exponentialMoments(Math.log(to / from), nodes.length));
}

/**
 * Weights of slopes ε_j, known at σ_j: w_j = ∫_{σ}^{σ'} L_j dσ, L_j the Lagrange polynomials through ln σ_j or σ_j (Zhang & Chen 2023,
 * DEIS, eq. 15, in σ-notation). Σ_j w_j = σ' − σ.
 *
 * @param nodes noise levels σ_j, all different
 */
export function slopeWeights(nodes: readonly number[], from: number, to: number, variable: 'log' | 'sigma'): number[] {
  if (variable === 'sigma') {
    const moments = nodes.map((_, p) => (to - from) ** (p + 1) / (p + 1));
    return lagrange(
      nodes.map((sigma) => sigma - from),
      moments,
    );
  }
  // in v = ln σ/σ', where dσ = σ' e^v dv and v runs from ln σ/σ' to 0
  const v = nodes.map((sigma) => Math.log(sigma / to));
  return lagrange(v, exponentialMoments(Math.log(from / to), nodes.length)).map((w) => to * w);
}

/** ∫_{begin}^0 e^u u^p du for p = 0 … count − 1. */
function exponentialMoments(begin: number, count: number): number[] {
  const moments = [-Math.expm1(begin)];
  for (let p = 1; p < count; p++) moments.push(-(begin ** p) * Math.exp(begin) - p * moments[p - 1]);
  return moments;
}

/** Integrals of the Lagrange polynomials through `u`, of those of u⁰, u¹, …. */
function lagrange(u: readonly number[], moments: readonly number[]): number[] {
  return u.map((own, j) => {
    const others = u.filter((_, i) => i !== j);
    const scale = others.reduce((product, other) => product * (own - other), 1);
    return expanded(others).reduce((sum, c, p) => sum + c * moments[p], 0) / scale;
  });
}

/** Coefficients of Π (u − root), of u⁰ first. */
function expanded(roots: readonly number[]): number[] {
  return roots.reduce<number[]>((c, root) => [...c, 0].map((_, p) => (c[p - 1] ?? 0) - root * (c[p] ?? 0)), [1]);
}
