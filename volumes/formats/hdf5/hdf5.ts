import type { Attribute, File, Metadata } from 'h5wasm';
import { isSlicewiseError, SlicewiseError } from '../../../core/errors.js';
import { elements } from '../../../core/array.js';
import type { NamedBytes } from '../../format.js';
import { type NumericArray } from '../../raw-array.js';
import { bounded, dropLibrary, isBreakdown, loadHdf5, mostBytes, temporaryFolder, type Hdf5Library, type Module } from './library.js';
import { filterName, installFilter } from './filters.js';
import { endlessHeap } from './heaps.js';
import { makeFolder, placeParts, removeFolder } from './parts.js';

/*
 * Raw access to HDF5 files. h5wasm's own `.value` turns a compound complex array into nested JavaScript lists (52 MB: 36 s and 1.75 GB);
 * here a dataset is read as raw bytes, slab by slab along its first axis, straight into typed arrays.
 */

export type AttributeValue = number | string | number[] | string[];

export interface Hdf5Dataset {
  readonly path: string;
  readonly shape: readonly number[];
  /** `float32`, `int16`, …, `complex64|128` (compound of r and i, as h5py writes), `string`, `reference`, or another HDF5 class. */
  readonly type: string;
  readonly numeric: boolean;
  readonly chunks: readonly number[] | null;
}

/** A member of a compound dataset. */
export interface Hdf5Member {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  /** Bytes of one element of a variable-length member; absent for others. */
  readonly elementBytes?: number;
}

/** Bytes read at once when a dataset is read slab by slab. */
const SLAB_BYTES = 32 * 1024 * 1024;

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

/** Data behind a filter that the library does not know, yet. */
class FilterMissing extends SlicewiseError {
  constructor(
    readonly filter: number,
    parts: ConstructorParameters<typeof SlicewiseError>[1],
  ) {
    super('FORMAT_UNSUPPORTED', parts);
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

function damaged(name: string, diagnostics: string, length: number): SlicewiseError {
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

/** An open file. Paths have no leading slash. Valid only inside `withHdf5`. */
export class Hdf5File {
  private readonly module: Module;

  /**
   * @param fileBytes of the file and of those it leads to
   * @param missing names of files that it leads to and that are not there
   */
  constructor(
    private readonly library: Hdf5Library,
    private readonly file: File,
    readonly name: string,
    readonly fileBytes: number,
    private readonly missing: ReadonlySet<string>,
  ) {
    this.module = library.module;
  }

  /** Every path below the root, groups and datasets alike. */
  paths(): string[] {
    return this.guard('the table of contents', () => this.file.paths());
  }

  /** Links count as what they lead to. @throws SlicewiseError FORMAT for a link into a file that is not there */
  kind(path: string): 'dataset' | 'group' | 'missing' {
    if (path === '' || path === '/') return 'group';
    const { module } = this;
    const type = this.guard(path, () => module.get_type(this.file.file_id, path));
    if (type === module.H5G_DATASET) return 'dataset';
    if (type === module.H5G_GROUP) return 'group';
    if (type !== module.H5G_LINK && type !== module.H5G_UDLINK) return 'missing';
    if (this.leadsTo(path, () => module.get_dataset_metadata(this.file.file_id, path))) return 'dataset';
    if (this.leadsTo(path, () => module.get_names(this.file.file_id, path, false))) return 'group';
    if (type === module.H5G_LINK) return 'missing';
    const { filename } = this.guard(path, () => module.get_external_link(this.file.file_id, path));
    if (this.missing.has(filename)) throw this.partMissing(path, filename);
    return 'missing';
  }

  keys(path: string): string[] {
    return this.guard(path, () => this.module.get_names(this.file.file_id, path || '/', false));
  }

  /** @throws SlicewiseError FORMAT where all there is lies in a file that is not there */
  datasets(): Hdf5Dataset[] {
    let lost: SlicewiseError | undefined;
    const found = this.paths().filter((path) => {
      try {
        return this.kind(path) === 'dataset';
      } catch (error) {
        if (!isSlicewiseError(error) || isBreakdown(error)) throw error;
        lost = error;
        return false;
      }
    });
    if (found.length === 0 && lost) throw lost;
    return found.map((path) => this.dataset(path));
  }

  /** Does a link work? */
  private leadsTo(path: string, open: () => unknown): boolean {
    try {
      return this.guard(path, open) !== undefined;
    } catch (error) {
      if (isBreakdown(error)) throw error;
      return false;
    }
  }

  private partMissing(path: string, part: string): SlicewiseError {
    return new SlicewiseError('FORMAT', {
      message: `/${path} of ${this.name} lies in another file, ${part}, which was not found`,
      expected: `${part} beside ${this.name}`,
      got: 'no such file',
      hint: 'put it there, or copy all into one file (h5repack keeps links; h5copy -f ext, or h5py, does it)',
    });
  }

  /** @throws SlicewiseError FORMAT when there is no such dataset or its header is damaged */
  dataset(path: string): Hdf5Dataset {
    const meta = this.metadata(path);
    const type = typeName(meta, this.module);
    return {
      path,
      shape: meta.shape ?? [0],
      type,
      numeric: /^(u?int|float|complex|bool)/.test(type),
      chunks: meta.chunks,
    };
  }

  attributes(path = ''): Record<string, AttributeValue> {
    if (this.kind(path) === 'missing') return {};
    const { Dataset, Group } = this.library;
    const owner = path === '' ? this.file : new (this.kind(path) === 'dataset' ? Dataset : Group)(this.file.file_id, path);
    return this.guard(`attributes of ${path || '/'}`, () => {
      const out: Record<string, AttributeValue> = {};
      for (const [name, attribute] of Object.entries(owner.attrs)) {
        const value = plain(attribute);
        if (value !== undefined) out[name] = value;
      }
      return out;
    });
  }

  /**
   * Rows `start … start + count` of the first axis (all by default), other axes whole, C order, little endian. Complex comes
   * interleaved, 64-bit integers as float64, booleans as uint8.
   * @throws SlicewiseError FORMAT for damaged data, FORMAT_UNSUPPORTED for element types that are not numbers
   */
  read(path: string, start = 0, count?: number): NumericArray {
    const { shape, type, numeric } = this.dataset(path);
    if (!numeric) {
      throw new SlicewiseError('FORMAT_UNSUPPORTED', {
        message: `${path} in ${this.name} is not an array of numbers`,
        expected: 'integers, floats or complex',
        got: type,
      });
    }
    return decode(this.bytes(path, shape, start, count), type);
  }

  /** The whole dataset as float32 (complex interleaved), read slab by slab so that only one copy in its own type is small. */
  readFloat32(path: string): Float32Array {
    const { shape, type } = this.dataset(path);
    const lanes = type.startsWith('complex') ? 2 : 1;
    this.requirePlausible(path, this.metadata(path), elements(shape));
    const out = new Float32Array(elements(shape) * lanes);
    for (const [start, count] of this.slabs(path)) {
      out.set(this.read(path, start, count), (out.length / (shape[0] ?? 1)) * start);
    }
    return out;
  }

  /** Ranges [start, count] along the first axis that are about 32 MB each and end on chunk borders. */
  slabs(path: string): [number, number][] {
    const meta = this.metadata(path);
    const shape = meta.shape ?? [];
    if (shape.length === 0 || elements(shape) === 0) return elements(shape) === 0 ? [] : [[0, 1]];
    const rowBytes = (elements(shape) / shape[0]) * meta.size;
    const chunk = meta.chunks?.[0] ?? 1;
    const rows = Math.max(chunk, Math.floor(SLAB_BYTES / rowBytes / chunk) * chunk);
    const out: [number, number][] = [];
    for (let start = 0; start < shape[0]; start += rows) out.push([start, Math.min(rows, shape[0] - start)]);
    return out;
  }

  /** Strings of a (small) string dataset. */
  readStrings(path: string): string[] {
    const { shape, type } = this.dataset(path);
    if (type !== 'string') {
      throw new SlicewiseError('FORMAT', { message: `${path} in ${this.name}`, expected: 'text', got: type });
    }
    this.requirePlausible(path, this.metadata(path), elements(shape));
    const value = this.guard(path, () => new this.library.Dataset(this.file.file_id, path).value as unknown);
    return Array.isArray(value) ? value.map(String) : [String(value)];
  }

  /** Paths that the object references of a (small) reference dataset point to (MATLAB 7.3 cells and struct arrays). */
  readReferences(path: string): string[] {
    const { shape, type } = this.dataset(path);
    if (type !== 'reference') {
      throw new SlicewiseError('FORMAT', {
        message: `${path} in ${this.name}`,
        expected: 'object references',
        got: type,
      });
    }
    const bytes = this.bytes(path, shape);
    const size = bytes.length / Math.max(1, elements(shape));
    return Array.from({ length: elements(shape) }, (_, i) => {
      const reference = bytes.slice(i * size, (i + 1) * size);
      const name = this.guard(path, () => this.module.get_referenced_name(this.file.file_id, reference, true)) as string | null;
      if (name !== null) return name.replace(/^\//, '');
      throw new SlicewiseError('FORMAT', {
        message: `${path} in ${this.name}`,
        expected: 'references to objects',
        got: 'one that leads nowhere',
      });
    });
  }

  /** Members of a compound dataset, those of nested compounds as `head/idx/slice`. */
  members(path: string): Hdf5Member[] {
    const walk = (meta: Metadata, prefix: string, base: number): Hdf5Member[] =>
      (meta.compound_type?.members ?? []).flatMap((member) => {
        const [name, offset] = [`${prefix}${member.name}`, base + member.offset];
        if (member.compound_type) return walk(member, `${name}/`, offset);
        const vlen = member.vlen_type;
        return [{ name, offset, size: member.size, ...(vlen ? { elementBytes: vlen.size } : {}) }];
      });
    return walk(this.metadata(path), '', 0);
  }

  /**
   * Compound records `start … start + count` of a one-dimensional dataset as they lie in memory, little endian. A variable-length member
   * is a view of the library's own memory, valid only inside `use`.
   * @param use gets the bytes of one record and a function that gives those of the variable-length member at an offset of it
   */
  records(
    path: string,
    start: number,
    count: number,
    use: (record: DataView, list: (offset: number, elementBytes: number) => Uint8Array, index: number) => void,
  ): void {
    const { module } = this;
    const meta = this.metadata(path);
    const { size } = meta;
    // all of them, else a damaged number would be read in batches without end
    this.requirePlausible(path, meta, Math.max(count, ...(meta.shape ?? [])));
    const pointer = module._malloc(size * count);
    if (pointer === 0) throw new SlicewiseError('MEMORY', { message: `no memory to read ${path}` });
    try {
      module.HEAPU8.fill(0, pointer, pointer + size * count);
      const [one, at, shape] = [[1n], [BigInt(start)], [BigInt(count)]];
      const status = this.guard(path, () => module.get_dataset_data(this.file.file_id, path, shape, at, one, BigInt(pointer)));
      if (status < 0) throw this.failure(path);
      try {
        // the memory may have grown, and so moved, while reading
        const heap = module.HEAPU8;
        for (let n = 0; n < count; n++) {
          const record = new DataView(heap.buffer, pointer + n * size, size);
          // hvl_t of a 32-bit machine: number of elements, address
          const list = (offset: number, elementBytes: number): Uint8Array => {
            const [length, address] = [record.getUint32(offset, true), record.getUint32(offset + 4, true)];
            return heap.subarray(address, address + length * elementBytes);
          };
          use(record, list, start + n);
        }
      } finally {
        module.reclaim_vlen_memory_count(this.file.file_id, path, '', BigInt(pointer), shape);
      }
    } finally {
      module._free(pointer);
    }
  }

  private metadata(path: string): Metadata {
    if (this.kind(path) !== 'dataset') {
      throw new SlicewiseError('FORMAT', { message: `${this.name} has no dataset '${path}'` });
    }
    const meta = this.guard(path, () => this.module.get_dataset_metadata(this.file.file_id, path));
    const lost = meta.virtual_sources?.find(({ file_name: part }) => this.missing.has(part));
    if (lost) throw this.partMissing(path, lost.file_name);
    return meta;
  }

  /** A damaged header may ask for anything. @throws SlicewiseError FORMAT for more than a file of this size can hold */
  private requirePlausible(path: string, { size }: Metadata, count: number): void {
    const most = mostBytes(this.fileBytes);
    if (size * count <= most) return;
    throw new SlicewiseError('FORMAT', {
      message: `/${path} of ${this.name} claims more than the file can hold`,
      expected: `at most ${most} bytes of a file of ${this.fileBytes}`,
      got: `${size * count} bytes`,
      hint: 'the header is damaged, or nothing was written into the array',
    });
  }

  private bytes(path: string, shape: readonly number[], start = 0, count?: number): Uint8Array {
    const { module } = this;
    const meta = this.metadata(path);
    const sizes = [...shape];
    if (sizes.length > 0) sizes[0] = count ?? shape[0] - start;
    const length = elements(sizes) * meta.size;
    if (length === 0) return new Uint8Array(0);
    this.requirePlausible(path, meta, elements(sizes));
    if (length > module.MAXIMUM_MEMORY / 2) {
      throw new SlicewiseError('MEMORY', { message: `${path} is too large to read at once`, got: `${length} bytes` });
    }
    const pointer = module._malloc(length);
    if (pointer === 0) throw new SlicewiseError('MEMORY', { message: `no memory to read ${path}`, got: `${length} bytes` });
    try {
      const big = (list: readonly number[]): bigint[] => list.map(BigInt);
      const slab = sizes.length > 0;
      const status = this.guard(
        path,
        () =>
          module.get_dataset_data(
            this.file.file_id,
            path,
            slab ? big(sizes) : null,
            slab ? big(sizes.map((_, a) => (a === 0 ? start : 0))) : null,
            slab ? big(sizes.map(() => 1)) : null,
            BigInt(pointer),
          ),
        length,
      );
      if (status < 0) throw this.failure(path);
      return module.HEAPU8.slice(pointer, pointer + length);
    } finally {
      module._free(pointer);
    }
  }

  /** Turns whatever h5wasm throws into our error. @param wanted bytes that the caller has found plausible */
  private guard<T>(what: string, action: () => T, wanted = 0): T {
    this.library.diagnostics.text = '';
    try {
      return bounded(this.library, this.fileBytes, wanted, action);
    } catch (cause) {
      throw this.failure(what, cause);
    }
  }

  private failure(what: string, cause?: unknown): SlicewiseError {
    const { text } = this.library.diagnostics;
    const unknown = /required filter '?(.*?)'? is not registered/.test(text) ? this.unknownFilter(what) : undefined;
    if (unknown) {
      return new FilterMissing(unknown.id, {
        message: `/${what} of ${this.name} is compressed by ${filterName(unknown.id, unknown.name)} (HDF5 filter ${unknown.id})`,
        expected: 'gzip, shuffle, lzf, blosc, bitshuffle, lz4, zstd, bzip2, zfp or no compression',
        got: `a filter that cannot be undone here`,
        hint: 'rewrite it where the filter is known: h5repack -f GZIP=4 IN OUT, or in Python h5py with hdf5plugin and compression="gzip"',
        cause: cause ?? new Error(text),
      });
    }
    if (/external raw data file/.test(text)) {
      return new SlicewiseError('FORMAT_UNSUPPORTED', {
        message: `the numbers of /${what} of ${this.name} lie in a raw file of their own (HDF5 external storage)`,
        expected: 'numbers in an HDF5 file',
        got: 'names of raw files',
        hint: 'read the raw file itself with --raw TYPE:SIZES, or copy the array into one file with h5py',
        cause: cause ?? new Error(text),
      });
    }
    return new SlicewiseError('FORMAT', {
      message: `cannot read ${what} in ${this.name}`,
      expected: 'undamaged data',
      got: lastLine(text) ?? String(cause ?? 'an HDF5 error'),
      hint: 'the file may be truncated: copy it again',
      cause: cause ?? (text ? new Error(text) : undefined),
    });
  }

  /** The first filter of a dataset that is not HDF5's own. */
  private unknownFilter(path: string): { readonly id: number; readonly name: string } | undefined {
    try {
      const get = (): unknown => this.module.get_dataset_filters(this.file.file_id, path);
      const filters = bounded(this.library, this.fileBytes, 0, get) as readonly { id: number; name: string }[];
      return filters.find(({ id }) => id > 3 && id !== 6 && id !== 5);
    } catch {
      return undefined;
    }
  }
}

function plain(attribute: Attribute): AttributeValue | undefined {
  const { type, array_type } = attribute.metadata;
  if (array_type || (type !== 0 && type !== 1 && type !== 3 && type !== 8)) return undefined;
  const value = attribute.json_value as unknown;
  if (typeof value === 'boolean') return Number(value);
  if (Array.isArray(value)) return value.map((v) => (typeof v === 'boolean' ? Number(v) : v)) as number[] | string[];
  return typeof value === 'number' || typeof value === 'string' ? value : undefined;
}

function typeName(meta: Metadata, module: Module): string {
  const classes = module.H5T_class_t;
  if (meta.type === classes.H5T_INTEGER.value) return `${meta.signed ? 'int' : 'uint'}${meta.size * 8}`;
  if (meta.type === classes.H5T_FLOAT.value) return `float${meta.size * 8}`;
  if (meta.type === classes.H5T_ENUM.value && meta.size === 1) return 'bool';
  // named whole numbers: their numbers count
  if (meta.type === classes.H5T_ENUM.value) return `${meta.signed ? 'int' : 'uint'}${meta.size * 8}`;
  if (meta.type === classes.H5T_STRING.value) return 'string';
  if (meta.type === classes.H5T_REFERENCE.value && meta.ref_type === 'object') return 'reference';
  if (meta.type === classes.H5T_COMPOUND.value) {
    const members = meta.compound_type?.members ?? [];
    const [re, im] = members;
    const pair = members.length === 2 && /^r(e|eal)?$/i.test(re.name) && /^i(m|mag)?$/i.test(im.name);
    const packed = pair && re.offset === 0 && im.offset === re.size && meta.size === 2 * re.size;
    const floats = packed && re.type === classes.H5T_FLOAT.value && im.type === classes.H5T_FLOAT.value;
    if (floats && re.littleEndian && re.size === im.size) return `complex${meta.size * 8}`;
    const whole = packed && re.type === classes.H5T_INTEGER.value && im.type === classes.H5T_INTEGER.value;
    if (whole && re.littleEndian && im.littleEndian && re.size === im.size && re.size <= 4 && re.signed && im.signed)
      return `complex of int${re.size * 8}`;
    return 'compound';
  }
  const names = Object.entries(classes) as [string, { value: number } | undefined][];
  return (names.find(([, own]) => own?.value === meta.type)?.[0] ?? 'unknown').replace('H5T_', '').toLowerCase();
}

function decode(bytes: Uint8Array, type: string): NumericArray {
  const { buffer } = bytes;
  switch (type) {
    case 'int8':
      return new Int8Array(buffer);
    case 'uint8':
    case 'bool':
      return bytes;
    case 'int16':
      return new Int16Array(buffer);
    case 'uint16':
      return new Uint16Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
    case 'uint32':
      return new Uint32Array(buffer);
    case 'int64':
      return Float64Array.from(new BigInt64Array(buffer), Number);
    case 'uint64':
      return Float64Array.from(new BigUint64Array(buffer), Number);
    case 'float32':
    case 'complex64':
      return new Float32Array(buffer);
    case 'float64':
    case 'complex128':
      return new Float64Array(buffer);
    case 'complex of int8':
      return Float32Array.from(new Int8Array(buffer));
    case 'complex of int16':
      return Float32Array.from(new Int16Array(buffer));
    case 'complex of int32':
      return Float32Array.from(new Int32Array(buffer));
    case 'float16':
      return Float32Array.from(new Uint16Array(buffer), halfToFloat);
    default:
      throw new SlicewiseError('FORMAT_UNSUPPORTED', { message: 'element type', expected: 'up to 64 bits', got: type });
  }
}

/** IEEE 754 binary16. */
function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
