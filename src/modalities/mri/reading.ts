import * as z from 'zod';
import { spacingOf } from '../../../core/placement.js';
import { isSlicewiseError, SlicewiseError } from '../../../core/errors.js';
import { withoutUndefined } from '../../../core/options.js';
import type { NamedBytes } from '../../../volumes/format.js';
import { asksForKspace } from '../../../volumes/kinds/kspace/from-array.js';
import { withCalibration } from '../../../volumes/kinds/kspace/calibration.js';
import { readMaps, withMaps } from '../../../volumes/kinds/kspace/maps.js';
import { readMaskFile } from '../../../volumes/kinds/kspace/mask-file.js';
import { withMask } from '../../../volumes/kinds/kspace/mask.js';
import { CARTESIAN } from '../../../volumes/kinds/kspace/schema.js';
import { TRAJECTORY_ORDERS, type TrajectoryOrder } from '../../../volumes/kinds/trajectory/array.js';
import { matrixOf, withMatrix } from '../../../volumes/kinds/trajectory/assemble.js';
import { asksForTrajectory } from '../../../volumes/kinds/trajectory/from-array.js';
import { NONCARTESIAN } from '../../../volumes/kinds/trajectory/schema.js';
import { TRAJECTORY_UNITS, type TrajectoryUnit } from '../../../volumes/kinds/trajectory/units.js';
import type { Grid, Measurement } from '../../../volumes/measurement.js';
import { readMeasurement } from '../../../volumes/open.js';
import type { ScanOptions } from '../../../volumes/scan-options.js';
import { dcFirst, parseKAxes } from './dc-first.js';
import { imagesOfSelect } from './images.js';
import { fileOption, filesOf, type Reading, type ReadingOptions } from '../reading.js';

const options: { readonly [name in keyof MriScanOptions]-?: z.ZodType } = {
  trajectory: fileOption('k-space along a trajectory: its file (BART, .npy, .npz, HDF5, MATLAB), or @dataset of the same file', {
    dataset: true,
  }),
  trajectoryUnit: z
    .enum(TRAJECTORY_UNITS)
    .describe('cycles per field of view (fov, ±N/2), per pixel (±½) or per metre (1/m), or radians per pixel (±π)'),
  trajectoryOrder: z.enum(TRAJECTORY_ORDERS).describe('coordinates of a real trajectory; kx runs along image columns'),
  select: z.string().describe('MR raw data: which image, e.g. contrast=0,repetition=2; recon takes each with contrast=all'),
  missingLines: z.enum(['mask']).describe('MR raw data that lack lines: take them as not measured'),
  zeroCoils: z.enum(['drop']).describe('coils without signal: leave them out'),
  fftshift: z.string().describe('axes along which k-space is stored with DC first, as an unshifted transform leaves it: ky,kx, ky or kx'),
  maskFile: fileOption('mask of k-space samples to use, [ky, kx], one slice or each, 0 and 1'),
  maps: fileOption('coil maps [slice, coil, y, x]: BART, .npy, .npz, HDF5, MATLAB'),
  mapsDataset: z.string().describe('array of --maps, where its file holds several'),
  calibration: fileOption('k-space of a calibration scan of its own, from which coil maps are made: as the scan, axes too'),
  calibrationDataset: z.string().describe('array of --calibration, where its file holds several'),
};

/** What may be said of an MR scan's file. */
export interface MriScanOptions {
  readonly trajectory?: `@${string}` | readonly NamedBytes[];
  readonly trajectoryUnit?: TrajectoryUnit;
  readonly trajectoryOrder?: TrajectoryOrder;
  readonly select?: string;
  readonly missingLines?: 'mask';
  readonly zeroCoils?: 'drop';
  readonly fftshift?: string;
  readonly maskFile?: readonly NamedBytes[];
  readonly maps?: readonly NamedBytes[];
  readonly mapsDataset?: string;
  readonly calibration?: readonly NamedBytes[];
  readonly calibrationDataset?: string;
}

/** k-space: the axes of arrays, trajectories, masks and coil maps in files of their own. */
export const mriReading: Reading = {
  options,
  only: {
    trajectory: [NONCARTESIAN],
    maskFile: [CARTESIAN],
    calibration: [CARTESIAN],
    calibrationDataset: [CARTESIAN],
    fftshift: [CARTESIAN],
  },

  readers(given) {
    const { trajectory, trajectoryUnit, trajectoryOrder, select, missingLines, zeroCoils } = given as MriScanOptions;
    return {
      trajectory,
      trajectoryUnit,
      trajectoryOrder,
      select,
      missingLines,
      zeroCoils,
      size: given.size as number[] | undefined,
      spacing: spacingOfArrays(given),
    };
  },

  images: imagesOfSelect,

  async attach(measured, given) {
    const { fftshift, select } = given as MriScanOptions;
    const scan = select === undefined ? measured : { ...measured, meta: { ...measured.meta, image: select } };
    const centred = fftshift === undefined ? scan : dcFirst(scan, parseKAxes(fftshift));
    const files = filesOf(given, 'maskFile');
    const masked = files ? withMask(centred, await readMaskFile(files), files.map(({ name }) => name).join(', ')) : centred;
    return withCalibrationFile(masked, given);
  },

  place(scan, given) {
    const [size, spacing] = [given.size, given.spacing] as (readonly number[] | undefined)[];
    const placed = scan.kind === NONCARTESIAN && size ? { ...scan, grid: anotherMatrix(scan, size) } : scan;
    requireOwnGrid(placed.grid, { size: scan.kind === NONCARTESIAN ? undefined : size, spacing });
    return placed;
  },

  async complete(scan, given) {
    const files = filesOf(given, 'maps');
    if (!files) {
      if (given.mapsDataset === undefined) return scan;
      throw new SlicewiseError('ARGUMENT', { message: '--maps-dataset names an array of --maps', expected: 'both', got: 'no --maps' });
    }
    const warnings: string[] = [...(scan.meta.warnings ?? [])];
    const maps = await readMaps(files, scan, { dataset: given.mapsDataset as string | undefined }, (text) => void warnings.push(text));
    return withMaps({ ...scan, meta: { ...scan.meta, warnings } }, maps);
  },
};

/** Lines that a calibration scan lacks are those that it was not asked for. */
async function withCalibrationFile(scan: Measurement, given: ReadingOptions): Promise<Measurement> {
  const [files, dataset] = [filesOf(given, 'calibration'), given.calibrationDataset as string | undefined];
  if (!files) {
    if (dataset === undefined) return scan;
    throw new SlicewiseError('ARGUMENT', {
      message: '--calibration-dataset names an array of --calibration',
      expected: 'both',
      got: 'no --calibration',
    });
  }
  const { axes, select, zeroCoils } = given as MriScanOptions & { readonly axes?: string };
  const options: ScanOptions = { axes, dataset, select, zeroCoils, missingLines: 'mask', spacing: spacingOfArrays(given) };
  const own = await readMeasurement(files, withoutUndefined(options)).catch((error: unknown) => {
    const hint = 'name the array with --calibration-dataset';
    if (!isSlicewiseError(error) || error.code !== 'ARGUMENT' || !error.message.includes('several arrays')) throw error;
    throw new SlicewiseError('ARGUMENT', { message: `the calibration scan: ${error.message.split(';')[0]}`, hint, cause: error });
  });
  return withCalibration(scan, own, files.map(({ name }) => name).join(', '));
}

/** The voxel size of an array of k-space, which has none of its own; slices lie 1 mm apart unless said otherwise. */
function spacingOfArrays({ axes, spacing, trajectory }: ReadingOptions): [number, number, number] | undefined {
  const asked = { axes, trajectory } as ScanOptions;
  if (!Array.isArray(spacing) || !(asksForKspace(asked) || asksForTrajectory(asked))) return undefined;
  const [x, y = x, z = 1] = spacing as number[];
  return [x, y, z];
}

/**
 * The matrix of an MR image is that of its k-space, and its voxels are where the file (or --spacing, for a file that does not say) put
 * them.
 */
function requireOwnGrid(grid: Grid, given: { readonly size?: readonly number[]; readonly spacing?: readonly number[] }): void {
  const { shape } = grid;
  const spacing = spacingOf(grid, 'mm');
  const fits = (given.spacing ?? []).every((mm, axis) => Math.abs(mm / spacing[axis] - 1) < 1e-6);
  if (!given.size && fits) return;
  throw new SlicewiseError('ARGUMENT', {
    message: given.size ? 'an MR image has the matrix of its k-space' : 'the file says its voxel size itself',
    expected: given.size ? [...shape].reverse().join('x') : spacing.join('x'),
    got: (given.size ?? given.spacing ?? []).join('x'),
    hint: `leave --${given.size ? 'size' : 'spacing'} out; resample the result instead`,
  });
}

/** Samples along a trajectory are of any matrix that holds them; maps are of one. */
function anotherMatrix({ grid, arrays }: Measurement, size: readonly number[]): Grid {
  const matrix = matrixOf(size, grid.shape[0]);
  if (matrix[0] === grid.shape[1] && matrix[1] === grid.shape[2]) return grid;
  if (!arrays?.maps) return withMatrix(grid, matrix);
  throw new SlicewiseError('ARGUMENT', {
    message: 'the coil maps of the scan are of another size',
    expected: `${grid.shape[2]}x${grid.shape[1]}`,
    got: size.join('x'),
    hint: 'leave --size out',
  });
}
