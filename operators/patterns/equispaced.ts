import { drawable, ones, uniforms } from './draws.js';
import type { MaskPattern } from './pattern.js';

/**
 * Lines at equal steps. Outside the calibration region n lines of L are left to choose: the i-th is number ⌊(i + u) L/n⌋ of them, so that
 * the count is exact for any acceleration; steps are L/n rounded down or up, and all the same where L/n is whole. u in [0, 1) comes
 * from the seed.
 */
export const equispaced: MaskPattern = {
  name: 'equispaced',
  summary: 'lines at equal steps along ky, the first one by the seed',
  dimensions: 1,
  draw({ count, calibration, allowed, seed, slice }) {
    const mask = Uint8Array.from(calibration);
    const lines = drawable(allowed, calibration);
    const wanted = count - ones(calibration);
    const [shift] = uniforms(1, seed, slice);
    for (let i = 0; i < wanted; i++) mask[lines[Math.floor(((i + shift) * lines.length) / wanted)]] = 1;
    return mask;
  },
};
