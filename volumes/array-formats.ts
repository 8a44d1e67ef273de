import { isSlicewiseError } from '../core/errors.js';
import { Registry } from '../core/registry.js';
import type { NamedBytes } from './format.js';
import { withHdf5, sniffHdf5 } from './formats/hdf5/open.js';
import { unpackedByAttributes } from './formats/hdf5/packing.js';
import { listMat4, readMat4, sniffMat4 } from './formats/matlab/mat4.js';
import { listMat5, namesInMat5, readMat5, sniffMat5 } from './formats/matlab/mat5.js';
import { listMat73, readMat73, sniffMat73 } from './formats/matlab/mat73.js';
import { isNpy, parseNpy, type NpyArray } from './formats/npy/array.js';
import { npzArrays } from './formats/npy/npz-arrays.js';
import { listTiffStack, readTiffStack, sniffTiff } from './formats/tiff/tiff-stack.js';
import { listPngStack, readPngStack, sniffPng } from './formats/png/png-stack.js';
import { isZip } from './formats/npy/zip.js';
import { pickArray, type ArrayInfo, type RawArray } from './raw-array.js';

/** A container of plain arrays, from which a volume or, with a geometry, a measurement can be made. */
export interface ArrayFormat {
  readonly name: string;
  readonly extensions: readonly string[];
  readonly maxFiles: number;
  /** Do the bytes look like this format? Cheap, never throws. */
  sniff(bytes: Uint8Array): boolean;
  /** The arrays that there are. @throws SlicewiseError FORMAT */
  list(files: readonly NamedBytes[]): Promise<ArrayInfo[]>;
  /** Names of those that lie in no group, where that is cheaper than `list`. @throws as `list` */
  names?(files: readonly NamedBytes[]): Promise<string[]>;
  /** One of them, by its path. @throws SlicewiseError FORMAT, FORMAT_UNSUPPORTED */
  read(files: readonly NamedBytes[], path: string): Promise<RawArray>;
  /** Are the axes in MATLAB's habit, A(row, column, slice)? */
  readonly slicesLast?: boolean;
}

/** MATLAB's files that are not HDF5. */
const matlab = (
  name: string,
  { sniff, list, read }: { sniff: ArrayFormat['sniff']; list: typeof listMat5; read: typeof readMat5 },
): ArrayFormat => ({
  name,
  extensions: ['.mat'],
  maxFiles: 1,
  sniff,
  list: async ([file]) => list(file.bytes, file.name),
  read: async ([file], path) => read(file.bytes, path, file.name),
  slicesLast: true,
});

const matlab4 = matlab('MATLAB 4', { sniff: sniffMat4, list: listMat4, read: readMat4 });
const matlab5: ArrayFormat = {
  ...matlab('MATLAB 5', { sniff: sniffMat5, list: listMat5, read: readMat5 }),
  names: async ([file]) => namesInMat5(file.bytes, file.name),
};

const matlab73: ArrayFormat = {
  name: 'MATLAB 7.3',
  extensions: ['.mat'],
  maxFiles: 1,
  sniff: (bytes) => sniffMat73(bytes) && sniffHdf5(bytes),
  list: ([file]) => listMat73(file.bytes, file.name),
  read: ([file], path) => readMat73(file.bytes, path, file.name),
  slicesLast: true,
};

const hdf5: ArrayFormat = {
  name: 'HDF5',
  extensions: ['.h5', '.hdf5', '.hdf', '.nxs'],
  maxFiles: 1,
  sniff: (bytes) => sniffHdf5(bytes) && !sniffMat73(bytes),
  list: ([file]) => withHdf5(file.bytes, file.name, (h5) => h5.datasets(), file.beside),
  read: ([file], path) =>
    withHdf5(
      file.bytes,
      file.name,
      (h5) => {
        const at = path.replace(/^\//, '');
        const { shape, type } = h5.dataset(at);
        const attributes = h5.attributes(at);
        const { units, unit = units } = attributes;
        // Short and double arrays (angles) keep their digits; large ones become float32 slab by slab.
        const wide = type === 'float64' && shape.reduce((a, n) => a * n, 1) <= 1 << 16;
        const stored = wide ? h5.read(at) : h5.readFloat32(at);
        const complex = type.startsWith('complex');
        return {
          ...{ path: at, shape, complex, ...(complex ? { data: stored } : unpackedByAttributes(stored, attributes, at)) },
          ...(typeof unit === 'string' ? { unit } : {}),
        };
      },
      file.beside,
    ),
};

const npy: ArrayFormat = {
  name: 'NumPy array',
  extensions: ['.npy'],
  maxFiles: 1,
  sniff: isNpy,
  list: async ([file]) => [describeNpy('', parseNpy(file.bytes, file.name))],
  read: async ([file]) => {
    const array = parseNpy(file.bytes, file.name);
    return { path: '', shape: array.shape, complex: array.complex, data: array.float32() };
  },
};

const npz: ArrayFormat = {
  name: 'NumPy archive',
  extensions: ['.npz'],
  maxFiles: 1,
  sniff: isZip,
  list: async ([file]) => {
    const arrays = npzArrays(file.bytes);
    return arrays.names.map((path) => {
      return arrays.readable(path) ? describeNpy(path, arrays.get(path)) : { path, shape: [], type: 'other', numeric: false };
    });
  },
  read: async ([file], path) => {
    const array = npzArrays(file.bytes).get(path);
    const data = array.type === 'float64' && !array.complex ? array.float64() : array.float32();
    return { path, shape: array.shape, complex: array.complex, data };
  },
};

const tiffStack: ArrayFormat = {
  name: 'TIFF',
  extensions: ['.tiff', '.tif'],
  maxFiles: Infinity,
  sniff: sniffTiff,
  list: listTiffStack,
  read: readTiffStack,
};

const pngStack: ArrayFormat = {
  name: 'PNG',
  extensions: ['.png'],
  maxFiles: Infinity,
  sniff: sniffPng,
  list: listPngStack,
  read: readPngStack,
};

/** Containers of plain arrays, in the order in which their bytes are sniffed. */
export const arrayFormats = new Registry<ArrayFormat>('array format', 'FORMAT')
  .add('mat5', matlab5)
  .add('mat4', matlab4)
  .add('mat73', matlab73)
  .add('hdf5', hdf5)
  .add('npy', npy)
  .add('npz', npz)
  .add('tiff', tiffStack)
  .add('png', pngStack);

function describeNpy(path: string, { shape, type, complex }: NpyArray): ArrayInfo {
  return { path, shape, type: complex ? (type === 'float64' ? 'complex128' : 'complex64') : type, numeric: true };
}

/**
 * The array `dataset` names, or the only one with two or more dimensions.
 * @throws SlicewiseError ARGUMENT listing the arrays there are; FORMAT, FORMAT_UNSUPPORTED
 */
export async function readArray(format: ArrayFormat, files: readonly NamedBytes[], dataset?: string): Promise<RawArray> {
  // One array only: nothing to pick (and a TIFF stack is not read twice).
  if (format === npy) return format.read(files, '');
  if (format === tiffStack) return format.read(files, dataset ?? '');
  // MATLAB and npz name what is missing themselves; listing would inflate every variable.
  if (dataset !== undefined && format !== hdf5) return format.read(files, dataset);
  const list = await format.list(files);
  // what lies behind a link to a group is not in the table of contents
  if (dataset !== undefined && !list.some(({ path }) => path === dataset.replace(/^\//, ''))) {
    const linked = await format.read(files, dataset).catch((error: unknown) => {
      if (isSlicewiseError(error) && / has no dataset /.test(error.message)) return undefined;
      throw error;
    });
    if (linked) return linked;
  }
  return format.read(files, pickArray(list, dataset, files[0].name).path);
}
