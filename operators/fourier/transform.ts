import type { Backend, Field, MemoryPlan } from '../../compute/backend.js';
import { requireCpu } from '../../compute/cpu/backend.js';
import { same } from '../../compute/cpu/field.js';
import { SlicewiseError } from '../../core/errors.js';
import { complexImages, imagesOf, planesOf } from './complex-field.js';
import { FourierLines, swapped, type Direction, type Planes } from './lines.js';

/** Which axes are transformed: both of the image, or one. */
export type FourierAxes = 'yx' | Direction;

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
  const lines = new FourierLines(requireCpu(backend, 'the Fourier transform'), ...shape);

  const run = (x: Field, out: Field, axes: FourierAxes, ends: (planes: Planes) => Planes): void => {
    if (!['yx', 'y', 'x'].includes(axes)) {
      throw new SlicewiseError('ARGUMENT', { message: 'unknown axes', expected: "'yx', 'y' or 'x'", got: `${axes}` });
    }
    const from = complexImages(x, shape);
    const to = same(from, out);
    const images = imagesOf(from);
    let source = ends(planesOf(from, lines.planeBytes));
    const target = ends(planesOf(to, lines.planeBytes));
    for (const direction of ['x', 'y'] as const) {
      if (!axes.includes(direction)) continue;
      const n = shape[direction === 'x' ? 2 : 1];
      lines.transform(direction, images, source, target, 1 / Math.sqrt(n));
      source = target;
    }
  };

  return {
    forward: (x, out, axes = 'yx') => run(x, out, axes, (planes) => planes),
    inverse: (x, out, axes = 'yx') => run(x, out, axes, swapped),
    bytes: () => ({ items: [{ what: 'Fourier transform: tables and scratch', bytes: lines.bytes() }] }),
    dispose: () => lines.dispose(),
  };
}
