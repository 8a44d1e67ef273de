import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  createBackend,
  readInput,
  readVolume,
  renderMontage,
  writeFileAtomic,
  writeMeasurement,
  writeVolume,
  type Measurement,
} from '../../src/index.js';
import { optionsFor } from '../../src/modalities/registry.js';
import { solvers } from '../../src/solvers/registry.js';
import { inChild } from './child.js';
import { markdown, megabytes } from './numbers.js';
import { once } from './once.js';
import type { Scene } from './scene.js';
import { best, sweep } from './sweep.js';
import type { Row } from './table-rows.js';
import type { TableResult, TableRun } from './table-run.js';

/**
 * A classical method tuned by its λ: values to begin with, about the best one; the table goes on beyond either end while that is better.
 */
export interface TunedMethod {
  /** What is swept, for the line below the table. */
  readonly title: string;
  readonly values: readonly number[];
  row(value: number): Row;
}

/** A scan of a table, and what is tuned for it. */
export interface TableCase<Options> {
  readonly name: string;
  readonly title: string;
  readonly scan: Options;
  readonly sweeps: readonly TunedMethod[];
}

export interface ReconTable<Options> {
  readonly scene: Scene<Options>;
  readonly cases: readonly TableCase<Options>[];
  /** Rows above and below the best of each sweep. */
  readonly before: readonly Row[];
  readonly after: readonly Row[];
  /** Results are kept here, one JSON file and volume a row, and used again while weights and options are the same. */
  readonly folder: string;
  readonly workers: number;
  /** Rows that are run where no result is kept; the others are shown if one is. */
  wanted(row: Row): boolean;
  /** What the scans are, on which default options hang. */
  readonly data: Pick<Measurement, 'kind' | 'noise'>;
  /** Wanted rows are run again. */
  readonly redo: boolean;
  /** What the best of all sweeps is called in the head of the gain over it; default TV. */
  readonly classical?: string;
  /** A column of peak memory. */
  readonly memory?: boolean;
  /** A column of ‖x − truth‖/‖truth‖. */
  readonly nrmse?: boolean;
}

/** A row with its result. */
export type Done = TableResult & { readonly case: string; readonly row: Row };

/**
 * Reconstructs every case by every row. PSNR over the whole volume, SSIM the mean over axial slices (quality.ts); seconds of the
 * reconstruction; every run in a process of its own, one at a time. Tuned methods are the best of a sweep of λ chosen by PSNR, which a user
 * could not do. Writes table.md, table.json and a montage of three planes a case.
 */
export async function reconTable<O>(table: ReconTable<O>): Promise<{ markdown: string; done: Done[] }> {
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
    const swept = [];
    for (const { title, values, row } of each.sweeps) {
      const tried = await sweep(values, (value) => run(row(value)));
      if (tried.length > 0) swept.push({ title, tried, best: best(tried).result });
    }
    const after = await rows(table.after);
    const tuned = new Map(swept.map(({ best, tried }) => [best, tried.length]));
    const shown = [...before, ...tuned.keys(), ...after];
    done.push(...before, ...swept.flatMap(({ tried }) => tried.map(({ result }) => result)), ...after);
    text.push(`### ${each.title}\n`, lines(table, shown, tuned), '');
    for (const { title, tried } of swept) {
      const list = tried.map(({ value, result }) => `${value}: ${result.psnr.toFixed(2)}`).join(', ');
      text.push(`Sweep of ${title}, dB: ${list}.`, '');
    }
    await picture(`${folder}/${each.name}.png`, scene, shown);
  }
  const whole = text.join('\n');
  await writeFile(`${folder}/table.md`, whole);
  await writeFile(`${folder}/table.json`, JSON.stringify(done, null, 2));
  return { markdown: whole, done };
}

/** The scan file of a case; nothing is simulated before a row needs it. */
async function simulate<O>({ folder, scene, workers }: ReconTable<O>, { name, scan }: TableCase<O>): Promise<string> {
  const path = `${folder}/${name}.h5`;
  const backend = createBackend({ workers });
  const measurement = await scene.scan(scan, backend);
  await backend.dispose();
  await writeFileAtomic(path, await writeMeasurement(path, measurement));
  return path;
}

interface Files {
  readonly truth: string;
  scan(): Promise<string>;
}

/** What is kept of a row, or a run of it where it is wanted. */
async function runRow<O>(table: ReconTable<O>, name: string, row: Row, files: Files): Promise<Done | undefined> {
  const stem = `${table.folder}/${name}-${row.name}`;
  const wanted = table.wanted(row);
  const kept = wanted && table.redo ? undefined : await stored(`${stem}.json`, row, table.data);
  if (kept) return { ...kept, volume: `${stem}.nii.gz`, case: name, row };
  if (!wanted) return undefined;
  const { truth } = files;
  const run: TableRun = { scan: await files.scan(), truth, volume: `${stem}.nii.gz`, row, workers: table.workers };
  const result = await inChild<TableResult>(new URL('./table-run.js', import.meta.url), run);
  await writeFile(`${stem}.json`, JSON.stringify(result));
  const { psnr, ssim, seconds } = result;
  console.error(`${name} ${row.name}: ${psnr.toFixed(2)} dB, ${ssim.toFixed(3)}, ${seconds.toFixed(0)} s`);
  return { ...result, case: name, row };
}

async function stored<O>(path: string, row: Row, data: ReconTable<O>['data']): Promise<TableResult | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const result = JSON.parse(text) as TableResult;
  return result.prior?.sha256 === row.sha256 && sameOptions(row, result, data) ? result : undefined;
}

/** Would the row have the options of this result today? */
function sameOptions<O>(row: Row, result: TableResult, data: ReconTable<O>['data']): boolean {
  if (!solvers.has(row.method)) return true;
  const had = result.options as { readonly [name: string]: unknown };
  const found = row.relativeLambda === undefined ? {} : { lambda: had.lambda };
  const given: object = { ...row.options, ...found };
  const now = solvers.get(row.method).options(optionsFor(data, row.method, given)) as object;
  return Object.entries(now).every(([name, value]) => isDeepStrictEqual(value, had[name]));
}

/** @param tuned the best of each sweep, and of how many */
function lines<O>(table: ReconTable<O>, shown: readonly Done[], tuned: ReadonlyMap<Done, number>): string {
  const { memory, nrmse, classical = 'TV' } = table;
  const reference = Math.max(...[...tuned.keys()].map(({ psnr }) => psnr));
  const cells = shown.map((d) => {
    const gain = d.psnr - reference;
    return [
      tuned.has(d) ? `${d.row.label}, best of ${tuned.get(d)}` : d.row.label,
      d.psnr.toFixed(2),
      gain === 0 || !Number.isFinite(gain) ? '' : `${gain < 0 ? '−' : '+'}${Math.abs(gain).toFixed(2)}`,
      d.ssim.toFixed(3),
      ...(nrmse ? [d.nrmse.toFixed(4)] : []),
      d.seconds.toFixed(1),
      ...(memory ? [megabytes(d.peak)] : []),
    ];
  });
  const optional = (wanted: boolean | undefined, name: string): string[] => (wanted ? [name] : []);
  const head = [
    'method',
    'PSNR dB',
    `over ${classical}`,
    'SSIM',
    ...optional(nrmse, 'NRMSE'),
    'seconds',
    ...optional(memory, 'peak memory'),
  ];
  return markdown(head, cells);
}

async function picture<O>(path: string, scene: Scene<O>, shown: readonly Done[]): Promise<void> {
  const results = [];
  for (const { row, volume } of shown) {
    if (row.picture) results.push({ name: row.picture, volume: await readVolume(await readInput(volume)) });
  }
  if (results.length === 0) return;
  await writeFileAtomic(path, await renderMontage({ results, reference: scene.truth }, 150));
}
