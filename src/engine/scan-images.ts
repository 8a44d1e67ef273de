import type { NamedBytes } from '../../volumes/format.js';
import type { NamedReading, ReadingOptions } from '../modalities/reading.js';
import { modalities } from '../modalities/registry.js';
import { parseScanOptions, type ReadScanOptions } from './scan-options.js';

/** One of the images that a file is asked for. */
export interface ScanImage {
  /** Fit for a file's name: `contrast0-repetition2`; empty where one image is asked for. */
  readonly name: string;
  /** For `readScan`. */
  readonly options: ReadScanOptions;
}

/**
 * The images that a file is asked for, each with the options that `readScan` takes it by: several contrasts, echoes or times of MR raw
 * data (`select: 'contrast=all'`). Without such an option there is one.
 *
 * @example
 * for (const { name, options } of await scanImages(files, { select: 'contrast=all' })) {
 *   const scan = await readScan(files, options);
 * }
 * @throws SlicewiseError ARGUMENT for options, and as the readers do
 */
export async function scanImages(files: readonly NamedBytes[], options: ReadScanOptions = {}): Promise<readonly ScanImage[]> {
  const given = parseScanOptions(options);
  const several = await severalImages(() => Promise.resolve(files), { ...given });
  return (several as readonly ScanImage[] | undefined) ?? [{ name: '', options }];
}

/** The same where several are asked for; the files are read only then. */
export async function severalImages(
  files: () => Promise<readonly NamedBytes[]>,
  options: ReadingOptions,
): Promise<readonly NamedReading[] | undefined> {
  for (const [, { reading }] of modalities.entries()) {
    const found = await reading?.images?.(files, options);
    if (found) return found;
  }
  return undefined;
}
