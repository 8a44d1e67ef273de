import type { ArrayData } from '../../../core/array.js';
import { placementOf, spacingOf, withSpacing, type Placement } from '../../../core/placement.js';
import { SlicewiseError } from '../../../core/errors.js';
import { checkMeasurement } from '../../finite.js';
import { kspaceGrid, withoutZeroCoils, type KspaceParts } from '../kspace/assemble.js';
import type { Geometry, Grid, Measurement, MeasurementMeta } from '../../measurement.js';
import { NONCARTESIAN } from './schema.js';
import { spokesOf } from './spokes.js';
import { extentOf } from './units.js';

/** What a reader of samples along a trajectory knows. */
export interface TrajectoryParts {
  /** Complex interleaved [slice, coil, sample]. */
  readonly data: Float32Array;
  readonly shape: readonly [slices: number, coils: number, samples: number];
  /** (ky, kx) of every sample, cycles per field of view, at most half the matrix. */
  readonly trajectory: Float32Array;
  /** [rows, columns] of the image. */
  readonly matrix: readonly [number, number];
  /** Spokes, interleaves, arms that the samples come in. */
  readonly readouts: number;
  /** Default: radial where the readouts are straight lines through the centre, else custom. */
  readonly path?: 'radial' | 'spiral' | 'custom';
  readonly place?: KspaceParts['place'];
  /** A noise scan, complex [coil, sample]. */
  readonly arrays?: { readonly [name: string]: ArrayData };
  readonly zeroCoils?: 'drop';
  readonly meta: MeasurementMeta;
}

/**
 * A `fourier.noncartesian` measurement; every reader of trajectories ends with it.
 * @throws SlicewiseError ARGUMENT for coils without any signal, NOT_FINITE, SHAPE
 */
export function trajectoryMeasurement(parts: TrajectoryParts): Measurement {
  const warnings = [...(parts.meta.warnings ?? [])];
  const { trajectory, matrix, readouts } = parts;
  const [slices, coils, samples] = parts.shape;
  const live = withoutZeroCoils({ ...parts, shape: [slices, coils, 1, samples] }, warnings);
  const straight = spokesOf(trajectory);
  const radial = straight && (readouts === 1 || straight.spokes === readouts);
  const path = parts.path ?? (radial ? 'radial' : 'custom');
  const count = path === 'radial' && readouts === 1 ? straight?.spokes : readouts;
  const share = extentOf(trajectory).reach / (Math.max(...matrix) / 2);
  if (share < 0.5) {
    warnings.push(
      `the trajectory fills only the inner ${(100 * share).toFixed(0)} % of the k-space of ${matrix.join(' × ')} pixels: is its unit ` +
        `right (--trajectory-unit)?`,
    );
  }
  return checkMeasurement({
    kind: NONCARTESIAN,
    data: live.data,
    shape: [slices, live.shape[1], samples],
    dtype: 'complex64',
    geometry: { trajectory: path, ...(count ? { readouts: count } : {}) } satisfies Geometry,
    noise: { type: 'unknown' },
    grid: kspaceGrid([slices, ...matrix], parts.place, warnings),
    arrays: { trajectory: { data: trajectory, shape: [samples, 2], dtype: 'float32' }, ...live.arrays },
    meta: { ...parts.meta, warnings },
  });
}

/**
 * The matrix that a caller asks for, [rows, columns].
 * @param size columns, or columns and rows, or these and slices (x, y, z)
 * @throws SlicewiseError ARGUMENT for other numbers, or another number of slices than were measured
 */
export function matrixOf(size: readonly number[], slices: number): [number, number] {
  const [x, y = x, z = slices] = size;
  const whole = [x, y, z].every((n) => Number.isInteger(n) && n > 0);
  if (whole && size.length <= 3 && z === slices) return [y, x];
  throw new SlicewiseError('ARGUMENT', {
    message: 'size of the image',
    expected: `columns, or columns and rows: 256 or 256x240${whole ? `; the slices are the ${slices} measured` : ''}`,
    got: size.join('x'),
  });
}

/**
 * The grid with another matrix over the same field of view. Voxel ⌊N/2⌋, the centre of the transform, keeps its place.
 * @param matrix [rows, columns]
 */
export function withMatrix(grid: Grid, [rows, columns]: readonly [number, number]): Grid {
  const [slices, rowsBefore, columnsBefore] = grid.shape;
  const spacing = spacingOf(grid, 'mm');
  const { origin: before, direction } = placementOf(grid);
  const finer = [(spacing[0] * columnsBefore) / columns, (spacing[1] * rowsBefore) / rows, spacing[2]] as const;
  const half = (n: number): number => Math.floor(n / 2);
  const shift = [half(columnsBefore) * spacing[0] - half(columns) * finer[0], half(rowsBefore) * spacing[1] - half(rows) * finer[1]];
  const origin = before.map((o, r) => o + direction[3 * r] * shift[0] + direction[3 * r + 1] * shift[1]);
  return {
    ...grid,
    shape: [slices, rows, columns],
    axes: withSpacing(grid.axes, finer, 'mm'),
    placement: { origin: origin as unknown as Placement['origin'], direction },
  };
}
