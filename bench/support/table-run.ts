/** One row of a table, a process of its own. */
import { createBackend, readInput, readMeasurement, readVolume, reconstruct, writeFileAtomic, writeVolume } from '../../src/index.js';
import { answer, argument, peakMemory } from './child.js';
import { priorOf } from './priors.js';
import { quality, rootMeanSquare } from './quality.js';
import type { Row } from './table-rows.js';

export interface TableRun {
  /** Files to read. */
  readonly scan: string;
  readonly truth: string;
  /** File to write. */
  readonly volume: string;
  readonly row: Row;
  readonly workers: number;
}

export interface TableResult {
  readonly psnr: number;
  readonly ssim: number;
  readonly nrmse: number;
  /** Of the reconstruction: reading the scan and starting Node excluded. */
  readonly seconds: number;
  /** Bytes resident at the peak, everything included. */
  readonly peak: number;
  readonly volume: string;
  readonly options: unknown;
  readonly prior: { readonly sha256?: string } | null;
}

const { scan, truth, volume: file, row, workers } = argument<TableRun>();
const measurement = await readMeasurement(await readInput(scan));
const backend = createBackend({ workers });
const lambda = row.relativeLambda === undefined ? {} : { lambda: Number((row.relativeLambda * (await sizeOfZeroFilled())).toPrecision(6)) };
const { volume, manifest } = await reconstruct(measurement, {
  method: row.method,
  methodOptions: { ...row.options, ...lambda },
  prior: row.prior === undefined ? undefined : await priorOf(row.prior),
  seed: 1,
  backend,
}).result();
const peak = peakMemory();
await backend.dispose();
const { psnr, ssim, nrmse } = quality(volume, await readVolume(await readInput(truth)));
await writeFileAtomic(file, await writeVolume(file, volume));
const seconds = manifest.timings.totalSeconds;
answer({ psnr, ssim, nrmse, seconds, peak, volume: file, options: manifest.method.options, prior: manifest.prior });

/** Root mean square of Aᴴy. */
async function sizeOfZeroFilled(): Promise<number> {
  return rootMeanSquare((await reconstruct(measurement, { method: 'zero-filled', backend }).result()).volume);
}
