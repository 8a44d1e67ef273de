import { SlicewiseError } from '../../../core/errors.js';
import type { ArrayData } from '../../../core/array.js';

/** Samples along a trajectory. */
export interface Sampled {
  /** Complex interleaved [slice, coil, sample]. */
  readonly data: Float32Array;
  readonly shape: readonly number[];
  /** (ky, kx) of every sample, cycles per field of view. */
  readonly trajectory: ArrayLike<number>;
  /** Area each sample stands for. */
  readonly density: Float32Array;
}

/** Half the width of the sinc's window, cells. */
const REACH = 6;

/**
 * The middle of Cartesian k-space from samples along a trajectory, by sinc interpolation: where samples are dense, the band-limited k-space
 * of an object inside the field of view is K[m] = Σ_s w_s y_s sinc(m − k_s) (the image's own box transformed), here under a Hann window of
 * ±6 cells.
 *
 * @param shape [rows, columns] of the image
 * @param side of the square about the centre that is made; elsewhere zeros
 * @returns k-space complex interleaved [slice, coil, ky, kx], centred at ⌊n/2⌋, and its mask [1, ky, kx]; `noise`, the root mean square
 *   over the square of (Σ_s w_s² sinc²(m − k_s))^½: what white noise of the samples becomes
 * @throws SlicewiseError SHAPE
 */
export function griddedKspace(
  { data, shape: [slices, coils, samples], trajectory, density }: Sampled,
  [rows, columns]: readonly [number, number],
  side: number,
): { data: Float32Array; mask: ArrayData; noise: number } {
  if (trajectory.length !== 2 * samples || density.length !== samples) {
    throw new SlicewiseError('SHAPE', {
      message: 'trajectory and density',
      expected: `${samples} samples`,
      got: `${trajectory.length / 2} and ${density.length}`,
    });
  }
  const [height, width] = [Math.min(side, rows), Math.min(side, columns)];
  const [cy, cx] = [Math.floor(rows / 2), Math.floor(columns / 2)];
  const [top, left] = [cy - Math.floor(height / 2), cx - Math.floor(width / 2)];
  const out = new Float32Array(2 * slices * coils * rows * columns);
  const mask = new Float32Array(rows * columns);
  for (let y = top; y < top + height; y++) mask.fill(1, y * columns + left, y * columns + left + width);
  let power = 0;
  for (let s = 0; s < samples; s++) {
    const [ky, kx] = [trajectory[2 * s] + cy, trajectory[2 * s + 1] + cx];
    for (let y = Math.max(top, Math.ceil(ky - REACH)); y < Math.min(top + height, ky + REACH); y++) {
      const wy = density[s] * windowedSinc(y - ky);
      for (let x = Math.max(left, Math.ceil(kx - REACH)); x < Math.min(left + width, kx + REACH); x++) {
        const w = wy * windowedSinc(x - kx);
        power += w * w;
        for (let p = 0; p < slices * coils; p++) {
          const [from, to] = [2 * (p * samples + s), 2 * ((p * rows + y) * columns + x)];
          out[to] += w * data[from];
          out[to + 1] += w * data[from + 1];
        }
      }
    }
  }
  return {
    data: out,
    mask: { data: mask, shape: [1, rows, columns], dtype: 'float32' },
    noise: Math.sqrt(power / (height * width)),
  };
}

function windowedSinc(t: number): number {
  if (Math.abs(t) >= REACH) return 0;
  const hann = Math.cos((Math.PI * t) / (2 * REACH)) ** 2;
  return Math.abs(t) < 1e-9 ? 1 : (hann * Math.sin(Math.PI * t)) / (Math.PI * t);
}
