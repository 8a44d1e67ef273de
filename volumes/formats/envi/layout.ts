import { SlicewiseError } from '../../../core/errors.js';
import type { SampleType } from '../support/samples.js';
import { SAMPLE_BYTES } from '../support/samples.js';
import { nearKeys } from './keys.js';

/** How the lines of the bands follow one another: band after band, line after line with its bands, pixel after pixel with its bands. */
export type Interleave = 'bsq' | 'bil' | 'bip';

export interface EnviLayout {
  readonly samples: number;
  readonly lines: number;
  readonly bands: number;
  /** Bytes before the data. */
  readonly offset: number;
  /** Code of the header: 1 … 15. */
  readonly typeCode: number;
  readonly type: SampleType;
  /** Pairs (re, im) of `type`. */
  readonly complex: boolean;
  readonly interleave: Interleave;
  readonly littleEndian: boolean;
}

/** `data type` of the header (ENVI documentation, "ENVI Header Files"). 6 and 9 are complex. */
export const ENVI_TYPES: { readonly [code: number]: { readonly type: SampleType; readonly complex?: true } } = {
  1: { type: 'uint8' },
  2: { type: 'int16' },
  3: { type: 'int32' },
  4: { type: 'float32' },
  5: { type: 'float64' },
  6: { type: 'float32', complex: true },
  9: { type: 'float64', complex: true },
  12: { type: 'uint16' },
  13: { type: 'uint32' },
  14: { type: 'int64' },
  15: { type: 'uint64' },
};

export const bytesPerValue = ({ type, complex }: Pick<EnviLayout, 'type' | 'complex'>): number => SAMPLE_BYTES[type] * (complex ? 2 : 1);

export const dataBytes = (layout: EnviLayout): number => layout.samples * layout.lines * layout.bands * bytesPerValue(layout);

/**
 * What the header says of the data file. ENVI itself demands samples, lines, bands, data type and interleave; the offset is 0 where
 * it is missing, and the byte order that of the machine which wrote, taken as little endian and told.
 * @throws SlicewiseError FORMAT for keys that are missing or senseless, FORMAT_UNSUPPORTED for what is no raw image
 */
export function layoutOf(entries: ReadonlyMap<string, string>, name: string, warn: (message: string) => void): EnviLayout {
  requireImage(entries, name);
  const [samples, lines, bands] = ['samples', 'lines', 'bands'].map((key) => count(entries, key, name));
  const offset = entries.has('header offset') ? count(entries, 'header offset', name, 0) : 0;
  const typeCode = count(entries, 'data type', name);
  const found = ENVI_TYPES[typeCode];
  if (!found) {
    throw new SlicewiseError('FORMAT', {
      message: `${name}: data type`,
      expected: Object.entries(ENVI_TYPES)
        .map(([code, { type, complex }]) => `${code} (${complex ? 'complex ' : ''}${type})`)
        .join(', '),
      got: `${typeCode}`,
    });
  }
  const interleave = required(entries, 'interleave', name).toLowerCase();
  if (!isInterleave(interleave)) {
    throw new SlicewiseError('FORMAT', {
      message: `${name}: interleave`,
      expected: 'bsq, bil or bip',
      got: interleave,
    });
  }
  const layout = { samples, lines, bands, offset, typeCode, complex: false, ...found, interleave };
  if (!Number.isSafeInteger(samples * lines * bands * 16 + offset)) {
    throw new SlicewiseError('FORMAT', {
      message: `${name}: no file is so large`,
      expected: 'samples, lines and bands of an image',
      got: `${samples} × ${lines} × ${bands}`,
    });
  }
  return { ...layout, littleEndian: byteOrder(entries, name, SAMPLE_BYTES[found.type] > 1, warn) };
}

const isInterleave = (text: string): text is Interleave => ['bsq', 'bil', 'bip'].includes(text);

function byteOrder(entries: ReadonlyMap<string, string>, name: string, matters: boolean, warn: (message: string) => void): boolean {
  const order = entries.get('byte order')?.trim();
  if (order === undefined) {
    if (matters) warn(`${name} does not say its byte order: taken as 0, little endian`);
    return true;
  }
  if (order === '0' || order === '1') return order === '0';
  throw new SlicewiseError('FORMAT', {
    message: `${name}: byte order`,
    expected: '0 (little endian) or 1 (big endian)',
    got: order.slice(0, 40),
  });
}

/** Files with an ENVI header that hold no raw image. */
function requireImage(entries: ReadonlyMap<string, string>, name: string): void {
  const type = entries.get('file type')?.toLowerCase() ?? '';
  const problem = (message: string, hint: string): SlicewiseError =>
    new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${name} ${message}`,
      expected: 'an image',
      got: entries.get('file type') ?? 'another file',
      hint,
    });
  if (type.includes('spectral library') || (type === '' && entries.has('spectra names'))) {
    const spectra = entries.get('lines')?.trim().slice(0, 20) ?? 'some';
    throw problem(`is a spectral library: ${spectra} spectra without an image`, 'give the cube itself');
  }
  if (/meta|mosaic/.test(type)) throw problem('names other files instead of holding an image', 'give one of them');
  const container = /tiff|jpeg|jp2|hdf|nitf|netcdf|png|ecw|sid/.exec(type);
  if (container) throw problem(`says that its data are ${type}`, 'give that file itself');
  for (const key of ['major frame offsets', 'minor frame offsets']) {
    if (!/[1-9]/.test(entries.get(key) ?? '')) continue;
    throw problem(`has ${key}, which we do not read`, 'convert it to a plain ENVI file');
  }
  if (Number(entries.get('file compression')) > 0) throw problem('is compressed', 'write it without compression (file compression = 0)');
}

function required(entries: ReadonlyMap<string, string>, key: string, name: string): string {
  const value = entries.get(key)?.trim();
  if (value) return value;
  const [near] = nearKeys(key, [...entries.keys()]);
  throw new SlicewiseError('FORMAT', {
    message: `${name} does not say ${key}`,
    expected: 'samples, lines, bands, data type and interleave',
    got: [...entries.keys()].slice(0, 12).join(', ') || 'none of them',
    hint: near ? `'${near}' looks like it` : '',
  });
}

function count(entries: ReadonlyMap<string, string>, key: string, name: string, least = 1): number {
  const text = required(entries, key, name);
  const value = Number(text);
  if (/^\+?\d{1,15}$/.test(text) && value >= least) return value;
  throw new SlicewiseError('FORMAT', {
    message: `${name}: ${key}`,
    expected: 'a whole number',
    got: text.slice(0, 40),
  });
}
