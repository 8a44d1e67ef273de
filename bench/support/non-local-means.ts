import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packNpy, parseNpy } from '../../volumes/formats/npy/array.js';
import { quality, type Clean } from './clean-images.js';
import { PythonPeer } from './python.js';
import { best, sweep } from './sweep.js';

/** Sides of the patches tried, and h/σ to begin with for the first; the sweeps go on where an end is best. */
const PATCHES = [5, 7, 9];
const STRENGTHS = [0.4, 0.6, 0.85];
const DISTANCE = 6;

/** The best that was found, with its settings. */
export interface TunedNonLocalMeans {
  readonly psnr: number;
  readonly h: number;
  readonly patch: number;
}

/**
 * scikit-image's non-local means in a Python of its own (bench/peers/nlm.py): within 13×13 pixels (distance 6), its fast mode, told the
 * true σ; patches of 5×5 to 9×9 and h chosen by PSNR against the clean images, which a user could not do. Arrays go through .npy files.
 */
export class NonLocalMeans {
  private constructor(
    private readonly folder: string,
    private readonly peer: PythonPeer,
    private readonly threads: number,
  ) {}

  /** @param threads slices that are denoised at once */
  static async start(python: string, threads: number): Promise<NonLocalMeans> {
    const root = new URL(import.meta.url.includes('/dist/') ? '../../../' : '../../', import.meta.url);
    const script = fileURLToPath(new URL('bench/peers/nlm.py', root));
    return new NonLocalMeans(await mkdtemp(join(tmpdir(), 'slicewise-nlm-')), new PythonPeer(python, script, 1), threads);
  }

  async best(noisy: Float32Array, of: Clean, sigma: number): Promise<TunedNonLocalMeans> {
    const [input, out] = [join(this.folder, 'noisy.npy'), join(this.folder, 'out.npy')];
    await writeFile(input, packNpy(noisy, [...of.images.shape, ...(of.complex ? [2] : [])]));
    const found: TunedNonLocalMeans[] = [];
    let strengths = STRENGTHS;
    for (const patch of PATCHES) {
      const run = async (strength: number): Promise<{ psnr: number }> => {
        const { threads } = this;
        await this.peer.ask({ input, out, sigma, h: strength * sigma, patch, distance: DISTANCE, threads });
        return { psnr: quality(of, parseNpy(await readFile(out), 'out.npy').float32()) };
      };
      const { value, result } = best(await sweep(strengths, run, { ratio: 1.3, most: 12 }));
      found.push({ psnr: result.psnr, h: value * sigma, patch });
      strengths = [value / 1.3, value]; // larger patches want about the same
    }
    return found.reduce((a, b) => (b.psnr > a.psnr ? b : a));
  }

  async close(): Promise<void> {
    this.peer.close();
    await rm(this.folder, { recursive: true });
  }
}
