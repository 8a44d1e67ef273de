import { SlicewiseError } from '../core/errors.js';

/** Element storage of an array that was read as it is; 64-bit integers arrive as float64. */
export type NumericArray = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/** An array as a container file holds it: C order, `shape` in the file's own index order, complex interleaved (re, im). */
export interface RawArray {
  readonly data: NumericArray;
  readonly shape: readonly number[];
  readonly complex?: boolean;
  /** Its path in the container (`CtDataLimited.sinogram`, `exchange/data`); empty where a file holds one array only. */
  readonly path: string;
  /** mm between neighbours along the last index, the one before, and the first of three, where the file says it. */
  readonly spacing?: readonly [number, number, number];
  /** The file's own word for the unit of the numbers. */
  readonly unit?: string;
  /** What its reader has to tell. */
  readonly warnings?: readonly string[];
}

/** One entry of a container's table of contents. */
export interface ArrayInfo {
  readonly path: string;
  readonly shape: readonly number[];
  /** Element type in words (`float32`, `complex128`, `char`, …). */
  readonly type: string;
  /** Can it be read as a RawArray? */
  readonly numeric: boolean;
}

/** As float32 without a copy when it already is. */
export function toFloat32(data: NumericArray): Float32Array {
  return data instanceof Float32Array ? data : Float32Array.from(data);
}

/** Drops axes of length 1, but keeps at least `rank` axes. */
export function squeeze(shape: readonly number[], rank = 0): number[] {
  const out = [...shape];
  for (let i = 0; i < out.length && out.length > rank;) {
    if (out[i] === 1) out.splice(i, 1);
    else i++;
  }
  return out;
}

/**
 * Reorders axes: axis `a` of the result is axis `order[a]` of the input (as numpy.transpose). `lanes` values travel together
 * (2 for complex).
 */
export function transpose<T extends NumericArray>(data: T, shape: readonly number[], order: readonly number[], lanes = 1): T {
  const rank = shape.length;
  const strides = new Array<number>(rank);
  for (let a = rank - 1, s = lanes; a >= 0; s *= shape[a], a--) strides[a] = s;
  const outShape = order.map((a) => shape[a]);
  const outStrides = order.map((a) => strides[a]);
  if (order.every((a, i) => a === i)) return data;
  const out = new (data.constructor as new (n: number) => T)(data.length);
  const last = rank - 1;
  const index = new Array<number>(rank).fill(0);
  let from = 0;
  for (let to = 0; to < data.length;) {
    for (let i = 0, f = from; i < outShape[last]; i++, f += outStrides[last]) {
      for (let lane = 0; lane < lanes; lane++) out[to++] = data[f + lane];
    }
    for (let a = last - 1; a >= 0; a--) {
      from += outStrides[a];
      if (++index[a] < outShape[a]) break;
      from -= outStrides[a] * outShape[a];
      index[a] = 0;
    }
    if (rank === 1) break;
  }
  return out;
}

/** First index fastest (MATLAB, Fortran) → C order, the index order kept: out[i, j, k] = A(i+1, j+1, k+1). */
export function columnMajorToC<T extends NumericArray>(data: T, shape: readonly number[], lanes = 1): T {
  const reversed = [...shape].reverse();
  return transpose(
    data,
    reversed,
    shape.map((_, a) => shape.length - 1 - a),
    lanes,
  );
}

/** Two arrays of one shape that are called real and imaginary. */
function partsHint([a, b, ...more]: readonly ArrayInfo[]): string {
  const is = (part: RegExp, { path }: ArrayInfo): boolean => part.test(path.toLowerCase());
  const [re, im] = [/(^|[^a-z])re(al)?([^a-z]|$)/, /(^|[^a-z])im(ag|aginary)?([^a-z]|$)/];
  const pair = b !== undefined && more.length === 0 && a.shape.join() === b.shape.join();
  if (!pair || !((is(re, a) && is(im, b)) || (is(re, b) && is(im, a)))) return '';
  return 'if they are real and imaginary part, make one complex array of them (numpy: re + 1j * im)';
}

/**
 * The array the user means: the one named, or the only numeric one with at least two axes longer than 1.
 * @throws SlicewiseError ARGUMENT listing what there is
 */
export function pickArray(list: readonly ArrayInfo[], dataset: string | undefined, file: string): ArrayInfo {
  const names = list.map((a) => `${a.path} [${a.shape.join('×')} ${a.type}]`);
  const shown = names.slice(0, 12).join(', ') + (names.length > 12 ? `, … ${names.length - 12} more` : '');
  if (dataset !== undefined) {
    const found = list.find((a) => a.path === dataset || a.path === dataset.replace(/^\//, ''));
    if (found) return found;
    throw new SlicewiseError('ARGUMENT', {
      message: `${file} has no array '${dataset}'`,
      expected: shown ? `one of ${shown}` : 'a file with arrays',
      got: dataset,
    });
  }
  const images = list.filter((a) => a.numeric && squeeze(a.shape).length >= 2);
  if (images.length === 1) return images[0];
  throw new SlicewiseError('ARGUMENT', {
    message: images.length ? `${file} holds several arrays` : `${file} holds no numeric array of two or more dimensions`,
    expected: 'one array',
    got: shown || 'none',
    hint: images.length === 0 ? '' : [partsHint(images), 'name the one you mean with --dataset PATH'].filter(Boolean).join('; or '),
  });
}
