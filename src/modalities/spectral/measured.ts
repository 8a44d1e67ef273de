import type { Measurement } from '../../../volumes/measurement.js';
import { bandNoise } from './noise/stage.js';

/** Data that are exact: said to be without noise, and of no band is any known. */
export const isExact = (scan: Measurement): boolean => scan.noise.type === 'none' && !bandNoise(scan)?.some((std) => std > 0);

/** A cube [band, line, sample] in which what was measured exactly stands as it was; the same one where data have noise. */
export function keepMeasured(image: Float32Array, scan: Measurement): Float32Array {
  if (!isExact(scan)) return image;
  const mask = scan.arrays!.mask.data;
  return image.map((value, n) => (mask[n] === 1 ? scan.data[n] : value));
}
