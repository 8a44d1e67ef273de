/**
 * A whole DDS run against the same algorithm in PyTorch (bench/peers/dds_torch.py): same weights, scan, schedule, steps and threads; its
 * operator is a sparse matrix. Runs of both alternate; their images are compared with the truth.
 *
 *     npm run bench -- dds-torch --python PYTHON [--data FOLDER] [--views 20] [--steps 20] [--threads 2] [--repeat 3] [--json FILE]
 *
 * PYTHON has torch, scipy and onnx. Times are of the reconstruction alone: programs started, weights loaded, measurement read.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { compareVolumes, createBackend, reconstruct } from '../src/index.js';
import { makeVolume } from '../volumes/volume.js';
import { markdown, median } from './support/numbers.js';
import { directionOf, spacingOf } from '../core/placement.js';
import { chestOrPhantom } from './support/scene.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: process.env.PYTHON ?? 'python3' },
    data: { type: 'string' },
    views: { type: 'string', default: '20' },
    steps: { type: 'string', default: '20' },
    threads: { type: 'string', default: '2' },
    repeat: { type: 'string', default: '3' },
    'channels-last': { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const [views, steps, threads, repeat] = [values.views, values.steps, values.threads, values.repeat].map(Number);
const root = new URL(import.meta.url.includes('/dist/') ? '../../' : '../', import.meta.url);
const path = (name: string): string => fileURLToPath(new URL(name, root));

const scene = await chestOrPhantom(values.data);
const folder = await mkdtemp(join(tmpdir(), 'slicewise-torch-'));
const ours: number[] = [];
const theirs: { total: number; steps: number }[] = [];
const quality: { ours: number; theirs: number }[] = [];
try {
  const simulator = createBackend({ workers: 1 });
  const scan = await scene.scan({ views, photons: 1e5, seed: 1 }, simulator);
  await simulator.dispose();
  const { grid, geometry } = scan;
  await writeFile(join(folder, 'data.f32'), new Uint8Array(scan.data.buffer, scan.data.byteOffset, scan.data.byteLength));
  for (let k = 0; k < repeat; k++) {
    const backend = createBackend({ workers: threads });
    const { volume, manifest } = await reconstruct(scan, {
      method: 'dds',
      prior: 'ct',
      seed: k,
      methodOptions: { steps },
      backend,
    }).result();
    await backend.dispose();
    ours.push(manifest.timings.totalSeconds);

    const file = join(folder, 'run.json');
    const out = join(folder, 'out.f32');
    const options = { sigmaMax: 1, sigmaMin: 0.02, ...manifest.method.options, channelsLast: values['channels-last'] };
    const run = {
      ...geometry,
      data: join(folder, 'data.f32'),
      shape: grid.shape,
      spacing: spacingOf(grid),
      signs: [directionOf(grid)[0], directionOf(grid)[4]],
      muWater: scan.meta.muWater,
      onnx: path('models/zoo/ct.onnx'),
      options,
      threads,
      seed: k,
      repeat: 1,
      out,
    };
    await writeFile(file, JSON.stringify(run));
    const { stdout } = await promisify(execFile)(values.python, [path('bench/peers/dds_torch.py'), file]);
    const { seconds } = JSON.parse(stdout) as { seconds: { total: number; steps: number }[] };
    theirs.push(seconds[0]);
    const bytes = await readFile(out);
    const image = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4).slice();
    const psnr = (v: typeof volume): number => compareVolumes(v, scene.truth, { planes: [] }).psnr!;
    quality.push({ ours: psnr(volume), theirs: psnr(makeVolume(image, grid.shape, { ...volume })) });
    console.error(`run ${k + 1}: ${ours[k].toFixed(1)} s, PyTorch ${theirs[k].total.toFixed(1)} s, ${JSON.stringify(quality[k])}`);
  }
} finally {
  await rm(folder, { recursive: true });
}

const [a, b] = [median(ours), median(theirs.map((t) => t.total))];
const [qa, qb] = [median(quality.map((q) => q.ours)), median(quality.map((q) => q.theirs))];
console.log(`\n${scene.name}, ${views} views, ${steps} steps, ${threads} threads, medians of ${repeat}\n`);
console.log(
  markdown(
    ['', 'run', 'PSNR'],
    [
      ['slicewise', `${a.toFixed(1)} s`, `${qa.toFixed(2)} dB`],
      ['PyTorch, sparse matrix', `${b.toFixed(1)} s`, `${qb.toFixed(2)} dB`],
      ['ratio, difference', (a / b).toFixed(2), `${(qa - qb).toFixed(2)} dB`],
    ],
  ),
);
if (values.json) await writeFile(values.json, JSON.stringify({ ours, theirs, quality }, null, 2));
