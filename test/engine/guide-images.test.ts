import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { functionPrior, type GuideSpec } from '../../models/index.js';
import { guideImages, makeVolume, placed, reconstruct, simulateCt, type Measurement, type SimulateCtOptions } from '../../src/index.js';
import { createBackend } from '../../src/node.js';
import { mrScan } from '../support/mr-scans.js';
import { smallScan } from '../support/scans.js';

const guide: GuideSpec = { kind: 'cgls', options: { iterations: 4 }, planes: 1 };
const HU = { unit: 'HU', low: -1000, high: 1000 };

/** What a run shows its prior. */
async function shownInRun(scan: Measurement, range = HU): Promise<Float32Array> {
  let shown = new Float32Array();
  const prior = functionPrior({
    ...{ name: 'shown', range, sigma: [0.01, 2] as const, scope: 'volume' as const, guide },
    denoise(images, _, __, { guide: [plane] }) {
      shown = plane.slice();
      return images;
    },
  });
  const backend = createBackend({ workers: 2 });
  await reconstruct(scan, { method: 'dds', prior, methodOptions: { steps: 1, phase: 'none' }, backend }).result();
  await backend.dispose();
  return shown;
}

const sameAsInRun = test.macro(async (t: ExecutionContext, make: () => Promise<Measurement>, range?: typeof HU) => {
  const scan = await make();
  const backend = createBackend({ workers: 1 });
  const {
    planes: [plane],
  } = await guideImages(scan, guide, { backend, range });
  const { current } = backend.memory();
  await guideImages(scan, guide, { backend, range });
  t.is(backend.memory().current, current, 'everything is given back');
  await backend.dispose();
  t.true(plane.some((v) => v !== 0));
  t.deepEqual(plane, await shownInRun(scan, range));
});

test('what trainers of CT priors are given is what a run shows, bit for bit', sameAsInRun, async () => (await smallScan(3, 16, 8)).scan);
test(
  'and of MR priors, complex, of the completed scan',
  sameAsInRun,
  async () => (await mrScan({ coils: 3, mask: 'random', accel: 2, acs: 16, seed: 1 })).scan,
  { unit: 'arbitrary', low: 0, high: 1 },
);

test('data without such a guide, and options that it has not, are refused', async (t) => {
  const { scan } = await smallScan(2, 16, 6);
  const backend = createBackend({ workers: 1 });
  await t.throwsAsync(guideImages(scan, { ...guide, kind: 'slopes' }, { backend }), { code: 'MODEL', message: /have: cgls/ });
  await t.throwsAsync(guideImages(scan, { ...guide, options: { rounds: 1 } }, { backend }), { code: 'MODEL', message: /rounds/ });
  await backend.dispose();
});

/** Scans of a shard of training samples, as models/training/guided/pool.py writes it. */
const scans: readonly { spacing: number; simulate: SimulateCtOptions; misfit: { detectorOffset?: number }; guide: GuideSpec }[] = [
  { spacing: 2, simulate: { views: 9, photons: 1e5, seed: 3 }, misfit: {}, guide },
  {
    spacing: 3,
    simulate: { geometry: 'fan', views: 7, arc: 200, noiseStd: 0.01, seed: 4 },
    misfit: { detectorOffset: 1.5 },
    guide: { ...guide, options: { iterations: 2 } },
  },
];
const shard = { modality: 'CT', images: 2, channels: 1, size: [24, 24], quantum: 1 / 8000, range: HU, scans };

/** A disc in 2 slices. */
const disc = Int16Array.from({ length: 2 * 24 * 24 }, (_, i) => {
  const [x, y] = [(i % 24) - 11, (Math.floor(i / 24) % 24) - 12];
  return x * x + y * y < 60 ? 4000 + 900 * Math.floor(i / 576) : 0;
});

/** Guides that the tool makes of a shard, int16. */
async function guidesOf(t: ExecutionContext, name: string, shard: object, clean: Int16Array): Promise<Int16Array> {
  const folder = await mkdtemp(join(tmpdir(), 'slicewise-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, `${name}.json`), JSON.stringify(shard));
  await writeFile(join(folder, `${name}.clean.i16`), clean);
  await promisify(execFile)(process.execPath, ['models/training/guided/scans.mjs', join(folder, `${name}.json`)]);
  const bytes = await readFile(join(folder, `${name}.guides.i16`));
  return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
}

test('guides of a training shard are those of its scans, misplaced detectors too, rounded; again they are the same bits', async (t) => {
  const made = (name: string) => guidesOf(t, name, shard, disc);
  const first = await made('a');
  t.deepEqual(await made('b'), first);
  const backend = createBackend({ workers: 2 });
  for (const [n, { spacing, simulate, misfit, guide: spec }] of scans.entries()) {
    const hu = Float32Array.from(disc, (v) => -1000 + 2000 * v * shard.quantum);
    const volume = makeVolume(hu, [2, 24, 24], { ...placed({ spacing: [spacing, spacing, spacing] }), units: 'HU', modality: 'CT' });
    const scan = await simulateCt(volume, simulate, backend);
    const { detectorOffset } = scan.geometry as { detectorOffset: number };
    const moved = { ...scan, geometry: { ...scan.geometry, detectorOffset: detectorOffset + (misfit.detectorOffset ?? 0) } };
    const {
      planes: [plane],
    } = await guideImages(moved, spec, { backend });
    const wanted = Int16Array.from(plane, (v) => Math.round(v / shard.quantum));
    t.deepEqual(first.slice(n * disc.length, (n + 1) * disc.length), wanted);
  }
  await backend.dispose();
});

test('guides of complex slices have their phase and scale: fully sampled they are the slices, with wrong maps they are not', async (t) => {
  const pixels = 24 * 24;
  const complex = Int16Array.from({ length: 4 * pixels }, (_, i) => {
    const [slice, channel, at] = [Math.floor(i / (2 * pixels)), Math.floor(i / pixels) % 2, i % pixels];
    const [x, y] = [(at % 24) - 11, Math.floor(at / 24) - 12];
    const phase = 0.9 * slice + 0.05 * x;
    return Math.round(8000 * Math.exp(-(x * x + 2 * y * y) / 50) * (channel === 0 ? Math.cos(phase) : Math.sin(phase)));
  });
  const simulate = { coils: 3, withMaps: true, phase: 'none', seed: 2 };
  const spec: GuideSpec = { kind: 'cgls', options: { iterations: 8 }, planes: 1 };
  const waves = Array.from({ length: 3 }, (_, coil) => [[0.2, 0.1 * coil, 0.5, -0.5, 1]]);
  const drawn = (misfit: object) => ({ spacing: 2, simulate, misfit, guide: spec });
  const told = { modality: 'MR', images: 2, channels: 2, size: [24, 24], quantum: 1 / 8000, range: { unit: 'arbitrary', low: 0, high: 1 } };
  const guides = await guidesOf(t, 'mr', { ...told, scans: [drawn({}), drawn({ maps: waves })] }, complex);
  const error = (n: number): number => {
    const own = guides.slice(n * complex.length, (n + 1) * complex.length);
    const off = own.reduce((sum, v, i) => sum + (v - complex[i]) ** 2, 0);
    return Math.sqrt(off / complex.reduce((sum, v) => sum + v ** 2, 0));
  };
  t.true(error(0) < 0.01, `${error(0)}`);
  t.true(error(1) > 0.03, `${error(1)}`);
});
