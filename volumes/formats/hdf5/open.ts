import { isSlicewiseError, SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes } from '../../format.js';
import { damaged, FilterMissing } from './failures.js';
import { installFilter } from './filters.js';
import { Hdf5File } from './hdf5.js';
import { endlessHeap } from './heaps.js';
import { bounded, dropLibrary, isBreakdown, loadHdf5, temporaryFolder, type Hdf5Library } from './library.js';
import { makeFolder, placeParts, removeFolder } from './parts.js';

/** HDF5's signature, at 0 or after a user block of 512·2ⁿ bytes (MATLAB 7.3 has one). HDF5 File Format Specification, II.A. */
export function sniffHdf5(bytes: Uint8Array): boolean {
  const magic = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
  for (let at = 0; at + 8 <= bytes.length && at <= 1 << 20; at = at === 0 ? 512 : at * 2) {
    if (magic.every((b, i) => bytes[at + i] === b)) return true;
  }
  return false;
}

/**
 * Opens a file for the duration of `use`, which is tried again with the plugin of a compression filter where one lacks; closes it and frees
 * its memory afterwards, whatever happens. Should the library break down, it is loaded anew and `use` tried once more: what broke it may
 * have been another file.
 * @param beside gives the files that this one leads to (external links, virtual datasets)
 * @throws SlicewiseError FORMAT for bytes that are not HDF5, truncated or damaged
 */
export async function withHdf5<T>(
  bytes: Uint8Array,
  name: string,
  use: (file: Hdf5File) => T | Promise<T>,
  beside?: NamedBytes['beside'],
): Promise<T> {
  if (!sniffHdf5(bytes)) {
    throw new SlicewiseError('FORMAT', { message: `${name} is not HDF5`, expected: 'the HDF5 signature' });
  }
  const endless = endlessHeap(bytes);
  if (endless !== undefined) throw damaged(name, `in heap(): sizes that do not fit in the global heap at byte ${endless}`, bytes.length);
  const tried = new Set<number>();
  for (let again = false; ;) {
    const library = await loadHdf5();
    try {
      return await openedBy(library, bytes, name, use, beside);
    } catch (error) {
      if (error instanceof FilterMissing && !tried.has(error.filter) && (await installFilter(library, error.filter))) {
        tried.add(error.filter);
        continue;
      }
      if (!isBreakdown(error)) throw error;
      dropLibrary(library);
      tried.clear();
      if (again) throw isSlicewiseError(error) ? error : damaged(name, String((error as Error).message), bytes.length);
      again = true;
    }
  }
}

async function openedBy<T>(
  library: Hdf5Library,
  bytes: Uint8Array,
  name: string,
  use: (file: Hdf5File) => T | Promise<T>,
  beside: NamedBytes['beside'],
): Promise<T> {
  const { module, diagnostics, File } = library;
  const folder = temporaryFolder();
  const path = `${folder}/main.h5`;
  makeFolder(module, folder);
  // canOwn: MEMFS uses our bytes instead of copying them; the file is only read.
  (module.FS.writeFile as (p: string, d: Uint8Array, o: object) => void)(path, bytes, { canOwn: true });
  let failed = false;
  try {
    diagnostics.text = '';
    const file = bounded(library, bytes.length, 0, () => new File(path, 'r'));
    if (file.file_id < 0n) throw damaged(name, diagnostics.text, bytes.length);
    try {
      const parts = await placeParts(library, file.file_id, bytes.length, folder, beside);
      return await use(new Hdf5File(library, file, name, bytes.length + parts.bytes, parts.missing));
    } catch (error) {
      failed = isBreakdown(error);
      throw error;
    } finally {
      if (!failed) file.close();
    }
  } finally {
    removeFolder(module, `/${folder.split('/')[1]}`);
  }
}
