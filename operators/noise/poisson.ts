import { philox, uniform, type PhiloxKey } from '../../core/philox.js';

/** Below this mean the counts are found by adding up probabilities; above, by rejection. PTRS holds from 10. */
const SMALL = 10;

/** ln k! for the first few k; Stirling's series beyond. */
const LOG_FACTORIALS = [1, 1, 2, 6, 24, 120, 720, 5040, 40320, 362880].map(Math.log);

/** ln k! to 1e-10 (Stirling's series, DLMF 5.11.1). */
export function logFactorial(k: number): number {
  if (k < LOG_FACTORIALS.length) return LOG_FACTORIALS[k];
  const n = k + 1;
  const series = 1 / (12 * n) - 1 / (360 * n ** 3) + 1 / (1260 * n ** 5);
  return (n - 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + series;
}

/**
 * One Poisson number, exact for every mean, drawn from the counters (element, slice, attempt, stream): its own random numbers whatever
 * the order in which elements are drawn.
 *
 * Small means: inversion by sequential search. Large means: transformed rejection with squeeze, algorithm PTRS of
 * W. Hörmann, "The transformed rejection method for generating Poisson random variables", Insurance: Mathematics and Economics 12 (1993)
 * 39-45.
 *
 * @param mean ≥ 0, below 2⁵³
 * @param words four words of scratch
 */
export function poisson(mean: number, element: number, slice: number, stream: number, key: PhiloxKey, words = new Uint32Array(4)): number {
  if (mean < SMALL) {
    philox(words, element, slice, 0, stream, key);
    return byInversion(mean, uniform(words[0], words[1]));
  }
  const root = Math.sqrt(mean);
  const b = 0.931 + 2.53 * root;
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  const logMean = Math.log(mean);
  for (let attempt = 0; ; attempt++) {
    philox(words, element, slice, attempt, stream, key);
    const u = uniform(words[0], words[1]) - 0.5;
    const v = uniform(words[2], words[3]);
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (Math.log((v * inverseAlpha) / (a / (us * us) + b)) <= k * logMean - mean - logFactorial(k)) return k;
  }
}

function byInversion(mean: number, u: number): number {
  let probability = Math.exp(-mean);
  let k = 0;
  // the tail beyond 100 is below 1e-60 for means under 10
  while (u > probability && k < 100) {
    u -= probability;
    probability *= mean / ++k;
  }
  return k;
}
