import { elements } from '../../../core/array.js';
import { SlicewiseError } from '../../../core/errors.js';
import type { ArrayFormat } from '../../array-formats.js';
import type { NamedBytes } from '../../format.js';
import type { RawArray } from '../../raw-array.js';
import { readSamples, SAMPLE_BYTES, type SampleType } from '../support/samples.js';

/** What the numbers of a file without a header are. */
export interface RawSpec {
  readonly type: SampleType;
  readonly complex: boolean;
  readonly littleEndian: boolean;
  /** Slowest axis first; undefined: as many as the file holds. */
  readonly shape: readonly (number | undefined)[];
  /** Bytes before the numbers, in each file. */
  readonly offset: number;
}

const COMPLEX: { readonly [name: string]: SampleType } = { complex64: 'float32', complex128: 'float64' };

/**
 * `type:shape`, the slowest axis first, with `,big` for big endian and `,offset=BYTES`; `*` stands for as many as there are.
 * @example parseRawSpec('uint16:*x512x640,offset=1024')
 * @throws SlicewiseError ARGUMENT
 */
export function parseRawSpec(text: string): RawSpec {
  const [what, ...more] = text.split(',').map((part) => part.trim());
  const [name, sizes] = what.split(':').map((part) => part.trim().toLowerCase());
  const type = COMPLEX[name] ?? (name in SAMPLE_BYTES ? (name as SampleType) : undefined);
  const words = sizes?.split(/[x×]/) ?? [];
  const shape = words.map((word) => (word === '*' ? undefined : Number(word)));
  const rest = more.map((part) => /^(?:(big|little)|offset=(\d+))$/.exec(part));
  const known = shape.every((n, a) => (n === undefined ? a === 0 : Number.isInteger(n) && n >= 1)) && rest.every(Boolean);
  if (!type || shape.length === 0 || !known || !Number.isSafeInteger(elements(shape.map((n) => n ?? 1)) * 16)) {
    const types = [...Object.keys(SAMPLE_BYTES), ...Object.keys(COMPLEX)].join(', ');
    throw new SlicewiseError('ARGUMENT', {
      message: 'numbers without a header (--raw)',
      expected: `type:sizes, slowest axis first, e.g. uint16:720x512x640; types ${types}; then ,big ,offset=BYTES`,
      got: `'${text}'`,
    });
  }
  return {
    type,
    complex: name in COMPLEX,
    littleEndian: !rest.some((match) => match?.[1] === 'big'),
    shape,
    offset: Number(rest.find((match) => match?.[2])?.[2] ?? 0),
  };
}

/** The same numbers, as many along the first axis as there are: frames without object beside projections. */
export const openEnded = (spec: RawSpec): RawSpec => ({ ...spec, shape: [undefined, ...spec.shape.slice(-2)] });

/**
 * Numbers without a header as a container of one array. Several files (projections, slices) lie one after another along the first axis,
 * in natural order of their names.
 */
export const rawNumbers = (spec: RawSpec): ArrayFormat => ({
  name: 'raw numbers',
  extensions: [],
  maxFiles: Infinity,
  sniff: () => true,
  list: (files) =>
    Promise.resolve([{ path: '', shape: shapeIn(spec, files), type: spec.complex ? `complex of ${spec.type}` : spec.type, numeric: true }]),
  read: (files) => Promise.resolve(readRaw(spec, files)),
});

const valueBytes = ({ type, complex }: RawSpec): number => SAMPLE_BYTES[type] * (complex ? 2 : 1);

/** @throws SlicewiseError FORMAT unless the files hold just what the shape says */
function shapeIn(spec: RawSpec, files: readonly NamedBytes[]): number[] {
  const { shape, offset } = spec;
  const held = files.reduce((sum, { bytes }) => sum + Math.max(0, bytes.length - offset), 0);
  const one = elements(shape.map((n) => n ?? 1)) * valueBytes(spec);
  const found = shape.map((n) => n ?? Math.floor(held / one));
  const wanted = elements(found) * valueBytes(spec);
  if (wanted === held && wanted > 0) return found;
  const surplus = held - wanted;
  const sizes = shape.map((n) => n ?? '*').join('×');
  throw new SlicewiseError('FORMAT', {
    message: `${files.length > 1 ? `${files.length} files` : files[0].name} and the sizes that were given do not fit`,
    expected: `${wanted} bytes for ${sizes} ${spec.complex ? 'complex ' : ''}${spec.type}${offset ? ` behind ${offset}` : ''}`,
    got: `${held} bytes`,
    hint:
      surplus > 0 && files.length === 1
        ? `a header before the numbers? offset=${offset + surplus} would fit`
        : 'check type and sizes (--raw)',
  });
}

function readRaw(spec: RawSpec, files: readonly NamedBytes[]): RawArray {
  const shape = shapeIn(spec, files);
  const { type, littleEndian, offset, complex } = spec;
  const collator = new Intl.Collator('en', { numeric: true });
  const data = new Float32Array(elements(shape) * (complex ? 2 : 1));
  let at = 0;
  for (const { bytes } of [...files].sort((a, b) => collator.compare(a.name, b.name))) {
    const count = Math.floor((bytes.length - offset) / SAMPLE_BYTES[type]);
    data.set(readSamples(bytes, { type, littleEndian, offset, count }), at);
    at += count;
  }
  return { path: '', shape, data, complex };
}
