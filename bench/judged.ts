/**
 * Judged without truth, against the truth: for scans whose truth is known, what λ of total variation `--tune lambda` picks, what γ of DDS
 * `--tune gamma` picks (20 evaluations, from 5, the paper's), and what method `--method auto` picks, beside what the truth would pick.
 *
 *     npm run bench -- judged --data FOLDER [--part lambda --part gamma --part method] [--scan NAME …] [--workers 2] [--out out/judged]
 *
 * One slice of volumes of the data folder that no prior was trained on, in half their resolution, scanned as `simulate` does. dB below the
 * best by truth: of λ and γ among the picked one and the default, each times 1/8 … 8 in steps of 2; of the method among the candidates.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { createBackend, cropSlices, makeVolume, reconstruct, shapeOf, simulateCt, simulateMri, volumeData } from '../src/index.js';
import {
  scannedMagnitude,
  type CpuBackend,
  type Measurement,
  type ReconstructOptions,
  type SimulateCtOptions,
  type SimulateMriOptions,
  type Volume,
} from '../src/index.js';
import { placed, spacingOf } from '../core/placement.js';
import { readDev } from './support/dev-volumes.js';
import { markdown } from './support/numbers.js';
import { quality } from './support/quality.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    part: { type: 'string', multiple: true, default: ['lambda', 'gamma', 'method'] },
    scan: { type: 'string', multiple: true },
    workers: { type: 'string', default: `${availableParallelism()}` },
    out: { type: 'string', default: 'out/judged' },
  },
});
if (!values.data) throw new Error('the volumes are not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');

interface Scene {
  readonly name: string;
  readonly volume: string;
  readonly slice: number;
  readonly ct?: SimulateCtOptions;
  readonly mri?: SimulateMriOptions;
}

const [CHEST, HEAD, LEG] = ['cmb-crc-msb-01068_chest', 'philips_head-phantom', 'sts-039_limb'];
const [BRAIN, LIMB] = ['vs-seg-001_t1gd', 'sts-039_limb_t1'];
const SCENES: readonly Scene[] = [
  { name: 'chest, 40 views, 1e5 photons', volume: CHEST, slice: 36, ct: { views: 40, photons: 1e5 } },
  { name: 'chest, 60 views, 1e4 photons', volume: CHEST, slice: 60, ct: { views: 60, photons: 1e4 } },
  { name: 'chest, 120 views, 2e3 photons', volume: CHEST, slice: 44, ct: { views: 120, photons: 2e3 } },
  { name: 'head phantom, 40 views, 1e5 photons', volume: HEAD, slice: 56, ct: { views: 40, photons: 1e5 } },
  { name: 'head phantom, fan, 80 views, 1e4 photons', volume: HEAD, slice: 70, ct: { geometry: 'fan', views: 80, photons: 1e4 } },
  { name: 'limb, 40 views, 1e4 photons', volume: LEG, slice: 40, ct: { views: 40, photons: 1e4 } },
  { name: 'brain, lines ×3, SNR 30', volume: BRAIN, slice: 56, mri: { mask: 'random', accel: 3, snr: 30 } },
  { name: 'brain, Poisson ×4, SNR 30', volume: BRAIN, slice: 60, mri: { mask: 'poisson', accel: 4, snr: 30 } },
  { name: 'brain, Poisson ×3, SNR 10', volume: BRAIN, slice: 52, mri: { mask: 'poisson', accel: 3, snr: 10 } },
  { name: 'limb, lines ×2, SNR 30', volume: LIMB, slice: 38, mri: { mask: 'random', accel: 2, snr: 30 } },
  { name: 'limb, Poisson ×4, SNR 15', volume: LIMB, slice: 42, mri: { mask: 'poisson', accel: 4, snr: 15 } },
  { name: 'limb, Poisson ×3, SNR 60', volume: LIMB, slice: 46, mri: { mask: 'poisson', accel: 3, snr: 60 } },
];
const scenes = SCENES.filter(({ name }) => values.scan?.some((part) => name.includes(part)) ?? true);
const CANDIDATES = { ct: ['fbp', 'cgls', 'sirt', 'admm-tv', 'dds'], mri: ['zero-filled', 'sense', 'cs-wavelet', 'cs-tv', 'dds'] };

await mkdir(values.out, { recursive: true });
const tables: { [part: string]: string[][] } = { lambda: [], gamma: [], method: [] };
const tuned = (name: string): string[] => [
  ...['scan', `default ${name} dB`, `picked ${name} ÷ default`, 'picked dB', 'best by truth dB', 'below the best dB'],
];
const heads = {
  lambda: tuned('λ'),
  gamma: tuned('γ'),
  method: ['scan', 'picked', 'picked dB', 'best by truth', 'best dB', 'below the best dB'],
};
for (const scene of scenes) {
  const backend = createBackend({ workers: Number(values.workers) });
  const { scan, truth } = await scanned(scene, backend);
  const scored = (image: Volume): number => quality(image, truth).psnr;
  const tunedRow = (run: TunedRun) => optionRow(run, scan, scored, backend);
  if (values.part.includes('lambda')) {
    tables.lambda.push([scene.name, ...(await tunedRow({ option: 'lambda', own: { method: scene.ct ? 'admm-tv' : 'cs-tv' } }))]);
  }
  if (values.part.includes('gamma')) {
    const own = { method: 'dds', prior: scene.ct ? 'ct' : 'mri', seed: 1, methodOptions: { steps: 20, gamma: 5 } };
    tables.gamma.push([scene.name, ...(await tunedRow({ option: 'gamma', own }))]);
  }
  if (values.part.includes('method')) tables.method.push([scene.name, ...(await methodRow(scene, scan, scored, backend))]);
  for (const part of values.part) console.error(`${part}: ${tables[part].at(-1)!.join(' | ')}`);
  await backend.dispose();
}
for (const part of values.part as (keyof typeof heads)[]) {
  const text = markdown(heads[part], tables[part]);
  await writeFile(`${values.out}/${part}.md`, `${text}\n`);
  console.log(text);
}

async function scanned({ volume, slice, ct, mri }: Scene, backend: CpuBackend): Promise<{ scan: Measurement; truth: Volume }> {
  const half = halved(cropSlices(await readDev(values.data!, volume), slice, slice + 1));
  if (ct) return { scan: await simulateCt(half, { ...ct, seed: 1 }, backend), truth: half };
  const options = { ...mri!, coils: 6, seed: 1 };
  return { scan: await simulateMri(half, options), truth: scannedMagnitude(half, options) };
}

/** Means of 2 × 2 pixels; an odd row or column at the end is left out. */
function halved(volume: Volume): Volume {
  const [slices, rows, columns] = shapeOf(volume);
  const [h, w] = [Math.floor(rows / 2), Math.floor(columns / 2)];
  const from = volumeData(volume);
  const data = Float32Array.from({ length: slices * h * w }, (_, n) => {
    const [z, y, x] = [Math.floor(n / (h * w)), Math.floor(n / w) % h, n % w];
    const at = (z * rows + 2 * y) * columns + 2 * x;
    return (from[at] + from[at + 1] + from[at + columns] + from[at + columns + 1]) / 4;
  });
  const [sx, sy, sz] = spacingOf(volume, 'mm');
  const { placement, units, modality, meta } = volume;
  return makeVolume(data, [slices, h, w], { ...placed({ spacing: [2 * sx, 2 * sy, sz], ...placement }), units, modality, meta });
}

/** A run and the option of it that is tuned. */
interface TunedRun {
  readonly option: string;
  readonly own: Omit<ReconstructOptions, 'backend'>;
}

async function optionRow(
  { option, own }: TunedRun,
  scan: Measurement,
  scored: (image: Volume) => number,
  backend: CpuBackend,
): Promise<string[]> {
  const run = async (more: object, tune?: { options: string[] }): Promise<{ value: number; psnr: number }> => {
    const methodOptions = { ...own.methodOptions, ...more };
    const { volume, manifest } = await reconstruct(scan, { ...own, methodOptions, tune, backend }).result();
    return { value: (manifest.method.options as { [option: string]: number })[option], psnr: scored(volume) };
  };
  const usual = await run({});
  const picked = await run({}, { options: [option] });
  let best = Math.max(usual.psnr, picked.psnr);
  for (const from of [usual, picked]) {
    for (const direction of [2, 1 / 2]) {
      let before = from.psnr;
      for (let step = 1; step <= 3; step++) {
        const { psnr } = await run({ [option]: from.value * direction ** step });
        best = Math.max(best, psnr);
        if (psnr < before) break; // it has one peak
        before = psnr;
      }
    }
  }
  const ratio = (picked.value / usual.value).toPrecision(3);
  return [usual.psnr.toFixed(2), ratio, picked.psnr.toFixed(2), best.toFixed(2), (best - picked.psnr).toFixed(2)];
}

async function methodRow({ ct }: Scene, scan: Measurement, scored: (image: Volume) => number, backend: CpuBackend): Promise<string[]> {
  const auto = reconstruct(scan, { method: 'auto', methodOptions: { budget: 3600 }, seed: 1, backend });
  const { volume, manifest } = await auto.result();
  const picked = manifest.heldOut!.chosen![0].method.split(' ')[0];
  const psnr = scored(volume);
  const all: [string, number][] = [[picked, psnr]];
  for (const method of CANDIDATES[ct ? 'ct' : 'mri'].filter((name) => name !== picked)) {
    const own = method === 'dds' ? { prior: ct ? 'ct' : 'mri', seed: 1 } : {};
    const options = method === 'cgls' ? { methodOptions: { iterations: 20 } } : {};
    all.push([method, scored((await reconstruct(scan, { method, ...own, ...options, backend }).result()).volume)]);
  }
  const [best, most] = all.reduce((a, b) => (b[1] > a[1] ? b : a));
  return [picked, psnr.toFixed(2), best, most.toFixed(2), (most - psnr).toFixed(2)];
}
