import type { Observations } from '../lowrank/observations.js';
import { fillPixels } from '../lowrank/fill.js';
import { linearEstimate, refitted, type Beliefs, type Estimate, type Mixture } from './mixture.js';
import { LAYINGS, type MapDenoiser } from './denoiser.js';

export interface RoundsOptions {
  readonly rounds: number;
  /** Range of σ that the denoiser knows. */
  readonly sigma: { readonly least: number; readonly most: number };
  /** ±1, [pixel], for the divergence of the denoiser in a round. */
  readonly signs: (round: number, map: number) => Float32Array;
  /** Before every map; may throw. */
  readonly onMap?: (done: number, total: number) => void;
}

/** What the rounds end with. */
export interface Denoised extends Estimate {
  readonly mixture: Mixture;
  /** σ at which each map was denoised last. */
  readonly sigma: Float64Array;
}

/** Maps run from 0 to 1: what is believed of them before anything is denoised. */
const START = { mean: 0.5, variance: 0.06 };
/** The step of the divergence, as a share of σ. */
const PROBE = 0.1;
/** A denoiser's mean derivative lies between these, or its noise estimate is of no use. */
const [LEAST_SLOPE, MOST_SLOPE] = [0.005, 0.97];

/**
 * Rounds of vector approximate message passing (Rangan, Schniter & Fletcher, IEEE Trans. Inf. Theory 65 (2019) 6664) for maps of which
 * entries are mixtures, each followed by a step of EM for the mixture:
 *
 *     m, a ← linear estimate of the maps by entries and beliefs, its variance      (a normal system for every pixel)
 *     1/v = 1/a − precision,  r = v (m/a − pull)                                   what the entries alone say: r = map + √v n
 *     x ← D(r; √v),  b ← v ⟨D′⟩                                                    every map at its own σ; ⟨D′⟩ by a probe of signs
 *     precision ← 1/b − 1/v,  pull ← x/b − r/v                                     what the denoiser alone says
 *     basis, means ← M-step given x and b
 *
 * Where spectra are complete and the basis is orthogonal the first three lines do not depend on the beliefs, and x is the prior's mean
 * of each map given its data (a denoiser at the noise of each image of principal components is FastHyDe's: Zhuang & Bioucas-Dias 2018).
 * Maps with less noise than the denoiser knows stay as they are. Pixels without entries are harmonic between the others before D sees
 * them.
 *
 * @param known [pixel], 1 where anything was measured
 */
export async function denoisedMaps(
  observations: Observations,
  start: Mixture,
  { known, size, denoiser }: { readonly known: Uint8Array; readonly size: readonly [number, number]; readonly denoiser: MapDenoiser },
  { rounds, sigma: { least, most }, signs, onMap }: RoundsOptions,
): Promise<Denoised> {
  const { pixels } = observations;
  const k = start.maps;
  let mixture = start;
  const first = (): Beliefs => ({
    precision: new Float64Array(k).fill(1 / START.variance),
    pull: new Float64Array(k * pixels).fill(START.mean / START.variance),
  });
  let beliefs = first();
  const maps = new Float64Array(k * pixels);
  const [variance, sigma] = [new Float64Array(k), new Float64Array(k)];
  for (let round = 0; round < rounds; round++) {
    const seen = ofEntries(linearEstimate(observations, mixture, beliefs), beliefs, most);
    filled(seen.maps, known, size, k);
    const next = first();
    for (let map = 0; map < k; map++) {
      onMap?.(round * k + map, rounds * k);
      const v = seen.variance[map];
      const r = Float32Array.from(seen.maps.subarray(map * pixels, (map + 1) * pixels));
      sigma[map] = Math.sqrt(v);
      if (sigma[map] < least) {
        maps.set(r, map * pixels);
        variance[map] = v;
        continue;
      }
      const x = await denoiser.denoise(r, sigma[map], round === rounds - 1 ? LAYINGS : 1);
      const slope = await meanSlope(denoiser, r, sigma[map], signs(round, map), round === rounds - 1 ? undefined : x);
      variance[map] = v * slope;
      next.precision[map] = 1 / variance[map] - 1 / v;
      for (let p = 0; p < pixels; p++) {
        maps[map * pixels + p] = x[p];
        next.pull[map * pixels + p] = x[p] / variance[map] - r[p] / v;
      }
    }
    beliefs = next;
    mixture = refitted(observations, mixture, { maps, variance });
  }
  return { mixture, maps, variance, sigma };
}

/** What entries alone say: the estimate without the beliefs. Its variance is at most the square of `most`. */
function ofEntries({ maps, variance }: Estimate, { precision, pull }: Beliefs, most: number): Estimate {
  const k = variance.length;
  const pixels = maps.length / k;
  const told = variance.map((a, map) => 1 / a - precision[map]);
  const v = told.map((own) => 1 / Math.max(own, 1 / most ** 2));
  // where entries say less than that, the maps are as they are believed
  const bare = (map: number): boolean => told[map] <= 1 / most ** 2;
  const out = maps.map((value, n) => {
    const map = Math.floor(n / pixels);
    return bare(map) ? value : v[map] * (value / variance[map] - pull[n]);
  });
  return { maps: out, variance: v };
}

/** Maps where nothing of a pixel was measured, harmonic between the others. */
function filled(maps: Float64Array, known: Uint8Array, size: readonly [number, number], k: number): void {
  if (!known.includes(0)) return;
  const pixels = known.length;
  const byPixel = Float64Array.from({ length: maps.length }, (_, n) => maps[(n % k) * pixels + Math.floor(n / k)]);
  fillPixels(byPixel, known, size, k);
  for (let n = 0; n < maps.length; n++) maps[n] = byPixel[(n % pixels) * k + Math.floor(n / pixels)];
}

/** ⟨D′⟩ ≈ ⟨s, D(r + h s) − D(r)⟩/(h pixels), s of signs (Ramani, Blu & Unser 2008). */
async function meanSlope(denoiser: MapDenoiser, r: Float32Array, sigma: number, signs: Float32Array, at?: Float32Array): Promise<number> {
  const h = PROBE * sigma;
  const x = at ?? (await denoiser.denoise(r, sigma));
  const moved = await denoiser.denoise(
    r.map((value, p) => value + h * signs[p]),
    sigma,
  );
  const sum = moved.reduce((total, value, p) => total + signs[p] * (value - x[p]), 0);
  return Math.min(MOST_SLOPE, Math.max(LEAST_SLOPE, sum / (h * r.length)));
}
