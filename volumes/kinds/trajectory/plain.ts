import { SlicewiseError } from '../../../core/errors.js';
import { checkFinite } from '../../finite.js';
import type { ScanOptions } from '../../scan-options.js';
import { matrixOf } from './assemble.js';
import { cyclesPer, extentOf, scaledTrajectory, unitUnknown } from './units.js';

/**
 * Trajectory and matrix of samples that come without a header. Unless `trajectoryUnit` says otherwise the points are in cycles per field of
 * view (BART, SigPy); without `size` the matrix is the smallest even one that holds them, as BART's `nufft` takes it, and square.
 * @param points (ky, kx) of every sample
 * @throws SlicewiseError GEOMETRY when the points may be in another unit or lie outside the matrix, ARGUMENT when the unit needs a size,
 *   NOT_FINITE
 */
export function plainTrajectory(
  points: Float64Array,
  { trajectoryUnit: unit, size, spacing }: ScanOptions,
  slices: number,
  what: string,
  warnings: string[],
): { trajectory: Float32Array; matrix: [number, number] } {
  checkFinite(points, [points.length / 2, 2], what);
  const { reach, coordinate } = extentOf(points);
  // cycles per pixel reach ½, radians per pixel π: no image has so few pixels
  if (unit === undefined && !(coordinate > 1.001 * Math.PI)) {
    const hint = 'pixel (cycles per pixel, ±½), radian (per pixel, ±π), 1/m, or fov; all but the last with --size';
    throw unitUnknown(what, 'cycles per field of view, up to half the matrix', coordinate, hint);
  }
  const needed = unit === undefined || unit === 'fov' ? [] : unit === '1/m' ? ['size', 'spacing'] : ['size'];
  const missing = needed.filter((name) => (name === 'size' ? size : spacing) === undefined);
  if (missing.length > 0) {
    throw new SlicewiseError('ARGUMENT', {
      message: `a trajectory in the unit ${unit} does not tell the size of the image`,
      expected: missing.map((name) => (name === 'size' ? '--size 256' : '--spacing 1')).join(' and '),
      got: 'none',
    });
  }
  const even = Math.max(2, 2 * Math.ceil(reach - 1e-3));
  const matrix = size ? matrixOf(size, slices) : ([even, even] as [number, number]);
  if (!size) {
    warnings.push(
      `the file has no matrix: ${even} × ${even} taken, as the trajectory reaches ${Number(reach.toPrecision(4))} cycles per field of ` +
        `view (--size says another)`,
    );
  }
  const [x, y] = spacing ?? [1, 1];
  const factors = cyclesPer(unit ?? 'fov', { pixels: matrix, millimetres: [matrix[0] * y, matrix[1] * x] });
  return { trajectory: scaledTrajectory(points, factors, matrix, what), matrix };
}
