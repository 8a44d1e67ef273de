import { SlicewiseError } from '../../../core/errors.js';
import { elements } from '../../../core/array.js';
import { columnMajorToC, toFloat32, type ArrayInfo, type RawArray } from '../../raw-array.js';
import type { Hdf5File } from '../hdf5/hdf5.js';
import { withHdf5 } from '../hdf5/open.js';
import { columnMajorIndex, parseMatPath } from './mat-path.js';

/**
 * MATLAB 7.3 files: HDF5 with MATLAB's conventions (`MATLAB_class` attributes, structs as groups, cells and struct arrays as
 * object references into `#refs#`, complex as compounds of `real` and `imag`).
 *
 * Axis rule as for MATLAB 5: MATLAB's A(i, j, k) is our [i−1, j−1, k−1]. The file stores the transpose (h5py shows [k, j, i]).
 */
export function sniffMat73(bytes: Uint8Array): boolean {
  return bytes.length > 128 && new TextDecoder('latin1').decode(bytes.subarray(0, 10)) === 'MATLAB 7.3';
}

/** @throws SlicewiseError FORMAT */
export async function listMat73(bytes: Uint8Array, file: string): Promise<ArrayInfo[]> {
  return withHdf5(bytes, file, (h5) => {
    const out: ArrayInfo[] = [];
    for (const key of h5.keys('')) if (!key.startsWith('#')) walk(h5, key, key, out);
    return out;
  });
}

/**
 * One array, by its path in MATLAB's notation.
 * @throws SlicewiseError ARGUMENT for a path that is not there, FORMAT, FORMAT_UNSUPPORTED
 */
export async function readMat73(bytes: Uint8Array, path: string, file: string): Promise<RawArray> {
  return withHdf5(bytes, file, (h5) => {
    const at = locate(h5, path);
    const info = h5.dataset(at);
    const attributes = h5.attributes(at);
    if (attributes.MATLAB_class === 'char' || 'MATLAB_sparse' in attributes || !info.numeric) {
      throw new SlicewiseError('FORMAT_UNSUPPORTED', {
        message: `'${path}' in ${file} is not an array of numbers`,
        expected: 'a numeric or logical array',
        got: String(attributes.MATLAB_class ?? info.type),
      });
    }
    const shape = [...info.shape].reverse();
    if (attributes.MATLAB_empty) return { path, shape: [0, 0], data: new Float32Array(0) };
    const complex = info.type.startsWith('complex');
    const data = info.type.endsWith('64') || info.type.endsWith('128') ? h5.read(at) : toFloat32(h5.read(at));
    return { path, shape, complex, data: columnMajorToC(data, shape, complex ? 2 : 1) };
  });
}

function walk(h5: Hdf5File, at: string, shown: string, out: ArrayInfo[], depth = 0): void {
  if (depth > 64) return;
  if (h5.kind(at) === 'group') {
    for (const key of h5.keys(at)) walk(h5, `${at}/${key}`, `${shown}.${key}`, out, depth + 1);
    return;
  }
  const { shape, type, numeric } = h5.dataset(at);
  const size = [...shape].reverse();
  const cls = h5.attributes(at).MATLAB_class;
  if (type === 'reference') {
    const cell = cls === 'cell';
    const targets = h5.readReferences(at).slice(0, 100);
    const dot = shown.lastIndexOf('.');
    targets.forEach((target, i) => {
      // A field of a struct array: s.f holds one reference per element, written s(i).f.
      const name = cell ? `${shown}{${i + 1}}` : `${shown.slice(0, dot)}(${i + 1})${shown.slice(dot)}`;
      walk(h5, target, name, out, depth + 1);
    });
    return;
  }
  out.push({ path: shown, shape: size, type: cls === 'char' ? 'char' : type, numeric: numeric && cls !== 'char' });
}

/** MATLAB path → HDF5 path of the dataset. */
function locate(h5: Hdf5File, path: string): string {
  const missing = (got: string): SlicewiseError =>
    new SlicewiseError('ARGUMENT', {
      message: `${h5.name} has no array '${path}'`,
      expected: 'a path that exists',
      got,
    });
  let at = '';
  let pending: readonly number[] | undefined;
  const element = (dataset: string, index: readonly number[]): string => {
    const shape = [...h5.dataset(dataset).shape].reverse();
    return h5.readReferences(dataset)[columnMajorIndex(index, shape, path)];
  };
  for (const step of parseMatPath(path)) {
    if ('field' in step) {
      const next = at ? `${at}/${step.field}` : step.field;
      if (h5.kind(next) === 'missing') throw missing(step.field);
      // A subscripted struct: field of a struct array → one of its references; of a single struct → the field itself.
      const array = pending && h5.kind(next) === 'dataset' && h5.dataset(next).type === 'reference';
      if (pending && !array && elements(pending) !== 1) throw missing(`(${pending.join(', ')})`);
      at = array && pending ? element(next, pending) : next;
      pending = undefined;
    } else if (h5.kind(at) === 'group') {
      pending = step.index;
    } else if (h5.dataset(at).type === 'reference') {
      at = element(at, step.index);
    } else {
      throw missing('a subscript into a plain array');
    }
  }
  if (h5.kind(at) !== 'dataset') throw missing('a struct');
  return at;
}
