import type { Backend, Field } from '../../../compute/backend.js';
import { forBackend } from '../../../compute/for-backend.js';
import { cpuField } from '../../../compute/cpu/field.js';
import { webGpuField } from '../../../compute/webgpu/field.js';
import type { SamplingMask } from '../../../core/sampling-mask.js';
import type { LinearOperator } from '../../operator.js';
import { CartesianFourierCpu } from './cartesian-cpu.js';
import { CartesianFourierWebGpu } from './cartesian-webgpu.js';
import { checkMask } from './mask.js';
import { coilSpace } from '../spaces.js';

export interface CartesianOptions {
  /** [slices, rows, columns] of the image and of k-space. */
  readonly shape: readonly [number, number, number];
  /** Which samples were measured; absent: all. */
  readonly mask?: SamplingMask;
  /** Coil sensitivities, complex `[slice, coil, y, x]` (`coilMaps`); absent: one coil that sees everything alike. */
  readonly maps?: Field;
}

/**
 * Cartesian multi-coil MRI: A = M F S. S multiplies the image by each coil's sensitivity, F is the centred orthonormal FFT, M keeps the
 * samples measured:
 *
 *     y[z, c, k] = M[z, k] (F (s_c x_z))[k],    Aᴴy = Σ_c conj(s_c) F⁻¹ (M y_c)
 *
 * Domain: complex image `[slice, y, x]`; range: complex k-space `[slice, coil, ky, kx]`, zero where not sampled; ky belongs to the image's
 * rows. AᴴA goes coil by coil through scratch of one image; where the mask leaves out samples along one direction only, the transform along
 * the other cancels and is not made. (Pruessmann et al., Magn. Reson. Med. 46 (2001) 638.)
 *
 * The operator takes over `maps`: `dispose` frees them.
 *
 * @throws SlicewiseError SHAPE, GEOMETRY when the mask or the maps do not fit; BACKEND where there is no kernel
 */
export function cartesianFourier(options: CartesianOptions, backend: Backend): LinearOperator {
  const { shape, mask, maps } = options;
  if (mask) checkMask(mask, shape);
  const coils = maps?.space.shape[1] ?? 1;
  const seen = coilSpace(shape, coils);
  return forBackend<LinearOperator>(backend, 'the Fourier operator', {
    cpu: (b) => new CartesianFourierCpu(shape, coils, mask, maps && cpuField(maps, seen), b),
    webgpu: (b) => new CartesianFourierWebGpu(shape, coils, mask, maps && webGpuField(maps, seen, b), b),
  });
}
