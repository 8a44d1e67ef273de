import type { Field } from '../../../compute/backend.js';
import type { CpuBackend } from '../../../compute/cpu/backend.js';
import { own, same } from '../../../compute/cpu/field.js';
import { planesOf } from '../complex-field-cpu.js';
import { complexImages, imagesOf } from '../complex-images.js';
import { FourierLines, swapped, type Planes } from './lines-cpu.js';
import { directionsOf, type FourierAxes } from './axes.js';
import type { FourierTransform } from './transform.js';

export function fourierTransformCpu(shape: readonly [number, number, number], backend: CpuBackend): FourierTransform {
  const lines = new FourierLines(backend, ...shape);

  const run = (x: Field, out: Field, axes: FourierAxes, ends: (planes: Planes) => Planes): void => {
    const directions = directionsOf(axes);
    const from = complexImages(own(x), shape);
    const to = same(from, out);
    const images = imagesOf(from);
    let source = ends(planesOf(from, lines.planeBytes));
    const target = ends(planesOf(to, lines.planeBytes));
    for (const direction of directions) {
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
