import { elements } from '../core/array.js';
import { isSlicewiseError, SlicewiseError } from '../core/errors.js';
import { anglesInDegrees } from './kinds/radon/angles.js';
import { readArray, type ArrayFormat } from './array-formats.js';
import type { MeasurementFormat, NamedBytes } from './format.js';
import { framesOf } from './frames.js';
import { scanFromArray } from './kinds/from-array.js';
import { axesUnknown } from './kinds/kspace/axes.js';
import { imagesOfAxes } from './kinds/kspace/extra-axes.js';
import { asksForKspace, holdsKspace, kspaceFromArray, onlyComplex } from './kinds/kspace/from-array.js';
import type { Measurement } from './measurement.js';
import { measurementFromArray } from './kinds/radon/from-array.js';
import { isRadon } from './kinds/radon/schema.js';
import { kindOf } from './kinds/registry.js';
import { squeeze, type ArrayInfo } from './raw-array.js';
import type { ScanOptions } from './scan-options.js';
import { asksForTrajectory, imagesOfSamples, samplesFromArray } from './kinds/trajectory/from-array.js';
import { trajectoryEntry } from './kinds/trajectory/file.js';

/** A measurement format that reads plain arrays; the geometry comes from the options (`ScanOptions`). */
export const arrayMeasurement = (format: ArrayFormat): MeasurementFormat => ({
  name: format.name,
  extensions: format.extensions,
  maxFiles: format.maxFiles,
  sniff: ({ bytes }) => format.sniff(bytes),
  read: (files, options) => readArrayMeasurement(format, files, options),
  images: (files, options) => imagesOfArray(format, files, options),
});

/**
 * @throws SlicewiseError ARGUMENT (which array, which axes), GEOMETRY (angles, lengths), NOT_FINITE, FORMAT
 */
export async function readArrayMeasurement(format: ArrayFormat, files: readonly NamedBytes[], options: ScanOptions): Promise<Measurement> {
  const own = options.kind === undefined ? undefined : kindOf(options.kind);
  if (own && !isRadon(own.name) && !asksForKspace(options) && !asksForTrajectory(options)) {
    return scanFromArray(own, format, files, options);
  }
  if (asksForTrajectory(options)) return samplesFromArray(format, files, options);
  const kspace = asksForKspace(options);
  const open = options.dataset === undefined && options.kind === undefined && options.angles === undefined;
  const list = kspace || open ? await format.list(files) : [];
  if (open && options.axes === undefined && liesAlongTrajectory(list)) return samplesFromArray(format, files, options);
  const named = options.dataset ?? onlyComplex(list)?.path;
  const array = await readArray(format, files, named);
  if (array.complex || kspace) return kspaceFromArray(format, files, array, options);
  const source = array.path ? `${files[0].name}:${array.path}` : files[0].name;
  const warnings: string[] = [...(array.warnings ?? [])];
  const scan: ScanOptions = await anglesFromFile(format, files, options, (message) => warnings.push(message));
  const frames = {
    flat: await framesOf(format, files, options.flat, options.raw),
    dark: await framesOf(format, files, options.dark, options.raw),
  };
  const whole = { ...scan, frames, data: array.data, shape: array.shape, source, format: format.name };
  const measurement = await withAnglesNamed(() => measurementFromArray(whole), format, files, array.shape);
  return {
    ...measurement,
    meta: { ...measurement.meta, warnings: [...warnings, ...(measurement.meta.warnings ?? [])] },
  };
}

/**
 * What `select` must say for each of the images that it asks for by `all`.
 * @throws SlicewiseError ARGUMENT for axes that are not named, and for names that none of them has
 */
export async function imagesOfArray(format: ArrayFormat, files: readonly NamedBytes[], options: ScanOptions): Promise<string[]> {
  if (asksForTrajectory(options)) return imagesOfSamples(format, files, options);
  const { path, shape } = await readArray(format, files, options.dataset ?? onlyComplex(await format.list(files))?.path);
  const source = path ? `${files[0].name}:${path}` : files[0].name;
  if (options.axes === undefined) throw axesUnknown(source, shape);
  return imagesOfAxes(shape, options.axes, options.select, source);
}

/** Do these files hold one complex array, and so a scan rather than a volume? Looks at the tables of contents only. */
export const holdsScan = (files: readonly NamedBytes[]): Promise<boolean> => holdsKspace(files);

/** Complex numbers beside a trajectory: what lacks are the names of their axes. */
function liesAlongTrajectory(list: readonly ArrayInfo[]): boolean {
  const trajectory = trajectoryEntry(list);
  return trajectory !== undefined && list.some((a) => a !== trajectory && a.type.startsWith('complex'));
}

/** Says which arrays beside the data could be the angles that lack. */
async function withAnglesNamed(
  work: () => Measurement,
  format: ArrayFormat,
  files: readonly NamedBytes[],
  shape: readonly number[],
): Promise<Measurement> {
  try {
    return work();
  } catch (error) {
    if (
      !isSlicewiseError(error) ||
      error.code !== 'GEOMETRY' ||
      !error.message.startsWith('the angles of the views are not known') ||
      files.length > 1
    )
      throw error;
    const lists = (await format.list(files)).filter((a) => a.numeric && squeeze(a.shape).length === 1 && shape.includes(elements(a.shape)));
    const named = lists.filter(({ path }) => /theta|angle|phi|rotation/i.test(path));
    const found = named.length > 0 ? named : lists;
    if (found.length === 0) throw error;
    throw new SlicewiseError('GEOMETRY', {
      message: 'the angles of the views are not known',
      expected: error.expected,
      got: `none, beside ${found
        .slice(0, 4)
        .map((a) => `${a.path} (${elements(a.shape)} numbers)`)
        .join(', ')}`,
      hint: `are these the angles? Then --angles @${found[0].path}; else --angles start:stop:step in degrees`,
    });
  }
}

/** Replaces angles given as `@path` by that array of the same file, in degrees. */
async function anglesFromFile(
  format: ArrayFormat,
  files: readonly NamedBytes[],
  options: ScanOptions,
  warn: (message: string) => void,
): Promise<ScanOptions> {
  if (typeof options.angles !== 'string' || !options.angles.startsWith('@')) return options;
  const { data, unit } = await readArray(format, files, options.angles.slice(1));
  return { ...options, angles: anglesInDegrees(data, options.angleUnit ?? unit, warn), angleUnit: 'deg' };
}
