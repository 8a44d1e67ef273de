/** Slow and obviously right: the centred orthonormal transform of [ny, nx] complex values, straight from its definition. */
export function directDft(x: ArrayLike<number>, ny: number, nx: number, sign: 1 | -1): Float64Array {
  const lines = (input: ArrayLike<number>, count: number, length: number, start: number, step: number): Float64Array => {
    const out = new Float64Array(input.length);
    const half = Math.floor(length / 2);
    for (let line = 0; line < count; line++) {
      for (let k = 0; k < length; k++) {
        let [re, im] = [0, 0];
        for (let n = 0; n < length; n++) {
          const angle = (sign * 2 * Math.PI * (k - half) * (n - half)) / length;
          const at = 2 * (line * start + n * step);
          re += input[at] * Math.cos(angle) - input[at + 1] * Math.sin(angle);
          im += input[at] * Math.sin(angle) + input[at + 1] * Math.cos(angle);
        }
        out[2 * (line * start + k * step)] = re / Math.sqrt(length);
        out[2 * (line * start + k * step) + 1] = im / Math.sqrt(length);
      }
    }
    return out;
  };
  return lines(lines(x, ny, nx, nx, 1), nx, ny, 1, nx);
}
