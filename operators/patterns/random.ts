import { drawable, drawEvenly, ones } from './draws.js';
import type { MaskPattern } from './pattern.js';

/** Lines drawn uniformly, without replacement, outside the calibration region. */
export const random: MaskPattern = {
  name: 'random',
  summary: 'lines drawn uniformly along ky',
  dimensions: 1,
  draw({ count, calibration, allowed, seed, slice }) {
    const mask = Uint8Array.from(calibration);
    const drawn = drawEvenly(drawable(allowed, calibration), count - ones(calibration), seed, slice);
    for (const line of drawn) mask[line] = 1;
    return mask;
  },
};
