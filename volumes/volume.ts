import ndarray, { type NdArray } from 'ndarray';
import { SlicewiseError } from '../core/errors.js';

/** What the numbers of a volume mean. `HU` is CT; `1/mm` linear attenuation; `arbitrary` has no physical unit. */
export type Units = 'HU' | '1/mm' | 'arbitrary' | 'reflectance';
export type Modality = 'CT' | 'MR' | 'seismic' | 'hyperspectral' | 'other';
/** 4×4 row-major, voxel index (in array axis order reversed, see below) → RAS+ mm. */
export type Affine = readonly number[];

/**
 * A sampled volume. `data` is C order, **slices first**: `[slice k, row j, column i]`, so `data.shape = [nk, nj, ni]`.
 *
 * World coordinates are RAS+ mm for medical data: `world = origin + direction · (spacing ⊙ (i, j, k))`.
 * `spacing`, `origin` and `direction` are in **(i, j, k) = (column, row, slice) order**, as in ITK and NIfTI, while `axes`
 * and `data.shape` are in array order (slice, row, column). `direction` is a 3×3 row-major matrix whose columns are the unit world
 * directions of increasing i, j and k. Readers keep the stored order; `toCanonical` reorients.
 */
export interface Volume {
  readonly data: NdArray<Float32Array>;
  /**
   * The imaginary part of a complex image, C order of the same shape; `data` is then the real part. Readers of volumes never give one unless asked
   * (`complex: 'keep'`); `magnitudeOf` makes a real volume of it.
   */
  readonly imaginary?: Float32Array;
  readonly axes: readonly [string, string, string];
  /** mm between voxel centres along i, j, k. */
  readonly spacing: readonly [number, number, number];
  /** World position (mm, RAS+) of voxel (0, 0, 0). */
  readonly origin: readonly [number, number, number];
  /** 3×3 row-major; columns are world directions of i, j, k. */
  readonly direction: readonly number[];
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

export const IDENTITY_DIRECTION = [1, 0, 0, 0, 1, 0, 0, 0, 1] as const;

/**
 * Makes a volume from C-order float32 data.
 * @param shape [slices, rows, columns]
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
    axes: rest.axes ?? ['slice', 'row', 'column'],
    spacing: rest.spacing ?? [1, 1, 1],
    origin: rest.origin ?? [0, 0, 0],
    direction: rest.direction ?? IDENTITY_DIRECTION,
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

/** Voxel (i, j, k) → world mm, 4×4 row-major. */
export function affineOf(volume: Pick<Volume, 'spacing' | 'origin' | 'direction'>): number[] {
  const { spacing: s, origin: o, direction: d } = volume;
  return [
    d[0] * s[0], d[1] * s[1], d[2] * s[2], o[0],
    d[3] * s[0], d[4] * s[1], d[5] * s[2], o[1],
    d[6] * s[0], d[7] * s[1], d[8] * s[2], o[2],
    0, 0, 0, 1,
  ]; // prettier-ignore
}
