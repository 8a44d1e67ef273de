import type { SamplingMask } from '../../../core/sampling-mask.js';

/** k-space that was measured farther on one side of its centre than on the other. */
export interface PartialFourier {
  readonly axis: 'ky' | 'kx';
  /** Lines along the axis, and those from the first to the last (included) that was measured. */
  readonly count: number;
  readonly first: number;
  readonly last: number;
  /**
   * Half the width of the band that was measured on both sides: lines less than this from the origin ⌊N/2⌋ have their mirror image. Beyond
   * it one side is missing.
   */
  readonly reach: number;
  /** The side that is missing. */
  readonly missing: 'before' | 'after';
}

/** A short side that reaches as far as this share of the long one is no partial Fourier: masks end where chance has it. */
const ASYMMETRIC = 0.9;

/**
 * How far each axis of a mask was measured on either side of the origin; the axis that is the more asymmetric, or undefined where neither
 * is. Lines that are left out between do not count.
 * @param slice of a mask that is not the same for all
 */
export function partialFourier({ data, shape: [slices, ny, nx] }: SamplingMask, slice = 0): PartialFourier | undefined {
  const from = slices === 1 ? 0 : slice * ny * nx;
  const measured = { ky: new Uint8Array(ny), kx: new Uint8Array(nx) };
  for (let y = 0; y < ny; y++) {
    for (let x = 0; x < nx; x++) if (data[from + y * nx + x] !== 0) measured.ky[y] = measured.kx[x] = 1;
  }
  const found = (['ky', 'kx'] as const).flatMap((axis) => {
    const lines = measured[axis];
    const [first, last] = [lines.indexOf(1), lines.lastIndexOf(1)];
    const centre = Math.floor(lines.length / 2);
    // an even number of lines has one more before the origin than after it
    const [before, after] = [centre - first, last - centre + (lines.length % 2 === 0 ? 1 : 0)];
    const [short, long] = [Math.min(before, after), Math.max(before, after)];
    if (first < 0 || short < 1 || short >= ASYMMETRIC * long) return [];
    const missing = before < after ? 'before' : 'after';
    const reach = missing === 'before' ? centre - first + 1 : last - centre + 1;
    return [{ share: short / long, partial: { axis, count: lines.length, first, last, reach, missing } as const }];
  });
  return found.sort((a, b) => a.share - b.share)[0]?.partial;
}
