import { createCpuBackend } from '../../compute/cpu/backend.js';
import { parallelRadon } from '../../operators/radon/slice/parallel.js';
import type { Grid, Measurement } from '../../volumes/measurement.js';
import { placed } from '../../core/placement.js';
import { testNumbers } from './backends.js';

/** An asymmetric body of a few discs on a small grid, in HU, different in every slice. */
export function smallBody(slices: number, size: number): Float32Array {
  const image = new Float32Array(slices * size * size).fill(-1000);
  const discs = [
    [0, 0, 0.8, 40],
    [-0.3, 0.1, 0.3, -800],
    [0.35, -0.15, 0.2, 700],
    [0.1, 0.45, 0.15, 300],
  ];
  for (let k = 0; k < slices; k++) {
    for (const [x0, y0, radius, hu] of discs) {
      const r = radius * (1 - 0.02 * k);
      for (let j = 0; j < size; j++) {
        for (let i = 0; i < size; i++) {
          const [x, y] = [(2 * (i + 0.5)) / size - 1, (2 * (j + 0.5)) / size - 1];
          if (Math.hypot(x - x0, y - y0) < r) image[(k * size + j) * size + i] = hu;
        }
      }
    }
  }
  return image;
}

/** A parallel-beam scan of it with a little noise of the test's own. */
export async function smallScan(slices = 5, size = 32, views = 12): Promise<{ scan: Measurement; truth: Float32Array }> {
  const truth = smallBody(slices, size);
  const grid: Grid = {
    shape: [slices, size, size],
    ...placed({ spacing: [2, 2, 3], origin: [-30, -20, 10] }),
    units: 'HU',
    modality: 'CT',
  };
  const geometry = {
    angles: Array.from({ length: views }, (_, i) => (180 * i) / views),
    detectorCount: Math.ceil(1.5 * size),
    detectorPitch: 2,
    detectorOffset: 0.4,
  };
  const backend = createCpuBackend({ workers: 0 });
  const a = parallelRadon(geometry, grid, backend);
  const [x, y] = [backend.field(a.domain), backend.field(a.range)];
  await backend.write(
    x,
    truth.map((hu) => 0.0193 * (1 + hu / 1000)),
  );
  a.apply(x, y);
  const random = testNumbers(3);
  const std = 0.01;
  const data = (await backend.read(y)).map((v) => v + std * Math.sqrt(3) * random()); // uniform with this std
  const scan: Measurement = {
    kind: 'radon.parallel',
    data,
    shape: a.range.shape,
    dtype: 'float32',
    geometry,
    noise: { type: 'gaussian', std },
    grid,
    meta: { muWater: 0.0193, source: 'test' },
  };
  return { scan, truth };
}

/** The scan as a detector of fewer bins in the middle would have seen it: its rays miss the edges of the grid. */
export function narrowed(scan: Measurement, bins: number): Measurement {
  const { detectorCount } = scan.geometry as { detectorCount: number };
  const first = Math.floor((detectorCount - bins) / 2);
  const rows = scan.data.length / detectorCount;
  const data = new Float32Array(rows * bins);
  for (let row = 0; row < rows; row++) {
    const start = row * detectorCount + first;
    data.set(scan.data.subarray(start, start + bins), row * bins);
  }
  return { ...scan, data, shape: [...scan.shape.slice(0, -1), bins], geometry: { ...(scan.geometry as object), detectorCount: bins } };
}
