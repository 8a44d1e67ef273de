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
import type { ArrayInfo } from './raw-array.js';
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
  const measurement = measurementFromArray({
    ...scan,
    frames,
    data: array.data,
    shape: array.shape,
    source,
    format: format.name,
  });
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
