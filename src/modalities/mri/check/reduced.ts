import type { Measurement } from '../../../../volumes/measurement.js';
import { maskOf } from '../stages.js';

/** Coil images at most, and pixels of all of them. */
const [PLANES, PIXELS] = [4, 4 * 128 ** 2];

/** The strongest coils of a scan, each as an image of its own (slices of a single coil). k-space is not cut: DC may lie elsewhere. */
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
    .slice(0, Math.max(1, Math.min(PLANES, Math.floor(PIXELS / (ny * nx)))))
    .sort((a, b) => a - b);
  const mask = maskOf(scan);
  const shared = mask.data.length === ny * nx;
  const data = new Float32Array(taken.length * size);
  const masks = new Float32Array((shared ? 1 : taken.length) * ny * nx);
  if (shared) masks.set(mask.data);
  for (const [n, plane] of taken.entries()) {
    data.set(scan.data.subarray(plane * size, (plane + 1) * size), n * size);
    const slice = Math.floor(plane / coils) * ny * nx;
    if (!shared) masks.set(mask.data.subarray(slice, slice + ny * nx), n * ny * nx);
  }
  return unitRms({
    ...scan,
    data,
    shape: [taken.length, 1, ny, nx],
    arrays: { mask: { data: masks, shape: [masks.length / (ny * nx), ny, nx], dtype: 'float32' } },
    grid: { ...scan.grid, shape: [taken.length, ny, nx] },
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
