import type { File as Hdf5File, Metadata } from 'h5wasm';
import { SlicewiseError } from '../../../core/errors.js';
import { elements } from '../../../core/array.js';
import type { AttributeValue } from './elements.js';
import { loadHdf5, temporaryName } from './library.js';

/** What `writeHdf5` puts into a file. Paths without leading slash; a group must be made before what lies in it. */
export interface Hdf5Writer {
  group(path: string): void;
  /** float32, chunked and gzip-compressed; complex (interleaved) becomes h5py's compound of r and i. */
  array(path: string, data: Float32Array, shape: readonly number[], options?: { complex?: boolean; chunks?: number[] }): void;
  /** float64, not compressed. */
  numbers(path: string, data: readonly number[], shape?: readonly number[]): void;
  /** One UTF-8 string. */
  text(path: string, value: string): void;
  /** Strings become UTF-8, numbers and lists of numbers float64; '' is the root. */
  attributes(path: string, values: Readonly<Record<string, AttributeValue>>): void;
  /** Names the axes of an array (HDF5 dimension labels; `dataset.dims[i].label` in h5py). */
  labels(path: string, axes: readonly string[]): void;
}

/**
 * Builds an HDF5 file in memory and returns its bytes.
 * @throws SlicewiseError FILE_WRITE when the library refuses something
 */
export async function writeHdf5(build: (writer: Hdf5Writer) => void): Promise<Uint8Array> {
  const { module, diagnostics, File } = await loadHdf5();
  const name = temporaryName();
  diagnostics.text = '';
  const file = new File(name, 'w');
  let open = true;
  const fail = (what: string): SlicewiseError =>
    new SlicewiseError('FILE_WRITE', {
      message: `the HDF5 library could not write ${what}`,
      cause: new Error(diagnostics.text),
    });
  const owner = (path: string): NonNullable<ReturnType<Hdf5File['get']>> => {
    const found = path === '' ? file : file.get(path);
    if (!found) throw fail(path);
    return found;
  };

  const writer: Hdf5Writer = {
    group: (path) => void file.create_group(path),
    numbers: (path, data, shape = [data.length]) =>
      void file.create_dataset({ name: path, data: Float64Array.from(data), shape: [...shape], dtype: '<d' }),
    text: (path, value) => void file.create_dataset({ name: path, data: [value], shape: [], dtype: 'S' }),
    attributes(path, values) {
      const target = owner(path);
      if (!('create_attribute' in target)) throw fail(path);
      for (const [key, value] of Object.entries(values)) {
        if (typeof value === 'string') target.create_attribute(key, [value], [], 'S');
        else if (typeof value === 'number') target.create_attribute(key, Float64Array.of(value), [], '<d');
        else if (typeof value[0] === 'string') target.create_attribute(key, value as string[], [value.length], 'S');
        else target.create_attribute(key, Float64Array.from(value as number[]), [value.length], '<d');
      }
    },
    labels(path, axes) {
      const target = owner(path);
      if ('set_dimension_label' in target) axes.forEach((axis, i) => target.set_dimension_label(i, axis));
    },
    array(path, data, shape, { complex = false, chunks } = {}) {
      const lanes = complex ? 2 : 1;
      if (data.length !== elements(shape) * lanes) {
        throw new SlicewiseError('SHAPE', { expected: `${elements(shape) * lanes} values`, got: `${data.length}` });
      }
      const pointer = module._malloc(Math.max(1, data.byteLength));
      if (pointer === 0) throw new SlicewiseError('MEMORY', { message: `no memory to write ${path}` });
      try {
        module.HEAPU8.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), pointer);
        const dims = shape.map(BigInt);
        const layout = {
          ...(complex ? complexType(module.H5T_class_t.H5T_FLOAT.value, module.H5T_class_t.H5T_COMPOUND.value) : float32()),
          shape: dims,
          maxshape: dims,
          chunks: (chunks ?? shape).map(BigInt),
          compression: 1, // the gzip filter
          compression_opts: [4],
        } as unknown as Parameters<typeof module.create_dataset>[3];
        const status = module.create_dataset(file.file_id, `/${path}`, BigInt(pointer), layout);
        if (status < 0) throw fail(path);
      } finally {
        module._free(pointer);
      }
    },
  };

  try {
    build(writer);
    open = false;
    file.flush();
    if (file.close() < 0) throw fail('the file');
    // A copy of our own: the in-memory file may own a larger buffer.
    return module.FS.readFile(name).slice();
  } catch (cause) {
    if (cause instanceof SlicewiseError) throw cause;
    throw new SlicewiseError('FILE_WRITE', { message: 'the HDF5 library could not write the file', cause });
  } finally {
    if (open) file.close();
    module.FS.unlink(name);
  }
}

const float32 = (): Partial<Metadata> => ({ type: 1, size: 4, signed: true, littleEndian: true, vlen: false });

function complexType(floatClass: number, compoundClass: number): Partial<Metadata> {
  const member = (name: string, offset: number): object => ({
    name,
    offset,
    type: floatClass,
    size: 4,
    signed: true,
    littleEndian: true,
    vlen: false,
    shape: [],
  });
  return {
    type: compoundClass,
    size: 8,
    signed: false,
    littleEndian: true,
    vlen: false,
    compound_type: { nmembers: 2, members: [member('r', 0), member('i', 4)] } as unknown as Metadata['compound_type'],
  };
}
