import { normals, philoxKey } from '../../core/philox.js';
import { psnr } from '../../src/index.js';
import type { HounsfieldRange, Images } from './images.js';
import { withPhase } from './phase.js';
import type { NamedPrior } from './priors.js';

/** Clean images as a prior takes them: real, or complex with a synthetic phase (real and imaginary part interleaved). */
export interface Clean {
  readonly images: Images;
  readonly complex: boolean;
  readonly data: Float32Array;
}

export function clean(images: Images, complex: boolean, seed: number): Clean {
  return { images, complex, data: complex ? withPhase(images.data, images.shape, seed) : images.data };
}

/** clean + σ n: n of variance 1, in the real and the imaginary part each; of a slice of its own counter. */
export function noised({ data, images: { shape } }: Clean, sigma: number, seed: number): Float32Array {
  const out = data.slice();
  const size = data.length / shape[0];
  for (let k = 0; k < shape[0]; k++) {
    const n = normals(size, philoxKey(seed), k, 0, 0);
    for (let i = 0; i < size; i++) out[k * size + i] += sigma * n[i];
  }
  return out;
}

/**
 * PSNR in dB with peak 1 over all slices. Real images are clipped to 0…1 (as CT is to its window); complex ones are not, and the mean is
 * over real and imaginary parts as separate numbers: noise of σ in each has −20 log₁₀ σ.
 */
export const quality = ({ data, complex }: Clean, estimate: Float32Array): number =>
  psnr(estimate, data, { peak: 1, clip: complex ? undefined : { low: 0, high: 1 } });

/** Priors that take the same images: real or complex, with what 0 and 1 are for CT. */
export interface Group {
  readonly complex: boolean;
  /** The priors' own, or −1000…1000 HU where theirs has no unit. */
  readonly range: HounsfieldRange;
  /** Trained on data in HU. */
  readonly hounsfield: boolean;
  readonly priors: readonly NamedPrior[];
}

export function groupsOf(priors: readonly NamedPrior[]): Group[] {
  const groups = new Map<string, Group>();
  for (const prior of priors) {
    const { channels, range } = prior.card;
    const hounsfield = range.unit === 'HU';
    const { low, high } = hounsfield ? range : { low: -1000, high: 1000 };
    const key = `${channels} ${hounsfield} ${low} ${high}`;
    const others = groups.get(key)?.priors ?? [];
    // 2 in the card: real and imaginary part
    groups.set(key, { complex: Number(channels) === 2, range: { low, high }, hounsfield, priors: [...others, prior] });
  }
  return [...groups.values()];
}
