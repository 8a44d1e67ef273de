import { SlicewiseError } from '../../../core/errors.js';
import type { LargeReading, LargeScan, NamedSource } from '../../modalities/large.js';
import { modalities } from '../../modalities/registry.js';
import { parseScanOptions, requireOwn, type ReadScanOptions } from '../scan-options.js';

/** The modality that reads files of this name in windows; undefined where there is none. */
export const largeReadingOf = (name: string): LargeReading | undefined =>
  modalities
    .entries()
    .map(([, { reading }]) => reading?.large)
    .find((large) => large?.takes(name));

/**
 * Opens a scan of any size, whose samples are read window by window (`reconstructWindows`).
 * @throws SlicewiseError FORMAT for a file that is not read so; ARGUMENT for options; as the format's reader
 */
export async function openLargeScan(source: NamedSource, options: ReadScanOptions = {}, signal?: AbortSignal): Promise<LargeScan> {
  const reading = largeReadingOf(source.name);
  if (!reading) {
    throw new SlicewiseError('FORMAT', {
      message: 'this file is not read in windows',
      expected: 'a format whose files are read in pieces (docs/reference/formats.md)',
      got: source.name,
      hint: 'leave --windows, --overlap and --memory out',
    });
  }
  const given = parseScanOptions(options);
  const scan = await reading.open(source, { ...given }, signal);
  requireOwn(scan, given);
  return scan;
}
