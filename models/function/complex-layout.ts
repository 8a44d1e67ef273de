import type { Space } from '../../core/space.js';

/** 'interleaved': [n, rows, columns, 2], real part before imaginary part; 'planes': [n, 2, rows, columns]. */
export type ComplexLayout = 'interleaved' | 'planes';

/** Shape of so many images of a space. Real images have one plane where complex ones have two, and no axis of parts. */
export function shapeOf({ shape, dtype }: Space, count: number, layout: ComplexLayout): number[] {
  const image = shape.slice(1);
  const parts = dtype === 'complex64' ? 2 : 1;
  if (layout === 'planes') return [count, parts, ...image];
  return parts === 2 ? [count, ...image, 2] : [count, ...image];
}

/** Interleaved images as the layout has them. */
export function arranged(values: Float32Array, count: number, layout: ComplexLayout): Float32Array {
  if (layout === 'interleaved') return values;
  const pixels = values.length / count / 2;
  return values.map((_, i) => {
    const [image, plane, pixel] = [Math.floor(i / (2 * pixels)), Math.floor(i / pixels) % 2, i % pixels];
    return values[2 * (image * pixels + pixel) + plane];
  });
}

/** The way back. */
export function restored(values: Float32Array, count: number, layout: ComplexLayout): Float32Array {
  if (layout === 'interleaved') return values;
  const pixels = values.length / count / 2;
  return values.map((_, i) => {
    const [image, pixel, part] = [Math.floor(i / (2 * pixels)), (i >> 1) % pixels, i % 2];
    return values[(2 * image + part) * pixels + pixel];
  });
}

/** Interleaved complex numbers times e^{iφ}, in place. */
export function turn(values: Float32Array, phase: number): void {
  const [c, s] = [Math.cos(phase), Math.sin(phase)];
  for (let i = 0; i < values.length; i += 2) {
    const [re, im] = [values[i], values[i + 1]];
    values[i] = c * re - s * im;
    values[i + 1] = s * re + c * im;
  }
}
