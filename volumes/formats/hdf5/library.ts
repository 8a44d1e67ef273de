import { SlicewiseError } from '../../../core/errors.js';

/**
 * The HDF5 library, h5wasm: fetched when the first file is met, dropped when it broke, and kept from taking more memory than a file can
 * be worth. The only files that know it are those of this folder.
 */
type Library = typeof import('h5wasm');
export type Module = Awaited<Library['ready']>;

/** The library and its module, with HDF5's own error printing captured instead of written to stderr. */
export interface Hdf5Library {
  readonly module: Module;
  readonly diagnostics: { text: string };
  readonly File: Library['File'];
  readonly Dataset: Library['Dataset'];
  readonly Group: Library['Group'];
}

/** Bytes that any call may take, whatever the file. */
const ALWAYS = 64 * 2 ** 20;
/** Times the file's own bytes that a call may take beside that. */
const TIMES = 20;
/** Deflate makes at most 1032 bytes of one. */
const DEFLATE = 1032;

let loaded: Promise<Hdf5Library> | undefined;
/** Counts the libraries that broke. */
let broken = 0;
let unique = 0;

export function loadHdf5(): Promise<Hdf5Library> {
  loaded ??= fetchLibrary().then(async ({ ready, File, Dataset, Group }) => {
    const module = await ready;
    const diagnostics = { text: '' };
    type Tty = { ops: { put_char(tty: unknown, code: number): void; fsync(): void } };
    const stderr = (module.FS as unknown as { streams?: { tty?: Tty }[] }).streams?.[2]?.tty;
    if (stderr) {
      const put_char = (_: unknown, code: number): void => {
        if (diagnostics.text.length < 20_000) diagnostics.text += String.fromCharCode(code);
      };
      stderr.ops = { put_char, fsync: () => {} };
    }
    return { module, diagnostics, File, Dataset, Group };
  });
  return loaded;
}

/** After a failure another instance: the address of the script with a number of its own makes the loader evaluate it again. */
function fetchLibrary(): Promise<Library> {
  if (broken === 0) return import('h5wasm');
  try {
    return import(/* @vite-ignore */ `${import.meta.resolve('h5wasm')}?${broken}`) as Promise<Library>;
  } catch (cause) {
    throw new SlicewiseError('BACKEND', {
      message: 'the HDF5 library broke down on a damaged file, and cannot be loaded again here',
      hint: 'reload the page',
      cause,
    });
  }
}

/** Is a failure, or what is behind it, one of the WebAssembly module itself? Nothing that it does later can be trusted. */
export function isBreakdown(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof WebAssembly.RuntimeError) return true;
  return false;
}

/** The next file gets a library of its own. */
export function dropLibrary(library: Hdf5Library): void {
  void loaded?.then(({ module }) => {
    if (module !== library.module) return;
    loaded = undefined;
    broken++;
  });
}

/** A folder in h5wasm's in-memory file system that nobody else uses, deep enough for names like `../../raw/a.h5`. */
export const temporaryFolder = (): string => `/slicewise-${unique++}/1/2/3/4`;

/** A name in h5wasm's in-memory file system that nobody else uses. */
export const temporaryName = (): string => `/slicewise-${unique++}.h5`;

/** Bytes that data of a file may unfold to: what deflate can, and little of a small file. */
export const mostBytes = (fileBytes: number): number => 16 * 2 ** 20 + DEFLATE * fileBytes;

/**
 * A call of the library that may not take more memory than a file of `fileBytes` can be worth, and `wanted` bytes that were found
 * plausible: a damaged length would make it take gigabytes, which WebAssembly never gives back. What is refused ends as the library's own
 * "memory allocation failed".
 */
export function bounded<T>({ module }: Pick<Hdf5Library, 'module'>, fileBytes: number, wanted: number, call: () => T): T {
  const limit = module.HEAPU8.byteLength + ALWAYS + TIMES * fileBytes + 2 * wanted;
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = function (this: WebAssembly.Memory, pages) {
    if (this.buffer === module.HEAPU8.buffer && this.buffer.byteLength + 65536 * pages > limit)
      throw new RangeError('more than the file holds');
    return grow.call(this, pages);
  };
  try {
    return call();
  } finally {
    WebAssembly.Memory.prototype.grow = grow;
  }
}
