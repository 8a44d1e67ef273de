import * as z from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import type { NamedBytes, ReadOptions } from '../../volumes/format.js';
import type { Measurement } from '../../volumes/measurement.js';
import { readVolume } from '../../volumes/open.js';
import type { Volume } from '../../volumes/volume.js';
import { readScan } from '../engine/read-scan.js';
import { scanOptions, type ReadScanOptions } from '../engine/scan-options.js';
import { fileMark } from '../modalities/reading.js';
import type { Terminal } from './command.js';
import { unwrap } from '../engine/schema-text.js';
import { readPath, STREAM } from './streams.js';

/** Flags for files that do not say everything about a volume. */
export const volumeFields = {
  dataset: z.string().optional().describe('array of a container (.npz, HDF5, MATLAB), e.g. exchange/data'),
  raw: z
    .string()
    .optional()
    .describe('numbers without a header: type and sizes, slowest axis first, e.g. uint16:720x512x640; then ,big ,offset=BYTES'),
  series: z.string().optional().describe('DICOM series: number, UID or end of UID'),
  volumeIndex: z.int().nonnegative().optional().describe('volume of a 4-D file or of a DICOM series that holds several, from 0'),
  units: z.enum(['HU', '1/mm', 'arbitrary']).optional().describe('what the numbers mean'),
  resample: z.enum(['linear']).optional().describe('DICOM with missing or uneven slices: interpolate'),
  complex: z
    .enum(['keep', 'magnitude'])
    .optional()
    .describe('NIfTI, BART, NumPy, MATLAB or HDF5 of complex numbers: both parts or magnitude'),
  tilt: z.enum(['shear']).optional().describe('DICOM with gantry tilt: shear back'),
  padding: z
    .enum(['fill', 'keep'])
    .optional()
    .describe('DICOM padding: fill it, or keep its values; default fill, unless the value occurs in the image'),
  affine: z.enum(['sform', 'qform']).optional().describe('NIfTI: which of two places of the voxels; default sform'),
  fill: z.number().optional().describe('what values that are not finite (NaN, infinite) become'),
  bytes: z.string().optional().describe('SEG-Y, SU: header words of the trace axes, e.g. inline=189,crossline=193'),
};

/** Beside them, where no scan's flag has the name. */
export const volumeSpacing = {
  spacing: z
    .array(z.number().positive())
    .min(1)
    .max(3)
    .optional()
    .describe('mm between voxels where the file does not say: 1, 1x1 or 1x1x2.5 (x, y, z)'),
};

export type VolumeFlags = z.output<z.ZodObject<typeof volumeFields>>;

/** @throws SlicewiseError as the readers do */
export async function readVolumeFile(path: string, flags: object = {}): Promise<Volume> {
  return named(path, await readVolume(await readPath(path), volumeOptions(flags)));
}

/** The volume's among the flags of a command. */
export function volumeOptions(flags: object): ReadOptions {
  const { bytes, ...own } = Object.fromEntries(Object.entries(flags).filter(([name]) => name in volumeFields)) as VolumeFlags;
  const { spacing } = flags as { readonly spacing?: readonly number[] };
  const [x, y = x, z = x] = spacing ?? [];
  return {
    ...own,
    ...(bytes === undefined ? {} : { survey: { bytes } }),
    ...(x === undefined ? {} : { spacing: [x, y, z] as const }),
  };
}

/** What a reader had to assume or amend, for the commands that go on with the volume. */
export function tellOfVolume({ meta: { warnings = [] } }: Pick<Volume, 'meta'>, { note }: Pick<Terminal, 'note'>, name = ''): void {
  for (const warning of warnings) note(`warning: ${name ? `${name}: ` : ''}${warning}`);
}

type Fields = { readonly [option: string]: z.ZodType };

/** Flags for scans: what the file does not say, and what to take of it, as the modalities have them. Lengths in mm, angles in degrees. */
export const scanFields = (): Fields => Object.fromEntries(scanOptions().map(({ name, schema }) => [name, asFlag(schema).optional()]));

/** On the command line the files of an option are named by their path. */
export function asFlag(schema: z.ZodType): z.ZodType {
  return fileMark(unwrap(schema).core) ? z.string().describe(unwrap(schema).description) : schema;
}

/** The scan's among the flags of a command, with the files that they name read. */
export async function scanFlags(flags: { readonly [name: string]: unknown }): Promise<ReadScanOptions> {
  const known = Object.fromEntries(scanOptions().map(({ name, schema }) => [name, schema]));
  const given = Object.entries(flags).filter(([name, value]) => name in known && value !== undefined);
  return Object.fromEntries(await Promise.all(given.map(async ([name, value]) => [name, await filesOf(known[name], value)])));
}

/** The value of a flag; of one that is a file its bytes. */
export async function filesOf(schema: z.ZodType, value: unknown): Promise<unknown> {
  const mark = fileMark(unwrap(schema).core);
  if (!mark || typeof value !== 'string' || (mark.dataset && value.startsWith('@'))) return value;
  if (mark.endings && !mark.endings.some((ending) => value.toLowerCase().endsWith(ending))) return value;
  if (value === STREAM) {
    throw new SlicewiseError('ARGUMENT', { message: `'${STREAM}' (standard input) is for what is read first`, hint: 'give a file here' });
  }
  return readPath(value) satisfies Promise<NamedBytes[]>;
}

/** @throws SlicewiseError as `readScan` does */
export async function readScanFile(path: string, flags: { readonly [name: string]: unknown }): Promise<Measurement> {
  return named(path, await readScan(await readPath(path), await scanFlags(flags)));
}

/** Without the entries that are undefined. */
export function defined<T extends object>(record: T): Partial<T> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** What was read, under the path it was read from. */
export const named = <T extends { meta: object }>(path: string, thing: T): T => ({
  ...thing,
  meta: { ...thing.meta, source: path },
});
