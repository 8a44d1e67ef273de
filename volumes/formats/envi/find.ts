import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes } from '../../format.js';
import { isEnviHeader } from './header.js';

/** What a data file beside NAME.hdr ends in, in the order in which it is looked for; the first is no ending at all. */
export const DATA_ENDINGS = ['', '.dat', '.img', '.raw', '.bsq', '.bil', '.bip', '.bin', '.cube', '.sli'] as const;

/** The name without `.hdr`. */
export const headerStem = (name: string): string => name.replace(/\.hdr$/i, '');

/** Names that the data of a header may have: x, x.dat … beside x.hdr, and so x.dat beside x.dat.hdr. */
export const dataNames = (header: string): string[] => DATA_ENDINGS.map((ending) => headerStem(header) + ending);

/** The data of a header among other files. */
export function dataBeside(header: NamedBytes, others: readonly NamedBytes[]): NamedBytes | undefined {
  for (const wanted of dataNames(header.name)) {
    const found = others.find((file) => file !== header && file.name.toLowerCase() === wanted.toLowerCase());
    if (found) return found;
  }
  return undefined;
}

/**
 * Header and data of one cube.
 * @throws SlicewiseError FORMAT when one of the two is missing
 */
export function bothFiles(files: readonly NamedBytes[]): { header: NamedBytes; data: NamedBytes } {
  const header = files.find((file) => isEnviHeader(file.bytes));
  if (!header) {
    throw new SlicewiseError('FORMAT', {
      message: `${files.map((file) => file.name).join(', ')}: numbers without a header`,
      expected: `an ENVI header beside them: NAME.hdr, text that begins with ENVI`,
      got: 'none',
    });
  }
  const data = dataBeside(header, files);
  if (data) return { header, data };
  const others = files.filter((file) => file !== header);
  throw new SlicewiseError('FORMAT', {
    message: `the data of ${header.name} are missing`,
    expected: `one of ${dataNames(header.name).join(', ')} beside it`,
    got: others.map((file) => file.name).join(', ') || 'the header alone',
  });
}
