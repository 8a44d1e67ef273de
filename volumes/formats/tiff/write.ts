import { commonUnit } from '../../../core/axis.js';
import { SlicewiseError } from '../../../core/errors.js';
import { spacingOf } from '../../../core/placement.js';
import { unitRatio } from '../../../core/units.js';
import type { WriteOptions } from '../../format.js';
import { magnitudeOf, volumeData, type Volume } from '../../volume.js';
import { toInt16 } from '../support/int16.js';

/*
 * TIFF 6.0, little endian: a page a slice, one strip a page, not compressed, all numbers in a row behind the header and the directories
 * behind them. BigTIFF where offsets of 32 bits do not reach.
 */

/** Field types of TIFF 6.0, section 2, and BigTIFF's LONG8, with their bytes. */
const ASCII = { code: 2, bytes: 1 };
const SHORT = { code: 3, bytes: 2 };
const LONG = { code: 4, bytes: 4 };
const RATIONAL = { code: 5, bytes: 8 };
const LONG8 = { code: 16, bytes: 8 };

interface Entry {
  readonly tag: number;
  readonly type: { readonly code: number; readonly bytes: number };
  /** Of RATIONAL numerator and denominator; of ASCII the bytes, 0 at the end included. */
  readonly values: readonly number[];
}

/** Beyond this, offsets need more than 32 bits; room is left for the directories. */
const CLASSIC_BYTES = 2 ** 32 - 2 ** 24;

/**
 * A TIFF stack of a volume [slice, row, column], float32 (of complex volumes the magnitude) or with `dtype: 'int16'` rounded. Steps in mm
 * go into the description in the words of ImageJ, where the axes are lengths.
 * @throws SlicewiseError FORMAT_UNSUPPORTED for complex numbers and for other than two or three axes, ARGUMENT or NOT_FINITE where values
 *   do not fit int16
 */
export function writeTiff(volume: Volume, { dtype = 'float32' }: WriteOptions): Uint8Array {
  const shape = volume.shape.length === 2 ? [1, ...volume.shape] : volume.shape;
  if (dtype === 'complex64' || shape.length !== 3) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: 'a TIFF stack holds slices of real numbers',
      expected: 'a magnitude of [slice, row, column]',
      got: `${dtype === 'complex64' ? 'complex numbers, ' : ''}${volume.shape.join('×')}`,
      hint: 'write .npz, .h5 or .nii.gz',
    });
  }
  const [slices, rows, columns] = shape;
  const values = volumeData(magnitudeOf(volume));
  const samples = dtype === 'int16' ? toInt16(values) : values;
  const strip = rows * columns * samples.BYTES_PER_ELEMENT;
  const big = slices * strip > CLASSIC_BYTES;
  const head = big ? 16 : 8;
  const pages = Array.from({ length: slices }, (_, page) =>
    directory(entriesOf(volume, { page, slices, rows, columns, strip, offset: head + page * strip, float: dtype === 'float32', big }), big),
  );

  const out = new Uint8Array(head + slices * strip + pages.reduce((sum, { bytes }) => sum + bytes, 0));
  const view = new DataView(out.buffer);
  const offset = (at: number, value: number): void => (big ? view.setBigUint64(at, BigInt(value), true) : view.setUint32(at, value, true));
  out.set([0x49, 0x49], 0);
  view.setUint16(2, big ? 43 : 42, true);
  if (big) view.setUint16(4, 8, true); // bytes of an offset
  littleEndian(samples, view, head);
  // each directory says where the next one begins
  let at = head + slices * strip;
  let link = big ? 8 : 4;
  for (const { bytes, write } of pages) {
    offset(link, at);
    link = write(view, at);
    at += bytes;
  }
  return out;
}

function littleEndian(samples: Float32Array | Int16Array, view: DataView, at: number): void {
  const step = samples.BYTES_PER_ELEMENT;
  if (samples instanceof Float32Array) for (let n = 0; n < samples.length; n++) view.setFloat32(at + n * step, samples[n], true);
  else for (let n = 0; n < samples.length; n++) view.setInt16(at + n * step, samples[n], true);
}

interface Page {
  readonly page: number;
  readonly slices: number;
  readonly rows: number;
  readonly columns: number;
  /** Bytes of a page. */
  readonly strip: number;
  readonly offset: number;
  readonly float: boolean;
  readonly big: boolean;
}

/** In the order of their tags, as section 2 asks. */
function entriesOf(volume: Volume, { page, slices, rows, columns, strip, offset, float, big }: Page): Entry[] {
  const steps = stepsOf(volume);
  const place = big ? LONG8 : LONG;
  const perUnit = (step: number): number[] => [Math.round(1e6 / step), 1_000_000];
  const text = ['ImageJ=1.54', `images=${slices}`, `slices=${slices}`, ...(steps ? ['unit=mm', `spacing=${steps[2]}`] : []), 'loop=false'];
  const description = [...new TextEncoder().encode(`${text.join('\n')}\n\0`)];
  return [
    { tag: 256, type: LONG, values: [columns] },
    { tag: 257, type: LONG, values: [rows] },
    { tag: 258, type: SHORT, values: [float ? 32 : 16] },
    { tag: 259, type: SHORT, values: [1] }, // not compressed
    { tag: 262, type: SHORT, values: [1] }, // 0 is black
    ...(page === 0 ? [{ tag: 270, type: ASCII, values: description }] : []),
    { tag: 273, type: place, values: [offset] },
    { tag: 277, type: SHORT, values: [1] },
    { tag: 278, type: LONG, values: [rows] },
    { tag: 279, type: place, values: [strip] },
    ...(steps
      ? [
          { tag: 282, type: RATIONAL, values: perUnit(steps[0]) },
          { tag: 283, type: RATIONAL, values: perUnit(steps[1]) },
          { tag: 296, type: SHORT, values: [1] }, // the unit is said in the description
        ]
      : []),
    { tag: 339, type: SHORT, values: [float ? 3 : 2] }, // IEEE float, two's complement
  ];
}

/** Steps along column, row and slice in mm, where all three are lengths that the resolution's 32 bits can hold. */
function stepsOf(volume: Volume): readonly number[] | undefined {
  const unit = commonUnit(volume.axes);
  if (volume.axes.length !== 3 || unit === undefined || unitRatio(unit, 'mm') === undefined) return undefined;
  const steps = spacingOf(volume, 'mm').map(Math.abs);
  return steps.every((step) => step > 1e-3 && step < 1e5) ? steps : undefined;
}

/** A directory of entries: how many bytes it takes, and how it is written at a place; gives the place of the link to the next one. */
function directory(entries: readonly Entry[], big: boolean): { bytes: number; write(view: DataView, at: number): number } {
  const [count, size, inline] = big ? [8, 20, 8] : [2, 12, 4];
  const length = ({ type, values }: Entry): number => (type === RATIONAL ? 8 : type.bytes * values.length);
  const outside = (entry: Entry): number => (length(entry) > inline ? length(entry) + (length(entry) % 2) : 0);
  const table = count + entries.length * size;
  const bytes = table + inline + entries.reduce((sum, entry) => sum + outside(entry), 0);
  // directories begin on words
  const padded = bytes + (bytes % 2);
  return {
    bytes: padded,
    write(view, at) {
      if (big) view.setBigUint64(at, BigInt(entries.length), true);
      else view.setUint16(at, entries.length, true);
      let free = at + table + inline;
      entries.forEach((entry, n) => {
        const here = at + count + n * size;
        view.setUint16(here, entry.tag, true);
        view.setUint16(here + 2, entry.type.code, true);
        const number = entry.type === RATIONAL ? 1 : entry.values.length;
        if (big) view.setBigUint64(here + 4, BigInt(number), true);
        else view.setUint32(here + 4, number, true);
        const field = here + (big ? 12 : 8);
        if (outside(entry) === 0) return put(view, field, entry);
        if (big) view.setBigUint64(field, BigInt(free), true);
        else view.setUint32(field, free, true);
        put(view, free, entry);
        free += outside(entry);
      });
      return at + table;
    },
  };
}

function put(view: DataView, at: number, { type, values }: Entry): void {
  values.forEach((value, n) => {
    if (type === ASCII) view.setUint8(at + n, value);
    else if (type === SHORT) view.setUint16(at + 2 * n, value, true);
    else if (type === LONG8) view.setBigUint64(at + 8 * n, BigInt(value), true);
    else view.setUint32(at + 4 * n, value, true);
  });
}
