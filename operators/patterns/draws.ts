import { philox, philoxKey, uniform } from '../../core/philox.js';

/** Far from the streams of noise: one seed may serve the mask and the noise of a simulation. */
const MASK_STREAM = 0x6d61736b;

/** Uniform numbers in (0, 1), the same for the same seed and slice. */
export function uniforms(count: number, seed: number | bigint, slice: number): Float64Array {
  const key = philoxKey(seed);
  const words = new Uint32Array(4);
  const out = new Float64Array(count);
  for (let n = 0; n < count; n++) {
    const pair = 2 * (n % 2);
    if (pair === 0) philox(words, n / 2, slice, 0, MASK_STREAM, key);
    out[n] = uniform(words[pair], words[pair + 1]);
  }
  return out;
}

/**
 * Weighted draw without replacement: the `count` candidates with the largest ln w + g, g standard Gumbel, which is a draw one after
 * the other with probabilities in proportion to the weights left (Efraimidis and Spirakis, Inf. Process. Lett. 97 (2006) 181, in
 * logarithms).
 * @param logWeights of each candidate; equal ones give a uniform draw
 */
export function drawWithoutReplacement(
  candidates: readonly number[],
  logWeights: (candidate: number) => number,
  count: number,
  seed: number | bigint,
  slice: number,
): number[] {
  const u = uniforms(candidates.length, seed, slice);
  return candidates
    .map((candidate, n) => ({ candidate, score: logWeights(candidate) - Math.log(-Math.log(u[n])) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

/** `count` of the candidates without replacement, all alike. */
export const drawEvenly = (candidates: readonly number[], count: number, seed: number | bigint, slice: number): number[] =>
  drawWithoutReplacement(candidates, () => 0, count, seed, slice);

/** Indices that may be drawn: allowed, and not in the calibration region. */
export function drawable(allowed: Uint8Array, calibration: Uint8Array): number[] {
  const out: number[] = [];
  allowed.forEach((may, n) => {
    if (may && !calibration[n]) out.push(n);
  });
  return out;
}

export const ones = (mask: Uint8Array): number => mask.reduce((sum, value) => sum + value, 0);
