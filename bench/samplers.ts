/**
 * The samplers beside each other at equal numbers of denoiser evaluations, in two methods: two slices of a real chest CT, 20 parallel
 * views, photon noise 1e5, and two slices of a brain MR, 8 coils, SNR 30, random lines ×4. PSNR in dB.
 *
 *     npm run bench -- samplers [--case ct,mri] [--evaluations 20] [--method dds,diffpir] [--only deis] [--out out/samplers] [--redo]
 *
 * SLICEWISE_DATA names the data folder. Each row is added to OUT/rows.jsonl as it is measured, and measured once. Default options but for
 * what a row says; CPU seconds of all threads, one worker.
 */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createBackend, reconstruct, type Measurement, type Volume } from '../src/index.js';
import { modelSources } from '../src/node.js';
import { CHEST } from './support/dev-volumes.js';
import { mrScene } from './support/mri-scene.js';
import { markdown } from './support/numbers.js';
import { quality } from './support/quality.js';
import { devScene } from './support/scene.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    case: { type: 'string', default: 'ct,mri' },
    evaluations: { type: 'string', default: '20' },
    only: { type: 'string', default: '' },
    method: { type: 'string', default: 'dds,diffpir' },
    out: { type: 'string', default: 'out/samplers' },
    redo: { type: 'boolean', default: false },
  },
});
const folder = values.data;
if (!folder) throw new Error('the data are not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');

type Options = { readonly [option: string]: unknown };

/** A row: options of dds, and those of diffpir where they have another name; steps by the number of evaluations. */
interface Row {
  readonly label: string;
  readonly options: Options;
  readonly diffpir?: Options;
  steps?(evaluations: number): number;
}

/** The last step is one evaluation. */
const heunSteps = (evaluations: number): number => Math.round((evaluations + 1) / 2);

const ROWS: readonly Row[] = [
  { label: 'ddim', options: {} },
  { label: 'ddim, η 1', options: { eta: 1 }, diffpir: { zeta: 1 } },
  { label: 'ddim, η 0', options: { eta: 0 }, diffpir: { zeta: 0 } },
  { label: 'ancestral, η 1', options: { sampler: 'ancestral', eta: 1 }, diffpir: { sampler: 'ancestral', zeta: 1 } },
  { label: 'dpm++2m, η 1', options: { sampler: 'dpm++2m', eta: 1 }, diffpir: { sampler: 'dpm++2m', zeta: 1 } },
  { label: 'dpm++2m, η 0', options: { sampler: 'dpm++2m', eta: 0 }, diffpir: { sampler: 'dpm++2m', zeta: 0 } },
  { label: 'dpm++3m', options: { sampler: 'dpm++3m' } },
  { label: 'unipc', options: { sampler: 'unipc' } },
  { label: 'plms', options: { sampler: 'plms' } },
  { label: 'deis', options: { sampler: 'deis' } },
  { label: 'bdia', options: { sampler: 'bdia' } },
  { label: 'bdia, γ 0.5', options: { sampler: 'bdia', bdiaGamma: 0.5 } },
  { label: 'heun', options: { sampler: 'heun' }, steps: heunSteps },
  { label: 'edm', options: { sampler: 'edm' }, steps: heunSteps },
  { label: 'edict', options: { sampler: 'edict' }, steps: (evaluations) => evaluations / 2 },
  // the last third of the levels three times
  { label: 'ddim, η 1, 3 draws', options: { eta: 1, tail: 0, draws: 3 }, diffpir: { zeta: 1, draws: 3 }, steps: (n) => (3 * n) / 5 },
];

interface Case {
  readonly scan: Measurement;
  readonly prior: string;
  readonly truth: Volume;
}

const CASES: { readonly [name: string]: () => Promise<Case> } = {
  async ct() {
    const scene = await devScene(folder, CHEST, [36, 37]);
    const backend = createBackend({ workers: 1 });
    const scan = await scene.scan({ views: 20, photons: 1e5, seed: 1 }, backend);
    await backend.dispose();
    return { scan, prior: 'ct', truth: scene.truth };
  },
  async mri() {
    const scene = await mrScene(folder, 'vs-seg-001_t1gd', [55, 56]);
    const backend = createBackend({ workers: 1 });
    const scan = await scene.scan({ mask: 'random', accel: 4 }, backend);
    await backend.dispose();
    return { scan, prior: 'mri', truth: scene.truth };
  },
};

const file = `${values.out}/rows.jsonl`;
await mkdir(values.out, { recursive: true });
const known = new Map<string, { readonly psnr: number; readonly seconds: number; readonly evaluations: number }>();
for (const text of (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean)) {
  const { key, ...row } = JSON.parse(text);
  known.set(key, row);
}

const counts = values.evaluations.split(',').map(Number);
const METHODS = values.method.split(',');
for (const name of values.case.split(',')) {
  const { scan, prior, truth } = await CASES[name]();
  for (const evaluations of counts) {
    const keyOf = (label: string, method: string): string => `${name} ${method} ${label} ${evaluations}`;
    for (const method of METHODS) {
      for (const { label, options, diffpir, steps } of ROWS) {
        const key = keyOf(label, method);
        if (!label.includes(values.only) || (known.has(key) && !values.redo)) continue;
        const backend = createBackend({ workers: 1 });
        const begun = process.cpuUsage();
        const count = steps?.(evaluations) ?? evaluations;
        const draws = options.draws === undefined ? {} : { drawLevel: drawLevel(count, evaluations) };
        const own = { ...(method === 'dds' ? { mode: '2d', ...options } : (diffpir ?? options)), ...draws };
        const methodOptions = { steps: count, ...own };
        const call = { method, methodOptions, prior, zoo: modelSources(), holdOut: false, seed: 1, backend } as const;
        const { volume, manifest } = await reconstruct(scan, call).result();
        const { user, system } = process.cpuUsage(begun);
        await backend.dispose();
        const told = (manifest.prior as { evaluations?: number } | null)?.evaluations ?? count;
        const row = { psnr: quality(volume, truth).psnr, seconds: (user + system) / 1e6, evaluations: told };
        known.set(key, row);
        await appendFile(file, `${JSON.stringify({ key, ...row })}\n`);
        console.error(key, row.psnr.toFixed(2), `${row.seconds.toFixed(1)} s`, `${told} evaluations`);
      }
    }
    const cell = (label: string, method: string): string => known.get(keyOf(label, method))?.psnr.toFixed(2) ?? '';
    console.log(
      markdown(
        [`${name}, ${evaluations} evaluations`, ...METHODS],
        ROWS.map(({ label }) => [label, ...METHODS.map((method) => cell(label, method))]),
      ),
    );
  }
}

/** So that two more draws take the evaluations that are left: half of them each, of geometric levels from 0.5 to 0.02. */
function drawLevel(steps: number, evaluations: number): number {
  const first = steps - (evaluations - steps) / 2;
  return 1.0001 * 0.5 * (0.02 / 0.5) ** (first / (steps - 1));
}
