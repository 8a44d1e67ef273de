/**
 * Every method on slices 30 to 45 of a real chest CT (dev/ct/cmb-crc-msb-01068_chest.nii.gz), photon noise 1e5: 20 parallel views over 180°, a
 * limited angle of 90° with 90 views, and fan and cone beam with 20 views. PSNR (peak 2000 HU, both clipped to ±1000 HU, whole volume), SSIM (mean
 * over axial slices), seconds and peak resident memory; every run in a process of its own.
 *
 *     npm run bench -- chest-table --data FOLDER [--case parallel …] [--only dds …] [--workers 2] [--out out/chest] [--redo]
 *
 * Results are kept in the output folder, one JSON file and volume a row, and used again unless `--redo`: the table grows over several calls. Writes
 * table.md, table.json and a montage for each case.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import {
  createBackend,
  readInput,
  readVolume,
  renderMontage,
  writeFileAtomic,
  writeMeasurement,
  writeVolume,
} from '../src/index.js';
import { inChild } from './support/child.js';
import { CASES, ROWS, TITLES, type Row } from './support/chest-rows.js';
import type { ChestResult, ChestRun } from './support/chest-run.js';
import { markdown, megabytes } from './support/numbers.js';
import { chest } from './support/scene.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    case: { type: 'string', multiple: true, default: Object.keys(CASES) },
    only: { type: 'string', multiple: true, default: [''] },
    workers: { type: 'string', default: `${availableParallelism()}` },
    out: { type: 'string', default: 'out/chest' },
    redo: { type: 'boolean', default: false },
  },
});
if (!values.data) throw new Error('the chest CT is not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');
const folder = values.out;
await mkdir(folder, { recursive: true });

type Done = ChestResult & { case: string; row: Row };

const stored = async (path: string): Promise<ChestResult | undefined> =>
  readFile(path, 'utf8').then((text) => JSON.parse(text) as ChestResult, () => undefined); // prettier-ignore

const scene = await chest(values.data);
const truth = `${folder}/truth.nii.gz`;
await writeFileAtomic(truth, await writeVolume(truth, scene.truth));
const done: Done[] = [];
for (const name of values.case) {
  if (!(name in CASES)) throw new Error(`--case is one of ${Object.keys(CASES).join(', ')}`);
  const scan = `${folder}/${name}.h5`;
  const backend = createBackend({ workers: Number(values.workers) });
  await writeFileAtomic(
    scan,
    await writeMeasurement(scan, await scene.scan({ ...CASES[name], photons: 1e5, seed: 1 }, backend)),
  );
  await backend.dispose();
  for (const row of ROWS) {
    const stem = `${folder}/${name}-${row.name}`;
    const wanted = values.only.some((part) => row.name.includes(part));
    let result = values.redo && wanted ? undefined : await stored(`${stem}.json`);
    if (!result && wanted) {
      const run: ChestRun = { scan, truth, volume: `${stem}.nii.gz`, row, workers: Number(values.workers) };
      result = await inChild<ChestResult>(new URL('./support/chest-run.js', import.meta.url), run);
      await writeFile(`${stem}.json`, JSON.stringify(result));
      console.error(
        `${name} ${row.name}: ${result.psnr.toFixed(2)} dB, ${result.ssim.toFixed(3)}, ${result.seconds.toFixed(0)} s`,
      );
    }
    if (result) done.push({ ...result, case: name, row });
  }
}

/** Of the sweep only the best is a row of the table. */
const best = (rows: readonly Done[]): Done => rows.reduce((a, b) => (b.psnr > a.psnr ? b : a));
const text: string[] = [];
for (const name of values.case) {
  const rows = done.filter((d) => d.case === name);
  const sweep = rows.filter((d) => d.row.sweep);
  const shown = rows.filter((d) => !d.row.sweep || d === best(sweep));
  const cells = shown.map(({ row, psnr, ssim, seconds, peak }) => {
    const label = row.sweep ? `${row.label}, best of ${sweep.length}` : row.label;
    return [label, psnr.toFixed(2), ssim.toFixed(3), seconds.toFixed(1), megabytes(peak)];
  });
  text.push(`### ${TITLES[name]}\n`, markdown(['method', 'PSNR dB', 'SSIM', 'seconds', 'peak memory'], cells), '');
  if (sweep.length > 0) {
    const values_ = sweep.map((d) => `${d.row.label} ${d.psnr.toFixed(2)}`).join(', ');
    text.push(`Sweep: ${values_} dB.`, '');
  }
  const pictured = shown.filter((d) => d.row.pictured);
  if (pictured.length === 0) continue;
  const results = [];
  for (const { row, volume } of pictured)
    results.push({ name: row.label, volume: await readVolume(await readInput(volume)) });
  await writeFileAtomic(`${folder}/${name}.png`, renderMontage({ results, reference: scene.truth }, 140));
}
await writeFile(`${folder}/table.md`, text.join('\n'));
await writeFile(`${folder}/table.json`, JSON.stringify(done, null, 2));
console.log(text.join('\n'));
