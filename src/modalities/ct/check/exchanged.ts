import { viewAxis } from '../../../../volumes/kinds/views.js';
import { detectorFields, isVectors, isVolumetric } from '../../../../volumes/kinds/radon/schema.js';
import type { Measurement } from '../../../../volumes/measurement.js';

/**
 * A scan whose views and another axis were exchanged by its reader: [slice, view, detector] of what was meant as [slice, detector, view].
 * The angles go on to the other number of views evenly, from the first to the last as read; undefined where the geometry says more of each
 * view than angles.
 */
export function exchanged(scan: Measurement, views: number, axis: number): Measurement | undefined {
  const { kind, geometry, shape } = scan;
  if (isVectors(kind) || geometry.sourceZ !== undefined || views !== viewAxis(kind)) return undefined;
  const [from, to] = [shape[views], shape[axis]];
  const angles = geometry.angles as readonly number[];
  const [first, last] = [angles[0], angles[from - 1]];
  const turn = last + (last - first) / Math.max(1, from - 1);
  const other = from === to ? angles : Array.from({ length: to }, (_, n) => first + (n * (turn - first)) / to);
  const { data, size } = transposed(scan.data, shape, views, axis);
  const counts = isVolumetric(kind) ? { rows: size[1], columns: size[2] } : { [detectorFields(kind).count]: size[2] };
  // the image goes with the number of bins: their pitch is not known to be another
  return { ...scan, data, shape: size, weights: undefined, geometry: { ...geometry, angles: other, ...counts } };
}

function transposed(data: Float32Array, shape: readonly number[], a: number, b: number): { data: Float32Array; size: number[] } {
  const size = [...shape];
  [size[a], size[b]] = [shape[b], shape[a]];
  const out = new Float32Array(data.length);
  for (let i = 0, at = 0; i < shape[0]; i++) {
    for (let j = 0; j < shape[1]; j++) {
      for (let k = 0; k < shape[2]; k++, at++) {
        const index = [i, j, k];
        [index[a], index[b]] = [index[b], index[a]];
        out[(index[0] * size[1] + index[1]) * size[2] + index[2]] = data[at];
      }
    }
  }
  return { data: out, size };
}

/** How much the sums of views vary within a slice (of [view, row, column] within the scan), of their mean. */
export function unevenness({ kind, data, shape }: Measurement): number {
  const axis = viewAxis(kind);
  const [outer, views] = [shape.slice(0, axis), shape[axis]].map((n) => (Array.isArray(n) ? n.reduce((a, b) => a * b, 1) : n));
  const inner = data.length / (outer * views);
  let [squares, total] = [0, 0];
  for (let o = 0; o < outer; o++) {
    const sums = Float64Array.from({ length: views }, (_, v) => {
      const from = (o * views + v) * inner;
      let sum = 0;
      for (let n = 0; n < inner; n++) sum += data[from + n];
      return sum;
    });
    const mean = sums.reduce((a, b) => a + b, 0) / views;
    squares += sums.reduce((a, b) => a + (b - mean) ** 2, 0);
    total += Math.abs(mean) * views;
  }
  const count = outer * views;
  return total > 0 ? Math.sqrt(squares / count) / (total / count) : 0;
}
