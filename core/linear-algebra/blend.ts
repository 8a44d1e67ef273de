import { nonNegativeLeastSquares } from './non-negative.js';

/**
 * Non-negative weights w of candidates that minimise Σ (Σ_c w_c x_c − y)² over all trials; with a pull κ to the candidate b alone, that
 * plus κ |w − e_b|² Σ (x_b − y)²: giving b up altogether must explain a share κ of its error and more.
 */
export function blendWeights(
  truths: readonly Float32Array[],
  predicted: ReadonlyMap<string, readonly Float32Array[]>,
  pull?: { readonly to: string; readonly by: number },
): { readonly [name: string]: number } {
  const names = [...predicted.keys()];
  const n = names.length;
  const [gram, right] = [new Float64Array(n * n), new Float64Array(n)];
  truths.forEach((truth, trial) => {
    const columns = names.map((name) => predicted.get(name)![trial]);
    for (let a = 0; a < n; a++) {
      right[a] += dot(columns[a], truth);
      for (let b = 0; b < n; b++) gram[a * n + b] += dot(columns[a], columns[b]);
    }
  });
  if (pull) {
    const alone = predicted.get(pull.to)!;
    const error = truths.reduce((sum, truth, trial) => sum + alone[trial].reduce((all, v, k) => all + (v - truth[k]) ** 2, 0), 0);
    for (let a = 0; a < n; a++) gram[a * n + a] += pull.by * error;
    right[names.indexOf(pull.to)] += pull.by * error;
  }
  const weights = nonNegativeLeastSquares(gram, right);
  return Object.fromEntries(names.map((name, k) => [name, weights[k]]));
}

/** Σ w_c x_c */
export function weightedSum(parts: readonly { readonly weight: number; readonly data: Float32Array }[]): Float32Array {
  const out = new Float32Array(parts[0].data.length);
  for (const { weight, data } of parts) for (let n = 0; n < out.length; n++) out[n] += weight * data[n];
  return out;
}

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, v, k) => sum + v * b[k], 0);
