import { SlicewiseError } from '../../../core/errors.js';

/**
 * Units that files have trajectories in: cycles per field of view (±N/2 of N pixels: BART, SigPy), cycles per pixel (±½: Gadgetron),
 * radians per pixel (±π: torchkbnufft), cycles per metre (Pulseq).
 */
export const TRAJECTORY_UNITS = ['fov', 'pixel', 'radian', '1/m'] as const;
/** What a trajectory counts in. */
export type TrajectoryUnit = (typeof TRAJECTORY_UNITS)[number];

/** Along the rows' and the columns' direction: (y, x). */
export type Pair = readonly [y: number, x: number];

/** Beyond the edge of k-space by no more cells than this is rounding. */
const ROUNDING = 1e-3;

/**
 * Factors that turn a unit into cycles per field of view of the image.
 * @param image `pixels` across its field of view that the unit speaks of; `millimetres` across it; its field of view over the one the unit
 *   speaks of
 */
export function cyclesPer(
  unit: TrajectoryUnit,
  image: { readonly pixels: Pair; readonly millimetres: Pair; readonly fields?: Pair },
): Pair {
  const { pixels, millimetres, fields = [1, 1] } = image;
  switch (unit) {
    case 'fov':
      return fields;
    case 'pixel':
      return pixels;
    case 'radian':
      return [pixels[0] / (2 * Math.PI), pixels[1] / (2 * Math.PI)];
    case '1/m':
      return [millimetres[0] / 1000, millimetres[1] / 1000];
  }
}

/**
 * Points (ky, kx) times factors, within the k-space of a matrix.
 * @returns float32 [sample, 2] in cycles per field of view, at most half the matrix
 * @throws SlicewiseError GEOMETRY for a sample outside
 */
export function scaledTrajectory(points: ArrayLike<number>, factors: Pair, [rows, columns]: Pair, what: string): Float32Array {
  return Float32Array.from({ length: points.length }, (_, i) => {
    const limit = (i % 2 ? columns : rows) / 2;
    const k = points[i] * factors[i % 2];
    if (Math.abs(k) <= limit + ROUNDING) return Math.max(-limit, Math.min(limit, k));
    throw new SlicewiseError('GEOMETRY', {
      message: `sample ${i >> 1} of ${what} lies outside the k-space of ${rows} × ${columns} pixels`,
      expected: `|${i % 2 ? 'kx' : 'ky'}| ≤ ${limit} cycles per field of view`,
      got: `${Number(k.toPrecision(6))}`,
      hint: 'give a larger matrix (--size), or the unit of the trajectory (--trajectory-unit)',
    });
  });
}

/** The largest |k| and the largest coordinate. */
export function extentOf(points: ArrayLike<number>): { reach: number; coordinate: number } {
  let [reach, coordinate] = [0, 0];
  for (let i = 0; i + 1 < points.length; i += 2) {
    reach = Math.max(reach, Math.hypot(points[i], points[i + 1]));
    coordinate = Math.max(coordinate, Math.abs(points[i]), Math.abs(points[i + 1]));
  }
  return { reach, coordinate };
}

/** Asks for the unit where the numbers do not tell it. */
export function unitUnknown(what: string, expected: string, coordinate: number, hint: string): SlicewiseError {
  return new SlicewiseError('GEOMETRY', {
    message: `the unit of ${what} is not known`,
    expected,
    got: `values up to ${Number(coordinate.toPrecision(4))}`,
    hint: `say it with --trajectory-unit: ${hint}`,
  });
}
