import { fft, plainFft } from '../../../core/fft.js';
import { hat, windowAt, type Gridding } from './kaiser-bessel.js';
import { convolutionLength } from '../fft/plan.js';

/**
 * AᴴA of a non-uniform Fourier transform is a convolution with the point spread function of its samples,
 *
 *     h[d] = 1/(rows·columns) Σ_s w_s exp(2πi (k_y d_y/rows + k_x d_x/columns)),   |d_y| < rows, |d_x| < columns,
 *
 * so a product with its spectrum after padding with zeros (Fessler et al., IEEE Trans. Signal Process. 53 (2005) 3393). The spectrum is
 * real.
 */
export interface Spectrum {
  /** Padded sizes, at least 2n − 1. */
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns], divided by their product, so that unnormalised transforms there and back give AᴴA. */
  readonly data: Float32Array;
}

/** A window this wide on a grid this fine is exact to about 1e-9. */
const WIDTH = 12;
const OVERSAMPLING = 1.5;

/**
 * @param trajectory (ky, kx) in cycles per field of view of rows × columns pixels; float64 throughout
 * @param weights w of every sample; absent: 1
 */
export function pointSpreadSpectrum(trajectory: ArrayLike<number>, rows: number, columns: number, weights?: ArrayLike<number>): Spectrum {
  const [gy, gx] = [fineGridding(rows), fineGridding(columns)];
  // the sum over samples on a grid whose index 0 is k = 0: real
  const grid = new Float64Array(gy.grid * gx.grid);
  for (let s = 0; s < trajectory.length; s += 2) {
    // cycles per two fields of view, since d spans two
    const [y, x] = [windowAt(gy, 2 * trajectory[s]), windowAt(gx, 2 * trajectory[s + 1])];
    const weight = weights ? weights[s >> 1] : 1;
    for (let j = 0; j < WIDTH; j++) {
      const line = ((y.first + j + gy.grid / 2) % gy.grid) * gx.grid;
      for (let i = 0; i < WIDTH; i++) {
        grid[line + ((x.first + i + gx.grid / 2) % gx.grid)] += weight * y.weights[j] * x.weights[i];
      }
    }
  }

  // h for d_x ≥ 0 and any d_y; the rest is h[−d] = conj h[d]. A forward transform of real numbers gives conj h.
  const part = new Float64Array(2 * gy.grid * columns); // [d_x][grid row], complex
  const alongX = fft(gx.grid);
  const [line, lineOut] = [new Float64Array(2 * gx.grid), new Float64Array(2 * gx.grid)];
  for (let r = 0; r < gy.grid; r++) {
    for (let c = 0; c < gx.grid; c++) line[2 * c] = grid[r * gx.grid + c];
    alongX.forward(line, lineOut);
    for (let d = 0; d < columns; d++) part.set([lineOut[2 * d], lineOut[2 * d + 1]], 2 * (d * gy.grid + r));
  }
  const [height, width] = [convolutionLength(2 * rows - 1), convolutionLength(2 * columns - 1)];
  const spread = new Float64Array(2 * height * width);
  const alongY = fft(gy.grid);
  const columnOut = new Float64Array(2 * gy.grid);
  for (let dx = 0; dx < columns; dx++) {
    alongY.forward(part.subarray(2 * dx * gy.grid, 2 * (dx + 1) * gy.grid), columnOut);
    for (let dy = 1 - rows; dy < rows; dy++) {
      const from = 2 * ((dy + gy.grid) % gy.grid);
      const scale = 1 / (rows * columns * hat(gy, dy) * hat(gx, dx) * height * width);
      const [a, b] = [columnOut[from] * scale, -columnOut[from + 1] * scale];
      const at = (y: number, x: number): number => ((y + height) % height) * width + ((x + width) % width);
      spread.set([a, b], 2 * at(dy, dx));
      spread.set([a, -b], 2 * at(-dy, -dx));
    }
  }
  for (const axis of [1, 0]) plainFft(spread, [height, width], axis, 'forward');
  return { rows: height, columns: width, data: Float32Array.from({ length: height * width }, (_, n) => spread[2 * n]) };
}

/** For an image of twice the size, on a grid of a power of two. */
function fineGridding(n: number): Gridding {
  let grid = 32;
  while (grid < OVERSAMPLING * 2 * n) grid *= 2;
  const sigma = grid / (2 * n);
  const beta = Math.PI * Math.sqrt(((WIDTH / sigma) * (sigma - 0.5)) ** 2 - 0.8);
  return { n: 2 * n, grid, width: WIDTH, beta };
}
