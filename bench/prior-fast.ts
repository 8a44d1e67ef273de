/**
 * What a cheaper network costs and gains against the first one named: PSNR of DDS (20 evaluations, 20 parallel views, photon noise 1e5,
 * chest CT), all with the same seeds, and milliseconds that ONNX Runtime takes for a 256² slice on one thread, the networks taking turns in
 * one process.
 *
 *     npm run bench -- prior-fast --data FOLDER [--prior ct --prior ct-fast --prior candidate/card.json] [--views 20] [--evaluations 20]
 *         [--seed 1 …] [--slices 30-45] [--repeat 40] [--workers 2] [--json FILE]
 *
 * Priors for complex images are timed only. Times are medians; the last column is ONNX Runtime's time inside the reconstructions.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { compareVolumes, createBackend, reconstruct } from '../src/index.js';
import { bareSession } from './support/bare-network.js';
import { CHEST, DEV_VOLUMES } from './support/dev-volumes.js';
import { markdown, median } from './support/numbers.js';
import { priorNote, priorsOf, type NamedPrior } from './support/priors.js';
import { devScene } from './support/scene.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    prior: { type: 'string', multiple: true, default: ['ct', 'ct-fast'] },
    views: { type: 'string', default: '20' },
    evaluations: { type: 'string', default: '20' },
    seed: { type: 'string', multiple: true, default: ['1'] },
    slices: { type: 'string' },
    repeat: { type: 'string', default: '40' },
    workers: { type: 'string', default: '2' },
    json: { type: 'string' },
  },
});
if (!values.data) throw new Error('the chest CT is not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');
const [views, steps, repeat, workers] = [values.views, values.evaluations, values.repeat, values.workers].map(Number);
const slices = values.slices?.split('-').map(Number) as [number, number] | undefined;
const priors = await priorsOf(values.prior);

const bare = await takingTurns(priors);
const scene = await devScene(values.data, CHEST, slices ?? DEV_VOLUMES[CHEST].slices);
const simulator = createBackend({ workers });
const scan = await scene.scan({ views, photons: 1e5, seed: 1 }, simulator);
await simulator.dispose();
interface Run {
  readonly psnr: number;
  readonly ssim: number;
  readonly seconds: number;
  /** Milliseconds inside ONNX Runtime a slice. */
  readonly network: number;
}
const runs = new Map<NamedPrior, Run[]>();
for (const seed of values.seed.map(Number)) {
  for (const prior of priors) {
    if (prior.card.range.unit !== 'HU') continue;
    const run = await reconstructed(prior, seed);
    runs.set(prior, [...(runs.get(prior) ?? []), run]);
    console.error(`${prior.name}, seed ${seed}: ${JSON.stringify(run)}`);
  }
}

const of = (prior: NamedPrior, pick: (run: Run) => number): number => mean((runs.get(prior) ?? []).map(pick));
const [first] = priors;
const cells = priors.map((prior) => {
  const number = (v: number, digits: number): string => (Number.isNaN(v) ? '' : v.toFixed(digits).replace('-', '−'));
  const loss = of(prior, (r) => r.psnr) - of(first, (r) => r.psnr);
  return [
    prior.name,
    `${(prior.weights.length / 2 ** 20).toFixed(1)} MiB`,
    number(
      of(prior, (r) => r.psnr),
      2,
    ),
    prior === first ? '' : number(loss, 3),
    number(
      of(prior, (r) => r.ssim),
      4,
    ),
    number(median(bare.get(prior)!), 1),
    prior === first ? '' : `${number(median(bare.get(first)!) / median(bare.get(prior)!), 2)}×`,
    number(
      of(prior, (r) => r.seconds),
      1,
    ),
    number(
      of(prior, (r) => r.network),
      1,
    ),
  ];
});
console.log(
  `\n${scene.name}, ${views} views, DDS with ${steps} evaluations, ${workers} workers, seeds ${values.seed.join(', ')}; bare: medians ` +
    `of ${repeat}, one thread\n`,
);
console.log(
  markdown(
    ['prior', 'weights', 'PSNR dB', `against ${first.name}`, 'SSIM', 'bare, ms a slice', 'speed', 'run, s', 'in the run, ms a slice'],
    cells,
  ),
);
console.log(`\n${priorNote(priors)}`);
if (values.json) {
  const found = priors.map((p) => ({
    name: p.name,
    sha256: p.card.sha256,
    runs: runs.get(p) ?? [],
    bare: bare.get(p),
  }));
  await writeFile(values.json, JSON.stringify(found, null, 2));
}

async function reconstructed(prior: NamedPrior, seed: number): Promise<Run> {
  // a backend of its own: ONNX Runtime's seconds are counted over a worker's life
  const backend = createBackend({ workers });
  const { volume, manifest } = await reconstruct(scan, {
    method: 'dds',
    prior,
    seed,
    methodOptions: { steps },
    backend,
  }).result();
  await backend.dispose();
  const { psnr, ssim } = compareVolumes(volume, scene.truth, { planes: ['axial'] });
  const { totalSeconds, networkSeconds } = manifest.timings;
  const evaluations = steps * scene.truth.shape[0];
  return { psnr: psnr!, ssim: ssim!, seconds: totalSeconds, network: (1000 * networkSeconds) / evaluations };
}

/** Milliseconds of every repetition; who begins changes from round to round. */
async function takingTurns(of: readonly NamedPrior[]): Promise<Map<NamedPrior, number[]>> {
  const [rows, columns] = [256, 256];
  const lanes = [];
  for (const prior of of) {
    const { inputs, output, channels } = prior.card;
    const run = await bareSession({ weights: prior.weights, inputs, output, channels, rows, columns });
    lanes.push({ prior, run, times: [] as number[] });
  }
  for (let round = 0; round < repeat; round++) {
    for (let n = 0; n < lanes.length; n++) {
      const { run, times } = lanes[(round + n) % lanes.length];
      const start = performance.now();
      await run();
      times.push(performance.now() - start);
    }
  }
  return new Map(lanes.map(({ prior, times }) => [prior, times]));
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, v) => sum + v, 0) / numbers.length;
}
