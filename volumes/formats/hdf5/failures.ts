import { SlicewiseError } from '../../../core/errors.js';
import { filterName } from './filters.js';

/** Data behind a filter that the library does not know, yet. */
export class FilterMissing extends SlicewiseError {
  constructor(
    readonly filter: number,
    parts: ConstructorParameters<typeof SlicewiseError>[1],
  ) {
    super('FORMAT_UNSUPPORTED', parts);
  }
}

/** A file that cannot be opened, with what HDF5 said of it. */
export function damaged(name: string, diagnostics: string, length: number): SlicewiseError {
  const eof = /eof = (\d+).*stored_eof = (\d+)/.exec(diagnostics);
  return new SlicewiseError('FORMAT', {
    message: `${name} cannot be opened as HDF5`,
    expected: eof ? `${eof[2]} bytes` : 'an undamaged HDF5 file',
    got: eof ? `${length} bytes: the file is truncated` : (lastLine(diagnostics) ?? `${length} bytes`),
    hint: 'copy or download the file again',
    cause: diagnostics ? new Error(diagnostics) : undefined,
  });
}

/** The innermost message of an HDF5 error stack. */
function lastLine(diagnostics: string): string | undefined {
  const lines = [...diagnostics.matchAll(/in \w+\(\): (.*)/g)];
  return lines.at(-1)?.[1];
}

/** Did a dataset need a filter that the library does not know? */
export const isFilterMissing = (diagnostics: string): boolean => /required filter '?(.*?)'? is not registered/.test(diagnostics);

/** What could not be read, from what HDF5 said of it. */
interface Failed {
  readonly text: string;
  /** The filter that lacks. */
  readonly unknown?: { readonly id: number; readonly name: string };
  readonly cause?: unknown;
}

/** The error of something in a file that could not be read. */
export function failureOf(what: string, name: string, { text, unknown, cause }: Failed): SlicewiseError {
  if (unknown) {
    return new FilterMissing(unknown.id, {
      message: `/${what} of ${name} is compressed by ${filterName(unknown.id, unknown.name)} (HDF5 filter ${unknown.id})`,
      expected: 'gzip, shuffle, lzf, blosc, bitshuffle, lz4, zstd, bzip2, zfp or no compression',
      got: `a filter that cannot be undone here`,
      hint: 'rewrite it where the filter is known: h5repack -f GZIP=4 IN OUT, or in Python h5py with hdf5plugin and compression="gzip"',
      cause: cause ?? new Error(text),
    });
  }
  if (/external raw data file/.test(text)) {
    return new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `the numbers of /${what} of ${name} lie in a raw file of their own (HDF5 external storage)`,
      expected: 'numbers in an HDF5 file',
      got: 'names of raw files',
      hint: 'read the raw file itself with --raw TYPE:SIZES, or copy the array into one file with h5py',
      cause: cause ?? new Error(text),
    });
  }
  return new SlicewiseError('FORMAT', {
    message: `cannot read ${what} in ${name}`,
    expected: 'undamaged data',
    got: lastLine(text) ?? String(cause ?? 'an HDF5 error'),
    hint: 'the file may be truncated: copy it again',
    cause: cause ?? (text ? new Error(text) : undefined),
  });
}
