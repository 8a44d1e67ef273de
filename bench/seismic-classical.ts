/**
 * The classical methods of trace interpolation on the seismic lines of the data folder, with their default options: SNR over all traces
 * (dB) and CPU seconds; what `auto` takes by hidden live traces, and what a blend gives. Then POCS and rank reduction against PyLops and
 * pydrr on the same windows and iterations.
 *
 *     npm run bench -- seismic-classical [--lines real3d,shot] [--masks random50,gap20] [--seed 0] [--skip auto,peers] [--python PYTHON]
 *         [--repeat 3]
 *
 * `--seed 0` (default) are the random masks of the trial that set the bars (NumPy, tuned by truth); others are drawn by Philox.
 * SLICEWISE_DATA names the data folder. PYTHON has numpy, pylops and pydrr; peers run with one thread, as ours does. Repetitions alternate,
 * times are medians.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { classicalMethod, classicalMethods, type ClassicalName } from '../src/modalities/seismic/classical/registry.js';
import { chosenByTrials, type TrialChoice } from './support/seismic-choice.js';
import { markdown, median } from './support/numbers.js';
import { PythonPeer } from './support/python.js';
import { gappy, LINES, maskOf, MASKS, readLine, snr, type Line, type MaskName } from './support/seismic-lines.js';

const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: LINES.join(',') },
    masks: { type: 'string', default: MASKS.join(',') },
    methods: { type: 'string', default: Object.keys(classicalMethods).join(',') },
    seed: { type: 'string', default: '0' },
    skip: { type: 'string', default: '' },
    python: { type: 'string', default: process.env.PEER_PYTHON ?? process.env.PYTHON ?? 'python3' },
    repeat: { type: 'string', default: '3' },
  },
});
const folder = process.env.SLICEWISE_DATA;
if (!folder) throw new Error('SLICEWISE_DATA names the data folder');
const masks = values.masks.split(',') as MaskName[];
const methods = values.methods.split(',') as ClassicalName[];
const skip = new Set(values.skip.split(','));

const cpu = (since?: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
};

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const begun = process.cpuUsage();
  const result = await work();
  return { result, seconds: cpu(begun) };
}

interface Cell {
  readonly snr: Map<string, number>;
  readonly seconds: Map<string, number>;
  readonly choice?: TrialChoice;
}

async function measure(line: Line, mask: MaskName): Promise<Cell> {
  const grid = gappy(line, maskOf(mask, line, Number(values.seed)));
  const cell: Cell = { snr: new Map(), seconds: new Map() };
  const results = new Map<string, Float32Array>();
  for (const name of methods) {
    const { result, seconds } = await timed(() => classicalMethod(name).interpolate(grid));
    results.set(name, result);
    cell.snr.set(name, snr(line.data, result));
    cell.seconds.set(name, seconds);
  }
  if (skip.has('auto')) return cell;
  const { result: choice, seconds } = await timed(() => chosenByTrials(grid, methods));
  cell.snr.set(`auto: ${choice.text}`, snr(line.data, choice.data));
  cell.seconds.set(`auto: ${choice.text}`, seconds);
  return { ...cell, choice };
}

for (const name of values.lines.split(',')) {
  const line = await readLine(folder, name);
  const rows: string[][] = [...methods, ...(skip.has('auto') ? [] : ['auto', 'auto below the best'])].map((m) => [m]);
  for (const mask of masks) {
    const cell = await measure(line, mask);
    const auto = [...cell.snr.keys()].find((key) => key.startsWith('auto'));
    const best = Math.max(...methods.map((m) => cell.snr.get(m)!));
    for (const row of rows) {
      const key = row[0] === 'auto' ? auto! : row[0];
      const value = cell.snr.get(key);
      if (row[0] === 'auto below the best') row.push((best - cell.snr.get(auto!)!).toFixed(2));
      else if (value === undefined) row.push('');
      else {
        const chosen = row[0] === 'auto' ? `${auto!.slice(6)} ` : '';
        const seconds = cell.seconds.has(key) ? ` (${cell.seconds.get(key)!.toFixed(1)} s)` : '';
        row.push(`${chosen}${value.toFixed(2)}${seconds}`);
      }
    }
  }
  console.log(`\n${name}, ${line.shape.join(' × ')}\n\n${markdown(['SNR, dB (CPU)', ...masks], rows)}`);
}

if (!skip.has('peers')) await peers(folder);

/** The shot gather with half of its traces: the whole for POCS, a corner of it for rank reduction, since the peer takes minutes. */
async function peers(data: string): Promise<void> {
  const whole = await readLine(data, 'shot');
  const root = new URL(import.meta.url.includes('/dist/') ? '../../' : '../', import.meta.url);
  const peer = new PythonPeer(values.python, fileURLToPath(new URL('bench/peers/seismic.py', root)), 1);
  const scratch = await mkdtemp(join(tmpdir(), 'slicewise-seismic-'));
  const rows: string[][] = [];
  try {
    const cases = [
      {
        name: "POCS against PyLops' FFTND",
        line: whole,
        method: 'pocs' as const,
        ours: { iterations: 40, last: 0.003, windowTraces: 32, windowSamples: 64, dealias: 'off' },
        theirs: { method: 'pocs', traces: 32, samples: 64, iterations: 40, last: 0.003, sizes: [64, 96] },
      },
      {
        name: 'rank reduction against pydrr',
        line: corner(whole, 96, 256),
        method: 'rank-reduction' as const,
        ours: { rank: 6, damping: 3, iterations: 10, grow: false, windowTraces: 32, windowSamples: 64 },
        theirs: { method: 'rank', traces: 32, samples: 64, order: 6, damping: 3, iterations: 10 },
      },
    ];
    for (const { name, line, method, ours, theirs } of cases) {
      const grid = gappy(line, maskOf('random50', { ...line, name: '' }, 1));
      const [input, output] = [join(scratch, 'in.f32'), join(scratch, 'out.f32')];
      await writeFile(input, new Uint8Array(grid.data.buffer, grid.data.byteOffset, grid.data.byteLength));
      const request = { ...theirs, shape: line.shape.slice(1), data: input, live: [...grid.live], out: output };
      const [mine, other]: [number[], number[]] = [[], []];
      let result = new Float32Array(0);
      await classicalMethod(method).interpolate(grid, ours); // compiled
      for (let k = 0; k < Number(values.repeat); k++) {
        const run = await timed(() => classicalMethod(method).interpolate(grid, ours));
        result = new Float32Array(run.result);
        mine.push(run.seconds);
        other.push((await peer.ask<{ cpu: number }>(request)).cpu);
      }
      const bytes = await readFile(output);
      const theirResult = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
      rows.push([
        name,
        median(mine).toFixed(2),
        median(other).toFixed(2),
        (median(mine) / median(other)).toFixed(2),
        snr(line.data, result).toFixed(2),
        snr(line.data, theirResult).toFixed(2),
      ]);
    }
  } finally {
    peer.close();
    await rm(scratch, { recursive: true });
  }
  console.log(
    `\nCPU seconds, medians of ${values.repeat}; SNR in dB\n\n${markdown(['', 'ours', 'peer', 'ratio', 'our SNR', "peer's SNR"], rows)}`,
  );
}

function corner({ name, data, shape: [, , nt] }: Line, traces: number, samples: number): Line {
  const out = new Float32Array(traces * samples);
  for (let k = 0; k < traces; k++) out.set(data.subarray(k * nt, k * nt + samples), k * samples);
  return { name, data: out, shape: [1, traces, samples] };
}
