import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SlicewiseError } from '../errors.js';
import { forgetTemporary, rememberTemporary } from './temporaries.js';

/** One file's name and bytes (the same shape as in volumes/format.ts; core imports nothing). */
export interface FileBytes {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** A file that this one names as its part, looked for in its folder. */
  beside?(name: string): Promise<FileBytes | undefined>;
}

/** Node refuses to read more than this in one call. */
const CHUNK = 1 << 30;

/**
 * A file, or all files of a folder (not of its subfolders; hidden ones left out), or those that fit a pattern (`scan_*.tif`), in natural
 * order: `slice2` before `slice10`.
 * For one half of a pair (NIfTI `.hdr` / `.img`, BART `.hdr` / `.cfl`, ENVI `.hdr` / raw numbers) the other half comes along; BART's own
 * way of naming both by their common stem is understood.
 * @throws SlicewiseError FILE_NOT_FOUND when there is nothing to read
 */
export async function readInput(path: string): Promise<FileBytes[]> {
  if (/[*?]/.test(basename(path)) && !(await stat(path).catch(() => undefined))) return readMatching(path);
  const info = await stat(path).catch(async (cause: unknown) => {
    if (await stat(`${path}.cfl`).catch(() => undefined)) return undefined;
    throw notFound(path, cause);
  });
  if (!info) return readInput(`${path}.cfl`);
  if (!info.isDirectory()) return Promise.all([path, ...(await partnerOf(path))].map(readBytes));
  const entries = await readdir(path, { withFileTypes: true });
  const names = naturalOrder(entries.filter((e) => !e.isDirectory() && !e.name.startsWith('.')).map((e) => e.name));
  if (names.length === 0) {
    throw new SlicewiseError('FILE_NOT_FOUND', {
      message: `the folder ${path} has no files`,
      hint: entries.some((e) => e.isDirectory()) ? 'subfolders are not searched: name the one with the files' : '',
    });
  }
  const files: FileBytes[] = [];
  for (const name of names) files.push(await readBytes(join(path, name)));
  return files;
}

/** The files of a folder whose names fit a pattern with * and ?, in natural order. */
async function readMatching(path: string): Promise<FileBytes[]> {
  const [folder, pattern] = [dirname(path), basename(path)];
  const parts = [...pattern].map((c) => (c === '*' ? '.*' : c === '?' ? '.' : c.replace(/[.+^${}()|[\]\\]/g, '\\$&')));
  const fits = new RegExp(`^${parts.join('')}$`);
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw notFound(folder, cause);
  });
  const names = naturalOrder(entries.filter((e) => !e.isDirectory() && fits.test(e.name)).map((e) => e.name));
  if (names.length === 0) throw new SlicewiseError('FILE_NOT_FOUND', { message: `no file in ${folder} fits '${pattern}'` });
  const files: FileBytes[] = [];
  for (const name of names) files.push(await readBytes(join(folder, name)));
  return files;
}

/** Names with their numbers counted as numbers. */
export function naturalOrder(names: readonly string[]): string[] {
  const collator = new Intl.Collator('en', { numeric: true });
  return [...names].sort((a, b) => collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0));
}

/**
 * Writes a file whole or not at all: temporary file in the same folder, fsync, rename. An existing file stays as it was until the rename.
 * @param content the bytes, or pieces of them one after another
 * @throws SlicewiseError FILE_WRITE (disk full, no permission, no such folder); whatever `content` throws while giving its pieces
 */
export const writeFileAtomic = (path: string, content: FileContent): Promise<void> => writeFilesAtomic([{ path, content }]);

export type FileContent = Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * The same for files that belong together: none is renamed before all are written.
 * @throws SlicewiseError FILE_WRITE; whatever a `content` throws while giving its pieces
 */
export async function writeFilesAtomic(files: readonly { readonly path: string; readonly content: FileContent }[]): Promise<void> {
  const temporaries: string[] = [];
  try {
    for (const { path, content } of files) temporaries.push(await writeBeside(path, content));
    for (const [n, { path }] of files.entries()) {
      await rename(temporaries[n], path).catch((cause: unknown) => {
        throw writeError(path, cause);
      });
      forgetTemporary(temporaries[n]);
    }
  } catch (error) {
    for (const temporary of temporaries) await removed(temporary);
    throw error;
  }
}

/** The content in a temporary file in the same folder, whose path is returned; nothing is left when it fails. */
async function writeBeside(path: string, content: FileContent): Promise<string> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${Math.random().toString(36).slice(2, 8)}.tmp`);
  const pieces = content instanceof Uint8Array ? [content] : content;
  const attempt = <T>(work: Promise<T>): Promise<T> =>
    work.catch((cause: unknown) => {
      throw writeError(path, cause);
    });
  const file = await attempt(open(temporary, 'wx'));
  rememberTemporary(temporary);
  try {
    try {
      for await (const piece of pieces) {
        for (let at = 0; at < piece.length;) {
          at += (await attempt(file.write(piece, at, Math.min(CHUNK, piece.length - at)))).bytesWritten;
        }
      }
      await attempt(file.sync());
    } finally {
      await file.close();
    }
    return temporary;
  } catch (error) {
    await removed(temporary);
    throw error;
  }
}

async function removed(temporary: string): Promise<void> {
  await rm(temporary, { force: true }).catch(() => undefined);
  forgetTemporary(temporary);
}

/** One file. @throws SlicewiseError FILE_NOT_FOUND */
export async function readBytes(path: string): Promise<FileBytes> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw notFound(path, cause);
  });
  try {
    const { size } = await file.stat();
    const bytes = new Uint8Array(size);
    let at = 0;
    while (at < size) {
      const { bytesRead } = await file.read(bytes, at, Math.min(CHUNK, size - at), at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    const beside = (name: string): Promise<FileBytes | undefined> => readBytes(resolve(dirname(path), name)).catch(() => undefined);
    return { name: basename(path), bytes: at === size ? bytes : bytes.subarray(0, at), beside };
  } finally {
    await file.close();
  }
}

/** Endings of raw numbers beside a header NAME.hdr (ENVI); the empty one is NAME itself, such as x.dat of x.dat.hdr. */
const RAW_ENDINGS = ['', '.dat', '.raw', '.bsq', '.bil', '.bip', '.bin', '.cube', '.sli'];

/** The other file of a pair: header and numbers of NIfTI, BART or ENVI. */
async function partnerOf(path: string): Promise<string[]> {
  for (const candidate of partners(path)) {
    const found = await stat(candidate).catch(() => undefined);
    if (found?.isFile()) return [candidate];
  }
  return [];
}

function partners(path: string): string[] {
  const match = /\.(hdr|img|cfl)(\.gz)?$/i.exec(path);
  if (match?.[1].toLowerCase() === 'hdr') {
    const stem = path.slice(0, match.index);
    const pairs = ['.img', '.cfl'].flatMap((other) => withGz(stem + other, match[2]));
    return match[2] ? pairs : [...pairs, ...RAW_ENDINGS.map((ending) => stem + ending)];
  }
  if (match) return [...withGz(`${path.slice(0, match.index)}.hdr`, match[2]), `${path}.hdr`];
  const raw = RAW_ENDINGS.find((ending) => ending !== '' && path.toLowerCase().endsWith(ending)) ?? '';
  return [`${path}.hdr`, ...(raw ? [`${path.slice(0, -raw.length)}.hdr`] : [])];
}

const withGz = (name: string, gz = ''): string[] => [name + gz, name, `${name}.gz`];

function notFound(path: string, cause: unknown): SlicewiseError {
  const code = (cause as NodeJS.ErrnoException).code;
  return new SlicewiseError('FILE_NOT_FOUND', {
    message: code === 'ENOENT' ? `no file or folder '${path}'` : `cannot read '${path}'`,
    got: code === 'ENOENT' ? '' : String(code ?? cause),
    cause,
  });
}

const WRITE_HINTS: { readonly [code: string]: string } = {
  ENOSPC: 'the disk is full: free some space or write elsewhere',
  EDQUOT: 'the disk quota is used up: free some space or write elsewhere',
  EACCES: 'no permission to write there',
  EPERM: 'no permission to write there',
  EROFS: 'the file system is read-only',
  ENOENT: 'the folder does not exist: make it first',
  EISDIR: 'a folder has this name',
  ENOTDIR: 'a file stands where a folder should be',
};

/** What a failed write means to the user. */
export function writeError(path: string, cause: unknown): SlicewiseError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  return new SlicewiseError('FILE_WRITE', {
    message: `cannot write '${path}'`,
    got: code || String(cause),
    hint: WRITE_HINTS[code] ?? '',
    cause,
  });
}

/** Reads files of one folder by name, such as the zoo of priors. */
export function folderSource(folder: URL): {
  location: string;
  list(): Promise<string[]>;
  read(name: string): Promise<Uint8Array>;
} {
  return {
    location: fileURLToPath(folder),
    list: () => readdir(folder),
    read: async (name) => (await readBytes(fileURLToPath(new URL(name, folder)))).bytes,
  };
}
