import { space } from '../../core/space.js';
import type { DenseMatrix } from '../../operators/algebra/matrix.js';
import type { Space } from '../../core/space.js';

/** A Cartesian multi-coil acquisition with everything given as arrays, complex interleaved. */
export interface CoilArrays {
  /** [slices, coils, rows, columns] */
  readonly shape: readonly [number, number, number, number];
  /** [coil, y, x] */
  readonly maps: ArrayLike<number>;
  /** [ky, kx], 0 or 1 */
  readonly mask: ArrayLike<number>;
}

export interface SampledPoint {
  readonly coil: number;
  readonly ky: number;
  readonly kx: number;
}

/** The samples that are taken, in C order of [coil, ky, kx]. */
export function sampledPoints({ shape: [, coils, rows, columns], mask }: CoilArrays): SampledPoint[] {
  const points: SampledPoint[] = [];
  for (let coil = 0; coil < coils; coil++) {
    for (let ky = 0; ky < rows; ky++) {
      for (let kx = 0; kx < columns; kx++) if (mask[ky * columns + kx] !== 0) points.push({ coil, ky, kx });
    }
  }
  return points;
}

/**
 * M F S from its definition, in float64: rows are the samples taken, columns the pixels. F is the centred orthonormal DFT,
 * K[k] = 1/√(NyNx) Σ m[r] exp(−2πi (k − ⌊N/2⌋)(r − ⌊N/2⌋)/N) along each axis.
 */
export function senseMatrix(arrays: CoilArrays): DenseMatrix {
  const [, , height, width] = arrays.shape;
  const points = sampledPoints(arrays);
  const pixels = height * width;
  const real = new Float64Array(points.length * pixels);
  const imaginary = new Float64Array(points.length * pixels);
  const scale = 1 / Math.sqrt(pixels);
  points.forEach(({ coil, ky, kx }, row) => {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const turns = ((ky - (height >> 1)) * (y - (height >> 1))) / height + ((kx - (width >> 1)) * (x - (width >> 1))) / width;
        const [c, s] = [Math.cos(-2 * Math.PI * turns) * scale, Math.sin(-2 * Math.PI * turns) * scale];
        const at = 2 * ((coil * height + y) * width + x);
        const [re, im] = [arrays.maps[at], arrays.maps[at + 1]];
        real[row * pixels + y * width + x] = c * re - s * im;
        imaginary[row * pixels + y * width + x] = c * im + s * re;
      }
    }
  });
  return { rows: points.length, columns: pixels, real, imaginary };
}

/** The samples taken of k-space [slice, coil, ky, kx], slice after slice. */
export function samplesOf(arrays: CoilArrays, data: ArrayLike<number>): Float32Array {
  const [slices, coils, rows, columns] = arrays.shape;
  const points = sampledPoints(arrays);
  const out = new Float32Array(2 * slices * points.length);
  for (let k = 0; k < slices; k++) {
    points.forEach(({ coil, ky, kx }, i) => {
      const at = 2 * (((k * coils + coil) * rows + ky) * columns + kx);
      out.set([data[at], data[at + 1]], 2 * (k * points.length + i));
    });
  }
  return out;
}

export const imageSpaceOf = ({ shape: [slices, , rows, columns] }: CoilArrays): Space =>
  space(['slice', 'y', 'x'], [slices, rows, columns], 'complex64');
