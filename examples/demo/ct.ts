/** A phantom scan, three reconstructions, a table, a PNG and an HTML report. */
import { mkdir } from 'node:fs/promises';
import {
  compareVolumes,
  createBackend,
  phantomGrid,
  phantoms,
  rasterise,
  reconstruct,
  renderMontage,
  renderReport,
  simulateCt,
  writeFileAtomic,
} from '../../src/index.js';

/** Scans the phantom, and writes `demo.png` and `demo.html` into the folder. */
export async function demo(folder: string): Promise<void> {
  const methods = [
    { name: 'FBP', method: 'fbp', methodOptions: { filter: 'hann' } },
    { name: 'ADMM-TV', method: 'admm-tv', methodOptions: { iterations: 60 } },
    { name: 'DDS', method: 'dds', prior: 'ct', seed: 1, methodOptions: { steps: 20 } },
  ];

  // a section of 8 slices of 4 mm through the middle of the chest
  const thorax = { ...phantoms.get('thorax').make(), size: [360, 360, 32] as const };
  const truth = rasterise(thorax, phantomGrid(thorax, [8, 192, 192]), 2);
  const backend = createBackend();
  console.log('Scanning a thorax phantom: 8 slices of 192×192, 20 parallel views, 1e5 photons …');
  const scan = await simulateCt(thorax, { views: 20, photons: 1e5, seed: 1, size: 192, depth: 8 }, backend);

  const results = [];
  let manifest: unknown;
  for (const { name, ...options } of methods) {
    process.stdout.write(`${name} … `);
    const result = await reconstruct(scan, { ...options, backend }).result();
    const metrics = compareVolumes(result.volume, truth);
    const seconds = result.manifest.timings.totalSeconds;
    console.log(`${seconds.toFixed(1)} s`);
    manifest = result.manifest;
    results.push({ name, volume: result.volume, events: result.events, metrics, seconds });
  }
  await backend.dispose();

  const report = { title: 'Sparse-view CT of a thorax phantom, 20 views', results, reference: truth, manifest };
  await mkdir(folder, { recursive: true });
  await writeFileAtomic(`${folder}/demo.png`, renderMontage(report));
  await writeFileAtomic(`${folder}/demo.html`, new TextEncoder().encode(renderReport(report)));

  console.log('\nmethod      PSNR dB    SSIM  seconds');
  for (const { name, metrics, seconds } of results) {
    const cells = [metrics.psnr?.toFixed(2) ?? '–', metrics.ssim?.toFixed(3) ?? '–', seconds.toFixed(1)];
    console.log(name.padEnd(10), ...cells.map((cell) => cell.padStart(8)));
  }
  console.log('\nA phantom of uniform pieces is the home ground of total variation; docs/results.md has real chests.');
  console.log(`Pictures: ${folder}/demo.png, report: ${folder}/demo.html`);
}
