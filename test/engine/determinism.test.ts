import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { checkpointFolder } from '../../core/platform/checkpoints.js';
import { sha256 } from '../../core/sha256.js';
import { createBackend, zoo } from '../../src/node.js';
import { Reconstruction, type ReconstructOptions } from '../../src/engine/reconstruct.js';
import type { Measurement } from '../../volumes/measurement.js';
import { volumeData } from '../../volumes/volume.js';
import { smallScan } from '../support/scans.js';

type Options = Omit<ReconstructOptions, 'backend'> & { workers?: number };

async function hash(scan: Measurement, { workers = 2, ...options }: Options): Promise<string> {
  const backend = createBackend({ workers });
  try {
    const { volume } = await new Reconstruction(scan, { zoo: zoo(), ...options, backend }).result();
    const data = volumeData(volume);
    return await sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  } finally {
    await backend.dispose();
  }
}

const methods: [string, Options][] = [
  ['DDS', { method: 'dds', prior: 'ct', seed: 3, methodOptions: { steps: 4 } }],
  ['DDS 2D', { method: 'dds', prior: 'ct', seed: 3, methodOptions: { steps: 3, mode: '2d' } }],
  ['DiffusionMBIR', { method: 'diffusion-mbir', prior: 'ct', seed: 3, methodOptions: { steps: 3 } }],
  ['ADMM-TV', { method: 'admm-tv', methodOptions: { iterations: 5 } }],
  ['SIRT', { method: 'sirt', methodOptions: { iterations: 5 } }],
];

for (const [name, options] of methods) {
  test(`${name}: the same bits with 1, 2 and 3 workers`, async (t) => {
    const { scan } = await smallScan(19);
    const one = await hash(scan, { ...options, workers: 1 });
    t.is(await hash(scan, { ...options, workers: 2 }), one);
    t.is(await hash(scan, { ...options, workers: 3 }), one);
  });
}

test('DDS: the same bits for network batches of 1 and 8, another seed gives another image', async (t) => {
  const { scan } = await smallScan(19);
  const options: Options = { method: 'dds', prior: 'ct', seed: 3, methodOptions: { steps: 3 } };
  const one = await hash(scan, { ...options, batch: 1 });
  t.is(await hash(scan, { ...options, batch: 8 }), one);
  t.not(await hash(scan, { ...options, seed: 4 }), one);
});

for (const [name, options] of [methods[0], methods[2], methods[3]]) {
  test(`${name}: stopped in the middle and resumed gives the bits of an uninterrupted run`, async (t) => {
    const { scan } = await smallScan(5);
    const folder = await mkdtemp(join(tmpdir(), 'slicewise-'));
    const backend = createBackend({ workers: 1 });
    const abort = new AbortController();
    const checkpoint = checkpointFolder(folder);
    const run = new Reconstruction(scan, {
      zoo: zoo(),
      ...options,
      backend,
      checkpoint,
      checkpointSeconds: 0,
      signal: abort.signal,
    });
    const failure = await t.throwsAsync(async () => {
      for await (const step of run) if (step.step === 2) abort.abort();
    });
    t.is((failure as { code?: string }).code, 'ABORTED');
    await backend.dispose();
    t.true((await readdir(folder)).includes('step-000-000002'));
    const resumed = await hash(scan, { ...options, checkpoint, resume: true });
    t.is(resumed, await hash(scan, options));
    await rm(folder, { recursive: true });
  });
}

test('a checkpoint of another run is refused and the difference named', async (t) => {
  const { scan } = await smallScan(5);
  const folder = await mkdtemp(join(tmpdir(), 'slicewise-'));
  const checkpoint = checkpointFolder(folder);
  const options: Options = {
    method: 'dds',
    prior: 'ct',
    seed: 3,
    methodOptions: { steps: 2 },
    checkpoint,
    checkpointSeconds: 0,
  };
  await hash(scan, options);
  const error = await t.throwsAsync(hash(scan, { ...options, seed: 4, resume: true }));
  t.regex(error?.message ?? '', /'seed' differs/);
  const other = { ...scan, data: scan.data.map((v) => v + 1e-3) };
  t.regex((await t.throwsAsync(hash(other, { ...options, resume: true })))?.message ?? '', /'scan' differs/);
  await rm(folder, { recursive: true });
});

test('samples: mean of the seeds, and their standard deviation', async (t) => {
  const { scan } = await smallScan(2);
  const backend = createBackend({ workers: 1 });
  const options = { method: 'dds', prior: 'ct', zoo: zoo(), backend, methodOptions: { steps: 2 } };
  const both = await new Reconstruction(scan, { ...options, seed: 5, samples: 2 }).result();
  const single = async (seed: number) => volumeData((await new Reconstruction(scan, { ...options, seed }).result()).volume);
  const [a, b] = [await single(5), await single(6)];
  const mean = volumeData(both.volume);
  const std = volumeData(both.std!);
  let worst = 0;
  for (let i = 0; i < mean.length; i++) {
    worst = Math.max(worst, Math.abs(mean[i] - (a[i] + b[i]) / 2), Math.abs(std[i] - Math.abs(a[i] - b[i]) / Math.SQRT2));
  }
  t.true(worst < 0.02, `${worst} HU`); // float32 of 1000 HU
  await backend.dispose();
});
