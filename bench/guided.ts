/**
 * DDS with guided and unguided priors at the same numbers of evaluations against the best total variation of the same scan: PSNR, its gain
 * over TV, SSIM (of measured scans instead dB of views that no image was made of), seconds and CPU seconds.
 *
 *     npm run bench -- guided --data FOLDER [--scans chest-20 --scans limb …] [--prior ct --prior ct-guided …]
 *         [--evaluations 1 …] [--order 2 …] [--start guide …] [--sigma-max 0.3 …] [--set '{"eta": 0.9}' …] [--slices 30-45]
 *         [--without-tv] [--redo] [--list] [--workers 2] [--out out/guided]
 *
 * Scans (guided/scans.ts; a beginning of a name takes all that begin so): `chest-8`, `-20`, `-60`, `-arc`, `-fan`, `-cone`, the same of
 * `limb` and `head`, the measured `tooth`, `dendrites`, `lotus`, `walnut`, `disc`, every 9th view (the disc: every 3rd), and MR, `brain-`
 * and `leg-` with `random-4`, `poisson-4`, `poisson-8`. Priors of the scan's modality are taken. TV is the best of a sweep of λ by PSNR,
 * which a user could not do (CT alone; `mri-table` has the classical methods of k-space). `--order`, `--start`, `--sigma-max` and `--set`
 * (further options of DDS, JSON) multiply the rows; without them the defaults of prior and method hold. One evaluation, and a start from
 * the guide, are for guided priors.
 *
 * Rows are kept in OUT/rows.jsonl as they come, under scan, weights, the card's options and those given, and used again: parts can be run
 * one by one. After a change of the program `--redo`. `--list` shows what is kept, runs nothing. Writes table.md, table.json and, of
 * simulated scans, a montage of what was run. Runs one after the other in one process; a first one, which compiles, is thrown away.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createBackend, reconstruct, renderMontage, writeFileAtomic, type Measurement, type Volume } from '../src/index.js';
import { guidedScans, type GuidedScan, type Judged, type OpenScan } from './guided/scans.js';
import { KeptRows } from './support/kept-rows.js';
import { markdown } from './support/numbers.js';
import { once } from './support/once.js';
import { priorNote, priorsOf, type NamedPrior } from './support/priors.js';
import { best, sweep } from './support/sweep.js';

const many = (...standard: string[]) => ({ type: 'string', multiple: true, default: standard }) as const;
const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    scans: many(''),
    prior: many('ct', 'ct-guided'),
    evaluations: many('1', '5', '10', '20'),
    order: many('default'),
    start: many('default'),
    'sigma-max': many('default'),
    set: many('{}'),
    slices: { type: 'string' },
    'without-tv': { type: 'boolean', default: false },
    redo: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    workers: { type: 'string', default: '2' },
    out: { type: 'string', default: 'out/guided' },
  },
});
if (!values.data) throw new Error('the volumes are not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');

/** A method with what was given of its options. */
interface Row {
  readonly method: string;
  readonly prior?: NamedPrior;
  readonly options: { readonly [name: string]: unknown };
}

/** What came of a row. */
interface Point extends Judged {
  readonly scan: string;
  readonly method: string;
  readonly options: object;
  readonly seconds: number;
  /** Of all threads. */
  readonly cpuSeconds: number;
}

/** A scan that is made when the first row needs it, and the images that were made of it. */
interface Work {
  readonly of: GuidedScan;
  open(): Promise<OpenScan>;
  readonly shown: { name: string; volume: Volume }[];
}

const all = guidedScans(values.data, values.slices?.split('-').map(Number) as [number, number] | undefined);
const wanted = all.filter(({ name }) => values.scans.some((part) => name.startsWith(part)));
if (wanted.length === 0) throw new Error(`no such scan: of ${all.map(({ name }) => name).join(', ')}`);
const priors = await priorsOf(values.prior);
const rowsOf = ({ modality }: GuidedScan): Row[] =>
  priors.filter(({ card }) => card.modality === modality).flatMap((prior) => values.evaluations.flatMap((n) => variants(prior, Number(n))));
const workers = Number(values.workers);
await mkdir(values.out, { recursive: true });
const kept = await KeptRows.open<Point>(`${values.out}/rows.jsonl`);
let warm = false;
const points: (Point & { readonly gain?: number })[] = [];
for (const of of wanted) {
  const work: Work = { of, open: once(() => of.open(workers)), shown: [] };
  const { tv: tuned } = of;
  const tv = values['without-tv'] || !tuned ? [] : await sweep(tuned.weights, (lambda) => result(work, tvOf(tuned, lambda)), tuned);
  const bar = tv.length > 0 ? best(tv).result : undefined;
  if (bar) points.push(bar);
  for (const row of rowsOf(of)) {
    const point = await result(work, row);
    if (point) points.push({ ...point, ...(bar && { gain: point.psnr - bar.psnr }) });
  }
  if (work.shown.length === 0) continue;
  const { truth } = await work.open();
  if (!truth) continue;
  await writeFileAtomic(`${values.out}/${of.name}.png`, await renderMontage({ results: work.shown, reference: truth }, 150));
}
const head = ['scan', 'method', 'options', 'PSNR dB', 'over TV', 'SSIM', 'unseen views dB', 'seconds', 'CPU s'];
const lines = points.map((p) => [
  ...[p.scan, p.method, JSON.stringify(p.options), p.psnr.toFixed(2)],
  p.gain === undefined ? '' : `${p.gain < 0 ? '−' : '+'}${Math.abs(p.gain).toFixed(2)}`,
  ...[p.ssim?.toFixed(3) ?? '', p.unseen?.toFixed(2) ?? '', p.seconds.toFixed(1), p.cpuSeconds.toFixed(1)],
]);
const text = `${markdown(head, lines)}\n\n${priorNote(priors)}\n`;
await writeFile(`${values.out}/table.md`, text);
await writeFile(`${values.out}/table.json`, JSON.stringify(points, null, 2));
console.log(text);

function tvOf({ iterations }: { readonly iterations: number }, lambda: number): Row {
  return { method: 'admm-tv', options: { lambda, iterations } };
}

function variants(prior: NamedPrior, steps: number): Row[] {
  const { guide } = prior.card;
  if (steps === 1 && !guide) return [];
  const given = (name: string, value: string): object => (value === 'default' ? {} : { [name]: Number(value) });
  const made: Row[] = [];
  for (const order of values.order) {
    for (const start of values.start) {
      if (start === 'guide' && !guide) continue;
      for (const sigmaMax of values['sigma-max']) {
        for (const set of values.set) {
          const first = start === 'default' ? {} : { start };
          const own = JSON.parse(set) as object;
          const options = { steps, ...given('order', order), ...first, ...given('sigmaMax', sigmaMax), ...own };
          made.push({ method: 'dds', prior, options });
        }
      }
    }
  }
  return made;
}

/** What is kept of a row, or a run of it; nothing where none is kept and none wanted. */
async function result(work: Work, row: Row): Promise<Point | undefined> {
  const { method, prior, options } = row;
  const { name, slices } = work.of;
  const card = prior && { weights: prior.card.sha256, of: prior.card.guide?.methods?.[method] };
  const key = { scan: name, slices, method, options, card };
  const had = values.redo && !values.list ? undefined : kept.get(key);
  if (had || values.list) return had;
  const { scan, judge } = await work.open();
  if (!warm) await run(scan, { ...row, options: { ...options, ...(prior ? { steps: 1 } : { iterations: 1 }) } });
  warm = true;
  const { volume, ...times } = await run(scan, row);
  const title = prior?.name ?? method;
  const point = await kept.put(key, { scan: name, method: title, options, ...(await judge(volume)), ...times });
  console.error(JSON.stringify(point));
  if (prior) work.shown.push({ name: `${title}, ${String(options.steps)}`, volume });
  return point;
}

async function run(scan: Measurement, { method, prior, options }: Row): Promise<{ volume: Volume; seconds: number; cpuSeconds: number }> {
  const backend = createBackend({ workers });
  const before = process.cpuUsage();
  try {
    const { volume, manifest } = await reconstruct(scan, { method, prior, seed: 1, methodOptions: { ...options }, backend }).result();
    const { user, system } = process.cpuUsage(before);
    return { volume, seconds: manifest.timings.totalSeconds, cpuSeconds: (user + system) / 1e6 };
  } finally {
    await backend.dispose();
  }
}
