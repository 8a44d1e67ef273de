import { z } from 'zod';
import { readInput } from '../../core/platform/files.js';
import { SlicewiseError } from '../../core/errors.js';
import { parseGeometryFile } from '../../volumes/kinds/radon/geometry-file.js';
import { asksForKspace } from '../../volumes/kinds/kspace/from-array.js';
import { TRAJECTORY_ORDERS } from '../../volumes/kinds/trajectory/array.js';
import { asksForTrajectory } from '../../volumes/kinds/trajectory/from-array.js';
import { TRAJECTORY_UNITS } from '../../volumes/kinds/trajectory/units.js';
import { readMaps, withMaps } from '../../volumes/kinds/kspace/maps.js';
import { readMaskFile } from '../../volumes/kinds/kspace/mask-file.js';
import { withMask } from '../../volumes/kinds/kspace/mask.js';
import type { Measurement } from '../../volumes/measurement.js';
import { readMeasurement, readVolume } from '../../volumes/open.js';
import type { ScanOptions } from '../../volumes/scan-options.js';
import type { Volume } from '../../volumes/volume.js';
import { phantoms, type Phantom } from '../phantoms/index.js';
import { prepareScan } from '../engine/prepare.js';

/** Flags for files that do not say everything about a volume. */
export const volumeFields = {
  dataset: z.string().optional().describe('array of a container (.npz, HDF5, MATLAB), e.g. exchange/data'),
  series: z.string().optional().describe('DICOM series: number, UID or end of UID'),
  volumeIndex: z.int().nonnegative().optional().describe('volume of a 4-D file, from 0'),
  units: z.enum(['HU', '1/mm', 'arbitrary']).optional().describe('what the numbers mean'),
  resample: z.enum(['linear']).optional().describe('DICOM with missing or uneven slices: interpolate'),
  complex: z
    .enum(['keep', 'magnitude'])
    .optional()
    .describe('NIfTI or BART of complex numbers: both parts or magnitude'),
  tilt: z.enum(['shear']).optional().describe('DICOM with gantry tilt: shear back'),
};

export type VolumeFlags = z.output<z.ZodObject<typeof volumeFields>>;

/** @throws SlicewiseError as the readers do */
export async function readVolumeFile(path: string, flags: VolumeFlags = {}): Promise<Volume> {
  return named(path, await readVolume(await readInput(path), { ...flags }));
}

/** A volume file or `phantom:NAME`. */
export async function readSource(path: string, flags: VolumeFlags): Promise<Volume | Phantom> {
  return path.startsWith('phantom:') ? phantoms.get(path.slice('phantom:'.length)).make() : readVolumeFile(path, flags);
}

/** Flags for scans: what the file does not say, and what to take of it. Lengths in mm, angles in degrees. */
export const scanFields = {
  geometry: z.enum(['parallel', 'fan', 'cone']).optional().describe('beam, where the file does not say'),
  geometryFile: z.string().optional().describe('JSON file with the geometry (docs/formats.md); flags come first'),
  angles: z.string().optional().describe('angles: start:stop:step, a list, or @dataset of the same file'),
  angleUnit: z.enum(['deg', 'rad']).optional().describe('unit of the angles'),
  clockwise: z.boolean().optional().describe('the views go clockwise round the object, seen from the head'),
  sod: z.number().positive().optional().describe('source to rotation axis'),
  sdd: z.number().positive().optional().describe('source to detector'),
  pitch: z.number().positive().optional().describe('between detector bins, on the detector'),
  rowPitch: z.number().positive().optional().describe('between detector rows (cone)'),
  slicePitch: z.number().positive().optional().describe('between slices (parallel, fan)'),
  offset: z.number().optional().describe('from the projected rotation axis to the detector centre'),
  center: z.string().optional().describe('detector column of the rotation axis, from 0, or auto'),
  dataset: z.string().optional().describe('array of a container, e.g. CtDataLimited.sinogram'),
  axes: z.string().optional().describe('order of a plain array, e.g. detector,view or coil,ky,kx or coil,spoke,sample'),
  trajectory: z
    .string()
    .optional()
    .describe('k-space along a trajectory: its file (BART, .npy, .npz, HDF5, MATLAB), or @dataset of the same file'),
  trajectoryUnit: z
    .enum(TRAJECTORY_UNITS)
    .optional()
    .describe('cycles per field of view (fov, ±N/2), per pixel (±½) or per metre (1/m), or radians per pixel (±π)'),
  trajectoryOrder: z
    .enum(TRAJECTORY_ORDERS)
    .optional()
    .describe('coordinates of a real trajectory; kx runs along image columns'),
  counts: z.number().positive().optional().describe('the values are counts; this many without the object'),
  linearise: z.enum(['auto', 'none']).optional().describe('DXchange: none leaves out flat correction and −log'),
  select: z.string().optional().describe('MR raw data: which image, e.g. contrast=0,repetition=2'),
  missingLines: z.enum(['mask']).optional().describe('MR raw data that lack lines: take them as not measured'),
  zeroCoils: z.enum(['drop']).optional().describe('coils without signal: leave them out'),
  maskFile: z.string().optional().describe('mask of k-space samples to use, [ky, kx], one slice or each, 0 and 1'),
  maps: z.string().optional().describe('coil maps [slice, coil, y, x]: BART, .npy, .npz, HDF5, MATLAB'),
  views: z.string().optional().describe('views to use: start:stop:step (stop excluded) or a list, e.g. 0::2'),
  size: z
    .array(z.number())
    .optional()
    .describe('image size, 256, 256x256 or 256x256x64 (x, y, z); MR: only of scans along trajectories'),
  spacing: z
    .array(z.number())
    .optional()
    .describe('mm between voxels: 1, 1x1 or 1x1x2.5 (x, y, z); k-space: of arrays, which do not say'),
  noiseStd: z
    .string()
    .optional()
    .describe(
      'noise of the line integrals, or of each part of k-space: std in the data’s units, or share of the data (0.6%)',
    ),
};

export type ScanFlags = z.output<z.ZodObject<typeof scanFields>>;

/** @throws SlicewiseError as the readers do */
export async function readScanFile(path: string, flags: ScanFlags): Promise<Measurement> {
  const files = await readInput(path);
  const file = flags.geometryFile === undefined ? {} : parseGeometryFile(...(await textOf(flags.geometryFile)));
  const trajectory = await trajectoryOf(flags);
  const scan = await readMeasurement(files, { ...merge(file, flags), ...defined({ trajectory }) });
  requireTrajectory(scan, flags);
  const { views, size, spacing, noiseStd } = flags;
  const center = flags.center === 'auto' ? 'auto' : undefined;
  const prepared = prepareScan(await withMaskFile(scan, flags), { center, views, size, spacing, noiseStd });
  return named(path, await withMapsFile(prepared, flags));
}

/** `@dataset`, or the files of a trajectory. */
async function trajectoryOf({ trajectory }: ScanFlags): Promise<ScanOptions['trajectory']> {
  return trajectory === undefined || trajectory.startsWith('@') ? trajectory : readInput(trajectory);
}

/** A trajectory that nothing was done with would go unnoticed. */
function requireTrajectory({ kind }: Measurement, { trajectory }: ScanFlags): void {
  if (trajectory === undefined || kind === 'fourier.noncartesian') return;
  throw new SlicewiseError('ARGUMENT', {
    message: '--trajectory is for k-space along one',
    expected: 'samples along a trajectory',
    got: kind,
  });
}

/** The mask that the user has in a file of its own. */
async function withMaskFile(scan: Measurement, { maskFile }: ScanFlags): Promise<Measurement> {
  if (maskFile === undefined) return scan;
  if (scan.kind === 'fourier.cartesian') return withMask(scan, await readMaskFile(await readInput(maskFile)), maskFile);
  throw new SlicewiseError('ARGUMENT', {
    message: '--mask-file is for k-space on a grid',
    expected: 'a scan of kind fourier.cartesian',
    got: scan.kind,
  });
}

/** Coil maps that the user has in a file of their own. */
async function withMapsFile(scan: Measurement, { maps }: ScanFlags): Promise<Measurement> {
  if (maps === undefined) return scan;
  if (!scan.kind.startsWith('fourier.')) {
    throw new SlicewiseError('ARGUMENT', { message: '--maps is for k-space', expected: 'an MR scan', got: scan.kind });
  }
  const warnings: string[] = [...(scan.meta.warnings ?? [])];
  const arrays = await readMaps(await readInput(maps), scan, {}, (text) => void warnings.push(text));
  return withMaps({ ...scan, meta: { ...scan.meta, warnings } }, arrays);
}

async function textOf(path: string): Promise<[string, string]> {
  const [{ bytes, name }] = await readInput(path);
  return [new TextDecoder().decode(bytes), name];
}

/** Flags over the geometry file. */
function merge(file: ScanOptions, flags: ScanFlags): ScanOptions {
  const kind = flags.geometry ? `radon.${flags.geometry}` : file.kind;
  const cone = kind === 'radon.cone';
  const { center } = flags;
  if (center !== undefined && center !== 'auto' && !Number.isFinite(Number(center))) {
    throw new SlicewiseError('ARGUMENT', {
      message: '--center',
      expected: 'a detector column or auto',
      got: `'${center}'`,
    });
  }
  if (center !== undefined && flags.offset !== undefined) {
    throw new SlicewiseError('ARGUMENT', {
      message: '--center and --offset say the same thing',
      expected: 'one of them',
      got: 'both',
    });
  }
  const given = {
    [cone ? 'columnPitch' : 'detectorPitch']: flags.pitch,
    [cone ? 'columnOffset' : 'detectorOffset']: flags.offset,
    rowPitch: flags.rowPitch,
    slicePitch: flags.slicePitch,
    sourceToAxis: flags.sod,
    sourceToDetector: flags.sdd,
  };
  const geometry = { ...file.geometry, ...defined(given) };
  return {
    ...file,
    ...(flags.offset === undefined ? {} : { center: undefined }), // the file's center would win over the flag
    ...defined({
      kind,
      spacing: kspaceSpacing(flags),
      axes: flags.axes,
      trajectoryUnit: flags.trajectoryUnit,
      trajectoryOrder: flags.trajectoryOrder,
      size: flags.size,
      angles: flags.angles,
      angleUnit: flags.angleUnit,
      clockwise: flags.clockwise,
      dataset: flags.dataset,
      linearise: flags.linearise,
      select: flags.select,
      missingLines: flags.missingLines,
      zeroCoils: flags.zeroCoils,
      counts: flags.counts === undefined ? undefined : { flat: flags.counts },
      center: center === undefined || center === 'auto' ? undefined : Number(center),
    }),
    ...(Object.keys(geometry).length > 0 ? { geometry } : {}),
  };
}

/** The voxel size of an array of k-space, which has none of its own; slices lie 1 mm apart unless said otherwise. */
function kspaceSpacing({ axes, spacing, trajectory }: ScanFlags): [number, number, number] | undefined {
  if (!spacing || !(asksForKspace({ axes }) || asksForTrajectory({ axes, trajectory }))) return undefined;
  const [x, y = x, z = 1] = spacing;
  return [x, y, z];
}

/** Without the entries that are undefined. */
export function defined<T extends object>(record: T): Partial<T> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Partial<T>;
}

const named = <T extends { meta: object }>(path: string, thing: T): T => ({
  ...thing,
  meta: { ...thing.meta, source: path },
});
