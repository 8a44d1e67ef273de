import type { Backend, Field, MemoryPlan } from '../../../compute/backend.js';
import { forBackend } from '../../../compute/for-backend.js';
import type { FourierAxes } from './axes.js';
import { fourierTransformCpu } from './transform-cpu.js';
import { fourierTransformWebGpu } from './transform-webgpu.js';

export type { FourierAxes } from './axes.js';

/** Image ⇄ k-space for every slice and coil. `out` may be `x` itself; both only queue. */
export interface FourierTransform {
  /** out ← F x */
  forward(x: Field, out: Field, axes?: FourierAxes): void;
  /** out ← Fᴴ x = F⁻¹ x */
  inverse(x: Field, out: Field, axes?: FourierAxes): void;
  bytes(): MemoryPlan;
  dispose(): void;
}

/**
 * The centred orthonormal discrete Fourier transform of the last two axes of complex fields `[slice, …, y, x]`, of any size:
 *
 *     K[k] = 1/√N Σ_r m[r] exp(−2πi (k − ⌊N/2⌋)(r − ⌊N/2⌋)/N)   along each axis
 *
 * @param shape [slices, rows, columns]; fields may have more axes between (coils)
 * @throws SlicewiseError SHAPE for a field of another shape, or a real one
 *
 * @example
 * const fourier = fourierTransform([slices, 320, 320], backend);
 * fourier.inverse(kspace, coilImages);
 */
export function fourierTransform(shape: readonly [number, number, number], backend: Backend): FourierTransform {
  return forBackend(backend, 'the Fourier transform', {
    cpu: (b) => fourierTransformCpu(shape, b),
    webgpu: (b) => fourierTransformWebGpu(shape, b),
  });
}
