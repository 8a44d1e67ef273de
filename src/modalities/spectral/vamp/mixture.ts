import { factorise, invert, solve } from '../lowrank/factors.js';
import type { Observations } from '../lowrank/observations.js';

/** Entries as mixtures of maps: value(band, pixel) = mean(band) + Σ_k basis(band, k) map(k, pixel) + ε, ε of variance 1. */
export interface Mixture {
  readonly maps: number;
  /** [band, maps]. */
  readonly basis: Float64Array;
  readonly mean: Float64Array;
}

/** What is known of maps beside the entries: each normal, as Σ = 1/precision and mean = pull/precision. */
export interface Beliefs {
  /** One for each map. */
  readonly precision: Float64Array;
  /** [map, pixel]. */
  readonly pull: Float64Array;
}

/** What entries and beliefs say of every map. */
export interface Estimate {
  /** E[map], [map, pixel]. */
  readonly maps: Float64Array;
  /** Of each map, the mean over the pixels that were measured. */
  readonly variance: Float64Array;
}

/** (Σ_b basisᵀ basis + precision) map = Σ_b basisᵀ (value − mean) + pull of every pixel; pixels without entries have what is believed. */
export function linearEstimate({ bands, pixels, start, band, value }: Observations, mixture: Mixture, beliefs: Beliefs): Estimate {
  const { maps: k, basis, mean } = mixture;
  const { precision, pull } = beliefs;
  const maps = new Float64Array(k * pixels);
  const variance = new Float64Array(k);
  const [normal, inverse] = [new Float64Array(k * k), new Float64Array(k * k)];
  const [right, z] = [new Float64Array(k), new Float64Array(k)];
  let measured = 0;
  let whole: { readonly factor: Float64Array; readonly variance: Float64Array } | undefined;
  for (let p = 0; p < pixels; p++) {
    const [from, to] = [start[p], start[p + 1]];
    for (let i = 0; i < k; i++) right[i] = pull[i * pixels + p];
    for (let n = from; n < to; n++) {
      const [row, residual] = [band[n] * k, value[n] - mean[band[n]]];
      for (let i = 0; i < k; i++) right[i] += basis[row + i] * residual;
    }
    const complete = to - from === bands;
    if (complete && whole) {
      normal.set(whole.factor);
    } else {
      normal.fill(0);
      for (let n = from; n < to; n++) {
        const row = band[n] * k;
        for (let i = 0; i < k; i++) for (let j = 0; j <= i; j++) normal[i * k + j] += basis[row + i] * basis[row + j];
      }
      for (let i = 0; i < k; i++) normal[i * k + i] += precision[i];
      factorise(k, normal);
    }
    solve(k, normal, right, z);
    for (let i = 0; i < k; i++) maps[i * pixels + p] = z[i];
    if (from === to) continue;
    measured++;
    if (complete && whole) {
      for (let i = 0; i < k; i++) variance[i] += whole.variance[i];
      continue;
    }
    const factor = complete ? normal.slice() : normal;
    invert(k, normal, inverse);
    const own = Float64Array.from({ length: k }, (_, i) => inverse[i * k + i]);
    for (let i = 0; i < k; i++) variance[i] += own[i];
    // complete spectra have one factor
    if (complete) whole = { factor, variance: own };
  }
  return { maps, variance: variance.map((sum) => sum / Math.max(1, measured)) };
}

/**
 * Basis and means anew, each band's from its entries given the maps and the variance that is left of them: the M-step of EM, with a
 * precision for every map as in `fitFactors`. Bands without entries stay.
 */
export function refitted(observations: Observations, before: Mixture, { maps: images, variance }: Estimate): Mixture {
  const { bands, pixels, start, band, value } = observations;
  const { maps: k } = before;
  const m = k + 1;
  const moments = new Float64Array(bands * m * m);
  const products = new Float64Array(bands * m);
  const z = new Float64Array(m).fill(1);
  for (let p = 0; p < pixels; p++) {
    for (let i = 0; i < k; i++) z[i] = images[i * pixels + p];
    for (let n = start[p]; n < start[p + 1]; n++) {
      const [at, row] = [band[n] * m * m, band[n] * m];
      for (let i = 0; i < m; i++) {
        products[row + i] += z[i] * value[n];
        for (let j = 0; j <= i; j++) moments[at + i * m + j] += z[i] * z[j];
      }
    }
  }
  const energy = new Float64Array(k);
  before.basis.forEach((factor, n) => (energy[n % k] += factor * factor));
  const [basis, mean] = [before.basis.slice(), before.mean.slice()];
  const w = new Float64Array(m);
  for (let b = 0; b < bands; b++) {
    const normal = moments.subarray(b * m * m, (b + 1) * m * m);
    const count = normal[m * m - 1];
    if (count === 0) continue;
    for (let i = 0; i < k; i++) normal[i * m + i] += count * variance[i] + bands / Math.max(energy[i], LEAST);
    // a band of fewer entries than unknowns still has an answer
    normal[m * m - 1] += 1e-10 * count;
    factorise(m, normal);
    solve(m, normal, products.subarray(b * m, (b + 1) * m), w);
    for (let i = 0; i < k; i++) basis[b * k + i] = w[i];
    mean[b] = w[k];
  }
  return { maps: k, basis, mean };
}

const LEAST = 1e-12;
