import { withoutUndefined } from '../../../core/options.js';
import type { NamedBytes } from '../../../volumes/format.js';
import { selectionsOf } from '../../../volumes/open.js';
import type { ScanOptions } from '../../../volumes/scan-options.js';
import { asksForAll } from '../../../volumes/select.js';
import type { NamedReading, ReadingOptions } from '../reading.js';

/** The images of `--select contrast=all`, each with the `--select` of its own. */
export async function imagesOfSelect(
  files: () => Promise<readonly NamedBytes[]>,
  options: ReadingOptions,
): Promise<readonly NamedReading[] | undefined> {
  const { kind, axes, dataset, trajectory, select } = options as ScanOptions;
  if (!asksForAll(select)) return undefined;
  const found = await selectionsOf(await files(), withoutUndefined({ kind, axes, dataset, trajectory, select }));
  const digits = Math.max(...found.flatMap((text) => text.match(/\d+(?=,|$)/g) ?? []).map((number) => number.length));
  return found.map((text) => ({ name: nameOf(text, digits), options: { ...options, select: text } }));
}

/** Numbers have as many digits as the largest, so that files lie in order. @example nameOf('echo=1,time=2', 2) // 'echo01-time02' */
const nameOf = (text: string, digits: number): string =>
  text
    .split(',')
    .map((part) => part.split('='))
    .map(([name, entry]) => `${name}${entry.padStart(digits, '0')}`)
    .join('-');
