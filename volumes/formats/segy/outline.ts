import type { SegyGeometry } from './geometry.js';
import { stridesOf } from './sorting.js';

/**
 * 1 for every position that is missing and lies between two traces of the file (live ones) along at least one axis of the grid: the gaps
 * inside the outline of the survey, whole missing lines among them. What is left of the box lies outside.
 */
export function gapsInside(geometry: SegyGeometry): Uint8Array {
  const counts = geometry.axes.slice(0, -1).map((axis) => axis.count);
  const strides = stridesOf(counts);
  const { live } = geometry;
  const inside = new Uint8Array(live.length);
  for (let axis = 0; axis < counts.length; axis++) {
    const [count, stride] = [counts[axis], strides[axis]];
    for (let line = 0; line < live.length / count; line++) {
      const base = Math.floor(line / stride) * stride * count + (line % stride);
      let first = 0;
      while (first < count && live[base + first * stride] === 0) first++;
      let last = count - 1;
      while (last > first && live[base + last * stride] === 0) last--;
      for (let k = first + 1; k < last; k++) if (live[base + k * stride] === 0) inside[base + k * stride] = 1;
    }
  }
  return inside;
}
