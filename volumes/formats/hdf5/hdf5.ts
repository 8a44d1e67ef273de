import type { File, Metadata } from 'h5wasm';
import { isSlicewiseError, SlicewiseError } from '../../../core/errors.js';
import { elements } from '../../../core/array.js';
import { type NumericArray } from '../../raw-array.js';
import { decode, plain, typeName, type AttributeValue } from './elements.js';
import { failureOf, isFilterMissing } from './failures.js';
import { bounded, isBreakdown, mostBytes, type Hdf5Library, type Module } from './library.js';

/*
 * Raw access to HDF5 files. h5wasm's own `.value` turns a compound complex array into nested JavaScript lists (52 MB: 36 s and 1.75 GB);
 * here a dataset is read as raw bytes, slab by slab along its first axis, straight into typed arrays.
 */

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
    const unknown = isFilterMissing(text) ? this.unknownFilter(what) : undefined;
    return failureOf(what, this.name, { text, unknown, cause });
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
