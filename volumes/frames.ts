import { SlicewiseError } from '../core/errors.js';
import { arrayFormats, readArray, type ArrayFormat } from './array-formats.js';
import type { NamedBytes } from './format.js';
import { openEnded, parseRawSpec, rawNumbers } from './formats/raw/raw.js';
import type { RawArray } from './raw-array.js';
import type { ScanOptions } from './scan-options.js';

/**
 * Flats or darks: an array of the same file (`@path`), or files of their own, of any container; beside raw numbers raw ones too.
 * @param format of the scan's own files; undefined where these hold no frames
 * @throws SlicewiseError FORMAT for files that are none
 */
export async function framesOf(
  format: ArrayFormat | undefined,
  files: readonly NamedBytes[],
  given: ScanOptions['flat'],
  raw?: string,
): Promise<RawArray | undefined> {
  if (given === undefined) return undefined;
  if (typeof given === 'string') {
    if (format) return readArray(format, files, given.replace(/^@/, ''));
    throw new SlicewiseError('ARGUMENT', { message: 'flat or dark frames', expected: 'files of their own', got: `'${given}'` });
  }
  const sniffed = arrayFormats.entries().find(([, f]) => f.sniff(given[0].bytes))?.[1];
  const own = sniffed ?? (raw === undefined ? undefined : rawNumbers(openEnded(parseRawSpec(raw))));
  if (own) {
    const names = given.map(({ name }) => name).slice(0, 3);
    return { ...(await readArray(own, given)), path: names.join(', ') };
  }
  throw new SlicewiseError('FORMAT', {
    message: `${given[0].name}: not a file of flat or dark frames`,
    expected: arrayFormats
      .entries()
      .map(([, { name }]) => name)
      .join(', '),
  });
}
