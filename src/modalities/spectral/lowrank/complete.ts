import { hermitianEigen } from '../../../../core/linear-algebra/hermitian.js';
import { LEAST_VARIANCE, type FactorModel } from './factors.js';
import type { Observations } from './observations.js';

/** Bands that were measured anywhere, and the pixels where all of these were. */
export function completePixels({ bands, pixels, start, band }: Observations): { used: number[]; complete: number[] } {
  const seen = new Uint8Array(bands);
  for (const b of band) seen[b] = 1;
  const used = Array.from(seen.keys()).filter((b) => seen[b] === 1);
  const complete = Array.from({ length: pixels }, (_, p) => p).filter((p) => start[p + 1] - start[p] === used.length);
  return { used, complete };
}

/**
 * The model of maximum likelihood of complete spectra in closed form: λ, U the eigenvalues and vectors of their covariance, W = U (Λ
 * − σ² I)^½ of those beyond what noise alone would give, λ > σ² (1 + √(bands/pixels))² (Marchenko & Pastur's edge), or of `rank` of
 * them.
 * @param variance σ² where it is known; else the mean of the eigenvalues left out (Tipping & Bishop, eq. 8)
 * @param rank given, or by the edge
 */
export function closedForm(
  { bands, start, value }: Observations,
  { used, complete }: { readonly used: readonly number[]; readonly complete: readonly number[] },
  variance: number | undefined,
  rank?: number,
): FactorModel {
  const [n, count] = [used.length, complete.length];
  const centre = new Float64Array(n);
  for (const p of complete) for (let i = 0; i < n; i++) centre[i] += value[start[p] + i] / count;
  const covariance = new Float64Array(n * n);
  const row = new Float64Array(n);
  for (const p of complete) {
    for (let i = 0; i < n; i++) row[i] = value[start[p] + i] - centre[i];
    for (let i = 0; i < n; i++) {
      const r = row[i] / count;
      for (let j = 0, at = i * n; j <= i; j++, at++) covariance[at] += r * row[j];
    }
  }
  const edge = (1 + Math.sqrt(n / count)) ** 2;
  let noise = variance ?? 0;
  const { values, re, kept } = hermitianEigen(n, covariance, new Float64Array(n * n), (all) => {
    const found = choose(all, variance, edge, rank);
    noise = Math.max(found.noise, LEAST_VARIANCE);
    return found.rank;
  });
  const mean = new Float64Array(bands);
  const loading = new Float64Array(bands * kept);
  used.forEach((b, i) => {
    mean[b] = centre[i];
    for (let c = 0; c < kept; c++) loading[b * kept + c] = re[c * n + i] * Math.sqrt(Math.max(values[c] - noise, 0));
  });
  return { rank: kept, mean, loading, variance: noise };
}

function choose(values: Float64Array, variance: number | undefined, edge: number, rank?: number): { rank: number; noise: number } {
  const n = values.length;
  const restFrom = (from: number): number => {
    let sum = 0;
    for (let i = from; i < n; i++) sum += values[i];
    return sum / Math.max(1, n - from);
  };
  if (rank !== undefined) {
    const kept = Math.min(rank, n - 1);
    return { rank: kept, noise: variance ?? restFrom(kept) };
  }
  if (variance !== undefined) return { rank: values.filter((value) => value > variance * edge).length, noise: variance };
  // the smallest rank whose rest looks like noise by itself
  for (let kept = 0; kept < n - 1; kept++) {
    const noise = restFrom(kept);
    if (values[kept] <= noise * edge) return { rank: kept, noise };
  }
  return { rank: n - 1, noise: values[n - 1] };
}
