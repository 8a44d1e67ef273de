/**
 * A whole DDS run against DDS in PyTorch (bench/peers/dds_torch.py): same scan and threads; its operator is a sparse matrix, its weights
 * those of `--peer-prior`. Runs of both alternate; their images are compared with the truth.
 *
 *     npm run bench -- dds-torch --python PYTHON [--data FOLDER] [--slices 30-45] [--views 20] [--prior ct] [--steps 20] [--order 2]
 *         [--set '{"eta": 1}'] [--peer-prior ct] [--peer-steps 20] [--peer-order 2] [--fastest] [--threads 2] [--repeat 3] [--json FILE]
 *
 * Without more options the algorithm is the same on both sides. A guided prior of ours against today's unguided one to the same dB:
 * `--prior ct-guided --steps 10 --peer-prior ct --peer-steps 40 --peer-order 1`. `--fastest`: PyTorch denoises in the fastest of float32,
 * bfloat16 and compiled bfloat16 (channels last), which it tries first. PYTHON has torch and scipy. Times are of the reconstruction alone:
 * programs started, weights loaded and compiled, measurement read; ours hold the loading of weights. CPU seconds are of all threads.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { directionOf, spacingOf } from '../core/placement.js';
import { createBackend, reconstruct, type Volume } from '../src/index.js';
import { dds, type DdsOptions } from '../src/solvers/dds.js';
import { makeVolume } from '../volumes/volume.js';
import { CHEST } from './support/dev-volumes.js';
import { markdown, median } from './support/numbers.js';
import { priorNote, priorOf } from './support/priors.js';
import { PythonPeer } from './support/python.js';
import { quality } from './support/quality.js';
import { chestOrPhantom, devScene } from './support/scene.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: process.env.PYTHON ?? 'python3' },
    data: { type: 'string' },
    slices: { type: 'string' },
    views: { type: 'string', default: '20' },
    prior: { type: 'string', default: 'ct' },
    steps: { type: 'string', default: '20' },
    order: { type: 'string' },
    set: { type: 'string', default: '{}' },
    'peer-prior': { type: 'string', default: 'ct' },
    'peer-steps': { type: 'string' },
    'peer-order': { type: 'string' },
    fastest: { type: 'boolean', default: false },
    threads: { type: 'string', default: '2' },
    repeat: { type: 'string', default: '3' },
    json: { type: 'string' },
  },
});
const [views, steps, threads, repeat] = [values.views, values.steps, values.threads, values.repeat].map(Number);
const root = new URL(import.meta.url.includes('/dist/') ? '../../' : '../', import.meta.url);
const path = (name: string): string => fileURLToPath(new URL(name, root));

interface Run {
  readonly seconds: number;
  readonly cpu: number;
  readonly psnr: number;
}

/** What the peer says of a run. */
interface PeerSeconds {
  readonly total: number;
  readonly cpu: number;
  readonly denoising: number;
  readonly denoisingCpu: number;
}

const slices = values.slices?.split('-').map(Number) as [number, number] | undefined;
const scene = await (values.data && slices ? devScene(values.data, CHEST, slices) : chestOrPhantom(values.data));
const priors = await Promise.all([values.prior, values['peer-prior']].map(priorOf));
const simulator = createBackend({ workers: 1 });
const scan = await scene.scan({ views, photons: 1e5, seed: 1 }, simulator);
await simulator.dispose();
const { grid, geometry } = scan;
const folder = await mkdtemp(join(tmpdir(), 'slicewise-torch-'));
const peer = new PythonPeer(values.python, path('bench/peers/dds_torch.py'), threads);
const [ours, theirs]: [Run[], (Run & PeerSeconds)[]] = [[], []];
let mode: { mode: string; modes: Record<string, number>; torch: string };
try {
  await writeFile(join(folder, 'data.f32'), new Uint8Array(scan.data.buffer, scan.data.byteOffset, scan.data.byteLength));
  const onnx = path(`models/zoo/${values['peer-prior']}.onnx`);
  mode = await peer.ask({ op: 'open', onnx, threads, shape: grid.shape, fastest: values.fastest });
  console.error(JSON.stringify(mode));
  for (let seed = 0; seed < repeat; seed++) {
    ours.push(await run(seed));
    theirs.push(await runOfPeer(seed));
    console.error(`run ${seed + 1}: ${JSON.stringify(ours[seed])}, PyTorch ${JSON.stringify(theirs[seed])}`);
  }
} finally {
  peer.close();
  await rm(folder, { recursive: true });
}

const middle = <T>(runs: readonly T[], pick: (run: T) => number): number => median(runs.map(pick));
const line = (name: string, runs: readonly Run[]): string[] => [
  name,
  middle(runs, ({ seconds }) => seconds).toFixed(1),
  middle(runs, ({ cpu }) => cpu).toFixed(1),
  middle(runs, ({ psnr }) => psnr).toFixed(2),
];
const over = (pick: (run: Run) => number, peers: (run: Run & PeerSeconds) => number): string =>
  (middle(ours, pick) / middle(theirs, peers)).toFixed(2);
const denoising = middle(theirs, ({ denoising }) => denoising).toFixed(1);
const denoisingCpu = middle(theirs, ({ denoisingCpu }) => denoisingCpu).toFixed(1);
console.log(`\n${scene.name}, ${views} views, ${threads} threads, medians of ${repeat}; PyTorch ${mode.torch} in ${mode.mode}\n`);
console.log(
  markdown(
    ['', 'seconds', 'CPU s', 'PSNR dB'],
    [
      line(`slicewise, ${values.prior}, ${values.steps} evaluations`, ours),
      line(`PyTorch, sparse matrix, ${values['peer-prior']}, ${peerOptions().steps} evaluations`, theirs),
      ['of that denoising alone', denoising, denoisingCpu, ''],
      [
        'ratio',
        over(
          ({ seconds }) => seconds,
          ({ total }) => total,
        ),
        over(
          ({ cpu }) => cpu,
          ({ cpu }) => cpu,
        ),
        '',
      ],
      [
        'ratio to its denoising alone',
        over(
          ({ seconds }) => seconds,
          (peer) => peer.denoising,
        ),
        over(
          ({ cpu }) => cpu,
          (peer) => peer.denoisingCpu,
        ),
        '',
      ],
    ],
  ),
);
console.log(`\n${priorNote(priors)}`);
if (values.json) await writeFile(values.json, JSON.stringify({ ours, theirs, mode }, null, 2));

async function run(seed: number): Promise<Run> {
  const backend = createBackend({ workers: threads });
  const before = process.cpuUsage();
  const order = values.order === undefined ? {} : { order: Number(values.order) };
  const methodOptions = { steps, ...order, ...(JSON.parse(values.set) as object) };
  const { volume, manifest } = await reconstruct(scan, { method: 'dds', prior: priors[0], seed, methodOptions, backend }).result();
  const { user, system } = process.cpuUsage(before);
  await backend.dispose();
  return { seconds: manifest.timings.totalSeconds, cpu: (user + system) / 1e6, psnr: psnrOf(volume) };
}

/** Those of our DDS from noise, by its defaults on such scans. */
function peerOptions(): DdsOptions {
  const order = Number(values['peer-order'] ?? values.order ?? 2);
  const options = dds.options({ steps: Number(values['peer-steps'] ?? steps), order });
  return { ...options, sigmaMax: 0.5, sigmaMin: 0.02 };
}

async function runOfPeer(seed: number): Promise<Run & PeerSeconds> {
  const out = join(folder, 'out.f32');
  const told = await peer.ask<PeerSeconds>({
    op: 'run',
    ...geometry,
    data: join(folder, 'data.f32'),
    shape: grid.shape,
    spacing: spacingOf(grid),
    signs: [directionOf(grid)[0], directionOf(grid)[4]],
    muWater: scan.meta.muWater,
    options: peerOptions(),
    seed,
    out,
  });
  const bytes = await readFile(out);
  const image = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4).slice();
  return { seconds: told.total, ...told, psnr: psnrOf(makeVolume(image, grid.shape, { ...scene.truth })) };
}

function psnrOf(volume: Volume): number {
  return quality(volume, scene.truth).psnr;
}
