import type { Attribute, Metadata } from 'h5wasm';
import { SlicewiseError } from '../../../core/errors.js';
import { type NumericArray } from '../../raw-array.js';
import type { Module } from './library.js';

export type AttributeValue = number | string | number[] | string[];

/** What an attribute holds; undefined for one that is neither number nor text. */
export function plain(attribute: Attribute): AttributeValue | undefined {
  const { type, array_type } = attribute.metadata;
  if (array_type || (type !== 0 && type !== 1 && type !== 3 && type !== 8)) return undefined;
  const value = attribute.json_value as unknown;
  if (typeof value === 'boolean') return Number(value);
  if (Array.isArray(value)) return value.map((v) => (typeof v === 'boolean' ? Number(v) : v)) as number[] | string[];
  return typeof value === 'number' || typeof value === 'string' ? value : undefined;
}

/** The name of an element type, as `Hdf5Dataset.type` has it. */
export function typeName(meta: Metadata, module: Module): string {
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

/**
 * Bytes of elements of a type as numbers; complex interleaved.
 * @throws SlicewiseError FORMAT_UNSUPPORTED for types that are not numbers
 */
export function decode(bytes: Uint8Array, type: string): NumericArray {
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
