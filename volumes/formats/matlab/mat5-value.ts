import { SlicewiseError } from '../../../core/errors.js';
import { elements } from '../../../core/array.js';
import { type NumericArray } from '../../raw-array.js';

/** A parsed miMATRIX. Numbers and text are decoded only when asked for. `shape` is MATLAB's size; items are column-major. */
export type MatValue =
  | { kind: 'numeric'; shape: number[]; type: string; complex: boolean; re: Element; im?: Element }
  | { kind: 'char'; shape: number[]; text(): string }
  | { kind: 'struct'; shape: number[]; fields: string[]; items: Record<string, MatValue>[] }
  | { kind: 'cell'; shape: number[]; items: MatValue[] }
  | { kind: 'other'; shape: number[]; type: string };

/** A data element: its type and its bytes. */
interface Element {
  readonly type: number;
  readonly view: DataView;
  readonly littleEndian: boolean;
  /** Where it is, for messages. */
  readonly what: string;
}

interface Tag {
  readonly type: number;
  readonly start: number;
  readonly end: number;
  /** Where the next element begins (padded to 8 bytes). */
  readonly next: number;
}

/** Array classes (table 1-3): number → name of the element type. */
const CLASSES: Readonly<Record<number, string>> = {
  6: 'float64',
  7: 'float32',
  8: 'int8',
  9: 'uint8',
  10: 'int16',
  11: 'uint16',
  12: 'int32',
  13: 'uint32',
  14: 'int64',
  15: 'uint64',
};
const OTHERS: Readonly<Record<number, string>> = { 5: 'sparse', 16: 'function handle', 17: 'opaque object' };
/** Structs in structs deeper than this are an attack, not data. */
const MAX_DEPTH = 64;

/**
 * Reads a tag, 8 bytes or the 4 of a small element (length in the upper half-word of the first).
 * @throws SlicewiseError FORMAT when the element leaves the file
 */
export function tagAt(view: DataView, at: number, end: number, littleEndian: boolean, what: string): Tag {
  const cut = (got: string): SlicewiseError =>
    new SlicewiseError('FORMAT', {
      message: `${what}: a data element at byte ${at} does not fit`,
      expected: `at most ${Math.max(0, end - at)} bytes`,
      got,
      hint: 'the file is truncated or damaged: copy it again',
    });
  if (at + 8 > end) throw cut('a tag of 8 bytes');
  const word = view.getUint32(at, littleEndian);
  const small = word >>> 16;
  if (small) {
    if (small > 4) throw cut(`a small element of ${small} bytes`);
    return { type: word & 0xffff, start: at + 4, end: at + 4 + small, next: at + 8 };
  }
  const length = view.getUint32(at + 4, littleEndian);
  if (at + 8 + length > end) throw cut(`${length} bytes`);
  return { type: word, start: at + 8, end: at + 8 + length, next: Math.min(end, at + 8 + Math.ceil(length / 8) * 8) };
}

/**
 * Parses one miMATRIX element, its tag included.
 * @param headOnly only its name is wanted: `bytes` may be cut after the header
 * @throws SlicewiseError FORMAT
 */
export function parseValue(bytes: Uint8Array, littleEndian: boolean, what: string, headOnly = false): { name: string; value: MatValue } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (headOnly) return { name: header(view, 8, bytes.length, littleEndian, what).name, value: empty() };
  const tag = tagAt(view, 0, bytes.length, littleEndian, what);
  if (tag.type !== 14) throw new SlicewiseError('FORMAT', { message: what, expected: 'an array', got: `type ${tag.type}` });
  return matrix(view, tag.start, tag.end, littleEndian, what, 0);
}

interface Header {
  name: string;
  flags: number;
  shape: number[];
  next: number;
}

function header(view: DataView, start: number, end: number, littleEndian: boolean, what: string): Header {
  const flags = tagAt(view, start, end, littleEndian, what);
  const word = flags.end - flags.start >= 4 ? view.getUint32(flags.start, littleEndian) : 0;
  const dims = tagAt(view, flags.next, end, littleEndian, what);
  // Opaque objects (class 17) have no dimensions: two names follow instead.
  if ((word & 0xff) === 17) return { name: text8(view, dims), flags: word, shape: [1, 1], next: dims.next };
  const shape: number[] = [];
  for (let at = dims.start; at + 4 <= dims.end; at += 4) shape.push(view.getInt32(at, littleEndian));
  const name = tagAt(view, dims.next, end, littleEndian, what);
  if (flags.type !== 6 || dims.type !== 5 || shape.length < 2 || shape.some((n) => n < 0)) {
    throw new SlicewiseError('FORMAT', { message: `${what}: the header of an array is damaged` });
  }
  return { name: text8(view, name), flags: word, shape, next: name.next };
}

function matrix(
  view: DataView,
  start: number,
  end: number,
  littleEndian: boolean,
  what: string,
  depth: number,
): { name: string; value: MatValue } {
  // An array of zero bytes is MATLAB's [] (an empty cell or field).
  if (end === start) return { name: '', value: empty() };
  if (depth > MAX_DEPTH) throw new SlicewiseError('FORMAT', { message: `${what}: structs nested more than ${MAX_DEPTH} deep` });
  const { name, flags, shape, next } = header(view, start, end, littleEndian, what);
  const inside = name ? `${what}: ${name}` : what;
  const cls = flags & 0xff;
  let at = next;
  const child = (): MatValue => {
    const tag = tagAt(view, at, end, littleEndian, inside);
    at = tag.next;
    if (tag.type !== 14) throw new SlicewiseError('FORMAT', { message: inside, expected: 'an array', got: `type ${tag.type}` });
    return matrix(view, tag.start, tag.end, littleEndian, inside, depth + 1).value;
  };
  const element = (): Element => {
    const tag = tagAt(view, at, end, littleEndian, inside);
    at = tag.next;
    const slice = new DataView(view.buffer, view.byteOffset + tag.start, tag.end - tag.start);
    return { type: tag.type, view: slice, littleEndian, what: inside };
  };
  const count = elements(shape);
  const plausible = (perItem: number): void => {
    if (count * perItem > end - at) {
      throw new SlicewiseError('FORMAT', { message: inside, expected: `${count} items`, got: `${end - at} bytes` });
    }
  };

  if (cls === 1) {
    plausible(8);
    return { name, value: { kind: 'cell', shape, items: Array.from({ length: count }, child) } };
  }
  if (cls === 2 || cls === 3) {
    if (cls === 3) element(); // class name of an old-style object
    const width = decodeElement(element())[0] ?? 0;
    const names = element();
    const fields: string[] = [];
    for (let f = 0; width > 0 && f + width <= names.view.byteLength; f += width) fields.push(ascii(names.view, f, f + width));
    plausible(8 * fields.length);
    const items = fields.length === 0 ? [] : Array.from({ length: count }, () => struct(fields, child));
    return { name, value: { kind: 'struct', shape, fields, items } };
  }
  if (cls === 4) {
    const characters = element();
    return { name, value: { kind: 'char', shape, text: () => rows(characters, shape) } };
  }
  if (cls in CLASSES) {
    const complex = (flags & 0x0800) !== 0;
    const re = element();
    const im = complex ? element() : undefined;
    const type = flags & 0x0200 ? 'logical' : CLASSES[cls];
    return { name, value: { kind: 'numeric', shape, type, complex, re, im } };
  }
  return { name, value: { kind: 'other', shape, type: OTHERS[cls] ?? `class ${cls}` } };
}

function struct(fields: readonly string[], child: () => MatValue): Record<string, MatValue> {
  const item: Record<string, MatValue> = Object.create(null) as Record<string, MatValue>;
  for (const field of fields) item[field] = child();
  return item;
}

const empty = (): MatValue => ({ kind: 'other', shape: [0, 0], type: 'empty' });

/**
 * The numbers of a numeric value, column-major, complex interleaved. MATLAB stores them in the smallest type that holds them
 * ("automatic compression"), so the array may be narrower than the class says.
 * @throws SlicewiseError FORMAT when count and dimensions differ
 */
export function numbers(value: Extract<MatValue, { kind: 'numeric' }>): { data: NumericArray; complex: boolean } {
  const count = elements(value.shape);
  const re = decodeElement(value.re);
  const im = value.im && decodeElement(value.im);
  for (const part of im ? [re, im] : [re]) {
    if (part.length !== count) {
      throw new SlicewiseError('FORMAT', {
        message: `${value.re.what}: data and dimensions differ`,
        expected: `${count} values (${value.shape.join('×')})`,
        got: `${part.length} values`,
      });
    }
  }
  if (!im) return { data: re, complex: false };
  const data = value.type === 'float32' ? new Float32Array(2 * count) : new Float64Array(2 * count);
  for (let i = 0; i < count; i++) {
    data[2 * i] = re[i];
    data[2 * i + 1] = im[i];
  }
  return { data, complex: true };
}

/** Data types (table 1-1): number → bytes an item, typed array, getter. */
type Getter = (view: DataView, at: number, littleEndian: boolean) => number;
const TYPES: Readonly<Record<number, [number, new (n: number) => NumericArray, Getter]>> = {
  1: [1, Int8Array, (v, at) => v.getInt8(at)],
  2: [1, Uint8Array, (v, at) => v.getUint8(at)],
  3: [2, Int16Array, (v, at, le) => v.getInt16(at, le)],
  4: [2, Uint16Array, (v, at, le) => v.getUint16(at, le)],
  5: [4, Int32Array, (v, at, le) => v.getInt32(at, le)],
  6: [4, Uint32Array, (v, at, le) => v.getUint32(at, le)],
  7: [4, Float32Array, (v, at, le) => v.getFloat32(at, le)],
  9: [8, Float64Array, (v, at, le) => v.getFloat64(at, le)],
  12: [8, Float64Array, (v, at, le) => Number(v.getBigInt64(at, le))],
  13: [8, Float64Array, (v, at, le) => Number(v.getBigUint64(at, le))],
};

function decodeElement({ type, view, littleEndian, what }: Element): NumericArray {
  const known = TYPES[type];
  if (!known) throw new SlicewiseError('FORMAT', { message: what, expected: 'a numeric data type', got: `type ${type}` });
  const [size, Ctor, get] = known;
  const count = Math.floor(view.byteLength / size);
  if (littleEndian && type !== 12 && type !== 13) {
    // The machine's own order: one copy (the element need not be aligned).
    const copy = new Uint8Array(view.buffer, view.byteOffset, count * size).slice();
    return new (Ctor as unknown as new (buffer: ArrayBuffer) => NumericArray)(copy.buffer as ArrayBuffer);
  }
  const out = new Ctor(count);
  for (let i = 0; i < out.length; i++) out[i] = get(view, i * size, littleEndian);
  return out;
}

function rows(characters: Element, shape: readonly number[]): string {
  const encodings: Readonly<Record<number, string>> = {
    16: 'utf-8',
    17: characters.littleEndian ? 'utf-16le' : 'utf-16be',
  };
  const { view } = characters;
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const encoding = encodings[characters.type];
  // UTF-32 (18) and plain integers (2, 4) are code points.
  const flat = encoding
    ? new TextDecoder(encoding).decode(bytes)
    : String.fromCodePoint(...decodeElement(characters.type === 18 ? { ...characters, type: 6 } : characters));
  if (shape[0] === 1) return flat;
  const units = [...flat];
  const lines = Array.from({ length: shape[0] }, (_, r) => units.filter((_, i) => i % shape[0] === r).join(''));
  return lines.join('\n');
}

const text8 = (view: DataView, tag: Tag): string => ascii(view, tag.start, tag.end);

function ascii(view: DataView, start: number, end: number): string {
  let out = '';
  for (let i = start; i < end; i++) {
    const code = view.getUint8(i);
    if (code === 0) break;
    out += String.fromCharCode(code);
  }
  return out;
}
