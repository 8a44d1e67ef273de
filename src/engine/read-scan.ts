import { isSlicewiseError } from '../../core/errors.js';
import { withoutUndefined } from '../../core/options.js';
import { holdsScan } from '../../volumes/array-measurement.js';
import type { NamedBytes, ReadOptions } from '../../volumes/format.js';
import { kinds } from '../../volumes/kinds/registry.js';
import type { Measurement } from '../../volumes/measurement.js';
import { readMeasurement, readVolume, sniffFormats } from '../../volumes/open.js';
import { READ_OPTIONS } from '../../volumes/option-names.js';
import type { ScanOptions } from '../../volumes/scan-options.js';
import type { Volume } from '../../volumes/volume.js';
import { modalities, modalityOf } from '../modalities/registry.js';
import { prepareScan } from './prepare.js';
import { parseScanOptions, requireOwn, type ReadScanOptions } from './scan-options.js';

/**
 * Reads a scan, with everything that its file does not say or that is taken of it: geometry, angles, the axes of plain arrays,
 * trajectory, mask and coil maps in files of their own, views, noise, the image wanted. Strict: an option that nobody knows, or that
 * means nothing to the kind of scan that was read, is refused.
 *
 * @example
 * const scan = await readScan(await readInput('sinogram.npz'), {
 *   geometry: 'fan', sod: 540, sdd: 630, pitch: 0.05, angles: '0:-359:-1', views: '0::4',
 * });
 * @throws SlicewiseError ARGUMENT for options, and as the readers do
 */
export async function readScan(files: readonly NamedBytes[], options: ReadScanOptions = {}): Promise<Measurement> {
  const given = parseScanOptions(options);
  const scan = await measurementOf(files, given);
  requireOwn(scan, given);
  const reading = modalityOf(scan.kind)?.reading;
  const record = { ...given };
  const attached = (await reading?.attach?.(scan, record)) ?? scan;
  const { center, views, size, spacing, noiseStd } = given;
  const prepared = prepareScan(attached, {
    center: center === 'auto' ? center : undefined,
    views,
    size,
    spacing,
    noiseStd,
  });
  return (await reading?.complete?.(prepared, record)) ?? prepared;
}

/** A measurement, or a volume that a modality takes as one. */
async function measurementOf(files: readonly NamedBytes[], given: ReadScanOptions): Promise<Measurement> {
  try {
    return await readMeasurement(files, readerOptions(given));
  } catch (error) {
    const holdsVolume = files.some((file) => sniffFormats(file).volume.length > 0);
    if (!isSlicewiseError(error) || !holdsVolume || given.kind !== undefined || given.axes !== undefined) throw error;
    const measured = files.some((file) => sniffFormats(file).measurement.length > 0);
    const volume = await readVolume(files, withoutUndefined({ dataset: given.dataset, raw: given.raw })).catch((cause: unknown) => {
      // of a file that is never a scan the volume's reader knows more
      throw measured ? error : cause;
    });
    for (const [, { reading }] of modalities.entries()) {
      const scan = reading?.volume?.(volume);
      if (scan) return scan;
    }
    throw error;
  }
}

/** What every modality makes of the options, for the readers of the formats. */
function readerOptions(given: ReadScanOptions): ScanOptions {
  const { kind, dataset, raw, axes } = given;
  if (kind !== undefined) kinds.get(kind);
  const own = modalities.entries().map(([, { reading }]) => withoutUndefined(reading?.readers?.({ ...given }) ?? {}));
  return Object.assign({}, ...own, withoutUndefined({ kind, dataset, raw, axes })) as ScanOptions;
}

/** Options that no volume has: what belongs to a scan was said of the file. */
function saysScan(options: ReadScanOptions): boolean {
  const own = modalities.entries().flatMap(([, { reading }]) => Object.keys(reading?.options ?? {}));
  const scans = ['axes', 'kind', 'views', 'noiseStd', ...own].filter((name) => !READ_OPTIONS.includes(name) && name !== 'bytes');
  return Object.keys(withoutUndefined(options)).some((name) => scans.includes(name));
}

/** What a file may be read as: a volume, a scan, or whichever it is. */
export interface ReadEitherOptions {
  readonly as?: 'volume' | 'scan';
  /** For volumes. */
  readonly volume?: ReadOptions;
  /** For scans. */
  readonly scan?: ReadScanOptions;
}

/**
 * A file that could be either is a scan when its geometry is known.
 * @throws SlicewiseError as the readers do
 */
export async function readEither(
  files: readonly NamedBytes[],
  { as, volume: volumeOptions = {}, scan: scanOptions = {} }: ReadEitherOptions = {},
): Promise<{ readonly volume: Volume } | { readonly scan: Measurement }> {
  const formats = sniffFormats(files[0]);
  const raw = volumeOptions.raw ?? scanOptions.raw;
  if (as === 'volume' || (as !== 'scan' && raw === undefined && !files.some((file) => sniffFormats(file).measurement.length > 0))) {
    return { volume: await readVolume(files, volumeOptions) };
  }
  try {
    return { scan: await readScan(files, scanOptions) };
  } catch (error) {
    if (as === 'scan' || (formats.volume.length === 0 && raw === undefined) || !isSlicewiseError(error)) throw error;
    // what belongs to a scan was said of it; and a mask or affine beside complex data is not what was asked about
    if (saysScan(scanOptions) || (await holdsScan(files))) throw error;
    // plain arrays without angles; if they are no volume either, the first message tells more
    return readVolume(files, volumeOptions).then(
      (volume) => ({ volume }),
      () => Promise.reject(error),
    );
  }
}
