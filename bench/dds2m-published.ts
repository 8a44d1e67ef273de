/**
 * `dds2m --compat published` against the same algorithm in PyTorch (bench/peers/dds2m_torch.py): same weights, maps, noise and schedule.
 * The estimates are compared with the truth, losses and times of the steps with each other; `dds2m` without `--compat` and `lowrank` stand
 * beside.
 *
 *     npm run bench -- dds2m-published --python PYTHON [--cube dev] [--task den50] [--crop 48] [--bands 31] [--rank 10] [--scales 6]
 *         [--steps 2000] [--seeds 0] [--timed N] [--json FILE]
 *
 * The crop is of the first lines and samples, the bands are spread evenly over those of the cube. PYTHON has torch. `--timed`: the first
 * so many steps of both, and no figures. SLICEWISE_DATA names the data folder.
 */
import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { isSlicewiseError } from '../core/errors.js';
import { initialParameters } from '../models/fit/initial.js';
import { compareSpectra } from '../src/metrics/spectral.js';
import { publishedProblem } from '../src/modalities/spectral/dds2m/published/method.js';
import { networkSides, PUBLISHED_SHAPE, type PublishedShape } from '../src/modalities/spectral/dds2m/published/network.js';
import {
  definePublished,
  drawn,
  LEARNING_RATE,
  PUBLISHED,
  publishedSample,
  type Given,
} from '../src/modalities/spectral/dds2m/published/sample.js';
import { simulateSpectral } from '../src/modalities/spectral/simulation/simulate.js';
import { createBackend, reconstruct } from '../src/index.js';
import { makeVolume, type Volume } from '../volumes/volume.js';
import { markdown, median } from './support/numbers.js';
import { readCube, SPECTRAL_TASKS } from './support/spectral-cubes.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: process.env.PYTHON ?? 'python3' },
    cube: { type: 'string', default: 'dev' },
    task: { type: 'string', default: 'den50' },
    crop: { type: 'string', default: '48' },
    bands: { type: 'string', default: '31' },
    rank: { type: 'string', default: '10' },
    scales: { type: 'string', default: '6' },
    steps: { type: 'string' },
    seeds: { type: 'string', default: '0' },
    timed: { type: 'string' },
    json: { type: 'string' },
  },
});
const data = process.env.SLICEWISE_DATA;
if (!data) throw new Error('SLICEWISE_DATA names the data folder');
const root = new URL(import.meta.url.includes('/dist/') ? '../../' : '../', import.meta.url);
const peer = fileURLToPath(new URL('bench/peers/dds2m_torch.py', root));
const timed = values.timed === undefined ? undefined : Number(values.timed);

const scales = Number(values.scales);
const shape: PublishedShape = {
  ...PUBLISHED_SHAPE,
  rank: Number(values.rank),
  channels: PUBLISHED_SHAPE.channels.slice(0, scales),
  kernels: PUBLISHED_SHAPE.kernels.slice(0, scales),
  skips: PUBLISHED_SHAPE.skips.slice(0, scales),
};

/** The first lines and samples of some bands. */
function cropped({ data: all, shape: [bands, lines, samples], axes, modality }: Volume, side: number, count: number): Volume {
  const [h, w] = [Math.min(side, lines), Math.min(side, samples)];
  const chosen = Array.from({ length: Math.min(count, bands) }, (_, n) => Math.floor((n * bands) / Math.min(count, bands)));
  const out = new Float32Array(chosen.length * h * w);
  chosen.forEach((b, n) => {
    for (let y = 0; y < h; y++) {
      const from = (b * lines + y) * samples;
      out.set(all.subarray(from, from + w), (n * h + y) * w);
    }
  });
  const band = { name: 'band', unit: '', first: 1, step: 1 };
  return makeVolume(out, [chosen.length, h, w], { axes: [band, axes[1], axes[2]], modality });
}

const cube = cropped(await readCube(data, values.cube), Number(values.crop), Number(values.bands));
const settings = PUBLISHED[SPECTRAL_TASKS[values.task].missing ? 'completion' : 'denoising'];
const steps = Number(values.steps ?? settings.steps);
const half = Math.floor(steps / 2);
const bytes = (array: Float32Array): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const cpu = (): number => ((used) => (used.user + used.system) / 1e6)(process.cpuUsage());
const told = (image: Float32Array): string => {
  const { mpsnr, sam } = compareSpectra({ ...cube, data: image }, cube);
  return `${mpsnr?.toFixed(2)} dB ${sam?.toFixed(2)}°`;
};

const rows: string[][] = [];
for (const seed of values.seeds.split(',').map(Number)) {
  const scan = simulateSpectral(cube, { ...SPECTRAL_TASKS[values.task], seed });
  const { problem, inUnits } = publishedProblem(scan);
  const { graph } = definePublished(problem.size, shape);
  const zeros = (): Float32Array => new Float32Array(graph.size);
  const parameters = initialParameters(graph.parameters, graph.size, seed);
  const given: Given = { ...drawn(problem, shape, seed), state: { step: 0, parameters, mean: zeros(), square: zeros() } };
  const folder = await mkdtemp(join(tmpdir(), 'slicewise-dds2m-'));
  try {
    const arrays = { y: problem.measured, mask: scan.arrays!.mask.data, sigma: problem.noise, map: given.map, spectrum: given.spectrum };
    for (const [name, array] of Object.entries({ ...arrays, parameters })) await writeFile(join(folder, `${name}.f32`), bytes(array));
    const noise = join(folder, 'noise.f32');
    for (const step of ['start' as const, ...Array.from({ length: half + 1 }, (_, n) => half + 1 - n)]) {
      await appendFile(noise, bytes(Float32Array.from(given.noise(step))));
    }
    const run = join(folder, 'run.json');
    const sides = networkSides(problem.size.slice(1), shape);
    const settingsOfRun = { folder, size: problem.size, sides, shape, steps, eta: settings.eta, rate: LEARNING_RATE, threads: 1, timed };
    await writeFile(run, JSON.stringify(settingsOfRun));
    const theirs = async (): Promise<{ losses: number[]; seconds: number[] }> => {
      const { stdout } = await promisify(execFile)(values.python, [peer, run], { maxBuffer: 1 << 26 });
      return JSON.parse(stdout) as { losses: number[]; seconds: number[] };
    };
    const backend = createBackend({ workers: 1 });
    const ours = async (): Promise<{ losses: number[]; seconds: number[]; image?: Float32Array }> => {
      const found = { losses: [] as number[], seconds: [] as number[] };
      const stop = new AbortController();
      let before = cpu();
      const onStep = (step: number, of: number, loss: number): void => {
        found.losses.push(loss);
        found.seconds.push(cpu() - before);
        if (step % 100 === 0) console.error(`${values.task}, seed ${seed}: step ${step} of ${of}, loss ${loss.toPrecision(4)}`);
        if (step === timed) stop.abort();
        before = cpu();
      };
      try {
        const options = { steps, eta: settings.eta, backend, seed, shape, given, onStep, signal: stop.signal };
        return { ...found, image: await publishedSample(problem, options) };
      } catch (error) {
        if (isSlicewiseError(error) && error.code === 'ABORTED') return found;
        throw error;
      }
    };
    const [a, b] = [await ours(), await theirs()];
    const first = Math.max(...b.losses.slice(0, 20).map((loss, n) => Math.abs(a.losses[n] / loss - 1)));
    const time = [a, b].map(({ seconds }) => median(seconds.slice(1)));
    const row = [String(seed), first.toExponential(1), ...time.map((s) => `${s.toFixed(3)} s`), (time[0] / time[1]).toFixed(2)];
    if (a.image) {
      const file = await readFile(join(folder, 'torch.f32'));
      const peers = new Float32Array(file.buffer, file.byteOffset, file.length / 4);
      row.push(told(inUnits(a.image)), told(inUnits(peers)), `${a.losses.at(-1)?.toPrecision(4)} ${b.losses.at(-1)?.toPrecision(4)}`);
      for (const method of ['lowrank', 'dds2m']) {
        const { volume } = await reconstruct(scan, { method, seed, backend }).result();
        row.push(told(volume.data));
      }
    }
    await backend.dispose();
    console.error(row.join(' | '));
    rows.push(row);
    if (values.json) await appendFile(values.json, `${JSON.stringify(row)}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
const head = ['seed', 'first 20 losses', 'step', 'PyTorch', 'ratio', 'published', 'PyTorch', 'last losses', 'lowrank', 'dds2m'];
console.log(markdown(head.slice(0, rows[0].length), rows));
