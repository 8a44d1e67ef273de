import { SlicewiseError } from '../../core/errors.js';
import { ones, uniforms } from './draws.js';
import { centreOf, type MaskPattern } from './pattern.js';

/** The golden angle of lines through the centre, 180°·(√5 − 1)/2 = 111.25° (Winkelmann et al., IEEE TMI 26 (2007) 68). */
export const GOLDEN_ANGLE = (Math.PI * (Math.sqrt(5) - 1)) / 2;

/**
 * Radial-like Cartesian sampling: the grid points nearest to spokes through DC, each a golden angle after the last, from edge to edge.
 * Spokes are added until the points are as many as asked; the last one is drawn from DC outwards as far as they go.
 */
export const radial: MaskPattern = {
  name: 'radial',
  summary: 'grid points along golden-angle spokes in (ky, kx)',
  dimensions: 2,
  draw({ shape: [ny, nx], count, calibration, allowed, seed, slice }) {
    const mask = Uint8Array.from(calibration);
    let left = count - ones(calibration);
    const longest = Math.max(ny, nx);
    const [first] = uniforms(1, seed, slice);
    // a spoke at least every tenth of a sample at the corners: all that spokes can reach
    const most = 16 * longest;
    for (let spoke = 0; left > 0; spoke++) {
      if (spoke === most) throw tooMany(count, left);
      const angle = first * Math.PI + spoke * GOLDEN_ANGLE;
      const [dy, dx] = [(Math.sin(angle) * ny) / longest, (Math.cos(angle) * nx) / longest];
      for (let step = 0; step <= Math.SQRT2 * longest && left > 0; step++) {
        for (const t of step === 0 ? [0] : [step / 2, -step / 2]) {
          const [y, x] = [centreOf(ny) + Math.round(t * dy), centreOf(nx) + Math.round(t * dx)];
          const at = y * nx + x;
          if (left === 0 || y < 0 || y >= ny || x < 0 || x >= nx || mask[at] || !allowed[at]) continue;
          mask[at] = 1;
          left--;
        }
      }
    }
    return mask;
  },
};

const tooMany = (count: number, left: number): SlicewiseError =>
  new SlicewiseError('ARGUMENT', {
    message: 'spokes cannot reach so many points',
    expected: `at most ${count - left} points`,
    got: `${count}`,
    hint: 'ask for a higher acceleration, or another mask',
  });
