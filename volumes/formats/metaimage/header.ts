import { SlicewiseError } from '../../../core/errors.js';
import type { SampleType } from '../support/samples.js';

/** A checked MetaImage header: every number in it may be used. */
export interface MetaHeader {
  readonly dims: readonly number[];
  readonly type: SampleType;
  readonly littleEndian: boolean;
  readonly compressed: boolean;
  /** Bytes of compressed data, where they are said. */
  readonly compressedSize?: number;
  /** Bytes to skip in the data; −1: they end where the file does. */
  readonly skip: number;
  /** mm, first axis first. */
  readonly spacing: readonly number[];
  /** World (LPS) directions of the axes as columns, row-major; undefined where none are said. */
  readonly direction?: readonly number[];
  readonly origin?: readonly number[];
  /** LOCAL, LIST, a name, or a pattern with numbers. */
  readonly dataFile: string;
  /** Lines behind ElementDataFile = LIST. */
  readonly list: readonly string[];
  /** Where the header ends. */
  readonly end: number;
  readonly entries: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
}

/** Headers are text of this length at most. */
const MOST = 1 << 16;

/** MetaIO, metaTypes.h; a LONG has 4 bytes. */
const TYPES: { readonly [name: string]: SampleType } = {
  MET_CHAR: 'int8',
  MET_UCHAR: 'uint8',
  MET_SHORT: 'int16',
  MET_USHORT: 'uint16',
  MET_INT: 'int32',
  MET_UINT: 'uint32',
  MET_LONG: 'int32',
  MET_ULONG: 'uint32',
  MET_LONG_LONG: 'int64',
  MET_ULONG_LONG: 'uint64',
  MET_FLOAT: 'float32',
  MET_DOUBLE: 'float64',
};
export const typeNamed = (type: SampleType): string => Object.entries(TYPES).find(([, own]) => own === type)![0];

/** `Key = value` lines up to ElementDataFile; undefined for bytes that do not begin like that. */
function linesOf(bytes: Uint8Array): { entries: Map<string, string>; end: number } | undefined {
  const entries = new Map<string, string>();
  let at = 0;
  while (at < bytes.length && at < MOST) {
    const stop = bytes.indexOf(10, at);
    const last = stop < 0 ? bytes.length : stop;
    if (last - at > 4096) return undefined;
    const line = String.fromCharCode(...bytes.subarray(at === 0 ? afterMark(bytes) : at, last)).trim();
    at = last + 1;
    if (line === '' && entries.size > 0) continue;
    const match = /^([A-Za-z][\w ]*?)\s*[=:]\s*(.*)$/.exec(line);
    if (!match) return undefined;
    entries.set(match[1].toLowerCase(), match[2]);
    if (match[1].toLowerCase() === 'elementdatafile') return { entries, end: at };
  }
  return undefined;
}

/** Behind a byte order mark of UTF-8, which editors put before text. */
const afterMark = (bytes: Uint8Array): number => (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0);

export function sniffMetaImage(bytes: Uint8Array): boolean {
  const start = String.fromCharCode(...bytes.subarray(afterMark(bytes), 64)).trimStart();
  return /^(ObjectType|NDims|ObjectSubType|Comment|BinaryData|ElementType|DimSize)\s*=/i.test(start) && linesOf(bytes) !== undefined;
}

/** @throws SlicewiseError FORMAT, FORMAT_UNSUPPORTED */
export function readMetaHeader(bytes: Uint8Array, name: string): MetaHeader {
  const found = linesOf(bytes);
  if (!found) {
    throw new SlicewiseError('FORMAT', {
      message: `${name} is not a MetaImage header`,
      expected: 'lines "Key = value" that end with ElementDataFile',
      got: `${bytes.length} bytes without it`,
      hint: 'the file is truncated or damaged; copy it again',
    });
  }
  const { entries, end } = found;
  const bad = (field: string, expected: string, got: string): SlicewiseError =>
    new SlicewiseError('FORMAT', { message: `${field} in ${name}`, expected, got });
  const numbers = (keys: readonly string[], count: number): number[] | undefined => {
    const key = keys.find((k) => entries.has(k.toLowerCase()));
    if (key === undefined) return undefined;
    const text = entries.get(key.toLowerCase())!;
    const list = text.split(/\s+/).filter(Boolean).map(Number);
    if (list.length !== count || !list.every(Number.isFinite)) throw bad(key, `${count} numbers`, `'${text.slice(0, 80)}'`);
    return list;
  };
  const yes = (key: string): boolean => /^(true|t|1|yes)$/i.test(entries.get(key.toLowerCase()) ?? '');

  const kind = entries.get('objecttype') ?? 'Image';
  if (!/^image$/i.test(kind))
    throw new SlicewiseError('FORMAT_UNSUPPORTED', { message: `${name} is no image`, expected: 'ObjectType = Image', got: kind });
  const rank = numbers(['NDims'], 1)?.[0];
  if (rank === undefined || !Number.isInteger(rank) || rank < 1 || rank > 7)
    throw bad('NDims', '1 to 7', entries.get('ndims') ?? 'nothing');
  const dims = numbers(['DimSize'], rank);
  const fine = dims?.every((n) => Number.isInteger(n) && n >= 1) && Number.isSafeInteger(dims.reduce((a, n) => a * n, 8));
  if (!dims || !fine) throw bad('DimSize', `${rank} positive whole numbers`, entries.get('dimsize') ?? 'nothing');
  const elementType = (entries.get('elementtype') ?? '').toUpperCase();
  const channels = numbers(['ElementNumberOfChannels'], 1)?.[0] ?? 1;
  const type = TYPES[elementType];
  if (!type || channels !== 1) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `element type of ${name}`,
      expected: `one of ${Object.keys(TYPES).join(', ')}, one number a voxel`,
      got: `${elementType || 'none'}${channels === 1 ? '' : ` with ${channels} channels`}`,
      hint: 'save one channel as its own file',
    });
  }
  if (entries.has('binarydata') && !yes('BinaryData')) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${name} holds its numbers as text`,
      expected: 'BinaryData = True',
      got: entries.get('binarydata'),
      hint: 'save it as binary',
    });
  }
  const [compressedSize] = numbers(['CompressedDataSize'], 1) ?? [];
  const skip = numbers(['HeaderSize'], 1)?.[0] ?? 0;
  if (!Number.isInteger(skip) || skip < -1) throw bad('HeaderSize', '−1, 0 or a positive whole number', `${skip}`);
  const steps = numbers(['ElementSpacing'], rank) ?? numbers(['ElementSize'], rank);
  const spacing = (steps ?? dims.map(() => 1)).map((mm) => Math.abs(mm) || 1);
  // ITK keeps the sign: the axis runs the other way
  const signs = dims.map((_, n) => ((steps?.[n] ?? 1) < 0 ? -1 : 1));
  const mirrored = signs.includes(-1);
  const said = numbers(['TransformMatrix', 'Rotation', 'Orientation'], rank * rank);
  const matrix = said ?? (mirrored ? dims.flatMap((_, r) => dims.map((__, c) => (r === c ? 1 : 0))) : undefined);
  return {
    dims,
    type,
    littleEndian: !(yes('BinaryDataByteOrderMSB') || yes('ElementByteOrderMSB')),
    compressed: yes('CompressedData'),
    compressedSize,
    skip,
    spacing,
    // the directions stand one after another: columns of the matrix
    direction: matrix?.map((_, n) => signs[n % rank] * matrix[(n % rank) * rank + Math.floor(n / rank)]),
    origin: numbers(['Offset', 'Position', 'Origin'], rank),
    dataFile: entries.get('elementdatafile')!.trim(),
    list: /^list/i.test(entries.get('elementdatafile')!.trim())
      ? new TextDecoder()
          .decode(bytes.subarray(end, end + MOST))
          .split(/\r?\n/)
          .map((line) => line.trim())
          .filter(Boolean)
      : [],
    end,
    entries,
    warnings: [
      ...(steps ? [] : ['no voxel size in the header: 1 mm assumed']),
      ...(mirrored ? [`a voxel size is negative (${steps?.join(' ')}): that axis taken to run the other way, as ITK does`] : []),
    ],
  };
}
