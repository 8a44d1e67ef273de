import type { Measurement } from '../../../../volumes/measurement.js';
import { maskOf } from '../stages.js';

/** Coil images, and samples about the middle of k-space along either axis, at most. */
const [PLANES, SIDE] = [4, 96];

/** The strongest coils of a scan, each as an image of its own (slices of a single coil), and the middle of their k-space. */
export function strongestPlanes(scan: Measurement): Measurement {
  const [slices, coils, ny, nx] = scan.shape;
  const size = 2 * ny * nx;
  const energy = Array.from({ length: slices * coils }, (_, plane) => {
    let sum = 0;
    for (let n = plane * size; n < (plane + 1) * size; n++) sum += scan.data[n] ** 2;
    return sum;
  });
  const taken = energy
    .map((_, plane) => plane)
    .sort((a, b) => energy[b] - energy[a])
    .slice(0, PLANES)
    .sort((a, b) => a - b);
  const [height, width] = [Math.min(ny, SIDE), Math.min(nx, SIDE)];
  const [top, left] = [Math.floor(ny / 2) - Math.floor(height / 2), Math.floor(nx / 2) - Math.floor(width / 2)];
  const crop = (data: Float32Array, plane: number, lanes: number): Float32Array => {
    const out = new Float32Array(height * width * lanes);
    for (let y = 0; y < height; y++) {
      const from = (plane * ny * nx + (top + y) * nx + left) * lanes;
      out.set(data.subarray(from, from + width * lanes), y * width * lanes);
    }
    return out;
  };
  const mask = maskOf(scan);
  const shared = mask.shape[0] === 1 || mask.data.length === ny * nx;
  const each = taken.map((plane) => crop(mask.data, shared ? 0 : Math.floor(plane / coils), 1));
  const data = new Float32Array(taken.length * 2 * height * width);
  for (const [n, plane] of taken.entries()) data.set(crop(scan.data, plane, 2), n * 2 * height * width);
  const masks = shared ? each.slice(0, 1) : each;
  const joined = new Float32Array(masks.length * height * width);
  for (const [n, one] of masks.entries()) joined.set(one, n * height * width);
  return unitRms({
    ...scan,
    data,
    shape: [taken.length, 1, height, width],
    arrays: { mask: { data: joined, shape: [masks.length, height, width], dtype: 'float32' } },
    noise: { type: 'gaussian', std: 1 },
    grid: { ...scan.grid, shape: [taken.length, height, width] },
  });
}

/** The same data with images of unit root mean square, so that weights mean the same for all; their noise level is of no use here. */
export function unitRms(scan: Measurement): Measurement {
  const [slices, , ny, nx] = scan.shape;
  let energy = 0;
  for (const value of scan.data) energy += value * value;
  const rms = Math.sqrt(energy / (slices * ny * nx));
  const scale = rms > 0 ? 1 / rms : 1;
  return { ...scan, data: scan.data.map((value) => value * scale), noise: { type: 'none' } };
}
