/** One row of bench/chest-table, a process of its own. */
import {
  compareVolumes,
  createBackend,
  readInput,
  readMeasurement,
  readVolume,
  reconstruct,
  writeFileAtomic,
  writeVolume,
} from '../../src/index.js';
import { answer, argument, peakMemory } from './child.js';
import type { Row } from './chest-rows.js'; // prettier-ignore

export interface ChestRun {
  /** Files to read. */
  readonly scan: string;
  readonly truth: string;
  /** File to write. */
  readonly volume: string;
  readonly row: Row;
  readonly workers: number;
}

export interface ChestResult {
  readonly psnr: number;
  readonly ssim: number;
  /** Of the reconstruction: reading the scan and starting Node excluded. */
  readonly seconds: number;
  /** Bytes resident at the peak, everything included. */
  readonly peak: number;
  readonly volume: string;
  readonly options: unknown;
  readonly prior: unknown;
}

const { scan, truth, volume: file, row, workers } = argument<ChestRun>();
const measurement = await readMeasurement(await readInput(scan));
const backend = createBackend({ workers });
const prior = row.method === 'dds' || row.method === 'diffusion-mbir' ? 'ct' : undefined;
const { volume, manifest } = await reconstruct(measurement, {
  method: row.method, methodOptions: { ...row.options }, prior, seed: 1, backend,
}).result(); // prettier-ignore
const peak = peakMemory();
await backend.dispose();
const { psnr, ssim } = compareVolumes(volume, await readVolume(await readInput(truth)), { planes: ['axial'] });
await writeFileAtomic(file, await writeVolume(file, volume));
const seconds = manifest.timings.totalSeconds;
answer({ psnr, ssim, seconds, peak, volume: file, options: manifest.method.options, prior: manifest.prior });
