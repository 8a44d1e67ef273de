import ndarray, { type NdArray } from 'ndarray';
import { SlicewiseError } from '../core/errors.js';
import { placed, type Placed } from '../core/placement.js';

/** What the numbers of a volume mean. `HU` is CT; `1/mm` linear attenuation; `arbitrary` has no physical unit. */
export type Units = 'HU' | '1/mm' | 'arbitrary' | 'reflectance';
export type Modality = 'CT' | 'MR' | 'seismic' | 'hyperspectral' | 'other';

/**
 * A sampled volume. `data` is C order, as many axes as `axes` tells, **slices first**: medical ones are `[slice k, row j, column i]`.
 * Readers keep the stored order; `toCanonical` reorients what has a placement.
 */
export interface Volume extends Placed {
  readonly data: NdArray<Float32Array>;
  /**
   * The imaginary part of a complex image, C order of the same shape; `data` is then the real part. Readers of volumes never give one unless asked
   * (`complex: 'keep'`); `magnitudeOf` makes a real volume of it.
   */
  readonly imaginary?: Float32Array;
  readonly units: Units;
  readonly modality: Modality;
  /** Whatever a faithful write-back or a report needs: source file, format, header fields, warnings. */
  readonly meta: VolumeMeta;
}

export interface VolumeMeta {
  source?: string;
  format?: string;
  /** Things the reader noticed and the user should know (shown by `info`). */
  warnings?: string[];
  [key: string]: unknown;
}

/**
 * Makes a volume from C-order float32 data.
 * @param shape [slices, rows, columns]
 * @param rest without `axes`: voxels of 1 mm along right, front and head of a body
 * @throws SlicewiseError SHAPE when the data length does not match the shape
 */
export function makeVolume(
  data: Float32Array,
  shape: readonly [number, number, number],
  rest: Partial<Omit<Volume, 'data'>> = {},
): Volume {
  const size = shape[0] * shape[1] * shape[2];
  if (data.length !== size) {
    throw new SlicewiseError('SHAPE', {
      message: 'volume data and shape differ',
      expected: `${size} values for [${shape.join(', ')}]`,
      got: `${data.length} values`,
    });
  }
  if (rest.imaginary && rest.imaginary.length !== size) {
    throw new SlicewiseError('SHAPE', {
      message: 'imaginary part of a volume',
      expected: `${size} values, as many as the real part`,
      got: `${rest.imaginary.length} values`,
    });
  }
  return {
    data: ndarray(data, [...shape]),
    ...(rest.imaginary ? { imaginary: rest.imaginary } : {}),
    ...(rest.axes ? { axes: rest.axes, ...(rest.placement ? { placement: rest.placement } : {}) } : placed()),
    units: rest.units ?? 'arbitrary',
    modality: rest.modality ?? 'other',
    meta: rest.meta ?? {},
  };
}

/** The data in C order, without a copy when it already is. */
export function volumeData(volume: Volume): Float32Array {
  const { data } = volume;
  const [, nj, ni] = data.shape;
  const contiguous =
    data.offset === 0 &&
    data.stride[2] === 1 &&
    data.stride[1] === ni &&
    data.stride[0] === ni * nj &&
    data.data.length === data.size;
  if (contiguous) return data.data;
  const out = new Float32Array(data.size);
  let at = 0;
  for (let k = 0; k < data.shape[0]; k++)
    for (let j = 0; j < nj; j++) for (let i = 0; i < ni; i++) out[at++] = data.get(k, j, i);
  return out;
}

/** |re + i im| as a real volume in the same place; the volume itself when it is real. */
export function magnitudeOf(volume: Volume): Volume {
  const { imaginary, ...rest } = volume;
  if (!imaginary) return volume;
  const real = volumeData(volume);
  const data = real.map((re, n) => Math.hypot(re, imaginary[n]));
  return makeVolume(data, shapeOf(volume), { ...rest });
}

/** A complex volume from interleaved (re, im) samples in C order. */
export function makeComplexVolume(
  interleaved: Float32Array,
  shape: readonly [number, number, number],
  rest: Partial<Omit<Volume, 'data' | 'imaginary'>> = {},
): Volume {
  const real = new Float32Array(interleaved.length / 2);
  const imaginary = new Float32Array(real.length);
  for (let n = 0; n < real.length; n++) {
    real[n] = interleaved[2 * n];
    imaginary[n] = interleaved[2 * n + 1];
  }
  return makeVolume(real, shape, { ...rest, imaginary });
}

export function shapeOf(volume: Volume): [number, number, number] {
  const [k, j, i] = volume.data.shape;
  return [k, j, i];
}
