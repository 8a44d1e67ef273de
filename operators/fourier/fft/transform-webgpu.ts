import type { Field } from '../../../compute/backend.js';
import type { WebGpuBackend } from '../../../compute/webgpu/backend.js';
import { own, same } from '../../../compute/webgpu/field.js';
import { directionsOf, type FourierAxes } from './axes.js';
import { complexImages, imagesOf } from '../complex-images.js';
import { ImageLines } from '../images-webgpu.js';
import type { LineLimits } from './plan-webgpu.js';
import type { FourierTransform } from './transform.js';

/** @param limits closer than those of the device */
export function fourierTransformWebGpu(
  shape: readonly [number, number, number],
  backend: WebGpuBackend,
  limits?: Partial<LineLimits>,
): FourierTransform {
  const lines = new ImageLines(backend, ...shape, limits);

  const run = (from: Field, to: Field, axes: FourierAxes, inverse: boolean): void => {
    const directions = directionsOf(axes);
    let x = complexImages(own(from, backend), shape);
    const out = same(x, to);
    for (const direction of directions) {
      const scale = 1 / Math.sqrt(shape[direction === 'x' ? 2 : 1]);
      lines.run(direction, { x, out, images: imagesOf(x), scale, inverse });
      x = out;
    }
  };

  return {
    forward: (x, out, axes = 'yx') => run(x, out, axes, false),
    inverse: (x, out, axes = 'yx') => run(x, out, axes, true),
    bytes: () => ({ items: [{ what: 'Fourier transform: tables and scratch', bytes: lines.bytes() }] }),
    dispose: () => lines.dispose(),
  };
}
