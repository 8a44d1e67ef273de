import { networkPrior, type NetworkPrior } from '../../models/index.js';
import { space, type CpuBackend } from '../../src/index.js';
import { noised, quality, type Clean } from './clean-images.js';
import type { NonLocalMeans, TunedNonLocalMeans } from './non-local-means.js';
import { markdown } from './numbers.js';
import type { NamedPrior } from './priors.js';

/** A denoiser of the engine: D(x; σ) of a card's network on a backend. */
export class EngineDenoiser {
  private constructor(
    readonly prior: NamedPrior,
    private readonly network: NetworkPrior,
    private readonly backend: CpuBackend,
  ) {}

  static async of(prior: NamedPrior, backend: CpuBackend): Promise<EngineDenoiser> {
    return new EngineDenoiser(prior, await networkPrior(prior.card, prior.weights, backend), backend);
  }

  /** Trained for this noise level. */
  knows(sigma: number): boolean {
    return sigma >= this.network.sigmaMin && sigma <= this.network.sigmaMax;
  }

  async denoise(noisy: Float32Array, { images, complex }: Clean, sigma: number): Promise<Float32Array> {
    const x = this.backend.field(space(['slice', 'y', 'x'], images.shape, complex ? 'complex64' : 'float32'));
    try {
      await this.backend.write(x, noisy);
      this.network.denoise(x, sigma, x);
      return await this.backend.read(x);
    } finally {
      x.dispose();
    }
  }

  dispose(): Promise<void> {
    return this.network.dispose();
  }
}

/** PSNR of everybody on the same noisy images; priors that were not trained for σ are left out. */
export interface DenoisingPoint {
  readonly images: string;
  readonly sigma: number;
  readonly noisy: number;
  readonly nonLocalMeans: TunedNonLocalMeans;
  readonly priors: { readonly [name: string]: number };
}

/** Every denoiser at every σ that one of them knows. */
export async function denoisingPoints(
  each: Clean,
  denoisers: readonly EngineDenoiser[],
  peer: NonLocalMeans,
  sigmas: readonly number[],
  seed: number,
): Promise<DenoisingPoint[]> {
  const points: DenoisingPoint[] = [];
  for (const sigma of sigmas) {
    const knowing = denoisers.filter((d) => d.knows(sigma));
    if (knowing.length === 0) continue;
    const noisy = noised(each, sigma, seed);
    const priors: { [name: string]: number } = {};
    for (const denoiser of knowing) {
      priors[denoiser.prior.name] = quality(each, await denoiser.denoise(noisy, each, sigma));
    }
    const nonLocalMeans = await peer.best(noisy, each, sigma);
    points.push({ images: each.images.title, sigma, noisy: quality(each, noisy), nonLocalMeans, priors });
    console.error(`${each.images.title}, σ ${sigma}: NLM ${JSON.stringify(nonLocalMeans)}, ${JSON.stringify(priors)}`);
  }
  return points;
}

/** A line a point; what a prior gains over non-local means in brackets. */
export function denoisingTable(points: readonly DenoisingPoint[], priors: readonly NamedPrior[]): string {
  const signed = (v: number): string => `${v < 0 ? '−' : '+'}${Math.abs(v).toFixed(2)}`;
  const cells = points.map(({ images, sigma, noisy, nonLocalMeans: peer, priors: found }) => [
    images,
    `${sigma}`,
    noisy.toFixed(2),
    peer.psnr.toFixed(2),
    ...priors.map(({ name }) => {
      const psnr = found[name];
      return psnr === undefined ? '' : `${psnr.toFixed(2)} (${signed(psnr - peer.psnr)})`;
    }),
  ]);
  return markdown(['images', 'σ', 'noisy', 'NLM', ...priors.map(({ name }) => name)], cells);
}
