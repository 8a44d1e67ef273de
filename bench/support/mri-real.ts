import { createBackend, operators, readInput, readMeasurement, reconstruct, type Measurement, type Volume } from '../../src/index.js';
import { withMaps } from './mri-scene.js';
import type { NamedPrior } from './priors.js';
import type { Row } from './table-rows.js';

/**
 * k-space of the data folder with all that recon adds to it: noise level, coil maps from its calibration region, at most `coils` virtual
 * coils (0: all).
 */
export async function realScan(path: string, coils?: number): Promise<Measurement> {
  const scan = await readMeasurement(await readInput(path), { dataset: 'kspace', axes: 'coil,ky,kx' });
  return withMaps(scan, coils);
}

export interface RealResult {
  readonly row: Row;
  readonly image: Volume;
  /** Root mean square of Ax − y over the samples, over the standard deviation of their noise: 1 is the noise level. */
  readonly misfit: number;
  readonly seconds: number;
}

/** One method on one scan: the complex image, and how well it explains the data. */
export async function runReal(scan: Measurement, row: Row, prior: NamedPrior, workers: number): Promise<RealResult> {
  const backend = createBackend({ workers });
  try {
    const { volume, manifest } = await reconstruct(scan, {
      method: row.method,
      methodOptions: { ...row.options },
      prior: row.prior === undefined ? undefined : prior,
      complex: true,
      seed: 1,
      backend,
    }).result();
    const operator = await operators.get(scan.kind)(scan, scan.grid, backend);
    const [x, y] = [backend.field(operator.domain), backend.field(operator.range)];
    await backend.write(x, volume.data);
    operator.apply(x, y);
    const projection = await backend.read(y);
    const { std } = scan.noise as { std: number };
    const [, , rows, columns] = scan.shape;
    const mask = scan.arrays!.mask.data;
    let [squares, samples] = [0, 0];
    for (let i = 0; i < projection.length; i++) {
      if (mask[(i >> 1) % (rows * columns)] === 0) continue;
      squares += (projection[i] - scan.data[i]) ** 2;
      samples++;
    }
    return { row, image: volume, misfit: Math.sqrt(squares / samples) / std, seconds: manifest.timings.totalSeconds };
  } finally {
    await backend.dispose();
  }
}
