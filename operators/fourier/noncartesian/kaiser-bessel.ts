/**
 * Gridding with a Kaiser–Bessel window: K(u) = I₀(β √(1 − (2u/W)²)), |u| ≤ W/2, in grid steps, with β for an oversampling of σ
 * (Beatty, Nishimura, Pauly, IEEE Trans. Med. Imaging 24 (2005) 799, eq. 5).
 */
export interface Gridding {
  /** Image size, grid size (even) and window width, in grid steps. */
  readonly n: number;
  readonly grid: number;
  readonly width: number;
  readonly beta: number;
}

export function gridding(n: number, oversampling: number, width: number): Gridding {
  return griddingOn(gridSize(Math.max(oversampling * n, 2 * width)), n, width);
}

/** The same on a grid of a given, even size. */
export function griddingOn(grid: number, n: number, width: number): Gridding {
  const sigma = grid / n;
  const beta = Math.PI * Math.sqrt(Math.max(((width / sigma) * (sigma - 0.5)) ** 2 - 0.8, 0));
  return { n, grid, width, beta };
}

/** The smallest even size ≥ least without primes above 7. */
function gridSize(least: number): number {
  for (let size = 2 * Math.ceil(least / 2); ; size += 2) {
    let rest = size;
    for (const p of [2, 3, 5, 7]) while (rest % p === 0) rest /= p;
    if (rest === 1) return size;
  }
}

/** I₀ by its power series; for the β in use it converges in some tens of terms. */
function besselI0(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** The first grid point (0 ≤ · < grid) that a sample at k cycles per field of view meets, and the weights of `width` points from it on. */
export function windowAt({ n, grid, width, beta }: Gridding, k: number): { first: number; weights: Float64Array } {
  const at = (k * grid) / n + grid / 2;
  const first = Math.ceil(at - width / 2);
  const weights = Float64Array.from({ length: width }, (_, i) => {
    const u = (2 * (first + i - at)) / width;
    return besselI0(beta * Math.sqrt(Math.max(1 - u * u, 0)));
  });
  return { first: ((first % grid) + grid) % grid, weights };
}

/** The window's transform at r grid⁻¹ cycles: K̂(f) = W sinh(s)/s, s = √(β² − (πWf)²), f = r/grid. */
export function hat({ grid, width, beta }: Gridding, r: number): number {
  const square = beta ** 2 - ((Math.PI * width * r) / grid) ** 2;
  const s = Math.sqrt(Math.abs(square));
  return width * (s < 1e-6 ? 1 : square > 0 ? Math.sinh(s) / s : Math.sin(s) / s);
}

/** What every pixel is multiplied by before the transform: 1/K̂(r − ⌊n/2⌋), times √(grid/n) for orthonormal transforms. */
export function deapodisation(g: Gridding): Float64Array {
  return Float64Array.from({ length: g.n }, (_, r) => Math.sqrt(g.grid / g.n) / hat(g, r - Math.floor(g.n / 2)));
}
