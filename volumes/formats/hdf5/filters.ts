import { refusingShortStreams } from './bzip2.js';
import type { Hdf5Library, Module } from './library.js';

/**
 * Compression filters that HDF5 itself does not have (numbers of the HDF Group's registry of filters), and the plugin of h5wasm-plugins
 * that undoes them. A plugin is a WebAssembly module of its own, fetched when the first array of its kind is met.
 */
const FILTERS: { readonly [id: number]: { readonly name: string; readonly plugin?: string } } = {
  307: { name: 'bzip2', plugin: 'bz2' },
  32000: { name: 'lzf', plugin: 'lzf' },
  32001: { name: 'blosc', plugin: 'blosc' },
  32004: { name: 'lz4', plugin: 'lz4' },
  32008: { name: 'bitshuffle', plugin: 'bshuf' },
  32013: { name: 'zfp', plugin: 'zfp' },
  32015: { name: 'zstd', plugin: 'zstd' },
  32017: { name: 'SZ' },
  32019: { name: 'JPEG', plugin: 'jpeg' },
  32022: { name: 'BitGroom', plugin: 'bitgroom' },
  32023: { name: 'Granular BitRound', plugin: 'bitround' },
  32024: { name: 'SZ3' },
  32026: { name: 'blosc2', plugin: 'blosc2' },
  32028: { name: 'SPERR' },
  4: { name: 'szip' },
};

/** @param stored the file's own word for it */
export const filterName = (id: number, stored = ''): string => FILTERS[id]?.name ?? (stored.trim() || `number ${id}`);

const installed = new WeakMap<object, Map<number, Promise<boolean>>>();

/**
 * Gives the library the plugin of a filter.
 * @returns false for a filter without a plugin, and where plugins cannot be reached (a bundle that leaves them out)
 */
export function installFilter({ module }: Hdf5Library, id: number): Promise<boolean> {
  const known = installed.get(module) ?? new Map<number, Promise<boolean>>();
  installed.set(module, known);
  const own = known.get(id) ?? install(module, FILTERS[id]?.plugin);
  known.set(id, own);
  return own;
}

async function install(module: Module, plugin: string | undefined): Promise<boolean> {
  if (!plugin) return false;
  try {
    const file = await fileBytes(new URL(`plugins/libH5Z${plugin}.so`, import.meta.resolve('h5wasm-plugins')));
    const bytes = plugin === 'bz2' ? refusingShortStreams(file) : file;
    const [folder] = module.get_plugin_search_paths();
    (module.FS as unknown as { mkdirTree(path: string): void }).mkdirTree(folder);
    module.FS.writeFile(`${folder}/libH5Z${plugin}.so`, bytes);
    return true;
  } catch {
    return false;
  }
}

/** Node's fetch knows no files; its modules are asked for at run time, since this file is for pages too. */
async function fileBytes(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  if (url.protocol !== 'file:') return new Uint8Array(await (await fetch(url)).arrayBuffer());
  type Builtin = { getBuiltinModule?(name: 'fs'): { readFileSync(path: URL): Uint8Array<ArrayBuffer> } };
  const { getBuiltinModule } = (globalThis as { process?: Builtin }).process ?? {};
  if (!getBuiltinModule) throw new Error('no file system');
  return getBuiltinModule('fs').readFileSync(url);
}
