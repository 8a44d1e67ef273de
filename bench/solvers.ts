/**
 * The diffusion methods beside each other at equal numbers of denoiser evaluations, products with the derivative not counted among them
 * but in the seconds:
 *
 * - `ct`: slices of a real chest CT, 20 parallel views, photon noise 1e5, prior `ct` (PSNR in HU);
 * - `lines` and `poisson`: slices of an MR head, 8 coils, SNR 30, random lines ×4 and a Poisson disc ×8, prior `mri` (PSNR of magnitudes);
 * - `traces`: a line of seismic traces of which a random half is missing, exact, guided prior `seismic-2d` (SNR of the missing ones);
 * - `spectral`: a cube of which 30 % of the values are known, with noise of a tenth of each band's range, prior `spectral-maps` (MPSNR).
 *
 *     npm run bench -- solvers [--case ct,traces] [--evaluations 20,100] [--only diffpir --only daps] [--slices 2] [--prior ct]
 *         [--out out/solvers]
 *         [--redo]
 *
 * SLICEWISE_DATA names the data folder. Each row is added to OUT/rows.jsonl as it is measured, and measured once. Default options but for
 * what a row says, one seed; CPU seconds of all threads, one worker. `refused`: the method cannot do this case, and says why.
 */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import {
  createBackend,
  reconstruct,
  type Measurement,
  type SimulateMriOptions,
  type ReconstructOptions,
  type Volume,
} from '../src/index.js';
import { compareSpectra } from '../src/metrics/spectral.js';
import { simulateSpectral } from '../src/modalities/spectral/simulation/simulate.js';
import { modelSources } from '../src/node.js';
import { CHEST } from './support/dev-volumes.js';
import { markdown } from './support/numbers.js';
import { mrScene } from './support/mri-scene.js';
import { priorOf } from './support/priors.js';
import { quality } from './support/quality.js';
import { devScene } from './support/scene.js';
import { gappy, maskOf, readLine, snr } from './support/seismic-lines.js';
import { scanOfGrid } from './support/seismic-scan.js';
import { readCube, SPECTRAL_TASKS } from './support/spectral-cubes.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    case: { type: 'string', default: 'ct,lines,poisson,traces,spectral' },
    evaluations: { type: 'string', default: '20,100' },
    only: { type: 'string', multiple: true, default: [''] },
    prior: { type: 'string', default: 'ct' },
    slices: { type: 'string', default: '2' },
    line: { type: 'string', default: 'teapot' },
    out: { type: 'string', default: 'out/solvers' },
    redo: { type: 'boolean', default: false },
  },
});
const folder = values.data;
if (!folder) throw new Error('the data are not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');

/** A line of the table: options by the number of evaluations. */
interface Candidate {
  readonly label: string;
  readonly method: string;
  options(evaluations: number): { readonly [option: string]: unknown };
}

const plain = (method: string, options: Partial<ReturnType<Candidate['options']>> = {}, label = ''): Candidate => ({
  label: `${method}${label && ` ${label}`}`,
  method,
  options: (steps) => ({ steps, ...options }),
});
const twice = (method: string, options: ReturnType<Candidate['options']>, label: string): Candidate => ({
  ...plain(method, {}, label),
  options: (evaluations) => ({ steps: Math.round((evaluations + 1) / 2), ...options }),
});

const inner: Candidate = {
  label: 'pnp-dm',
  method: 'pnp-dm',
  options: (evaluations) => ({ steps: evaluations / 4, innerEvaluations: 4 }),
};

/** Those that follow a gradient, through the denoiser or not. */
const guided = (levels: ReturnType<Candidate['options']>): Candidate[] => [
  plain('pigdm', levels),
  plain('moment-matching', levels),
  plain('moment-matching', { ...levels, sampler: 'dpm++2m', eta: 1 }, 'dpm++2m, η 1'),
  plain('dps', levels),
  plain('gdp', levels),
  plain('gdp', { ...levels, gradient: 'xt' }, 'through the denoiser'),
  plain('flowchef', levels),
];

const everywhere = (levels: ReturnType<Candidate['options']>): Candidate[] => [
  plain('dds'),
  plain('dds', { order: 2, eta: 1 }, 'order 2, η 1'),
  plain('ddnm', levels),
  plain('diffpir', levels),
  plain('red-prox', levels),
  plain('red-diff'),
  plain('daps', levels),
  inner,
  ...guided(levels),
];
const ofMri = everywhere({});

const CANDIDATES: { readonly [name: string]: readonly Candidate[] } = {
  ct: [
    plain('dds'),
    plain('dds', { order: 1, eta: 0.95 }, 'order 1, η .95'),
    plain('dds', { mode: '2d' }, '2d'),
    plain('dds', { mode: '2d', sampler: 'unipc' }, '2d, unipc'),
    plain('ddnm'),
    plain('ddnm', { mode: '3d' }, '3d'),
    plain('diffpir'),
    plain('diffpir', { mode: '3d' }, '3d'),
    plain('diffpir', { zeta: 0.3 }, 'ζ 0.3'),
    plain('diffpir', { sampler: 'dpm++2m', zeta: 1 }, 'dpm++2m, ζ 1'),
    twice('diffpir', { sampler: 'heun' }, 'heun'),
    plain('red-prox'),
    plain('red-prox', { mode: '3d' }, '3d'),
    plain('red-diff'),
    plain('daps'),
    inner,
    ...guided({}),
  ],
  lines: ofMri,
  poisson: ofMri,
  spectral: everywhere({}),
  traces: [
    plain('dds', { mode: '2d', start: 'noise', eta: 1, sigmaMax: 2 }, 'η 1'),
    plain('dds', { mode: '2d', start: 'noise', eta: 1, order: 2, sigmaMax: 2 }, 'η 1, order 2'),
    plain('ddnm', { sigmaMax: 2 }),
    plain('ddnm', { sigmaMax: 2, sampler: 'unipc' }, 'unipc'),
    plain('ddrm', { sigmaMax: 2 }),
    plain('diffpir', { sigmaMax: 2 }),
    plain('repaint'),
    plain('repaint', { eta: 1 }, 'η 1'),
    plain('red-prox', { sigmaMax: 2 }),
    plain('red-diff', { sigmaMax: 2 }),
    ...guided({ sigmaMax: 2 }),
  ],
};

interface Row {
  readonly of: string;
  readonly label: string;
  readonly evaluations: number;
  /** Absent where the method cannot do this. */
  readonly score?: number;
  readonly refused?: string;
  readonly seconds: number;
}

const file = `${values.out}/rows.jsonl`;
await mkdir(values.out, { recursive: true });
const keyOf = ({ of, label, evaluations }: Pick<Row, 'of' | 'label' | 'evaluations'>): string => `${of} ${label} ${evaluations}`;
const rows = new Map<string, Row>();
for (const text of (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean)) {
  const row = JSON.parse(text) as Row;
  rows.set(keyOf(row), row);
}

/** What is measured, and how a result is judged. */
interface Measured {
  readonly scan: Measurement;
  readonly prior: ReconstructOptions['prior'];
  readonly unit: string;
  score(volume: Volume): number;
}

const slices = Number(values.slices);

/** Slices of an MR head. */
async function head(options: SimulateMriOptions): Promise<Measured> {
  const scene = await mrScene(folder!, 'vs-seg-001_t1gd', [52, 51 + slices]);
  const scan = await scene.scan(options, undefined as never);
  return { scan, prior: 'mri', unit: 'PSNR (dB)', score: (volume) => quality(volume, scene.truth).psnr };
}

const CASES: { readonly [name: string]: () => Promise<Measured> } = {
  async ct() {
    const scene = await devScene(folder, CHEST, [36, 35 + slices]);
    const backend = createBackend({ workers: 1 });
    const scan = await scene.scan({ views: 20, photons: 1e5, seed: 1 }, backend);
    await backend.dispose();
    return { scan, prior: await priorOf(values.prior), unit: 'PSNR (dB)', score: (volume) => quality(volume, scene.truth).psnr };
  },
  lines: () => head({ mask: 'random', accel: 4 }),
  poisson: () => head({ mask: 'poisson', accel: 8 }),
  async spectral() {
    const cube = await readCube(folder, 'dev');
    const scan = simulateSpectral(cube, { ...SPECTRAL_TASKS.com30, seed: 0 });
    return { scan, prior: 'spectral-maps', unit: 'MPSNR (dB)', score: (volume) => compareSpectra(volume, cube).mpsnr ?? Infinity };
  },
  async traces() {
    const line = await readLine(folder, values.line);
    const grid = gappy(line, maskOf('random50', line, 0));
    const missing = (data: Float32Array): Float32Array => data.filter((_, n) => grid.live[Math.floor(n / line.shape[2])] === 0);
    const score: Measured['score'] = (volume) => snr(missing(line.data), missing(Float32Array.from(volume.data as Float32Array)));
    return { scan: scanOfGrid(grid), prior: 'seismic-2d', unit: 'SNR of missing traces (dB)', score };
  },
};

const counts = values.evaluations.split(',').map(Number);
for (const name of values.case.split(',')) {
  const { scan, prior, unit, score } = await CASES[name]();
  for (const evaluations of counts) {
    for (const { label, method, options } of CANDIDATES[name]) {
      if (!values.only.some((part) => label.includes(part)) || (rows.has(keyOf({ of: name, label, evaluations })) && !values.redo))
        continue;
      const backend = createBackend({ workers: 1 });
      const begun = process.cpuUsage();
      const call = { method, methodOptions: options(evaluations), prior, zoo: modelSources(), holdOut: false, seed: 1, backend } as const;
      const done = await reconstruct(scan, call)
        .result()
        .catch((error: Error) => error);
      const { user, system } = process.cpuUsage(begun);
      await backend.dispose();
      const found = done instanceof Error ? { refused: done.message.split('\n')[0] } : { score: score(done.volume) };
      const row: Row = { of: name, label, evaluations, ...found, seconds: (user + system) / 1e6 };
      rows.set(keyOf(row), row);
      await appendFile(file, `${JSON.stringify(row)}\n`);
      console.error(keyOf(row), row.score?.toFixed(2) ?? row.refused, `${row.seconds.toFixed(1)} s`);
    }
  }
  const cell = (label: string, evaluations: number): string => {
    const row = rows.get(keyOf({ of: name, label, evaluations }));
    if (!row) return '';
    return row.score === undefined ? 'refused' : `${row.score.toFixed(2)}, ${row.seconds.toFixed(0)} s`;
  };
  const body = CANDIDATES[name].map(({ label }) => [label, ...counts.map((n) => cell(label, n))]);
  console.log(markdown([unit, ...counts.map((n) => `${n} evaluations`)], body));
}
