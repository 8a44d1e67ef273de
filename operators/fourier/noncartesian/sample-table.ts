import { windowAt, type Gridding } from './kaiser-bessel.js';

/** Where samples lie, (ky, kx) in cycles per field of view, and the weight of each; absent: 1. */
export interface Samples {
  readonly trajectory: ArrayLike<number>;
  readonly weights?: ArrayLike<number>;
}

/**
 * What kernels know of every sample: int32 row and column of the first grid point, `width` weights along rows, with the root of the
 * sample's own, and as many along columns (float32).
 */
export function sampleTable({ trajectory, weights }: Samples, [rows, columns]: readonly [Gridding, Gridding]): Uint32Array {
  const words = 2 + 2 * rows.width;
  const table = new Uint32Array((trajectory.length / 2) * words);
  const floats = new Float32Array(table.buffer);
  for (let s = 0, at = 0; at < table.length; s += 2, at += words) {
    const [y, x] = [windowAt(rows, trajectory[s]), windowAt(columns, trajectory[s + 1])];
    table.set([y.first, x.first], at);
    const root = weights ? Math.sqrt(weights[s >> 1]) : 1;
    floats.set(root === 1 ? y.weights : y.weights.map((v) => root * v), at + 2);
    floats.set(x.weights, at + 2 + rows.width);
  }
  return table;
}

/**
 * The samples that every grid point meets, in their order: those of point p are `entries[starts[p]] … entries[starts[p + 1] − 1]`, each
 * (sample · width + place along rows) · width + place along columns.
 */
export function samplesOfPoints(
  table: Uint32Array,
  [rows, columns]: readonly [Gridding, Gridding],
): { starts: Uint32Array; entries: Uint32Array } {
  const { width } = rows;
  const words = 2 + 2 * width;
  const samples = table.length / words;
  const starts = new Uint32Array(rows.grid * columns.grid + 1);
  const entries = new Uint32Array(samples * width * width);
  const visit = (use: (point: number, entry: number) => void): void => {
    for (let s = 0, entry = 0; s < samples; s++) {
      const [row, column] = [table[s * words], table[s * words + 1]];
      for (let j = 0; j < width; j++) {
        const line = ((row + j) % rows.grid) * columns.grid;
        for (let i = 0; i < width; i++) use(line + ((column + i) % columns.grid), entry++);
      }
    }
  };
  visit((point) => starts[point + 1]++);
  for (let p = 0; p + 1 < starts.length; p++) starts[p + 1] += starts[p];
  const next = starts.slice();
  visit((point, entry) => (entries[next[point]++] = entry));
  return { starts, entries };
}
