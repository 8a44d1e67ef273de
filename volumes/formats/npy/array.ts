import { SlicewiseError } from '../../../core/errors.js';
import { readSamples, readSamplesDouble, SAMPLE_BYTES, type SampleType } from '../support/samples.js';

/** An array of a .npy file; its samples are decoded when asked for. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly type: SampleType;
  /** Complex numbers: `type` is that of the two parts, samples come interleaved (re, im). */
  readonly complex: boolean;
  /** C order, whatever the file's order. @throws SlicewiseError FORMAT when the file is truncated */
  float32(): Float32Array;
  float64(): Float64Array;
}

const MAGIC = '\x93NUMPY';

const TYPES: { readonly [code: string]: SampleType } = {
  b1: 'uint8',
  i1: 'int8',
  u1: 'uint8',
  i2: 'int16',
  u2: 'uint16',
  i4: 'int32',
  u4: 'uint32',
  i8: 'int64',
  u8: 'uint64',
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  c8: 'float32',
  c16: 'float64',
};

export const isNpy = (bytes: Uint8Array): boolean => String.fromCharCode(...bytes.subarray(0, 6)) === MAGIC;

/**
 * The header of a .npy file (NEP 1; versions 1 to 3).
 * @throws SlicewiseError FORMAT when it is not one, FORMAT_UNSUPPORTED for object, text and structured arrays
 */
export function parseNpy(bytes: Uint8Array, name: string): NpyArray {
  if (!isNpy(bytes) || bytes.length < 12) {
    throw new SlicewiseError('FORMAT', { message: `${name} is not a .npy file`, expected: `magic '\\x93NUMPY'` });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const wide = bytes[6] >= 2;
  const start = wide ? 12 : 10;
  const offset = start + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = new TextDecoder('latin1').decode(bytes.subarray(start, offset));
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1];
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const shapeText = /'shape'\s*:\s*\(([^)]*)\)/.exec(header)?.[1];
  const parts = shapeText
    ?.split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  if (offset > bytes.length || !fortran || !parts || parts.some((part) => !/^\d+$/.test(part))) {
    throw new SlicewiseError('FORMAT', { message: `the .npy header of ${name} is damaged`, got: header.slice(0, 100) });
  }
  const shape = parts.map(Number);
  const type = descr && TYPES[descr.slice(1)];
  if (!descr || !type || !'<>|='.includes(descr[0])) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `array type of ${name} not supported`,
      expected: 'integers, floats, complex numbers or booleans',
      got: !descr ? 'a structured array' : describeType(descr),
      hint: 'save plain arrays of numbers instead of objects',
    });
  }
  const complex = descr[1] === 'c';
  const lanes = complex ? 2 : 1;
  const count = shape.reduce((a, n) => a * n, lanes);
  if (!Number.isSafeInteger(count * SAMPLE_BYTES[type])) {
    throw new SlicewiseError('FORMAT', { message: `impossible shape in ${name}`, got: `(${shape.join(', ')})` });
  }
  const layout = { type, littleEndian: descr[0] !== '>', offset, count };
  const ordered = <A extends Float32Array | Float64Array>(data: A, out: () => A): A =>
    fortran === 'True' && shape.length > 1 ? toCOrder(data, shape, lanes, out()) : data;
  return {
    shape,
    type,
    complex,
    float32: () => ordered(readSamples(bytes, layout), () => new Float32Array(count)),
    float64: () => ordered(readSamplesDouble(bytes, layout), () => new Float64Array(count)),
  };
}

/**
 * The text of a `.npy` file that holds one string (dtype `<U…`, as numpy.save(f, 'text') writes); undefined for any other array.
 */
export function textOf(bytes: Uint8Array): string | undefined {
  const length = bytes[6] >= 2 ? 12 : 10;
  const start = length + bytes[8] + 256 * bytes[9];
  const header = new TextDecoder('latin1').decode(bytes.subarray(length, start));
  const [, order, count] = /'descr'\s*:\s*'([<>=|])U(\d+)'/.exec(header) ?? [];
  if (!isNpy(bytes) || order === undefined || !/'shape'\s*:\s*\(\s*\)/.test(header)) return undefined;
  if (bytes.length < start + 4 * Number(count)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + start);
  const points = Array.from({ length: Number(count) }, (_, n) => view.getUint32(4 * n, order !== '>'));
  return String.fromCodePoint(...points.filter((point) => point > 0 && point <= 0x10ffff));
}

/** A .npy file of one string. */
export function packText(text: string): Uint8Array<ArrayBuffer> {
  const points = [...text].map((letter) => letter.codePointAt(0)!);
  return packed(`<U${points.length}`, [], new Uint8Array(Uint32Array.from(points).buffer));
}

/** A .npy file (version 1.0) of float32 or float64 samples in C order; complex ones interleaved. */
export function packNpy(data: Float32Array | Float64Array, shape: readonly number[], complex = false): Uint8Array<ArrayBuffer> {
  const bytes = data.BYTES_PER_ELEMENT;
  const descr = complex ? `<c${2 * bytes}` : `<f${bytes}`;
  return packed(descr, shape, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function packed(descr: string, shape: readonly number[], data: Uint8Array): Uint8Array<ArrayBuffer> {
  const list = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${list}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64;
  const out = new Uint8Array(length + data.byteLength).fill(0x20, 0, length);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, (length - 10) & 255, (length - 10) >> 8]);
  out.set(new TextEncoder().encode(text), 10);
  out[length - 1] = 0x0a;
  out.set(data, length);
  return out;
}

/** First axis fastest → last axis fastest. */
function toCOrder<A extends Float32Array | Float64Array>(data: A, shape: readonly number[], lanes: number, out: A): A {
  const rank = shape.length;
  const stride = shape.map((_, n) => shape.slice(0, n).reduce((a, b) => a * b, 1));
  const index = new Array<number>(rank).fill(0);
  let from = 0;
  for (let at = 0; at < out.length; at += lanes) {
    for (let lane = 0; lane < lanes; lane++) out[at + lane] = data[lanes * from + lane];
    for (let axis = rank - 1; axis >= 0; axis--) {
      from += stride[axis];
      if (++index[axis] < shape[axis]) break;
      from -= stride[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}

function describeType(descr: string): string {
  const kind: { readonly [letter: string]: string } = { O: 'object', U: 'text', S: 'bytes', V: 'void', M: 'date', m: 'time' };
  return `${kind[descr[1]] ?? 'type'} '${descr}'`;
}
