import { SlicewiseError } from '../../../../core/errors.js';
import { principalCoils } from './covariance.js';

/**
 * Software channel compression: virtual coils are the principal components of the measured ones (M. Buehrer et al., Magn. Reson. Med. 57
 * (2007) 1131-1139; F. Huang et al., Magn. Reson. Imaging 26 (2008) 133-141). y' = V y with orthonormal rows: white noise stays white and
 * keeps its standard deviation, and y' = M F (V s) x holds exactly, for the same image x.
 */
export interface CoilCompression {
  /** V, complex, interleaved, [virtual, coil]; the strongest first. */
  readonly matrix: Float32Array;
  readonly coils: number;
  readonly virtual: number;
  /** Share of the samples' energy that the virtual coils hold, noise included, 0 … 1. */
  readonly energy: number;
}

/**
 * @param samples complex, interleaved, [slice, coil, sample]: whitened k-space, or its calibration region alone, which is cheaper and
 *   nearly the same. One matrix for all slices, so that virtual coils do not jump between them
 * @param atMost virtual coils, default 6
 * @param energy fewer are taken when they hold this share of the energy; default 0.999
 * @throws SlicewiseError ARGUMENT for options out of range; GEOMETRY when all samples are zero; SHAPE
 */
export function coilCompression(
  samples: Float32Array,
  [slices, coils]: readonly [number, number],
  { atMost = 6, energy = 0.999 }: { readonly atMost?: number; readonly energy?: number } = {},
): CoilCompression {
  if (!(Number.isInteger(atMost) && atMost >= 1 && energy > 0 && energy <= 1)) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'coil compression',
      expected: 'at least 1 virtual coil and a share of energy above 0, at most 1',
      got: `${atMost} coils, energy ${energy}`,
    });
  }
  if (samples.length === 0 || samples.length % (2 * slices * coils) !== 0) {
    throw new SlicewiseError('SHAPE', {
      message: 'coil compression',
      expected: `complex samples of ${slices} slices × ${coils} coils`,
      got: `${samples.length / 2} values`,
    });
  }
  const { values, re, im } = principalCoils(samples, slices, coils);
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  if (!(total > 0)) {
    throw new SlicewiseError(Number.isFinite(total) ? 'GEOMETRY' : 'NOT_FINITE', {
      message: 'coil compression finds no signal',
      expected: 'finite samples that are not all zero',
      got: `energy ${total} in ${coils} coils`,
    });
  }
  let [virtual, kept] = [0, 0];
  while (virtual < Math.min(atMost, coils) && kept < energy * total) kept += Math.max(0, values[virtual++]);
  const matrix = new Float32Array(2 * virtual * coils);
  for (let i = 0; i < virtual * coils; i++) {
    matrix[2 * i] = re[i];
    matrix[2 * i + 1] = -im[i];
  }
  return { matrix, coils, virtual, energy: Math.min(1, kept / total) };
}

/**
 * V applied to k-space [slice, coil, ky, kx] or to coil maps [slice, coil, y, x], complex, interleaved; a new array [slice, virtual, …].
 * Compressed maps have a sum of squares of at most 1: the share of the pixel's signal that the virtual coils see.
 * @throws SlicewiseError SHAPE when the data do not have the coils the matrix was made for
 */
export function compressCoils(
  data: Float32Array,
  [slices, coils, rows, columns]: readonly [number, number, number, number],
  compression: CoilCompression,
): Float32Array {
  const { matrix, virtual } = compression;
  if (coils !== compression.coils || data.length !== 2 * slices * coils * rows * columns) {
    throw new SlicewiseError('SHAPE', {
      message: 'coil compression',
      expected: `${slices} × ${compression.coils} × ${rows} × ${columns} complex values`,
      got: `${data.length / 2} of ${coils} coils`,
    });
  }
  const plane = 2 * rows * columns;
  const out = new Float32Array(slices * virtual * plane);
  const sum = new Float64Array(plane);
  for (let slice = 0; slice < slices; slice++) {
    for (let v = 0; v < virtual; v++) {
      sum.fill(0);
      for (let c = 0; c < coils; c++) {
        const [vr, vi] = [matrix[2 * (v * coils + c)], matrix[2 * (v * coils + c) + 1]];
        const from = (slice * coils + c) * plane;
        for (let i = 0; i < plane; i += 2) {
          const re = data[from + i];
          const im = data[from + i + 1];
          sum[i] += vr * re - vi * im;
          sum[i + 1] += vr * im + vi * re;
        }
      }
      out.set(sum, (slice * virtual + v) * plane);
    }
  }
  return out;
}
