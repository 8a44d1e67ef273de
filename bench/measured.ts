/**
 * Scans that were really measured: all views by FBP and SIRT, then every 9th (the disc: every 3rd) by FBP, SIRT, ADMM-TV and DDS.
 *
 *     npm run bench -- measured DATA_DIR OUT_DIR [tooth,dendrites,lotus,walnut,disc]
 *
 * DATA_DIR holds the five scan files (bench/measured/scans.ts names them). Writes measured.md (the tables), measured.json and a picture for
 * each scan into OUT_DIR. Two scans are worked on at a time, each on one thread.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createBackend, loadModel, writeFileAtomic, zoo } from '../src/index.js';
import { processors } from '../core/platform/threads.js';
import { defaultWindow } from '../src/report/window.js';
import { centralSquare, compareOn, type Row } from './measured/compare-scan.js';
import { pictureOf } from './measured/picture.js';
import { spacingOf } from '../core/placement.js';
import { measuredScans, readScan, type MeasuredScan } from './measured/scans.js';

const [dataFolder, outFolder, names] = process.argv.slice(2);
if (!dataFolder || !outFolder) {
  console.error('measured DATA_DIR OUT_DIR [tooth,dendrites,lotus,walnut,disc]');
  process.exit(2);
}
const wanted = measuredScans.filter(({ name }) => !names || names.split(',').includes(name));
const started = performance.now();
await mkdir(outFolder, { recursive: true });
const { card } = await loadModel(zoo(), 'ct');
const results = new Map<string, { rows: Row[]; facts: string }>();

const waiting = [...wanted];
const lanes = Array.from({ length: Math.min(2, processors()) }, async () => {
  for (let scan = waiting.shift(); scan; scan = waiting.shift()) await work(scan);
});
await Promise.all(lanes);

const minutes = (performance.now() - started) / 60_000;
const tables = wanted.map((scan) => table(scan)).join('\n');
const foot = `\n${minutes.toFixed(1)} minutes in all; prior ct, version ${card.version}, sha256 ${card.sha256.slice(0, 12)}….\n`;
await writeFileAtomic(join(outFolder, 'measured.md'), new TextEncoder().encode(tables + foot));
const plain = Object.fromEntries([...results].map(([name, { rows }]) => [name, rows.map(({ image: _, ...row }) => row)]));
await writeFileAtomic(join(outFolder, 'measured.json'), new TextEncoder().encode(JSON.stringify(plain, null, 2)));
console.log(tables + foot);

async function work(scan: MeasuredScan): Promise<void> {
  const backend = createBackend({ workers: 1 });
  try {
    const measurement = await readScan(dataFolder, scan);
    const log = (text: string): void => console.error(`${scan.name}: ${text}`);
    const rows = await compareOn(measurement, scan.every, backend, { compared: scan.compared, log });
    const [slices, views, bins] = measurement.shape;
    const { shape } = measurement.grid;
    const spacing = spacingOf(measurement.grid);
    const unit = measurement.grid.units === '1/mm' ? 'mm' : 'detector bins';
    const facts = `${slices} × ${views} views × ${bins} bins, image ${shape[1]}² of ${spacing[0].toPrecision(4)} ${unit}`;
    results.set(scan.name, { rows, facts });
    const reference = rows.find(({ psnr }) => psnr === null)!.image;
    const window = defaultWindow(centralSquare(reference, scan.compared));
    const panels = rows.filter(({ name, views: n }) => n === views || name !== 'SIRT');
    const labelled = panels.map(({ name, views: n, image }) => ({
      label: `${name}, ${n}`,
      image: centralSquare(image, scan.compared),
    }));
    await writeFileAtomic(join(outFolder, `measured-${scan.name}.png`), await pictureOf(labelled, window));
  } finally {
    await backend.dispose();
  }
}

function table({ name, what }: MeasuredScan): string {
  const { rows, facts } = results.get(name)!;
  const lines = rows.map(
    (r) =>
      `| ${r.name}${r.note && ` (${r.note})`} | ${r.views} | ${r.psnr?.toFixed(2) ?? 'reference'} | ${r.ssim?.toFixed(3) ?? ''} | ` +
      `${(100 * r.residual).toFixed(2)} | ${r.seconds.toFixed(1)} |`,
  );
  return [
    `**${name}**: ${what}. ${facts}.`,
    '',
    '| method | views | PSNR, dB | SSIM | residual, % | seconds |',
    '|---|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}
