import { philox, type PhiloxKey } from '../../../../core/philox.js';
import { STREAM } from './streams.js';

/** Normals and the words they are made of: see core/philox. */
const words = new Uint32Array(4);

/**
 * Adds white complex noise to the sampled points of one coil and slice. Point p takes its real and imaginary part from normals 2p and
 * 2p + 1 of `normals(…, slice, coil, stream)`, drawn for sampled points only: what a point gets depends on no other point and not on the
 * mask.
 *
 * @param samples interleaved re, im
 * @param mask as many points; 0 leaves a point alone
 * @param std of the real and of the imaginary part each
 * @returns Σ|n|² of what was added
 */
export function addComplexNoise(
  samples: Float32Array,
  mask: ArrayLike<number>,
  std: number,
  key: PhiloxKey,
  slice: number,
  coil: number,
): number {
  let block = -1;
  let power = 0;
  for (let point = 0; point < mask.length; point++) {
    if (mask[point] === 0) continue;
    if (point >> 1 !== block) {
      block = point >> 1;
      philox(words, block, slice, coil, STREAM.noise, key);
    }
    const half = 2 * (point & 1);
    const radius = std * Math.sqrt(-2 * Math.log(((words[half] >>> 8) + 1) * 2 ** -24));
    const angle = 2 * Math.PI * (words[half + 1] >>> 8) * 2 ** -24;
    samples[2 * point] += radius * Math.cos(angle);
    samples[2 * point + 1] += radius * Math.sin(angle);
    power += radius * radius;
  }
  return power;
}
