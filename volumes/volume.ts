import { requireLength, type ArrayData } from '../core/array.js';
import { SlicewiseError } from '../core/errors.js';
import { placed, requireAxes, type Placed } from '../core/placement.js';

/** What the numbers of a volume mean. `HU` is CT; `1/mm` linear attenuation; `arbitrary` has no physical unit. */
export type Units = 'HU' | '1/mm' | 'arbitrary' | 'reflectance';
/** What an image shows, as files and priors name it; any other word is one too. */
export type Modality = 'CT' | 'MR' | 'seismic' | 'hyperspectral' | 'other' | (string & {});

/** Images of a body: its sides have letters (R, L, A, P, S, I) and conventions. */
export const showsBody = ({ modality }: { readonly modality: Modality }): boolean => modality === 'CT' || modality === 'MR';

/**
 * A sampled volume of two, three, four axes or more, as `axes` tells, **slices first**: medical ones are `[slice k, row j, column i]`.
 * `toNdarray` gives its numbers as an ndarray. Readers keep the stored order (`toCanonical` reorients what has a placement) and give
 * complex numbers only where they are asked for (`complex: 'keep'`); `magnitudeOf` makes a real volume of them.
 */
export interface Volume extends ArrayData, Placed {
  readonly units: Units;
  readonly modality: Modality;
  /** Whatever a faithful write-back or a report needs: source file, format, header fields, warnings. */
  readonly meta: VolumeMeta;
}

/** Where a volume comes from, and what its reader noticed. Plain JSON. */
export interface VolumeMeta {
  source?: string;
  format?: string;
  /** Things the reader noticed and the user should know (shown by `info`). */
  warnings?: string[];
  [key: string]: unknown;
}

/** What a volume is beside its numbers; another volume will do. */
export type VolumeRest = Partial<Omit<Volume, 'data' | 'shape'>>;

/**
 * Makes a volume from C-order numbers: real ones, or with `dtype: 'complex64'` interleaved (re, im).
 * @param shape [slices, rows, columns], or as many numbers as there are axes
 * @param rest without `axes`, three dimensions are voxels of 1 mm along right, front and head of a body; others are counted
 * @throws SlicewiseError SHAPE when data, shape and axes do not fit together
 */
export function makeVolume(data: Float32Array, shape: readonly number[], rest: VolumeRest = {}): Volume {
  const { dtype = 'float32', axes, placement } = rest;
  requireLength({ data, shape, dtype }, 'volume data and shape differ');
  const place = axes ? { axes, ...(placement ? { placement } : {}) } : shape.length === 3 ? placed() : counted(shape);
  requireAxes(shape, place, 'a volume');
  return {
    data,
    shape: [...shape],
    dtype,
    ...place,
    units: rest.units ?? 'arbitrary',
    modality: rest.modality ?? 'other',
    meta: rest.meta ?? {},
  };
}

/** A complex volume from interleaved (re, im) samples in C order. */
export const makeComplexVolume = (data: Float32Array, shape: readonly number[], rest: VolumeRest = {}): Volume =>
  makeVolume(data, shape, { ...rest, dtype: 'complex64' });

/** The numbers of a real volume, C order. @throws SlicewiseError SHAPE for a complex one */
export function volumeData({ data, dtype }: Pick<Volume, 'data' | 'dtype'>): Float32Array {
  if (dtype === 'float32') return data;
  throw new SlicewiseError('SHAPE', {
    message: 'the volume is complex',
    expected: 'real numbers',
    got: dtype,
    hint: 'take its magnitude (magnitudeOf) first',
  });
}

/** |re + i im| as a real volume in the same place; the volume itself when it is real. */
export function magnitudeOf(volume: Volume): Volume {
  if (volume.dtype === 'float32') return volume;
  const { data: both } = volume;
  const data = Float32Array.from({ length: both.length / 2 }, (_, n) => Math.hypot(both[2 * n], both[2 * n + 1]));
  return makeVolume(data, volume.shape, { ...volume, dtype: 'float32' });
}

/** Interleaved (re, im) of any volume; imaginary parts of a real one are 0. */
export function bothParts({ data, dtype }: Pick<Volume, 'data' | 'dtype'>): Float32Array {
  if (dtype === 'complex64') return data;
  const both = new Float32Array(2 * data.length);
  data.forEach((value, n) => (both[2 * n] = value));
  return both;
}

/** Axes that only count, where nothing is known of them. */
const counted = (shape: readonly number[]): Placed => ({
  axes: shape.map((_, a) => ({ name: ['row', 'column'][a - shape.length + 2] ?? `axis ${a}`, unit: '', step: 1 })),
});
