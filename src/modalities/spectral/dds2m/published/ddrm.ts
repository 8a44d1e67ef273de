import type { Decomposition } from '../../../../../operators/decomposition.js';

/** Noise levels of a run: ᾱ_t = Π_{s≤t} (1 − β_s), β linear from 1e-4 to 5e-3. */
export function signalShares(steps: number): Float64Array {
  const out = new Float64Array(steps);
  let product = 1;
  for (let t = 0; t < steps; t++) {
    product *= 1 - (1e-4 + ((5e-3 - 1e-4) * t) / Math.max(1, steps - 1));
    out[t] = product;
  }
  return out;
}

/** What was measured, in the basis of the operator's singular vectors. */
export interface DdrmData {
  readonly decomposition: Decomposition;
  /** Uᵀy, one for each coefficient. */
  readonly measured: Float32Array;
  /** σ₀ of each of them. */
  readonly noise: Float32Array;
}

/** ᾱ of an image and of the one after it, and the share η of noise that is drawn afresh. */
export interface DdrmLevels {
  readonly alpha: number;
  readonly next: number;
  readonly eta: number;
}

/**
 * One step of denoising diffusion restoration (Kawar et al., "DDRM", NeurIPS 2022, eq. 7 and 8, η_b = 1) from x_t and its estimate x₀:
 * with σ' = √((1 − ᾱ')/ᾱ'), ε = (x_t − √ᾱ x₀)/√(1 − ᾱ), c = Vᵀx₀ and n, ε̂ = Vᵀ of noise drawn and ε,
 *
 *     s σ' > σ₀   c' = Uᵀy/s + √(σ'² − σ₀²/s²) n
 *     s σ' < σ₀   c' = c + σ' √(1 − η²) (Uᵀy − s c)/σ₀ + η σ' n
 *     s = 0       c' = c + σ' √(1 − η²) ε̂ + η σ' n
 *
 * @param noise standard normal, of the image
 * @returns √ᾱ' V c'
 */
export function ddrmStep(
  { decomposition, measured, noise: sigmas }: DdrmData,
  estimate: Float32Array,
  current: Float32Array,
  { alpha, next, eta }: DdrmLevels,
  noise: ArrayLike<number>,
): Float32Array {
  const sigma = Math.sqrt((1 - next) / next);
  const [kept, drawn] = [sigma * Math.sqrt(1 - eta * eta), sigma * eta];
  const [root, rest] = [Math.sqrt(alpha), Math.sqrt(1 - alpha)];
  const free = estimate.map((x0, n) => x0 + (kept * (current[n] - root * x0)) / rest + drawn * noise[n]);
  const { singular, coefficients } = decomposition;
  const draws = coefficients(Float32Array.from(noise));
  const known = coefficients(estimate);
  return withCoefficients(decomposition, free, Math.sqrt(next), (n) => {
    const [s, own] = [singular[n], sigmas[n]];
    if (s * sigma > own) return measured[n] / s + Math.sqrt(sigma * sigma - (own / s) ** 2) * draws[n];
    if (s * sigma < own) return known[n] + (kept * (measured[n] - s * known[n])) / own + drawn * draws[n];
    return undefined;
  });
}

/** factor · (x + V (c − Vᵀx)): x with other coefficients where there are singular values and `at` tells one. */
function withCoefficients(
  { singular, coefficients, image }: Decomposition,
  x: Float32Array,
  factor: number,
  at: (n: number) => number | undefined,
): Float32Array {
  const change = coefficients(x);
  for (let n = 0; n < change.length; n++) {
    const wanted = singular[n] > 0 ? at(n) : undefined;
    change[n] = wanted === undefined ? 0 : wanted - change[n];
  }
  const moved = image(change);
  return x.map((value, n) => factor * (value + moved[n]));
}

/** A coefficient before any network: gain · Uᵀy + √variance · n. */
interface Plain {
  readonly gain: number;
  readonly variance: number;
}

/**
 * What steps without a network, x₀ = x_t, come to: no more than a draw. Coefficients go their own ways, linearly, so each is Gaussian with
 * a mean of Uᵀy times a number and a variance that both follow from `ddrmStep` alone.
 * @param shares ᾱ of the steps, the noisiest first, where the run starts from noise and Uᵀy/s
 * @param to ᾱ after the last step
 */
export function plainSteps(s: number, sigma0: number, shares: readonly number[], to: number, eta: number): Plain {
  const largest = Math.sqrt((1 - shares[0]) / shares[0]);
  let [gain, variance] = s * largest > sigma0 ? [1 / s / largest, 1 - (sigma0 / s / largest) ** 2] : [0, 1];
  shares.forEach((alpha, n) => {
    const next = shares[n + 1] ?? to;
    const sigma = Math.sqrt((1 - next) / next);
    const kept = sigma * Math.sqrt(1 - eta * eta);
    if (s * sigma > sigma0) {
      [gain, variance] = [1 / s, sigma * sigma - (sigma0 / s) ** 2];
    } else {
      const after = s > 0 && s * sigma < sigma0;
      const factor = after ? 1 - (kept * s) / sigma0 : 1 + (kept * (1 - Math.sqrt(alpha))) / Math.sqrt(1 - alpha);
      gain = factor * gain + (after ? kept / sigma0 : 0);
      variance = factor * factor * variance + (eta * sigma) ** 2;
    }
    gain *= Math.sqrt(next);
    variance *= next;
  });
  return { gain, variance };
}

/**
 * Draws x_t as it is after steps without a network.
 * @param noise standard normal, of the image
 */
export function drawnStart(
  { decomposition, measured, noise: sigmas }: DdrmData,
  shares: readonly number[],
  to: number,
  eta: number,
  noise: ArrayLike<number>,
): Float32Array {
  const { singular, coefficients } = decomposition;
  const known = new Map<string, Plain>();
  const plain = (s: number, sigma0: number): Plain => {
    const key = `${s},${sigma0}`;
    const found = known.get(key) ?? plainSteps(s, sigma0, shares, to, eta);
    known.set(key, found);
    return found;
  };
  const unseen = Math.sqrt(plain(0, 0).variance);
  const draws = coefficients(Float32Array.from(noise));
  const free = Float32Array.from(noise, (value) => unseen * value);
  return withCoefficients(decomposition, free, 1, (n) => {
    const { gain, variance } = plain(singular[n], sigmas[n]);
    return gain * measured[n] + Math.sqrt(variance) * draws[n];
  });
}
