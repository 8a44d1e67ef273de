import type { NamedBytes } from '../../format.js';
import { bounded, type Hdf5Library, type Module } from './library.js';

/** Gives the bytes of a file by the name that another one calls it; undefined where there is none. */
export type Beside = NonNullable<NamedBytes['beside']>;

/** Files that others lead to: those that are there, with their bytes, and the names of those that are not. */
export interface Parts {
  readonly bytes: number;
  readonly missing: ReadonlySet<string>;
}

/** How far links lead on to other files. */
const DEPTH = 4;
/** Blocks of a virtual dataset in files numbered by %b. */
const BLOCKS = 10_000;

/**
 * Puts the files that an HDF5 file leads to beside it, in the library's file system: those of external links and of virtual datasets, and
 * theirs. HDF5 itself would read a virtual dataset whose files are missing as zeros (fill values).
 * @param file its handle
 * @param size its bytes, which bound what its damaged parts may ask for
 * @param folder where the file lies, in which HDF5 looks for the others
 */
export async function placeParts(
  library: Hdf5Library,
  file: bigint,
  size: number,
  folder: string,
  beside: Beside | undefined,
  depth = 0,
  placed = new Map<string, number>(),
  missing = new Set<string>(),
): Promise<Parts> {
  for (const name of otherFiles(library, file, size)) {
    for (let block = 0; block < BLOCKS; block++) {
      const one = name.replace(/%b/g, String(block));
      if (placed.has(one)) break;
      const found = (await beside?.(one)) ?? (await beside?.(lastOf(one)));
      if (!found && block > 0) break;
      if (!found) {
        missing.add(name);
        break;
      }
      const path = place(library.module, folder, one, found.bytes);
      placed.set(one, found.bytes.byteLength);
      const { byteLength } = found.bytes;
      if (depth < DEPTH) {
        const inner = (own: bigint) => placeParts(library, own, byteLength, folder, beside, depth + 1, placed, missing);
        await withFile(library, path, byteLength, inner);
      }
      if (one === name) break;
    }
  }
  return { bytes: [...placed.values()].reduce((sum, n) => sum + n, 0), missing };
}

/** Names of the files that external links and virtual datasets of a file lead to. */
function otherFiles(library: Hdf5Library, file: bigint, size: number): string[] {
  const { module } = library;
  const attempt = <T>(work: () => T): T | undefined => attempted(library, size, work);
  const names = new Set<string>();
  const add = (name: string): void => void (name && name !== '.' && names.add(name));
  for (const path of attempt(() => module.get_names(file, '/', true)) ?? []) {
    const type = attempt(() => module.get_type(file, path));
    if (type === module.H5G_UDLINK) add(attempt(() => module.get_external_link(file, path))?.filename ?? '');
    if (type !== module.H5G_DATASET) continue;
    for (const { file_name: name } of attempt(() => module.get_dataset_metadata(file, path))?.virtual_sources ?? []) add(name);
  }
  return [...names];
}

/** What is damaged is found when it is read; until then it gets no more memory than its file can be worth. */
function attempted<T>(library: Hdf5Library, size: number, work: () => T): T | undefined {
  try {
    return bounded(library, size, 0, work);
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) throw error;
    return undefined;
  }
}

/** An absolute name is looked for beside the file by its last part. */
function place(module: Module, folder: string, name: string, bytes: Uint8Array): string {
  const relative = /^([a-z]:)?[\\/]/i.test(name) ? lastOf(name) : name;
  const parts = `${folder}/${relative}`.split('/').filter((part) => part !== '' && part !== '.');
  const whole: string[] = [];
  for (const part of parts) {
    if (part === '..') whole.pop();
    else whole.push(part);
  }
  const path = `/${whole.join('/')}`;
  makeFolder(module, path.slice(0, path.lastIndexOf('/')));
  (module.FS.writeFile as (p: string, d: Uint8Array, o: object) => void)(path, bytes, { canOwn: true });
  return path;
}

const lastOf = (name: string): string => name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);

export function makeFolder({ FS }: Module, folder: string): void {
  let path = '';
  for (const part of folder.split('/').filter(Boolean)) {
    path += `/${part}`;
    if (!(FS as unknown as { analyzePath(path: string): { exists: boolean } }).analyzePath(path).exists) FS.mkdir(path);
  }
}

/** Removes a folder of the library's file system with all that lies in it. */
export function removeFolder(module: Module, folder: string): void {
  const FS = module.FS as unknown as {
    readdir(path: string): string[];
    isDir(mode: number): boolean;
    stat(path: string): { mode: number };
    unlink(path: string): void;
    rmdir(path: string): void;
  };
  for (const name of FS.readdir(folder)) {
    if (name === '.' || name === '..') continue;
    const path = `${folder}/${name}`;
    if (FS.isDir(FS.stat(path).mode)) removeFolder(module, path);
    else FS.unlink(path);
  }
  FS.rmdir(folder);
}

async function withFile(library: Hdf5Library, path: string, size: number, use: (file: bigint) => Promise<unknown>): Promise<void> {
  const { module } = library;
  const file = attempted(library, size, () => module.open(path, module.H5F_ACC_RDONLY)) ?? -1n;
  if (file < 0n) return;
  try {
    await use(file);
  } finally {
    module.close_file(file);
  }
}
