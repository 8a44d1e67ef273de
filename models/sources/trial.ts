import type { Backend } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { normals, philoxKey } from '../../core/philox.js';
import { space } from '../../core/space.js';
import type { Card } from '../card/card.js';
import { openNetwork } from '../network/open-network.js';

/** What D did to a noisy test image at one noise level. */
export interface Trial {
  readonly sigma: number;
  /** Root mean square of D(x; σ) − x. About σ for a good denoiser: what it takes away is the noise. */
  readonly change: number;
}

/**
 * Slices of the test image, of which the first and the last are the same. One of these goes through the network alone: on the CPU the
 * first, which has a slab for itself, on the GPU the last, which the batches of two leave over.
 */
const SLICES = 3;

/**
 * Runs a network once at its least, a middle and its greatest noise level, on a disc with noise of a size that its card allows; a guided
 * one is shown the disc without noise in all its planes.
 * @throws SlicewiseError MODEL when it cannot be loaded, is not what its card says, gives numbers that are not finite, or other ones for a
 *   slice in a batch than for the same slice alone
 */
export async function tryModel(card: Card, weights: Uint8Array, backend: Backend): Promise<Trial[]> {
  const prior = await openNetwork(card, weights, backend, { batch: 2 });
  const rows = card.sizeMultiple * Math.ceil(32 / card.sizeMultiple);
  const columns = rows + card.sizeMultiple;
  const shape = [SLICES, rows, columns];
  const domain = space(['slice', 'y', 'x'], shape, card.channels === 2 ? 'complex64' : 'float32');
  const [x, d] = [backend.field(domain), backend.field(domain)];
  const guide = Array.from({ length: card.guide?.planes ?? 0 }, () => backend.field(domain));
  const trials: Trial[] = [];
  try {
    for (const plane of guide) await backend.write(plane, testImage(rows, columns, card.channels, 0));
    for (const sigma of levels(card)) {
      const noisy = testImage(rows, columns, card.channels, sigma);
      await backend.write(x, noisy);
      prior.denoise(x, sigma, d, { guide });
      const denoised = await backend.read(d);
      check(card, sigma, denoised);
      const squares = denoised.reduce((sum, v, i) => sum + (v - noisy[i]) ** 2, 0);
      trials.push({ sigma, change: Math.sqrt(squares / noisy.length) });
    }
    return trials;
  } finally {
    for (const field of [x, d, ...guide]) field.dispose();
    await prior.dispose();
  }
}

/** The least, the greatest and, between them in log σ, a middle level (for networks of whole time steps one of theirs). */
function levels({ sigmaMin, sigmaMax, parametrisation: p }: Card): number[] {
  const middle = Math.sqrt(Math.max(sigmaMin, 1e-3 * sigmaMax) * sigmaMax);
  const own = 'sigmas' in p ? p.sigmas.find((s) => s >= middle) : undefined;
  return [sigmaMin, own !== undefined && own < sigmaMax ? own : middle, sigmaMax];
}

/** A disc of 0.8 on 0.2 plus σ n, [slice, row, column, part]; the first and the last slice are the same. */
function testImage(rows: number, columns: number, channels: number, sigma: number): Float32Array {
  const size = rows * columns * channels;
  const image = new Float32Array(SLICES * size);
  for (let k = 0; k < SLICES; k++) {
    const noise = normals(size, philoxKey(1), k % 2, 0, 0);
    for (let i = 0; i < size; i++) {
      const pixel = Math.floor(i / channels);
      const [r, c] = [Math.floor(pixel / columns) / rows - 0.5, (pixel % columns) / columns - 0.5];
      const value = i % channels === 0 ? (Math.hypot(r, c) < 0.3 ? 0.8 : 0.2) : 0;
      image[k * size + i] = value + sigma * noise[i];
    }
  }
  return image;
}

function check(card: Card, sigma: number, denoised: Float32Array): void {
  if (!denoised.every(Number.isFinite)) {
    throw new SlicewiseError('MODEL', {
      message: `the network of '${card.name}' gives numbers that are not finite at σ = ${sigma}`,
      hint: 'check sigmaMin and sigmaMax of the card, and the weights',
    });
  }
  if (card.block) return; // its slices belong together
  const size = denoised.length / SLICES;
  const [a, b] = [denoised.subarray(0, size), denoised.subarray((SLICES - 1) * size)];
  const largest = a.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  const difference = a.reduce((m, v, i) => Math.max(m, Math.abs(v - b[i])), 0);
  if (difference <= 1e-3 * largest) return; // rounding alone is below 1e-5
  throw new SlicewiseError('MODEL', {
    message:
      `the network of '${card.name}' gives other values for a slice in a batch than for the slice alone, up to ` +
      `${difference.toPrecision(2)} at σ = ${sigma}`,
    hint: 'slices must be independent: export it in evaluation mode, with a dynamic batch',
  });
}
