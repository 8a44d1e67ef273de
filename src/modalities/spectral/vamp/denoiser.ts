import type { Backend } from '../../../../compute/backend.js';
import { space } from '../../../../core/space.js';
import { beginPrior, type Prior } from '../../../../models/prior.js';

/** The eight ways to lay a map: turned and mirrored. */
export const LAYINGS = 8;

/** D(map; σ) of single maps [line, sample]. */
export interface MapDenoiser {
  /** @param layings in how many ways the map is laid; the result is the mean */
  denoise(map: Float32Array, sigma: number, layings?: number): Promise<Float32Array>;
  dispose(): void;
}

/**
 * A prior as the denoiser of single maps. A trained denoiser treats an image and its mirror image not quite alike; their mean has less of
 * its errors. σ beyond the prior's range is its end. Maps are no steps of one path: a prior that keeps something from call to call begins
 * anew with each.
 */
export function mapDenoiser(prior: Prior, backend: Backend, [lines, samples]: readonly [number, number]): MapDenoiser {
  const straight = backend.field(space(['slice', 'y', 'x'], [1, lines, samples]));
  const turned = backend.field(space(['slice', 'y', 'x'], [1, samples, lines]));
  return {
    async denoise(map, sigma, layings = 1) {
      const level = Math.min(prior.sigmaMax, Math.max(prior.sigmaMin, sigma));
      const sum = new Float32Array(map.length);
      for (let laying = 0; laying < layings; laying++) {
        const field = laying & 4 ? turned : straight;
        const at = places(laying, lines, samples);
        const laid = new Float32Array(map.length);
        for (let n = 0; n < at.length; n++) laid[n] = map[at[n]];
        await backend.write(field, laid);
        await beginPrior(prior);
        prior.denoise(field, level, field);
        const denoised = await backend.read(field);
        for (let n = 0; n < at.length; n++) sum[at[n]] += denoised[n] / layings;
      }
      return sum;
    },
    dispose() {
      straight.dispose();
      turned.dispose();
    },
  };
}

/** Where the pixels of a laid map come from. Bits of `laying`: samples mirrored, lines mirrored, turned. */
export function places(laying: number, lines: number, samples: number): Uint32Array {
  const isTurned = (laying & 4) !== 0;
  const [rows, columns] = isTurned ? [samples, lines] : [lines, samples];
  const out = new Uint32Array(lines * samples);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const [row, column] = [laying & 2 ? rows - 1 - y : y, laying & 1 ? columns - 1 - x : x];
      out[y * columns + x] = isTurned ? column * samples + row : row * samples + column;
    }
  }
  return out;
}
