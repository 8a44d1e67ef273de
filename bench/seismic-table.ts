/**
 * Every method of trace interpolation on the seismic data that nothing is tuned on, with default options: 30, 50 and 70 % of the traces
 * missing at random, every second one, and a gap of 20. SNR over all traces, over the missing ones (dB), and CPU seconds of all threads.
 *
 *     npm run bench -- seismic-table [--lines real3d,shot] [--masks random50,gap20] [--methods linear,dds] [--out out/seismic] [--redo]
 *
 * SLICEWISE_DATA names the data folder. Each row is added to OUT/rows.jsonl as it is measured, and measured once: a run that was stopped
 * goes on. With `--methods none` only the table is printed. The masks at random are those of the trial that set the bars (NumPy, tuned by
 * truth); lines that it did not have are drawn by Philox. `auto` and `dds` are measured together, since their trials are the same runs;
 * `dds-alone` is `dds` with `--hold-out off`.
 */
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { modelSources } from '../src/node.js';
import { createBackend, reconstruct } from '../src/index.js';
import { classicalMethods } from '../src/modalities/seismic/classical/registry.js';
import { BARS, TOLERANCE } from './support/seismic-bars.js';
import { chosenTogether } from './support/seismic-chosen.js';
import { scanOfGrid } from './support/seismic-scan.js';
import { gappy, LINES, maskOf, MASKS, readLine, snr, type Line, type MaskName } from './support/seismic-lines.js';
import { markdown } from './support/numbers.js';

const CLASSICAL = Object.keys(classicalMethods);
const METHODS = [...CLASSICAL, 'dds-alone', 'dip-net', 'dds', 'auto'];
/** Chosen by hidden traces. */
const CHOSEN = ['dds', 'auto'];
const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: LINES.join(',') },
    masks: { type: 'string', default: MASKS.join(',') },
    methods: { type: 'string', default: METHODS.join(',') },
    out: { type: 'string', default: 'out/seismic' },
    redo: { type: 'boolean', default: false },
  },
});
const folder = process.env.SLICEWISE_DATA;
if (!folder) throw new Error('SLICEWISE_DATA names the data folder');

interface Row {
  readonly line: string;
  readonly mask: string;
  readonly method: string;
  /** dB over all traces, and over the missing ones. */
  readonly all: number;
  readonly missing: number;
  readonly seconds: number;
  /** What auto took, and dB on hidden traces. */
  readonly chosen?: string;
  readonly expected?: number;
}

const file = `${values.out}/rows.jsonl`;
await mkdir(values.out, { recursive: true });
const keyOf = ({ line, mask, method }: Pick<Row, 'line' | 'mask' | 'method'>): string => `${line} ${mask} ${method}`;
const rows = new Map<string, Row>();
for (const text of (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean)) {
  const row = JSON.parse(text) as Row;
  rows.set(keyOf(row), row);
}

const lines = values.lines.split(',');
const masks = values.masks.split(',') as MaskName[];
const methods = values.methods === 'none' ? [] : values.methods.split(',');
for (const name of lines) {
  const line = await readLine(folder, name);
  for (const mask of masks) {
    const wanted = methods.filter((method) => values.redo || !rows.has(keyOf({ line: name, mask, method })));
    if (wanted.some((method) => CHOSEN.includes(method))) for (const row of await chosen(line, mask)) await keep(row);
    for (const method of wanted.filter((one) => !CHOSEN.includes(one))) {
      if (values.redo || !rows.has(keyOf({ line: name, mask, method }))) await keep(await measured(line, mask, method));
    }
  }
}

async function keep(row: Row): Promise<void> {
  rows.set(keyOf(row), row);
  await appendFile(file, `${JSON.stringify(row)}\n`);
  console.error(keyOf(row), row.all.toFixed(2), row.missing.toFixed(2), `${row.seconds.toFixed(1)} s`, row.chosen ?? '');
}

/** auto, dds, and the methods alone that they are made of. */
async function chosen(line: Line, mask: MaskName): Promise<Row[]> {
  const grid = gappy(line, maskOf(mask, line, 0));
  const rowOf = (method: string, { data, ...told }: { readonly data: Float32Array; readonly seconds: number }): Row => ({
    ...told,
    line: line.name,
    mask,
    method,
    all: snr(line.data, data),
    missing: snr(...missingOf(line, grid.live, data)),
  });
  const { auto, dds, alone } = await chosenTogether(grid, 1, `${values.out}/runs/${line.name}-${mask}`);
  const single = alone.map(({ method, ...made }) => rowOf(method === 'dds' ? 'dds-alone' : method, made));
  return [...single, rowOf('dds', dds), rowOf('auto', auto)];
}

async function measured(line: Line, mask: MaskName, method: string): Promise<Row> {
  const grid = gappy(line, maskOf(mask, line, 0));
  const scan = scanOfGrid(grid);
  const backend = createBackend({ workers: 1 });
  const begun = process.cpuUsage();
  try {
    const run = reconstruct(scan, {
      ...(method === 'dds-alone' ? { method: 'dds', prior: 'seismic-2d' } : { method }),
      zoo: modelSources(),
      holdOut: false,
      seed: 1,
      backend,
    });
    const { volume } = await run.result();
    const { user, system } = process.cpuUsage(begun);
    return {
      line: line.name,
      mask,
      method,
      all: snr(line.data, volume.data),
      missing: snr(...missingOf(line, grid.live, volume.data)),
      seconds: (user + system) / 1e6,
    };
  } finally {
    await backend.dispose();
  }
}

/** Truth and estimate at missing traces. */
function missingOf({ data, shape }: Line, live: Uint8Array, estimate: Float32Array): [Float32Array, Float32Array] {
  const at = (_: number, n: number): boolean => live[Math.floor(n / shape[2])] === 0;
  return [data.filter(at), estimate.filter(at)];
}

const text = lines.map(tableOf).join('\n\n');
await writeFile(`${values.out}/table.md`, `${text}\n`);
console.log(text);

/** A line's cells: SNR over all traces / over missing ones (CPU seconds); marked where a bar of the trial is missed. */
function tableOf(line: string): string {
  const of = (mask: string, method: string): Row | undefined => rows.get(keyOf({ line, mask, method }));
  const body = METHODS.map((method) => [
    method,
    ...masks.map((mask) => {
      const row = of(mask, method);
      if (!row) return '';
      const bar = BARS[line]?.[method]?.[mask];
      const short = bar !== undefined && row.all < bar - TOLERANCE ? ` (bar ${bar})` : '';
      return `${row.all.toFixed(2)} / ${row.missing.toFixed(2)}${short}, ${row.seconds.toFixed(0)} s`;
    }),
  ]);
  const compared = (words: string, numberOf: (mask: string) => number | string | undefined): string[] => [
    words,
    ...masks.map((mask) => {
      const value = numberOf(mask);
      return typeof value === 'number' ? value.toFixed(2) : (value ?? '');
    }),
  ];
  const best = (mask: string, among: readonly string[]): number => Math.max(...among.flatMap((method) => of(mask, method)?.all ?? []));
  const singles = METHODS.filter((method) => !CHOSEN.includes(method));
  const gap = (mask: string): number | undefined => {
    const row = of(mask, 'auto');
    return row && best(mask, singles) - row.all;
  };
  const gain = (mask: string): number | undefined => {
    const row = of(mask, 'dds');
    return row && row.all - best(mask, CLASSICAL);
  };
  body.push(compared('auto below the best', gap), compared('dds above the classical', gain));
  body.push(compared('dds took', (mask) => of(mask, 'dds')?.chosen));
  body.push(compared('auto took', (mask) => of(mask, 'auto')?.chosen));
  return `${line}\n\n${markdown(['SNR, all / missing, dB', ...masks], body)}`;
}
