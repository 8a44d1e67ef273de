/**
 * Where the time of a DDS run on k-space goes: inside ONNX Runtime, in FFTs, elsewhere, with 1, 4 and 8 coils; and what coil compression
 * costs in quality and gains in time: 16 coils as they are and as 6 virtual ones. Brain slices, Poisson disc ×4, SNR 30; coil maps are made
 * before the run and timed apart.
 *
 *     npm run bench -- dds-mri --data FOLDER [--part shares …] [--coils 1 …] [--steps 10] [--slices 52-59] [--workers 2] [--repeat 3]
 *         [--json FILE]
 *
 * Seconds in FFTs are those of as many batched transforms as the run makes (one for A and one for Aᴴ, two for AᴴA), timed beside it on the
 * same backend. Everything in wall seconds, medians.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { space } from '../core/space.js';
import { fourierTransform } from '../operators/fourier/fft/transform.js';
import { createBackend, reconstruct, type Measurement } from '../src/index.js';
import { mrScene, withMaps } from './support/mri-scene.js';
import { markdown, median, percent } from './support/numbers.js';
import { priorOf } from './support/priors.js';
import { quality } from './support/quality.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    part: { type: 'string', multiple: true, default: ['shares', 'compression'] },
    coils: { type: 'string', multiple: true, default: ['1', '4', '8'] },
    steps: { type: 'string', default: '10' },
    slices: { type: 'string', default: '52-59' },
    workers: { type: 'string', default: '2' },
    repeat: { type: 'string', default: '3' },
    json: { type: 'string' },
  },
});
if (!values.data) throw new Error('the volumes are not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');
const [steps, workers, repeat] = [values.steps, values.workers, values.repeat].map(Number);
const scene = await mrScene(values.data, 'vs-seg-001_t1gd', values.slices.split('-').map(Number) as [number, number]);
const prior = await priorOf('mri');
const ACQUISITION = { mask: 'poisson', accel: 4 } as const;

interface Timing {
  /** Loading the network, ‖A‖, all steps, the result. */
  readonly total: number;
  readonly steps: number;
  /** Inside ONNX Runtime, mean over the workers. */
  readonly network: number;
  readonly psnr: number;
  readonly ssim: number;
  readonly innerIterations: number;
}

async function run(scan: Measurement): Promise<Timing> {
  // a backend of its own for every run: ONNX Runtime's seconds are counted over a worker's life
  const backend = createBackend({ workers });
  const { volume, events, manifest } = await reconstruct(scan, {
    method: 'dds',
    prior,
    seed: 1,
    methodOptions: { steps },
    coils: 0,
    backend,
  }).result();
  await backend.dispose();
  const { totalSeconds, networkSeconds } = manifest.timings;
  const { innerIterations } = manifest.method.options as { innerIterations: number };
  const inSteps = events.reduce((sum, event) => sum + event.seconds, 0);
  return { total: totalSeconds, steps: inSteps, network: networkSeconds / workers, innerIterations, ...quality(volume, scene.truth) };
}

/** Seconds of one batched transform of all coils of all slices. */
async function transformSeconds([slices, coils, rows, columns]: readonly number[]): Promise<number> {
  const backend = createBackend({ workers });
  const x = backend.field(space(['slice', 'coil', 'y', 'x'], [slices, coils, rows, columns], 'complex64'));
  backend.noise(x, { seed: 1, step: 0, stream: 0 });
  const fourier = fourierTransform([slices, rows, columns], backend);
  const seconds: number[] = [];
  // many at a time, as in a run: a transform by itself would be timed with the way there and back
  const together = 12;
  for (let i = 0; i < 10; i++) {
    const start = performance.now();
    for (let k = 0; k < together; k++) fourier.forward(x, x);
    await backend.flush();
    seconds.push((performance.now() - start) / 1e3 / together);
  }
  await backend.dispose();
  return median(seconds.slice(2));
}

/**
 * Transforms of all coils in the steps of a run: a sweep applies A and Aᴴ once and AᴴA M times, and there is one more sweep than steps
 * (what the error metric held back); the residual of a step applies A.
 */
const transforms = (innerIterations: number): number => (steps + 1) * (2 + 2 * innerIterations) + steps;

async function shares(): Promise<string> {
  const rows: string[][] = [];
  for (const coils of values.coils.map(Number)) {
    const scan = await withMaps(await scene.raw({ ...ACQUISITION, coils }), 0);
    const runs: Timing[] = [];
    const ffts: number[] = [];
    for (let i = 0; i < repeat; i++) {
      runs.push(await run(scan));
      ffts.push(transforms(runs[0].innerIterations) * (await transformSeconds(scan.shape)));
    }
    const of = (pick: (run: Timing, i: number) => number): number => median(runs.map(pick));
    rows.push([
      `${coils}`,
      `${of((r) => r.total).toFixed(1)} s`,
      percent(of((r) => r.network / r.steps)),
      percent(of((r, i) => ffts[i] / r.steps)),
      percent(of((r, i) => 1 - (r.network + ffts[i]) / r.steps)),
      `${of((r) => r.total - r.steps).toFixed(1)} s`,
    ]);
    console.error(`${coils} coils: ${JSON.stringify({ runs, ffts })}`);
  }
  return markdown(['coils', 'run', 'ONNX Runtime, of the steps', 'FFTs', 'elsewhere', 'before and after the steps'], rows);
}

async function compression(): Promise<string> {
  const rows: string[][] = [];
  for (const coils of [0, 6]) {
    const raw = await scene.raw({ ...ACQUISITION, coils: 16 });
    const start = performance.now();
    const scan = await withMaps(raw, coils);
    const maps = (performance.now() - start) / 1e3;
    const runs: Timing[] = [];
    for (let i = 0; i < repeat; i++) runs.push(await run(scan));
    const total = median(runs.map((r) => r.total));
    const label = coils === 0 ? '16 coils' : `16 coils as ${coils} virtual ones`;
    rows.push([label, runs[0].psnr.toFixed(2), runs[0].ssim.toFixed(4), `${maps.toFixed(1)} s`, `${total.toFixed(1)} s`]);
  }
  return markdown(['', 'PSNR dB', 'SSIM', 'compression and maps', 'run'], rows);
}

const parts: { readonly [name: string]: () => Promise<string> } = { shares, compression };
const found: { [name: string]: string } = {};
for (const part of values.part) {
  if (!(part in parts)) throw new Error(`no part '${part}': one of ${Object.keys(parts).join(', ')}`);
  found[part] = await parts[part]();
}
console.log(`\n${scene.name}, ${scene.truth.shape.join('×')}, ${steps} steps, ${workers} workers, medians of ${repeat}\n`);
for (const text of Object.values(found)) console.log(`${text}\n`);
if (values.json) await writeFile(values.json, JSON.stringify(found, null, 2));
