import { drawable, drawWithoutReplacement, ones } from './draws.js';
import { centreOf, type MaskPattern } from './pattern.js';

/** Standard deviation of the density, as a share of the axis: the edge of k-space is three of them from the centre. */
const WIDTH = 1 / 6;

/** Variable-density lines: drawn without replacement with probabilities in proportion to exp(−½ (k/σ)²), σ = a sixth of the axis. */
export const gaussian: MaskPattern = {
  name: 'gaussian',
  summary: 'lines along ky with a Gaussian density, denser at the centre',
  dimensions: 1,
  draw({ shape: [ny], count, calibration, allowed, seed, slice }) {
    const mask = Uint8Array.from(calibration);
    const logDensity = (line: number): number => -0.5 * ((line - centreOf(ny)) / (WIDTH * ny)) ** 2;
    const wanted = count - ones(calibration);
    for (const line of drawWithoutReplacement(drawable(allowed, calibration), logDensity, wanted, seed, slice)) {
      mask[line] = 1;
    }
    return mask;
  },
};
