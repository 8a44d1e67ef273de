/** What the demos have in common: several reconstructions of one scan, a table, a PNG and an HTML report. */
import { mkdir } from 'node:fs/promises';
import {
  compareVolumes,
  reconstruct,
  renderMontage,
  renderReport,
  writeFileAtomic,
  type Backend,
  type Measurement,
  type ReconstructOptions,
  type Volume,
} from '../../src/index.js';

/** A scan, its truth, and how it is reconstructed. */
export interface Compared {
  readonly title: string;
  readonly scan: Measurement;
  readonly truth: Volume;
  readonly backend: Backend;
  readonly folder: string;
  /** In the order of the picture; the last one's settings are in the report. */
  readonly methods: readonly ({ readonly name: string } & Omit<ReconstructOptions, 'backend'>)[];
}

/** Reconstructs by every method, prints a line for each, and writes `demo.png` and `demo.html`. */
export async function compare({ title, scan, truth, backend, folder, methods }: Compared): Promise<void> {
  const results = [];
  let manifest: unknown;
  console.log(`${'method'.padEnd(14)} PSNR dB     SSIM  seconds`);
  for (const { name, ...options } of methods) {
    process.stdout.write(name.padEnd(13));
    const result = await reconstruct(scan, { ...options, backend }).result();
    const metrics = compareVolumes(result.volume, truth);
    const seconds = result.manifest.timings.totalSeconds;
    const cells = [metrics.psnr?.toFixed(2) ?? '–', metrics.ssim?.toFixed(3) ?? '–', seconds.toFixed(1)];
    console.log(cells.map((cell) => cell.padStart(9)).join(''));
    manifest = result.manifest;
    results.push({ name, volume: result.volume, events: result.events, metrics, seconds });
  }
  const report = { title, results, reference: truth, manifest };
  await mkdir(folder, { recursive: true });
  await writeFileAtomic(`${folder}/demo.png`, await renderMontage(report, 300));
  await writeFileAtomic(`${folder}/demo.html`, new TextEncoder().encode(renderReport(report)));
  console.log(`Pictures: ${folder}/demo.png, report: ${folder}/demo.html`);
}
