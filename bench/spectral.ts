/**
 * Spectral cubes of the data folder with noise and gaps: MPSNR (dB), SAM (degrees) and CPU seconds of every method, by its defaults.
 *
 *     npm run bench -- spectral [--cubes dev,enmap] [--tasks com10,den50] [--methods lowrank,dds,dds:samples=4:steps=20]
 *         [--prior spectral-maps] [--seed 0] [--workers 1] [--kept FILE]
 *
 * A method may have options after colons: those of the run (`samples`, `components`, `prior`), else its own. What was measured is kept in
 * the file of `--kept` after every run and not measured again, so that the whole table may be made in parts. SLICEWISE_DATA names the data
 * folder.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { reconstruct } from '../src/index.js';
import { createBackend, zoo } from '../src/node.js';
import { heldOutChoice } from '../src/engine/judge/record.js';
import { compareSpectra } from '../src/metrics/spectral.js';
import { simulateSpectral } from '../src/modalities/spectral/simulation/simulate.js';
import type { Measurement, Volume } from '../volumes/index.js';
import { markdown } from './support/numbers.js';
import { CUBES, readCube, SPECTRAL_TASKS } from './support/spectral-cubes.js';

const { values } = parseArgs({
  options: {
    cubes: { type: 'string', default: CUBES.join(',') },
    tasks: { type: 'string', default: Object.keys(SPECTRAL_TASKS).join(',') },
    methods: { type: 'string', default: 'lowrank,dds' },
    prior: { type: 'string' },
    seed: { type: 'string', default: '0' },
    workers: { type: 'string', default: '1' },
    kept: { type: 'string' },
  },
});
const folder = process.env.SLICEWISE_DATA;
if (!folder) throw new Error('SLICEWISE_DATA names the data folder');

const RUN_OPTIONS = ['samples', 'components', 'prior', 'holdOut'];

function runOf(text: string): object {
  const [method, ...settings] = text.split(':');
  const entries = settings.map((setting) => {
    const [name, value] = setting.split('=');
    return [name, value === 'true' ? true : value === 'false' ? false : Number.isNaN(Number(value)) ? value : Number(value)] as const;
  });
  const needs = ['dds', 'vamp'].includes(method) && values.prior !== undefined ? { prior: values.prior } : {};
  return {
    method,
    ...needs,
    ...Object.fromEntries(entries.filter(([name]) => RUN_OPTIONS.includes(name))),
    methodOptions: Object.fromEntries(entries.filter(([name]) => !RUN_OPTIONS.includes(name))),
  };
}

const backend = createBackend({ workers: Number(values.workers) });
const kept: { [cell: string]: string } =
  values.kept && existsSync(values.kept) ? (JSON.parse(readFileSync(values.kept, 'utf8')) as { [cell: string]: string }) : {};
const keptAs = (name: string, task: string, method: string): string => [name, task, method, values.prior ?? '', values.seed].join(' ');

async function measured(cube: Volume, scan: Measurement, method: string): Promise<string> {
  const begun = process.cpuUsage();
  try {
    const { volume, manifest } = await reconstruct(scan, { ...runOf(method), zoo: zoo(), backend }).result();
    const { mpsnr, sam } = compareSpectra(volume, cube);
    const chosen = manifest.heldOut?.chosen && heldOutChoice(manifest.heldOut);
    const seconds = ((used) => (used.user + used.system) / 1e6)(process.cpuUsage(begun)).toFixed(1);
    return `${mpsnr?.toFixed(2)} ${sam?.toFixed(2)}° ${seconds}s${chosen ? ` ${chosen}` : ''}`;
  } catch (error) {
    return (error as Error).message.split('\n')[0];
  }
}

const rows: string[][] = [];
const methods = values.methods.split(',');
for (const name of values.cubes.split(',')) {
  const cube = await readCube(folder, name);
  for (const task of values.tasks.split(',')) {
    const scan = simulateSpectral(cube, { ...SPECTRAL_TASKS[task], seed: Number(values.seed) });
    const row = [`${name} ${task}`];
    for (const method of methods) {
      const cell = keptAs(name, task, method);
      const figures = kept[cell] ?? (await measured(cube, scan, method));
      row.push(figures);
      if (!/^[\d.]/.test(figures)) continue; // a failure, which may be mended
      kept[cell] = figures;
      if (values.kept) writeFileSync(values.kept, JSON.stringify(kept, null, 1));
    }
    console.error(row.join('  |  '));
    rows.push(row);
  }
}
await backend.dispose();
console.log(markdown(['', ...methods], rows));
