/**
 * DDS with guided and unguided priors at the same numbers of evaluations: PSNR, SSIM, seconds. Scans as in `prior-quality` (photon noise
 * 1e5), whose best total variation is to be set against these figures.
 *
 *     npm run bench -- guided --data FOLDER --prior ct --prior ct-guided [--volume sts-039_limb …] [--case parallel-8 …]
 *         [--evaluations 10 …] [--order 2 …] [--start guide …] [--sigma-max 0.3 …] [--set '{"eta": 0.9}' …] [--slices 30-45]
 *         [--workers 2] [--out out/guided]
 *
 * `--start`, `--sigma-max` and `--set` (further options of DDS, JSON) multiply the rows; without them the defaults of prior and method
 * hold. A start at a guide is left out for priors without one. Writes table.md, table.json and a montage a case. Runs one after the other
 * in one process; a first one, which compiles, is thrown away.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createBackend, reconstruct, renderMontage, writeFileAtomic, type Measurement, type Volume } from '../src/index.js';
import { CHEST, DEV_VOLUMES } from './support/dev-volumes.js';
import { markdown } from './support/numbers.js';
import { priorNote, priorsOf, type NamedPrior } from './support/priors.js';
import { quality } from './support/quality.js';
import { devScene } from './support/scene.js';
import { CASES } from './support/table-rows.js';

const many = (...standard: string[]) => ({ type: 'string', multiple: true, default: standard }) as const;
const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    prior: many('ct', 'ct-guided'),
    volume: many(CHEST),
    case: many('parallel'),
    evaluations: many('5', '10', '20'),
    order: many('2'),
    start: many('default'),
    'sigma-max': many('default'),
    set: many('{}'),
    slices: { type: 'string' },
    workers: { type: 'string', default: '2' },
    out: { type: 'string', default: 'out/guided' },
  },
});
if (!values.data) throw new Error('the volumes are not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');

interface Setting {
  readonly prior: NamedPrior;
  readonly steps: number;
  readonly options: object;
}

interface Point {
  readonly prior: string;
  readonly volume: string;
  readonly case: string;
  readonly steps: number;
  readonly options: object;
  readonly psnr: number;
  readonly ssim: number;
  readonly seconds: number;
}

const priors = await priorsOf(values.prior);
const settings = priors.flatMap((prior) => values.evaluations.flatMap((steps) => variants(prior, Number(steps))));
const workers = Number(values.workers);
await mkdir(values.out, { recursive: true });
const points: Point[] = [];
for (const volume of values.volume) {
  const slices = (values.slices?.split('-').map(Number) as [number, number] | undefined) ?? DEV_VOLUMES[volume].slices;
  const scene = await devScene(values.data, volume, slices);
  for (const name of values.case) {
    const backend = createBackend({ workers });
    const scan = await scene.scan({ ...CASES[name].scan, photons: 1e5, seed: 1 }, backend);
    await backend.dispose();
    if (points.length === 0) await run(scan, { ...settings[0], steps: 1 }); // compiles
    const shown: { name: string; volume: Volume }[] = [];
    for (const setting of settings) {
      const { prior, steps, options } = setting;
      const result = await run(scan, setting);
      const { psnr, ssim } = quality(result.volume, scene.truth);
      points.push({ ...{ prior: prior.name, volume, case: name, steps, options, psnr, ssim }, seconds: result.seconds });
      shown.push({ name: `${prior.name}, ${steps}`, volume: result.volume });
      console.error(JSON.stringify(points.at(-1)));
    }
    await writeFileAtomic(`${values.out}/${volume}-${name}.png`, await renderMontage({ results: shown, reference: scene.truth }, 150));
  }
}
const rows = points.map((p) => [
  ...[p.volume, p.case, p.prior, `${p.steps}`, JSON.stringify(p.options)],
  ...[p.psnr.toFixed(2), p.ssim.toFixed(3), p.seconds.toFixed(1)],
]);
const head = ['volume', 'scan', 'prior', 'evaluations', 'options', 'PSNR dB', 'SSIM', 'seconds'];
const text = `${markdown(head, rows)}\n\n${priorNote(priors)}\n`;
await writeFile(`${values.out}/table.md`, text);
await writeFile(`${values.out}/table.json`, JSON.stringify(points, null, 2));
console.log(text);

function variants(prior: NamedPrior, steps: number): Setting[] {
  const made: Setting[] = [];
  for (const order of values.order) {
    for (const start of values.start) {
      if (start === 'guide' && !prior.card.guide) continue;
      for (const sigmaMax of values['sigma-max']) {
        for (const set of values.set) {
          const options = {
            order: Number(order),
            ...(start === 'default' ? {} : { start }),
            ...(sigmaMax === 'default' ? {} : { sigmaMax: Number(sigmaMax) }),
            ...(JSON.parse(set) as object),
          };
          made.push({ prior, steps, options });
        }
      }
    }
  }
  return made;
}

async function run(scan: Measurement, { prior, steps, options }: Setting): Promise<{ volume: Volume; seconds: number }> {
  const backend = createBackend({ workers });
  try {
    const methodOptions = { ...options, steps };
    const { volume, manifest } = await reconstruct(scan, { method: 'dds', prior, seed: 1, methodOptions, backend }).result();
    return { volume, seconds: manifest.timings.totalSeconds };
  } finally {
    await backend.dispose();
  }
}
