import { nonNegativeLeastSquares } from '../../../../core/linear-algebra/non-negative.js';
import type { SpectralModel } from './coefficients.js';

/**
 * Of two sets of maps the mixture m + a (n − m), an a for each map, by which B maps is nearest to some entries y in units of the noise:
 * min Σ (B maps − y)² over 0 ≤ a ≤ 1. There are thousands of entries for a handful of shares, so these can hardly follow the noise.
 * @param entries places in [band, pixel] of entries that made neither set
 * @param data y, [band, pixel]
 * @param first, second m and n, [rank, pixel]
 * @returns a of every map
 */
export function sharesOfSecond(
  entries: Uint32Array,
  { rank, basis, bands }: Pick<SpectralModel, 'rank' | 'basis' | 'bands'>,
  data: Float32Array,
  first: Float32Array,
  second: Float32Array,
): Float64Array {
  const pixels = data.length / bands;
  const gram = new Float64Array(rank * rank);
  const right = new Float64Array(rank);
  const row = new Float64Array(rank);
  for (const n of entries) {
    const [b, p] = [Math.floor(n / pixels), n % pixels];
    let left = data[n];
    for (let k = 0; k < rank; k++) {
      const at = k * pixels + p;
      left -= basis[b * rank + k] * first[at];
      row[k] = basis[b * rank + k] * (second[at] - first[at]);
    }
    for (let i = 0; i < rank; i++) {
      right[i] += row[i] * left;
      for (let j = 0; j < rank; j++) gram[i * rank + j] += row[i] * row[j];
    }
  }
  // beyond 1 nothing is known: what would go farther stays there
  return nonNegativeLeastSquares(gram, right).map((share) => Math.min(1, share));
}

/** m + a (n − m) of every map. */
export function mixedMaps(shares: Float64Array, first: Float32Array, second: Float32Array): Float32Array {
  const pixels = first.length / Math.max(1, shares.length);
  return first.map((value, n) => value + shares[Math.floor(n / pixels)] * (second[n] - value));
}
