import type { Backend } from '../../../compute/backend.js';
import { componentsOf, sliceSize, type Space } from '../../../core/space.js';
import type { Prior } from '../../../models/prior.js';
import { bdia } from '../../samplers/bdia.js';

/** Where an encoding begins and ends, in the prior's range. */
const [LOW, HIGH] = [0.02, 10];
/** Stream of the noise that it begins with, away from those of solvers (samplers/streams.ts). */
const STREAM = (1 << 21) + 2;

/** Fields of the images' space that an encoding takes. */
export const CODE_FIELDS = 3;

/** Noise levels rising evenly in ln σ. */
export const risingLevels = (steps: number, low: number, high: number): number[] =>
  Array.from({ length: steps + 1 }, (_, i) => low * (high / low) ** (i / steps));

/**
 * How long the codes of images are: each slice, with noise of the least level added, which images of a diffusion path have at that level,
 * is carried up the path of the prior to a level far above its values (samplers/bdia.ts, which loses nothing). Of an image that the prior
 * might make the code is noise: its length is σ √n. Of others it is longer.
 *
 * @returns ‖code‖/(σ √n) of every slice
 */
export async function codeNorms(prior: Prior, image: Float32Array, domain: Space, backend: Backend, steps = 20): Promise<number[]> {
  const [low, high] = [Math.max(LOW, prior.sigmaMin), Math.min(HIGH, prior.sigmaMax)];
  const [before, at, scratch] = Array.from({ length: CODE_FIELDS }, () => backend.field(domain));
  try {
    await backend.write(at, image);
    backend.noise(scratch, { seed: 0, step: 0, stream: STREAM });
    backend.lincomb(at, [1, at], [low, scratch]);
    bdia(prior, { before, at }, scratch, risingLevels(steps, low, high), true);
    const squares = backend.dot(at, at, 'slice');
    const values = await backend.readScalars(squares);
    squares.dispose();
    return [...values].map((value) => Math.sqrt(value / (sliceSize(domain) * componentsOf(domain))) / high);
  } finally {
    for (const field of [before, at, scratch]) field.dispose();
  }
}
