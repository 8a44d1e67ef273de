/**
 * The bar: really measured scans with the default options of every method, nothing tuned by a truth. DDS is not to be worse than the best
 * classical method, or the run says that the prior does not fit.
 *
 *     npm run bench -- bar --data FOLDER [--scan tooth …] [--method dds …] [--workers 2] [--out out/bar]
 *
 * CT (dev/ct-measured, bench/measured/scans.ts): every 9th view (the disc: every 3rd), one slice; PSNR against SIRT of all views, and the
 * residual ‖Ax − y‖/‖y‖ on views that no image was made of. coils8: a real slice of 8 coils of which 5 % of the samples are left out: their
 * SNR. coil1-lines, coil1-poisson: a real slice of one coil, fully sampled, thinned 4 times: PSNR of the magnitude against the full
 * reconstruction.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { barScans, type BarScan } from './bar/scans.js';
import { createBackend, reconstruct, type Measurement, type Volume } from '../src/index.js';
import type { HeldOutRecord } from '../src/engine/judge/record.js';
import { markdown } from './support/numbers.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    scan: { type: 'string', multiple: true },
    method: { type: 'string', multiple: true },
    workers: { type: 'string', default: `${availableParallelism()}` },
    out: { type: 'string', default: 'out/bar' },
  },
});
if (!values.data) throw new Error('the scans are not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');
const scans = barScans(values.data).filter(({ name }) => values.scan?.includes(name) ?? true);
if (scans.length === 0)
  throw new Error(
    `no such scan: one of ${barScans(values.data)
      .map(({ name }) => name)
      .join(', ')}`,
  );
await mkdir(values.out, { recursive: true });

const rows: string[][] = [];
for (const scan of scans) rows.push(...(await table(scan)));
const head = ['scan', 'method', 'PSNR dB', 'of what is left out dB', 'seconds', 'told'];
const text = markdown(head, rows);
await writeFile(`${values.out}/bar.md`, `${text}\n`);
console.log(text);

async function table({ name, methods, prior, open }: BarScan): Promise<string[][]> {
  const { scan, judge } = await open(Number(values.workers));
  const lines: string[][] = [];
  for (const method of [...methods, 'dds'].filter((m) => values.method?.includes(m) ?? true)) {
    const { volume, seconds, warnings } = await run(scan, method, prior);
    const { psnr, left } = await judge(volume);
    const told = method === 'dds' ? warnings.join('; ') : '';
    const line = [name, method, psnr?.toFixed(2) ?? '', left?.toFixed(2) ?? '', seconds.toFixed(1), told];
    console.error(line.join(' | '));
    lines.push(line);
  }
  return lines;
}

/** How the noise level was chosen. */
function heldOutScores({ table = [] }: HeldOutRecord): string {
  const score = (dB?: number): string => dB?.toFixed(2) ?? '–';
  return table.map((row) => `${row.method}: ${score(row.score)} (${score(row.snr)}) dB in ${row.seconds?.toFixed(1)} s`).join(', ');
}

/** What anyone gets who names the method alone. */
async function run(scan: Measurement, method: string, prior: string): Promise<{ volume: Volume; seconds: number; warnings: string[] }> {
  const backend = createBackend({ workers: Number(values.workers) });
  try {
    const complex = scan.dtype === 'complex64' ? { complex: true } : {};
    const own = method === 'dds' ? { prior, seed: 1 } : {};
    const running = reconstruct(scan, { method, ...own, ...complex, backend });
    const { volume, manifest } = await running.result();
    if (manifest.heldOut) console.error(heldOutScores(manifest.heldOut));
    return { volume, seconds: manifest.timings.totalSeconds, warnings: [...running.warnings] };
  } finally {
    await backend.dispose();
  }
}
