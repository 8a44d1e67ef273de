import { SlicewiseError } from '../core/errors.js';
import type { Registry } from '../core/registry.js';
import type { MeasurementFormat, NamedBytes, ReadOptions, VolumeFormat, WriteOptions } from './format.js';
import type { ArrayFormat } from './array-formats.js';
import { foreignFile } from './foreign.js';
import { arrayMeasurement } from './array-measurement.js';
import { arrayVolume } from './array-volume.js';
import { parseRawSpec, rawNumbers } from './formats/raw/raw.js';
import { READ_OPTIONS, SCAN_OPTIONS } from './option-names.js';
import type { ScanOptions } from './scan-options.js';
import { asksForAll } from './select.js';
import type { Measurement } from './measurement.js';
import { measurementFormats, volumeFormats } from './registry.js';
import type { Volume } from './volume.js';

/**
 * Reads a volume from the bytes of one file, or of all files of a stack or series. The bytes choose the format; the name only where
 * they do not tell. Files of no known format beside a stack are left out, with a warning.
 *
 * @example
 * const volume = await readVolume([{ name: 'chest.nii.gz', bytes }]);
 * @throws SlicewiseError FORMAT naming the formats there are, ARGUMENT for an option that no reader knows, and what the format's reader
 *   throws
 */
export async function readVolume(files: readonly NamedBytes[], options: ReadOptions = {}): Promise<Volume> {
  const { format, chosen, ignored } =
    options.raw === undefined ? choose(volumeFormats, files.map(plain)) : all(arrayVolume(rawOf(options.raw, files)), files);
  requireKnownOptions(options, READ_OPTIONS, format, 'readVolume');
  const volume = filled(await format.read(chosen, options), options.fill);
  return ignored.length === 0 ? volume : { ...volume, meta: withWarning(volume.meta, ignored) };
}

/** A volume whose values that are not finite were given one. */
function filled(volume: Volume, fill: number | undefined): Volume {
  if (fill === undefined) return volume;
  let count = 0;
  for (let n = 0; n < volume.data.length; n++) {
    if (Number.isFinite(volume.data[n])) continue;
    volume.data[n] = fill;
    count++;
  }
  const warnings = (volume.meta.warnings ?? []).filter((text) => !/ values are NaN or infinite$/.test(text));
  const told = count > 0 ? [`${count} values that were NaN or infinite became ${fill}`] : [];
  return { ...volume, meta: { ...volume.meta, warnings: [...warnings, ...told] } };
}

/**
 * Reads a measurement (a scan) the same way.
 * @throws SlicewiseError FORMAT naming the formats there are, ARGUMENT for an option that no reader knows, and what the format's reader
 *   throws
 */
export async function readMeasurement(files: readonly NamedBytes[], options: ScanOptions = {}): Promise<Measurement> {
  const { format, chosen, ignored } =
    options.raw === undefined ? choose(measurementFormats, files.map(plain)) : all(arrayMeasurement(rawOf(options.raw, files)), files);
  requireKnownOptions(options, SCAN_OPTIONS, format, 'readMeasurement');
  const measurement = await format.read(chosen, options);
  return ignored.length === 0 ? measurement : { ...measurement, meta: withWarning(measurement.meta, ignored) };
}

/**
 * What `select` must say for each of the images of a file that it asks for by `all` (`contrast=all,repetition=0`), in order; without
 * `all` it is itself.
 * @example await selectionsOf(files, { select: 'contrast=all' }) // ['contrast=0', 'contrast=1']
 * @throws SlicewiseError as `readMeasurement`, ARGUMENT for formats that hold one image, and where there is none
 */
export async function selectionsOf(files: readonly NamedBytes[], options: ScanOptions): Promise<string[]> {
  const { select } = options;
  if (!asksForAll(select)) return select === undefined ? [] : [select];
  const { format, chosen } = choose(measurementFormats, files.map(plain));
  const found = (await format.images?.(chosen, options)) ?? [];
  if (found.length > 0) return found;
  throw new SlicewiseError('ARGUMENT', {
    message: `'${select}' of ${listed(chosen)}`,
    expected: 'a file with such images',
    got: format.images ? 'none' : `${format.name}, of which one image is read`,
    hint: 'leave --select out',
  });
}

/**
 * The bytes of a file with this name; its extension chooses the format.
 * @throws SlicewiseError FORMAT when no format that can be written has the extension, or a volume of it is several files
 */
export async function writeVolume(name: string, volume: Volume, options: WriteOptions = {}): Promise<Uint8Array> {
  const files = await writeVolumeFiles(name, volume, options);
  if (files.length === 1) return files[0].bytes;
  throw new SlicewiseError('FORMAT', {
    message: `'${name}' would be several files`,
    expected: 'a format of one file',
    got: files.map((file) => file.name).join(', '),
    hint: 'take all of them from writeVolumeFiles',
  });
}

/**
 * All files of a volume with this name; its extension chooses the format. Most are one file, BART's `.cfl` has a `.hdr` beside it.
 * @returns the file of that name first
 * @throws SlicewiseError FORMAT when no format that can be written has the extension
 */
export async function writeVolumeFiles(name: string, volume: Volume, options: WriteOptions = {}): Promise<NamedBytes[]> {
  const format = writer(volumeFormats, name);
  if (format.writeFiles) return format.writeFiles(name, volume, options);
  return [{ name, bytes: await format.write!(name, volume, options) }];
}

/**
 * The bytes of a scan file with this name; its extension chooses the format.
 * @throws SlicewiseError FORMAT when no format that can be written has the extension
 */
export async function writeMeasurement(name: string, measurement: Measurement, options: WriteOptions = {}): Promise<Uint8Array> {
  const format = writer(measurementFormats, name);
  if (!format.kinds || format.kinds.includes(measurement.kind)) return format.write!(name, measurement, options);
  throw new SlicewiseError('FORMAT', {
    message: `a ${format.name} file does not hold scans of this kind`,
    expected: format.kinds.join(', '),
    got: measurement.kind,
    hint: 'write a scan file, .h5',
  });
}

/** Names of the formats whose bytes these look like; several when one container holds both (HDF5, MATLAB). */
export function sniffFormats(file: NamedBytes): { volume: string[]; measurement: string[] } {
  const names = (registry: Registry<VolumeFormat> | Registry<MeasurementFormat>) =>
    registry.entries().flatMap(([, format]) => (format.sniff(file) ? [format.name] : []));
  return { volume: names(volumeFormats), measurement: names(measurementFormats) };
}

/** A word that no reader knows is a mistake, and would go unnoticed: an image mirrored, an axis misplaced. */
function requireKnownOptions(options: object, names: readonly string[], format: AnyFormat, what: string): void {
  const known = [...names, ...(format.options ?? [])];
  const unknown = Object.entries(options).find(([name, value]) => value !== undefined && !known.includes(name));
  if (!unknown) return;
  throw new SlicewiseError('ARGUMENT', {
    message: `${what} has no option '${unknown[0]}'`,
    expected: `any of ${known.join(', ')}`,
    got: `'${unknown[0]}'`,
  });
}

/** @throws SlicewiseError ARGUMENT for what is no description of numbers */
function rawOf(text: string, files: readonly NamedBytes[]): ArrayFormat {
  if (files.length === 0) throw new SlicewiseError('FORMAT', { message: 'no file given', expected: 'at least one' });
  return rawNumbers(parseRawSpec(text));
}

const all = <F extends AnyFormat>(format: F, files: readonly NamedBytes[]) => ({
  format,
  chosen: files.map(plain),
  ignored: [] as NamedBytes[],
});

type AnyFormat = VolumeFormat | MeasurementFormat;

/** Node's Buffer is a Uint8Array whose `slice` does not copy, and small ones share one memory: readers get plain arrays. */
function plain(file: NamedBytes): NamedBytes {
  const { name, bytes } = file;
  const isPlain = bytes.constructor === Uint8Array;
  return { ...file, name, bytes: isPlain ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}

/** The one format of the files, the files that are of it, and the rest. */
function choose<F extends AnyFormat>(registry: Registry<F>, files: readonly NamedBytes[]) {
  if (files.length === 0) throw new SlicewiseError('FORMAT', { message: 'no file given', expected: 'at least one' });
  const formats = registry.entries().map(([, format]) => format);
  const claimed = companions(formats, files);
  const of = files.map((file) => claimed.get(file) ?? formatOf(formats, file));
  const found = [...new Set(of.filter((format) => format !== undefined))];
  if (found.length === 0) throw unknown(registry.kind, formats, files);
  if (found.length > 1) {
    const examples = found.map((format) => `${format.name} (${files[of.indexOf(format)].name})`);
    throw new SlicewiseError('FORMAT', {
      message: 'files of several formats',
      expected: 'one format in a folder',
      got: examples.join(', '),
      hint: 'name one file, or keep each in its own folder',
    });
  }
  const [format] = found;
  const chosen = files.filter((_, n) => of[n] === format);
  if (chosen.length > format.maxFiles) {
    throw new SlicewiseError('FORMAT', {
      message: `${chosen.length} ${format.name} files`,
      expected: format.maxFiles === 1 ? 'one file' : `at most ${format.maxFiles}`,
      got: listed(chosen),
      hint: 'name the file to read',
    });
  }
  return { format, chosen, ignored: files.filter((_, n) => of[n] !== format) };
}

/** Files that a header among the others names as its own, whatever their bytes look like. */
function companions<F extends AnyFormat>(formats: readonly F[], files: readonly NamedBytes[]): Map<NamedBytes, F> {
  const claims = formats.flatMap((format) =>
    files.flatMap((file) => (format.companions?.(file, files) ?? []).map((own) => [own, format] as const)),
  );
  return new Map(claims);
}

/** By bytes first; several matches, or none, are settled by the extension. */
function formatOf<F extends AnyFormat>(formats: readonly F[], file: NamedBytes): F | undefined {
  const sniffed = formats.filter((format) => format.sniff(file));
  return sniffed.find((format) => named(format, file.name)) ?? sniffed[0] ?? formats.find((f) => named(f, file.name));
}

function writer<F extends AnyFormat>(registry: Registry<F>, name: string): F {
  const formats = registry.entries().flatMap(([, format]) => (writes(format) ? [format] : []));
  const found = formats.find((format) => (isFolderName(name) ? format.folder === true : named(format, name)));
  if (found) return found;
  const folders = formats.flatMap(({ name: format, folder }) => (folder ? [`/ (a folder: ${format})`] : []));
  throw new SlicewiseError('FORMAT', {
    message: `no ${registry.kind} to write '${name}' as`,
    expected: `a name ending in ${[...new Set(formats.flatMap((format) => format.extensions)), ...folders].join(', ')}`,
    got: name,
  });
}

/** Does the name say a folder of files? */
export const isFolderName = (name: string): boolean => /[/\\]$/.test(name);

const writes = (format: AnyFormat): boolean => format.write !== undefined || 'writeFiles' in format;

const named = (format: AnyFormat, name: string): boolean => format.extensions.some((extension) => name.toLowerCase().endsWith(extension));

function unknown(kind: string, formats: readonly AnyFormat[], files: readonly NamedBytes[]): SlicewiseError {
  const foreign = foreignFile(files[0]);
  if (foreign) {
    const { what, hint } = foreign;
    return new SlicewiseError('FORMAT', { message: `${files[0].name} is ${what}`, expected: `a ${kind}`, got: firstBytes(files[0]), hint });
  }
  return new SlicewiseError('FORMAT', {
    message: `${listed(files)}: not a ${kind} we read`,
    expected: formats.map((format) => `${format.name} (${format.extensions.join(', ')})`).join(', '),
    got: firstBytes(files[0]),
  });
}

const firstBytes = ({ bytes }: NamedBytes): string =>
  `bytes ${[...bytes.subarray(0, 8)].map((b) => b.toString(16).padStart(2, '0')).join(' ')}`;

function withWarning<M extends { warnings?: string[] }>(meta: M, ignored: readonly NamedBytes[]): M {
  const text = `${ignored.length} other file${ignored.length > 1 ? 's' : ''} ignored: ${listed(ignored)}`;
  return { ...meta, warnings: [...(meta.warnings ?? []), text] };
}

const listed = (files: readonly NamedBytes[]): string =>
  files
    .slice(0, 3)
    .map((file) => file.name)
    .join(', ') + (files.length > 3 ? `, … (${files.length})` : '');
