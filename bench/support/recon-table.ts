import { mkdir, readFile, writeFile } from 'node:fs/promises';
import {
  createBackend,
  readInput,
  readVolume,
  renderMontage,
  writeFileAtomic,
  writeMeasurement,
  writeVolume,
} from '../../src/index.js';
import { inChild } from './child.js';
import { markdown, megabytes } from './numbers.js';
import type { Scene } from './scene.js';
import { best, sweep } from './sweep.js';
import { tvRow, type Case, type Row } from './table-rows.js';
import type { TableResult, TableRun } from './table-run.js';

export interface ReconTable {
  readonly scene: Scene;
  readonly cases: readonly (Case & { readonly name: string })[];
  /** Rows above and below the best of the sweep of total variation. */
  readonly before: readonly Row[];
  readonly after: readonly Row[];
  /** Results are kept here, one JSON file and volume a row, and used again. */
  readonly folder: string;
  readonly workers: number;
  /** Rows that are run where no result is kept; the others are shown if one is. */
  wanted(row: Row): boolean;
  /** Wanted rows are run again. */
  readonly redo: boolean;
  /** Columns of peak memory. */
  readonly memory?: boolean;
}

/** A row with its result. */
export type Done = TableResult & { readonly case: string; readonly row: Row };

/**
 * Reconstructs every case by every row: photon noise 1e5, seed 1. PSNR with peak 2000 HU, both clipped to ±1000 HU, over the whole volume; SSIM is
 * the mean over axial slices; seconds of the reconstruction; every run in a process of its own, one at a time. Total variation is the best of a
 * sweep of λ chosen by PSNR, which a user could not do. Writes table.md, table.json and a montage of three planes a case.
 */
export async function reconTable(table: ReconTable): Promise<{ markdown: string; done: Done[] }> {
  const { folder, scene, cases } = table;
  await mkdir(folder, { recursive: true });
  const truth = `${folder}/truth.nii.gz`;
  await writeFileAtomic(truth, await writeVolume(truth, scene.truth));
  const done: Done[] = [];
  const text: string[] = [];
  for (const each of cases) {
    const scan = once(() => simulate(table, each));
    const run = (row: Row): Promise<Done | undefined> => runRow(table, each.name, row, { scan, truth });
    const rows = async (list: readonly Row[]): Promise<Done[]> => {
      const found: Done[] = [];
      for (const row of list) {
        const result = await run(row);
        if (result) found.push(result);
      }
      return found;
    };
    const before = await rows(table.before);
    const tried = await sweep(each.weights, (lambda) => run(tvRow(lambda, each.iterations)));
    const after = await rows(table.after);
    const tv = tried.length > 0 ? best(tried).result : undefined;
    const shown = [...before, ...(tv ? [tv] : []), ...after];
    done.push(...before, ...tried.map(({ result }) => result), ...after);
    text.push(`### ${each.title}\n`, lines(table, shown, tv, tried.length), '');
    if (tried.length > 0) {
      const list = tried.map(({ value, result }) => `${value}: ${result.psnr.toFixed(2)}`).join(', ');
      text.push(`Sweep of λ with ${each.iterations} iterations, dB: ${list}.`, '');
    }
    await picture(`${folder}/${each.name}.png`, scene, shown);
  }
  const whole = text.join('\n');
  await writeFile(`${folder}/table.md`, whole);
  await writeFile(`${folder}/table.json`, JSON.stringify(done, null, 2));
  return { markdown: whole, done };
}

/** The scan file of a case; nothing is simulated before a row needs it. */
async function simulate({ folder, scene, workers }: ReconTable, { name, scan }: Case & { name: string }) {
  const path = `${folder}/${name}.h5`;
  const backend = createBackend({ workers });
  const measurement = await scene.scan({ ...scan, photons: 1e5, seed: 1 }, backend);
  await backend.dispose();
  await writeFileAtomic(path, await writeMeasurement(path, measurement));
  return path;
}

interface Files {
  readonly truth: string;
  scan(): Promise<string>;
}

/** What is kept of a row, or a run of it where it is wanted. */
async function runRow(table: ReconTable, name: string, row: Row, files: Files): Promise<Done | undefined> {
  const stem = `${table.folder}/${name}-${row.name}`;
  const wanted = table.wanted(row);
  const kept = wanted && table.redo ? undefined : await stored(`${stem}.json`, row);
  if (kept) return { ...kept, case: name, row };
  if (!wanted) return undefined;
  const { truth } = files;
  const run: TableRun = { scan: await files.scan(), truth, volume: `${stem}.nii.gz`, row, workers: table.workers };
  const result = await inChild<TableResult>(new URL('./table-run.js', import.meta.url), run);
  await writeFile(`${stem}.json`, JSON.stringify(result));
  const { psnr, ssim, seconds } = result;
  console.error(`${name} ${row.name}: ${psnr.toFixed(2)} dB, ${ssim.toFixed(3)}, ${seconds.toFixed(0)} s`);
  return { ...result, case: name, row };
}

async function stored(path: string, { sha256 }: Row): Promise<TableResult | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const result = text === undefined ? undefined : (JSON.parse(text) as TableResult);
  return result && result.prior?.sha256 === sha256 ? result : undefined;
}

function lines({ memory }: ReconTable, shown: readonly Done[], tv: Done | undefined, tried: number): string {
  const cells = shown.map((d) => {
    const gain = d.psnr - (tv?.psnr ?? NaN);
    return [
      d === tv ? `${d.row.label}, best of ${tried}` : d.row.label,
      d.psnr.toFixed(2),
      d === tv || Number.isNaN(gain) ? '' : `${gain < 0 ? '−' : '+'}${Math.abs(gain).toFixed(2)}`,
      d.ssim.toFixed(3),
      d.seconds.toFixed(1),
      ...(memory ? [megabytes(d.peak)] : []),
    ];
  });
  const head = ['method', 'PSNR dB', 'over TV', 'SSIM', 'seconds', ...(memory ? ['peak memory'] : [])];
  return markdown(head, cells);
}

async function picture(path: string, scene: Scene, shown: readonly Done[]): Promise<void> {
  const results = [];
  for (const { row, volume } of shown) {
    if (row.picture) results.push({ name: row.picture, volume: await readVolume(await readInput(volume)) });
  }
  if (results.length === 0) return;
  await writeFileAtomic(path, renderMontage({ results, reference: scene.truth }, 150));
}

/** The same promise at every call. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
