/**
 * The centred orthonormal 2-D Fourier sum, row axis first, as written in docs/reference/formats.md: sign −1 gives k-space, +1 the image.
 * @param data interleaved [rows, columns]
 */
export function direct2d(data: ArrayLike<number>, rows: number, columns: number, sign: number): Float64Array {
  const out = new Float64Array(2 * rows * columns);
  const [cy, cx] = [Math.floor(rows / 2), Math.floor(columns / 2)];
  const scale = 1 / Math.sqrt(rows * columns);
  for (let v = 0; v < rows; v++) {
    for (let u = 0; u < columns; u++) {
      let [re, im] = [0, 0];
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) {
          const angle = sign * 2 * Math.PI * (((v - cy) * (y - cy)) / rows + ((u - cx) * (x - cx)) / columns);
          const at = 2 * (y * columns + x);
          re += data[at] * Math.cos(angle) - data[at + 1] * Math.sin(angle);
          im += data[at] * Math.sin(angle) + data[at + 1] * Math.cos(angle);
        }
      }
      out[2 * (v * columns + u)] = re * scale;
      out[2 * (v * columns + u) + 1] = im * scale;
    }
  }
  return out;
}

/** ‖a − b‖ / ‖b‖. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let [error, size] = [0, 0];
  for (let n = 0; n < a.length; n++) {
    error += (a[n] - b[n]) ** 2;
    size += b[n] ** 2;
  }
  return Math.sqrt(error / size);
}
