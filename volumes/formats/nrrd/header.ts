import { SlicewiseError } from '../../../core/errors.js';
import type { SampleType } from '../support/samples.js';

/** A checked NRRD header: every number in it may be used. Axes as in the file, the fastest first. */
export interface NrrdHeader {
  readonly sizes: readonly number[];
  readonly type: SampleType;
  readonly littleEndian: boolean;
  readonly encoding: 'raw' | 'gzip' | 'text';
  readonly kinds: readonly string[];
  /** Name of the space, lower case; undefined where there is none. */
  readonly space?: string;
  /** One for every axis; undefined for 'none'. */
  readonly directions?: readonly (readonly number[] | undefined)[];
  readonly origin?: readonly number[];
  readonly spaceUnits: readonly string[];
  /** NaN where an axis has none. */
  readonly spacings?: readonly number[];
  readonly units: readonly string[];
  /** The field `data file`; undefined for attached data. */
  readonly dataFile?: string;
  /** Lines behind `data file: LIST`. */
  readonly list: readonly string[];
  readonly lineSkip: number;
  readonly byteSkip: number;
  /** Where attached data begin. */
  readonly end: number;
  readonly values: ReadonlyMap<string, string>;
}

const MOST = 1 << 18;

/** teem.sourceforge.net/nrrd/format.html, field "type". */
const TYPES: { readonly [type in SampleType]?: readonly string[] } = {
  int8: ['signed char', 'int8', 'int8_t'],
  uint8: ['uchar', 'unsigned char', 'uint8', 'uint8_t'],
  int16: ['short', 'short int', 'signed short', 'signed short int', 'int16', 'int16_t'],
  uint16: ['ushort', 'unsigned short', 'unsigned short int', 'uint16', 'uint16_t'],
  int32: ['int', 'signed int', 'int32', 'int32_t'],
  uint32: ['uint', 'unsigned int', 'uint32', 'uint32_t'],
  int64: ['longlong', 'long long', 'long long int', 'signed long long', 'signed long long int', 'int64', 'int64_t'],
  uint64: ['ulonglong', 'unsigned long long', 'unsigned long long int', 'uint64', 'uint64_t'],
  float32: ['float'],
  float64: ['double'],
};
const ENCODINGS: { readonly [name: string]: NrrdHeader['encoding'] } = {
  raw: 'raw',
  gzip: 'gzip',
  gz: 'gzip',
  txt: 'text',
  text: 'text',
  ascii: 'text',
};

export const sniffNrrd = (bytes: Uint8Array): boolean =>
  bytes.length > 9 && /^NRRD000\d\r?\n/.test(String.fromCharCode(...bytes.subarray(0, 10)));

/** @throws SlicewiseError FORMAT, FORMAT_UNSUPPORTED */
export function readNrrdHeader(bytes: Uint8Array, name: string): NrrdHeader {
  const { fields, values, list, end } = linesOf(bytes, name);
  const bad = (field: string, expected: string): SlicewiseError =>
    new SlicewiseError('FORMAT', { message: `${field} in ${name}`, expected, got: `'${(fields.get(field) ?? 'nothing').slice(0, 80)}'` });
  const rank = Number(fields.get('dimension'));
  if (!Number.isInteger(rank) || rank < 1 || rank > 16) throw bad('dimension', '1 to 16');
  const words = (field: string): string[] | undefined => {
    const text = fields.get(field);
    if (text === undefined) return undefined;
    const own = text.match(/"(?:[^"\\]|\\.)*"|\([^)]*\)|\S+/g) ?? [];
    return own.map((word) => (word.startsWith('"') ? word.slice(1, -1) : word));
  };
  const one = (field: string): string[] | undefined => {
    const own = words(field);
    if (own && own.length !== rank) throw bad(field, `${rank} entries`);
    return own;
  };
  const sizes = one('sizes')?.map(Number) ?? [];
  if (
    sizes.length !== rank ||
    !sizes.every((n) => Number.isInteger(n) && n >= 1) ||
    !Number.isSafeInteger(sizes.reduce((a, n) => a * n, 8))
  ) {
    throw bad('sizes', `${rank} positive whole numbers`);
  }
  const typeName = (fields.get('type') ?? '').toLowerCase().replace(/\s+/g, ' ');
  const [type] = Object.entries(TYPES).find(([, names]) => names.includes(typeName)) ?? [];
  if (!type) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `type of ${name}`,
      expected: Object.values(TYPES)
        .map(([first]) => first)
        .join(', '),
      got: typeName || 'none',
    });
  }
  const encodingName = (fields.get('encoding') ?? '').toLowerCase();
  const encoding = ENCODINGS[encodingName];
  if (!encoding) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `encoding of ${name}`,
      expected: 'raw, gzip or text',
      got: encodingName || 'none',
      hint: 'save it again with gzip (teem: unu save -f nrrd -e gzip -i IN -o OUT)',
    });
  }
  const endian = (fields.get('endian') ?? '').toLowerCase();
  const wide = !['int8', 'uint8'].includes(type) && encoding !== 'text';
  if (wide && endian !== 'little' && endian !== 'big') {
    const { message, expected, got } = { message: `endian in ${name}`, expected: 'little or big', got: `'${endian || 'nothing'}'` };
    throw new SlicewiseError('FORMAT', { message, expected, got, hint: "add the line 'endian: little' (or big) to the header" });
  }
  const vector = (text: string): number[] | undefined => {
    if (text.toLowerCase() === 'none') return undefined;
    const numbers = text.replace(/[()]/g, '').split(',').map(Number);
    if (!/^\(.*\)$/.test(text) || !numbers.every(Number.isFinite)) throw bad('space directions', 'vectors such as (0.5,0,0), or none');
    return numbers;
  };
  const origin = words('space origin')?.[0];
  const whole = (field: string): number => {
    const value = Number(fields.get(field) ?? 0);
    if (!Number.isInteger(value) || value < -1) throw bad(field, 'a whole number');
    return value;
  };
  const counts = fields.get('space') ?? fields.get('space dimension');
  return {
    sizes,
    type: type as SampleType,
    littleEndian: endian !== 'big',
    encoding,
    kinds: one('kinds')?.map((kind) => kind.toLowerCase()) ?? sizes.map(() => '???'),
    space: counts === undefined ? undefined : (fields.get('space') ?? '').toLowerCase(),
    directions: one('space directions')?.map(vector),
    origin: origin === undefined ? undefined : vector(origin),
    spaceUnits: words('space units') ?? [],
    spacings: one('spacings')?.map(Number) ?? betweenEnds(sizes, one),
    units: words('units') ?? [],
    dataFile: fields.get('data file') ?? fields.get('datafile'),
    list,
    lineSkip: Math.max(0, whole(fields.has('lineskip') ? 'lineskip' : 'line skip')),
    byteSkip: whole(fields.has('byteskip') ? 'byteskip' : 'byte skip'),
    end,
    values,
  };
}

/** Steps of axes whose ends are said: of its samples (node), or of the cells about them, as teem takes it where nothing is said. */
function betweenEnds(sizes: readonly number[], words: (field: string) => string[] | undefined): number[] | undefined {
  const [from, to] = [words('axis mins') ?? words('axismins'), words('axis maxs') ?? words('axismaxs')];
  const centers = words('centerings') ?? words('centers') ?? [];
  if (!from || !to) return undefined;
  return sizes.map((n, a) => (Number(to[a]) - Number(from[a])) / (/^node$/i.test(centers[a] ?? '') ? n - 1 : n));
}

/** `field: value`, `key:=value` and comments, up to an empty line. */
function linesOf(bytes: Uint8Array, name: string) {
  const fields = new Map<string, string>();
  const values = new Map<string, string>();
  const head = bytes.subarray(0, MOST);
  let list: string[] | undefined;
  let at = head.indexOf(10) + 1;
  while (at > 0 && at < head.length) {
    const stop = head.indexOf(10, at);
    // a detached header may end without an empty line
    if (stop < 0 && head.length === MOST) break;
    const last = stop < 0 ? head.length : stop;
    const line = new TextDecoder().decode(head.subarray(at, last)).replace(/\r$/, '');
    at = last + 1;
    if (line === '' && !list) return { fields, values, list: [], end: at };
    if (list) {
      if (line) list.push(line.trim());
      continue;
    }
    if (line.startsWith('#')) continue;
    const pair = /^(.*?):(=| )\s*(.*)$/.exec(line);
    if (!pair)
      throw new SlicewiseError('FORMAT', { message: `header of ${name}`, expected: 'lines "field: value"', got: `'${line.slice(0, 80)}'` });
    if (pair[2] === '=') values.set(pair[1].trim(), pair[3]);
    else fields.set(pair[1].trim().toLowerCase(), pair[3].trim());
    if (/^data ?file$/i.test(pair[1].trim()) && /^list\b/i.test(pair[3].trim())) list = [];
  }
  if (fields.size > 0 && head.length < MOST) return { fields, values, list: list ?? [], end: head.length };
  throw new SlicewiseError('FORMAT', {
    message: `${name} has no end of its header`,
    expected: `an empty line within ${MOST} bytes`,
    got: `${bytes.length} bytes`,
    hint: 'the file is truncated or damaged; copy it again',
  });
}
