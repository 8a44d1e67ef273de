import { centredLine, type Direction } from '../../../../core/fft.js';

/** A complex image or its k-space: [row, column], interleaved re, im. */
export interface Plane {
  readonly data: Float64Array;
  readonly shape: readonly [number, number];
}

/**
 * Centred orthonormal 2-D transform between grids of different size and the same field of view. Going to a smaller grid keeps the lowest
 * frequencies or the middle of the image of the larger transform; going to a larger one fills the outside with zeros before it.
 */
export function transformTo(plane: Plane, shape: readonly [number, number], direction: Direction): Plane {
  const [ny, nx] = plane.shape;
  const [my, mx] = shape;
  const wide = new Float64Array(2 * ny * mx);
  transformLines(plane.data, wide, ny, [nx, mx], { start: [nx, mx], step: 1 }, direction);
  const out = new Float64Array(2 * my * mx);
  transformLines(wide, out, mx, [ny, my], { start: [1, 1], step: mx }, direction);
  return { data: out, shape: [my, mx] };
}

/** Lines of `from` samples into lines of `to`; centre stays on centre. `step` between samples, `start` between lines (in, out). */
function transformLines(
  input: Float64Array,
  output: Float64Array,
  lines: number,
  [from, to]: readonly [number, number],
  { start, step }: { readonly start: readonly [number, number]; readonly step: number },
  direction: Direction,
): void {
  const length = Math.max(from, to);
  const line = new Float64Array(2 * length);
  const [padded, cropped] = [from, to].map((n) => Math.floor(length / 2) - Math.floor(n / 2));
  for (let l = 0; l < lines; l++) {
    line.fill(0);
    for (let n = 0; n < from; n++) {
      const at = 2 * (l * start[0] + n * step);
      line[2 * (padded + n)] = input[at];
      line[2 * (padded + n) + 1] = input[at + 1];
    }
    centredLine(line, direction);
    for (let n = 0; n < to; n++) {
      const at = 2 * (l * start[1] + n * step);
      output[at] = line[2 * (cropped + n)];
      output[at + 1] = line[2 * (cropped + n) + 1];
    }
  }
}

/** A real image as complex values. */
export function complexPlane(values: ArrayLike<number>, shape: readonly [number, number]): Plane {
  const data = new Float64Array(2 * values.length);
  for (let n = 0; n < values.length; n++) data[2 * n] = values[n];
  return { data, shape };
}
