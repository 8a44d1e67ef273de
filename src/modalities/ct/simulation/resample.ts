/**
 * Linear interpolation of cell-centred samples onto cells `factor` times smaller, along the last axis but `inner` values apart.
 * Beyond the outermost centres the edge value holds. The field of view stays the same.
 */
function finerAlong(data: Float32Array, outer: number, count: number, inner: number, factor: number): Float32Array {
  const out = new Float32Array(data.length * factor);
  for (let fine = 0; fine < count * factor; fine++) {
    const position = Math.min(Math.max((fine + 0.5) / factor - 0.5, 0), count - 1);
    const low = Math.floor(position);
    const high = Math.min(low + 1, count - 1);
    const t = position - low;
    for (let o = 0; o < outer; o++) {
      const [a, b] = [(o * count + low) * inner, (o * count + high) * inner];
      const to = (o * count * factor + fine) * inner;
      for (let i = 0; i < inner; i++) out[to + i] = data[a + i] + t * (data[b + i] - data[a + i]);
    }
  }
  return out;
}

/**
 * A volume [slice, row, column] on a finer grid with the same centre and extent.
 * @param factors along slices, rows, columns; whole numbers ≥ 1
 */
export function finerVolume(
  data: Float32Array,
  [nk, nj, ni]: readonly [number, number, number],
  factors: readonly [number, number, number],
): Float32Array {
  let out = data;
  if (factors[2] > 1) out = finerAlong(out, nk * nj, ni, 1, factors[2]);
  if (factors[1] > 1) out = finerAlong(out, nk, nj, ni * factors[2], factors[1]);
  if (factors[0] > 1) out = finerAlong(out, 1, nk, nj * factors[1] * ni * factors[2], factors[0]);
  return out;
}

/**
 * Means over blocks of `rows` × `columns` neighbouring bins of the last two axes: what a wider bin integrates.
 * @param shape of the fine data; its last axes are divisible
 */
export function integrateBins(data: Float32Array, shape: readonly number[], rows: number, columns: number): Float32Array {
  const width = shape[shape.length - 1];
  const height = shape[shape.length - 2];
  const [w, h] = [width / columns, height / rows];
  const frames = data.length / (width * height);
  const out = new Float32Array(frames * h * w);
  for (let f = 0; f < frames; f++) {
    for (let r = 0; r < h; r++) {
      for (let c = 0; c < w; c++) {
        let sum = 0;
        for (let y = 0; y < rows; y++) {
          const at = (f * height + r * rows + y) * width + c * columns;
          for (let x = 0; x < columns; x++) sum += data[at + x];
        }
        out[(f * h + r) * w + c] = sum / (rows * columns);
      }
    }
  }
  return out;
}
