/**
 * Spectral cubes of the data folder with noise and gaps: MPSNR (dB), SAM (degrees) and CPU seconds of every method, by its defaults.
 *
 *     npm run bench -- spectral [--cubes dev,enmap] [--tasks com10,den50] [--methods lowrank,dds,dds:samples=4:steps=20]
 *         [--prior spectral-maps] [--seed 0] [--workers 1]
 *
 * A method may have options after colons: those of the run (`samples`, `components`, `prior`), else its own. SLICEWISE_DATA names the
 * data folder.
 */
import { parseArgs } from 'node:util';
import { reconstruct } from '../src/index.js';
import { createBackend, zoo } from '../src/node.js';
import { heldOutChoice } from '../src/engine/judge/record.js';
import { compareSpectra } from '../src/metrics/spectral.js';
import { simulateSpectral } from '../src/modalities/spectral/simulation/simulate.js';
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
  const needs = method === 'dds' && values.prior !== undefined ? { prior: values.prior } : {};
  return {
    method,
    ...needs,
    ...Object.fromEntries(entries.filter(([name]) => RUN_OPTIONS.includes(name))),
    methodOptions: Object.fromEntries(entries.filter(([name]) => !RUN_OPTIONS.includes(name))),
  };
}

const backend = createBackend({ workers: Number(values.workers) });
const rows: string[][] = [];
const methods = values.methods.split(',');
for (const name of values.cubes.split(',')) {
  const cube = await readCube(folder, name);
  for (const task of values.tasks.split(',')) {
    const scan = simulateSpectral(cube, { ...SPECTRAL_TASKS[task], seed: Number(values.seed) });
    const row = [`${name} ${task}`];
    for (const method of methods) {
      const begun = process.cpuUsage();
      try {
        const { volume, manifest } = await reconstruct(scan, { ...runOf(method), zoo: zoo(), backend }).result();
        const { mpsnr, sam } = compareSpectra(volume, cube);
        const chosen = manifest.heldOut?.chosen && heldOutChoice(manifest.heldOut);
        const seconds = ((used) => (used.user + used.system) / 1e6)(process.cpuUsage(begun)).toFixed(1);
        row.push(`${mpsnr?.toFixed(2)} ${sam?.toFixed(2)}° ${seconds}s${chosen ? ` ${chosen}` : ''}`);
      } catch (error) {
        row.push((error as Error).message.split('\n')[0]);
      }
    }
    console.error(row.join('  |  '));
    rows.push(row);
  }
}
await backend.dispose();
console.log(markdown(['', ...methods], rows));
