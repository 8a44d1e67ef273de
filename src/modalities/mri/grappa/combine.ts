import type { Backend } from '../../../../compute/backend.js';
import { cartesianFourier } from '../../../../operators/fourier/cartesian/cartesian.js';
import { fourierTransform } from '../../../../operators/fourier/fft/transform.js';
import { coilMaps } from '../../../../operators/fourier/sensitivities/sensitivities.js';
import { coilSpace } from '../../../../operators/fourier/spaces.js';
import type { Measurement } from '../../../../volumes/measurement.js';
import { zeroFilled } from '../zero-filled.js';

/**
 * The image of whole k-space of several coils: by maps, Σ conj(s_c) F⁻¹y_c, or where there are none, or `rss` is wanted, the root of their
 * sum of squares (real). One coil stands for itself.
 * @param kspace complex interleaved [slice, coil, ky, kx]
 * @returns complex interleaved [slice, y, x], in the data's own units
 */
export async function combinedCoils(
  kspace: Float32Array,
  { shape, arrays }: Pick<Measurement, 'shape' | 'arrays'>,
  combine: 'maps' | 'rss',
  backend: Backend,
): Promise<Float32Array> {
  const [slices, coils, ny, nx] = shape;
  const image = [slices, ny, nx] as const;
  if (coils > 1 && (combine === 'rss' || !arrays?.maps)) return rootSumOfSquares(kspace, image, coils, backend);
  const maps = arrays?.maps && (await coilMaps(arrays.maps, image, backend));
  const operator = cartesianFourier({ shape: image, ...(maps && { maps }) }, backend);
  try {
    return await zeroFilled(operator, kspace);
  } finally {
    operator.dispose();
  }
}

async function rootSumOfSquares(
  kspace: Float32Array,
  shape: readonly [slices: number, rows: number, columns: number],
  coils: number,
  backend: Backend,
): Promise<Float32Array> {
  const fourier = fourierTransform(shape, backend);
  const field = backend.field(coilSpace(shape, coils));
  try {
    await backend.write(field, kspace);
    fourier.inverse(field, field);
    const images = await backend.read(field);
    const [slices, ny, nx] = shape;
    const pixels = ny * nx;
    const out = new Float32Array(2 * slices * pixels);
    for (let slice = 0; slice < slices; slice++) {
      for (let p = 0; p < pixels; p++) {
        let sum = 0;
        for (let c = 0; c < coils; c++) {
          const at = 2 * ((slice * coils + c) * pixels + p);
          sum += images[at] ** 2 + images[at + 1] ** 2;
        }
        out[2 * (slice * pixels + p)] = Math.sqrt(sum);
      }
    }
    return out;
  } finally {
    field.dispose();
    fourier.dispose();
  }
}
