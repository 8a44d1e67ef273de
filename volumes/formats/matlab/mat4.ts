import { SlicewiseError } from '../../../core/errors.js';
import { columnMajorToC, type ArrayInfo, type NumericArray, type RawArray } from '../../raw-array.js';

/**
 * MATLAB 4 files: full matrices of two dimensions one after another, each a header of five 32-bit numbers (type MOPT, rows, columns,
 * imaginary part or not, length of the name), its name and its numbers, column by column, real parts first. Source: "MAT-File Format",
 * The MathWorks, chapter 2 (Level 4).
 */
interface Matrix {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly complex: boolean;
  /** P of MOPT. */
  readonly precision: number;
  /** T of MOPT: 0 numbers, 1 text, 2 sparse. */
  readonly type: number;
  readonly littleEndian: boolean;
  /** Where the numbers begin. */
  readonly at: number;
  readonly end: number;
}

const TYPES = [
  { name: 'float64', bytes: 8, read: (v: DataView, at: number, le: boolean) => v.getFloat64(at, le) },
  { name: 'float32', bytes: 4, read: (v: DataView, at: number, le: boolean) => v.getFloat32(at, le) },
  { name: 'int32', bytes: 4, read: (v: DataView, at: number, le: boolean) => v.getInt32(at, le) },
  { name: 'int16', bytes: 2, read: (v: DataView, at: number, le: boolean) => v.getInt16(at, le) },
  { name: 'uint16', bytes: 2, read: (v: DataView, at: number, le: boolean) => v.getUint16(at, le) },
  { name: 'uint8', bytes: 1, read: (v: DataView, at: number) => v.getUint8(at) },
] as const;

export const sniffMat4 = (bytes: Uint8Array): boolean => matrixAt(bytes, 0) !== undefined;

/** The matrix whose header lies at a place; undefined where there can be none. */
function matrixAt(bytes: Uint8Array, at: number): Matrix | undefined {
  if (at + 20 > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const littleEndian of [true, false]) {
    const [mopt, rows, columns, imaginary, length] = [0, 4, 8, 12, 16].map((o) => view.getInt32(at + o, littleEndian));
    const [machine, reserved, precision, type] = [1000, 100, 10, 1].map((unit) => Math.floor(mopt / unit) % 10);
    const fits = mopt >= 0 && mopt < 5000 && machine === (littleEndian ? 0 : 1) && reserved === 0 && precision < TYPES.length && type < 3;
    if (!fits || rows < 0 || columns < 0 || (imaginary !== 0 && imaginary !== 1) || length < 2 || length > 64) continue;
    const start = at + 20 + length;
    const text = bytes.subarray(at + 20, start - 1);
    const end = start + rows * columns * (imaginary + 1) * TYPES[precision].bytes;
    if (end > bytes.length || bytes[start - 1] !== 0 || !/^[A-Za-z]\w*$/.test(String.fromCharCode(...text))) continue;
    const name = String.fromCharCode(...text);
    return { name, rows, columns, complex: imaginary === 1, precision, type, littleEndian, at: start, end };
  }
  return undefined;
}

function matrices(bytes: Uint8Array, file: string): Matrix[] {
  const found: Matrix[] = [];
  for (let at = 0; at < bytes.length;) {
    const matrix = matrixAt(bytes, at);
    if (!matrix) {
      throw new SlicewiseError('FORMAT', {
        message: `${file} is damaged or truncated`,
        expected: `a matrix of a MATLAB 4 file at byte ${at}`,
        got: `${bytes.length - at} bytes that are none`,
        hint: 'copy the file again, or save it anew (save -v7)',
      });
    }
    found.push(matrix);
    at = matrix.end;
  }
  return found;
}

/** @throws SlicewiseError FORMAT */
export const listMat4 = (bytes: Uint8Array, file: string): ArrayInfo[] =>
  matrices(bytes, file).map(({ name, rows, columns, complex, precision, type }) => ({
    path: name,
    shape: [rows, columns],
    type: type === 1 ? 'char' : type === 2 ? 'sparse' : complex ? 'complex128' : TYPES[precision].name,
    numeric: type === 0,
  }));

/** @throws SlicewiseError ARGUMENT for a name that is not there, FORMAT, FORMAT_UNSUPPORTED for text and sparse matrices */
export function readMat4(bytes: Uint8Array, path: string, file: string): RawArray {
  const all = matrices(bytes, file);
  const matrix = all.find(({ name }) => name === path);
  if (!matrix) {
    throw new SlicewiseError('ARGUMENT', {
      message: `${file} has no variable '${path}'`,
      expected: `one of ${all.map(({ name }) => name).join(', ')}`,
      got: `'${path}'`,
    });
  }
  const { rows, columns, complex, precision, type, littleEndian, at } = matrix;
  if (type !== 0) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `'${path}' in ${file} is not an array of numbers`,
      expected: 'a full numeric matrix',
      got: type === 1 ? 'text' : 'a sparse matrix',
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { bytes: size, read } = TYPES[precision];
  const count = rows * columns;
  const data: NumericArray = new Float64Array(complex ? 2 * count : count);
  for (let n = 0; n < count; n++) {
    if (!complex) data[n] = read(view, at + n * size, littleEndian);
    else {
      data[2 * n] = read(view, at + n * size, littleEndian);
      data[2 * n + 1] = read(view, at + (count + n) * size, littleEndian);
    }
  }
  return { path, shape: [rows, columns], complex, data: columnMajorToC(data, [rows, columns], complex ? 2 : 1) };
}
