import { stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { glob } from 'tinyglobby';
import { naturalOrder } from '../../../core/platform/files.js';
import { SlicewiseError } from '../../../core/errors.js';

/** A scan of a batch. */
export interface BatchScan {
  /** As the user wrote it, or as it was found. */
  readonly path: string;
  /** What its outputs are called. */
  readonly name: string;
  /** Bytes of the file; of a folder or pattern of files 0. */
  readonly bytes: number;
}

/**
 * The scans that paths and patterns (`*`, `?`, `**`, `[ab]`, `{a,b}`) name, in natural order and each once: the same on shells that expand
 * patterns and on those that do not. A path that is there is taken as it is, whatever characters it has.
 * @throws SlicewiseError FILE_NOT_FOUND for one that names nothing, ARGUMENT for scans whose outputs would have one name
 */
export async function findScans(words: readonly string[]): Promise<BatchScan[]> {
  const found = new Map<string, string>();
  for (const word of words) {
    const paths = (await stat(word).catch(() => undefined)) ? [word] : await matching(word);
    for (const path of paths) if (!found.has(resolve(path))) found.set(resolve(path), path);
  }
  const paths = naturalOrder([...found.values()]);
  const names = namesOf(paths);
  return Promise.all(
    paths.map(async (path, n) => {
      const info = await stat(path);
      return { path, name: names[n], bytes: info.isFile() ? info.size : 0 };
    }),
  );
}

async function matching(pattern: string): Promise<string[]> {
  // patterns are written with slashes everywhere; on Windows a backslash is one
  const slashes = sep === '\\' ? pattern.replaceAll('\\', '/') : pattern;
  const found = await glob(slashes, { expandDirectories: false, absolute: isAbsolute(pattern) });
  if (found.length > 0) return found;
  throw new SlicewiseError('FILE_NOT_FOUND', {
    message: /[*?[{]/.test(pattern) ? `no file fits '${pattern}'` : `no file or folder '${pattern}'`,
    hint: `patterns are for files: scans/*.h5, scans/**/*.h5`,
  });
}

/** Names of files without folder and ending; where two are alike, with the folders below the one that all scans are in. */
function namesOf(paths: readonly string[]): string[] {
  const short = paths.map(stemOf);
  const common = commonFolder(paths.map((path) => dirname(resolve(path))));
  const names = paths.map((path, n) => {
    if (short.indexOf(short[n]) === short.lastIndexOf(short[n])) return short[n];
    const folder = relative(common, dirname(resolve(path)));
    return [...(folder ? folder.split(sep) : []), short[n]].join('-');
  });
  const twice = names.findIndex((name, n) => names.indexOf(name) !== n);
  if (twice < 0) return names;
  const other = names.indexOf(names[twice]);
  throw new SlicewiseError('ARGUMENT', {
    message: 'two scans would write the same outputs',
    expected: 'names that differ without their endings',
    got: `'${paths[other]}' and '${paths[twice]}'`,
    hint: 'let the pattern find one of them (the .cfl of a .cfl and its .hdr), or make a batch of each in a folder of its own',
  });
}

/** `scan` of `scans/scan.nii.gz` and of `scans/scan.h5`; hidden files and folders keep their dots. */
export const stemOf = (path: string): string => basename(path).replace(/(?<=.)(\.[A-Za-z][\w-]{0,9}?)(\.gz)?$/, '') || basename(path);

function commonFolder(folders: readonly string[]): string {
  const [first = '', ...others] = folders.map((folder) => folder.split(sep));
  if (!first) return '';
  const shared = [...first].findIndex((part, n) => others.some((other) => other[n] !== part));
  return (shared < 0 ? [...first] : [...first].slice(0, shared)).join(sep) || sep;
}
