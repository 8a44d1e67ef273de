/**
 * PSNR against seconds of DDS on the chest CT (20 parallel views, photon noise 1e5) for several numbers of evaluations, from pure noise and
 * from a classical reconstruction noised to σ; otherwise the default preset. Seconds of the whole run with its network's loading and the
 * classical start.
 *
 *     npm run bench -- time-to-quality --data FOLDER [--prior ct] [--evaluations 5 …] [--start noise --start 0.3 …] [--views 20]
 *         [--slices 30-45]
 *         [--repeat 1] [--workers 2] [--out out/time-to-quality]
 *
 * `--start noise` begins at the preset's σ (0.5), `--start 0.3` from the classical image noised to σ = 0.3. The knee is the fastest run
 * within 0.3 dB of the best. Writes table.md, table.json and plot.svg. Runs one after the other in one process; the first, which compiles,
 * is thrown away.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { compareVolumes, createBackend, reconstruct } from '../src/index.js';
import { CHEST, DEV_VOLUMES } from './support/dev-volumes.js';
import { markdown, median } from './support/numbers.js';
import { plotSvg } from './support/plot-svg.js';
import { priorNote, priorOf } from './support/priors.js';
import { devScene } from './support/scene.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    prior: { type: 'string', default: 'ct' },
    evaluations: { type: 'string', multiple: true, default: ['5', '10', '20', '50'] },
    start: { type: 'string', multiple: true, default: ['noise', '0.3', '0.15'] },
    views: { type: 'string', default: '20' },
    slices: { type: 'string' },
    repeat: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
    out: { type: 'string', default: 'out/time-to-quality' },
  },
});
if (!values.data) throw new Error('the chest CT is not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');
/** dB below the best that the knee may lie. */
const NEAR = 0.3;
const [views, repeat, workers] = [values.views, values.repeat, values.workers].map(Number);
const slices = values.slices?.split('-').map(Number) as [number, number] | undefined;
await mkdir(values.out, { recursive: true });

const prior = await priorOf(values.prior);
const scene = await devScene(values.data, CHEST, slices ?? DEV_VOLUMES[CHEST].slices);
const simulator = createBackend({ workers });
const scan = await scene.scan({ views, photons: 1e5, seed: 1 }, simulator);
await simulator.dispose();

interface Point {
  readonly start: string;
  readonly evaluations: number;
  readonly seconds: number;
  readonly psnr: number;
  readonly ssim: number;
}

await measure(values.start[0], 1); // compiles
const points: Point[] = [];
for (const start of values.start) {
  for (const evaluations of values.evaluations.map(Number)) {
    const runs: Point[] = [];
    for (let i = 0; i < repeat; i++) runs.push(await measure(start, evaluations));
    points.push({ ...runs[0], seconds: median(runs.map((run) => run.seconds)) });
    console.error(JSON.stringify(points.at(-1)));
  }
}

const knee = (of: readonly Point[]): Point => {
  const top = Math.max(...of.map(({ psnr }) => psnr));
  return of.filter(({ psnr }) => psnr >= top - NEAR).reduce((a, b) => (b.seconds < a.seconds ? b : a));
};
const overall = knee(points);
const name = (start: string): string => (start === 'noise' ? 'pure noise' : `classical, σ ${start}`);
const told = ({ start, evaluations, psnr, seconds }: Point): string =>
  `${name(start)}, ${evaluations} evaluations: ${psnr.toFixed(2)} dB in ${seconds.toFixed(1)} s`;
const rows = points.map((p) => [
  name(p.start),
  `${p.evaluations}`,
  p.seconds.toFixed(1),
  p.psnr.toFixed(2),
  p.ssim.toFixed(3),
  p === overall ? 'knee' : p === knee(points.filter(({ start }) => start === p.start)) ? 'of its start' : '',
]);
const text = [
  `${scene.name}, ${views} views, prior \`${prior.name}\`, ${workers} workers${repeat > 1 ? `, medians of ${repeat}` : ''}`,
  '',
  markdown(['start', 'evaluations', 'seconds', 'PSNR dB', 'SSIM', `knee (within ${NEAR} dB)`], rows),
  '',
  `Knee, fewest seconds within ${NEAR} dB of the best: ${told(overall)}.`,
  ...values.start.map((start) => `From ${told(knee(points.filter((p) => p.start === start)))}.`),
  '',
  priorNote([prior]),
  '',
].join('\n');
await writeFile(`${values.out}/table.md`, text);
await writeFile(`${values.out}/table.json`, JSON.stringify(points, null, 2));
await writeFile(
  `${values.out}/plot.svg`,
  plotSvg(
    values.start.map((start) => ({
      name: name(start),
      points: points.filter((p) => p.start === start).map((p) => ({ x: p.seconds, y: p.psnr, label: `${p.evaluations}` })),
    })),
    { title: `Time to quality, ${views} views (numbers: evaluations)`, x: 'seconds', y: 'PSNR, dB' },
  ),
);
console.log(text);

async function measure(start: string, steps: number): Promise<Point> {
  const backend = createBackend({ workers });
  const from = start === 'noise' ? ({ start } as const) : ({ start: 'classical', sigmaMax: Number(start) } as const);
  const { volume, manifest } = await reconstruct(scan, {
    method: 'dds',
    prior,
    seed: 1,
    methodOptions: { ...from, steps },
    backend,
  }).result();
  await backend.dispose();
  const { psnr, ssim } = compareVolumes(volume, scene.truth, { planes: ['axial'] });
  return { start, evaluations: steps, seconds: manifest.timings.totalSeconds, psnr: psnr!, ssim: ssim! };
}
