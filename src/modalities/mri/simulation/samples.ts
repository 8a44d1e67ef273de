import { deapodisation, griddingOn, windowAt, type Gridding } from '../../../../operators/fourier/noncartesian/kaiser-bessel.js';
import { transformTo, type Plane } from './encode.js';

/** Grid points a sample meets along each axis. */
const WIDTH = 14;

/**
 * The spectrum of an image at any point, by Kaiser–Bessel gridding (operators/fourier/noncartesian/kaiser-bessel.ts) on a grid at least
 * twice as fine, in float64: within 1e-10 of
 *
 *     K(k) = 1/√(N_y N_x) Σ_r p[r] exp(−2πi (k_y(r_y − ⌊N_y/2⌋)/N_y + k_x(r_x − ⌊N_x/2⌋)/N_x)),
 *
 * which at integer k is what `transformTo` gives, onto whatever smaller grid.
 *
 * @param trajectory (ky, kx) of every sample, cycles per field of view
 * @param shape of the images
 * @returns complex samples, interleaved, of an image
 */
export function spectrumAlong(trajectory: ArrayLike<number>, shape: readonly [number, number]): (image: Plane) => Float64Array {
  const axes = shape.map((n) => griddingOn(gridSize(n), n, WIDTH));
  const [gy, gx] = axes;
  const [y, x] = axes.map((axis, n) => windowsOf(axis, trajectory, n));
  const [dy, dx] = axes.map(deapodisation);
  const samples = trajectory.length / 2;
  return ({ data }) => {
    const flat = new Float64Array(data.length);
    for (let n = 0; n < data.length; n++) flat[n] = data[n] * dy[Math.floor(n / 2 / shape[1])] * dx[(n >> 1) % shape[1]];
    const grid = transformTo({ data: flat, shape }, [gy.grid, gx.grid], 'forward').data;
    const out = new Float64Array(2 * samples);
    for (let s = 0; s < samples; s++) {
      let [re, im] = [0, 0];
      for (let i = 0; i < WIDTH; i++) {
        const row = ((y.first[s] + i) % gy.grid) * gx.grid;
        let [lineRe, lineIm] = [0, 0];
        for (let j = 0; j < WIDTH; j++) {
          const at = 2 * (row + ((x.first[s] + j) % gx.grid));
          const w = x.weights[s * WIDTH + j];
          lineRe += w * grid[at];
          lineIm += w * grid[at + 1];
        }
        re += y.weights[s * WIDTH + i] * lineRe;
        im += y.weights[s * WIDTH + i] * lineIm;
      }
      out[2 * s] = re;
      out[2 * s + 1] = im;
    }
    return out;
  };
}

/** Powers of two, whose transforms are the quickest. */
const gridSize = (n: number): number => 2 ** Math.ceil(Math.log2(Math.max(2 * n, 2 * WIDTH)));

/** Bytes: windows of all samples, the grid and the lines it is made by. */
export const spectrumMemory = (samples: number, [ny, nx]: readonly [number, number]): number =>
  2 * samples * (8 * WIDTH + 4) + 16 * gridSize(nx) * (gridSize(ny) + 2 * ny);

/** Of every sample along one axis. */
function windowsOf(axis: Gridding, trajectory: ArrayLike<number>, which: number): { first: Int32Array; weights: Float64Array } {
  const samples = trajectory.length / 2;
  const [first, weights] = [new Int32Array(samples), new Float64Array(samples * WIDTH)];
  for (let s = 0; s < samples; s++) {
    const window = windowAt(axis, trajectory[2 * s + which]);
    first[s] = window.first;
    weights.set(window.weights, s * WIDTH);
  }
  return { first, weights };
}
