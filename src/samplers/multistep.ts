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
  const h = Math.log(from / to);
  const u = nodes.map((sigma) => Math.log(to / sigma));
  const moments = [-Math.expm1(-h)];
  for (let p = 1; p < nodes.length; p++) moments.push(-((-h) ** p) * Math.exp(-h) - p * moments[p - 1]);
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
