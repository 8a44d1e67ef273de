import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { checkpointFolder } from '../../core/platform/checkpoints.js';
import { functionPrior, type GuideSpec, type Prior } from '../../models/index.js';
import { Reconstruction, type ReconstructOptions } from '../../src/engine/reconstruct.js';
import { createBackend } from '../../src/node.js';
import type { Measurement } from '../../volumes/measurement.js';
import { volumeData, type Volume } from '../../volumes/volume.js';
import { relativeError } from '../support/dense.js';
import { mrScan } from '../support/mr-scans.js';
import { smallScan } from '../support/scans.js';

const CGLS: GuideSpec = { kind: 'cgls', options: { iterations: 5 }, planes: 1, start: { plane: 0, noise: true } };
const HU = { unit: 'HU', low: -1000, high: 1000 };

/** Draws x to what it is shown, the more the larger the noise; keeps what it was shown. */
function guidedPrior(guide: GuideSpec = CGLS, range = HU): { prior: Prior; shown: Float32Array[] } {
  const shown: Float32Array[] = [];
  const prior = functionPrior({
    ...{ name: 'shown', range, sigma: [0.01, 2] as const, scope: 'volume' as const, guide },
    denoise(images, _, sigma, { guide: planes }) {
      shown.push(planes[0].slice());
      const weight = sigma ** 2 / (sigma ** 2 + 0.01);
      return images.map((v, i) => v + weight * (planes[0][i] - v));
    },
  });
  return { prior, shown };
}

async function run(scan: Measurement, options: object, workers = 1) {
  const backend = createBackend({ workers });
  try {
    return await new Reconstruction(scan as never, { method: 'dds', ...options, backend } as ReconstructOptions).result();
  } finally {
    await backend.dispose();
  }
}

test('CT: a prior is shown CGLS of the scan, in its own range, the same in every step and sample', async (t) => {
  const { scan } = await smallScan(3, 16, 8);
  const { prior, shown } = guidedPrior();
  const stages: string[] = [];
  const progress = (stage: string, done: number, total: number): void => void stages.push(`${stage} ${done}/${total}`);
  const { manifest } = await run(scan, { prior, progress, samples: 2, methodOptions: { steps: 3 } });
  t.is(shown.length, 6);
  const { volume } = await run(scan, { method: 'cgls', methodOptions: { iterations: 5 } });
  const wanted = volumeData(volume).map((hu) => (hu + 1000) / 2000);
  for (const plane of shown) t.true(relativeError(plane, wanted) < 1e-5, `${relativeError(plane, wanted)}`);
  const made = stages.filter((stage) => stage.startsWith('guide'));
  t.deepEqual(made, ['guide 0/5', 'guide 1/5', 'guide 2/5', 'guide 3/5', 'guide 4/5', 'guide 5/5'], 'made once');
  t.like(manifest.prior, { name: 'shown', guide: CGLS as never });
  t.true(manifest.timings.guideSeconds > 0 && manifest.timings.guideSeconds < manifest.timings.totalSeconds);
});

test('MR: a prior is shown CG-SENSE of the completed scan, complex', async (t) => {
  const { scan } = await mrScan({ coils: 4, mask: 'random', accel: 2, acs: 16, seed: 1 });
  const { prior, shown } = guidedPrior(CGLS, { unit: 'arbitrary', low: 0, high: 1 });
  const { manifest } = await run(scan, { prior, methodOptions: { steps: 2 } });
  const { volume } = await run(scan, { method: 'sense', methodOptions: { iterations: 5, lambda: 0 } });
  const { scale } = manifest.dataRange!;
  const magnitude = volumeData(volume).map((_, i) => Math.hypot(shown[0][2 * i], shown[0][2 * i + 1]) * scale);
  t.true(relativeError(magnitude, volumeData(volume)) < 1e-4, `${relativeError(magnitude, volumeData(volume))}`);
});

test('MR: or the image of CS-wavelet, with seed 0 and not held to the support', async (t) => {
  const { scan } = await mrScan({ coils: 4, mask: 'random', accel: 2, acs: 16, seed: 1 });
  const guide: GuideSpec = { kind: 'cs-wavelet', options: { iterations: 6 }, planes: 1 };
  const { prior, shown } = guidedPrior(guide, { unit: 'arbitrary', low: 0, high: 1 });
  const { manifest } = await run(scan, { prior, methodOptions: { steps: 2 } });
  const { volume } = await run(scan, { method: 'cs-wavelet', seed: 0, unmeasured: 'prior', methodOptions: { iterations: 6 } });
  const { scale } = manifest.dataRange!;
  const magnitude = volumeData(volume).map((_, i) => Math.hypot(shown[0][2 * i], shown[0][2 * i + 1]) * scale);
  t.true(relativeError(magnitude, volumeData(volume)) < 1e-4, `${relativeError(magnitude, volumeData(volume))}`);
});

test('the classical image that runs of k-space start from is that of CS-wavelet', async (t) => {
  const { scan } = await mrScan({ coils: 4, mask: 'random', accel: 2, acs: 16, seed: 1 });
  const { prior } = guidedPrior(CGLS, { unit: 'arbitrary', low: 0, high: 1 });
  const backend = createBackend({ workers: 1 });
  const methodOptions = { steps: 1, start: 'classical', sigmaMax: 0.5 };
  const starts: Volume[] = [];
  for await (const step of new Reconstruction(scan, { method: 'dds', prior, methodOptions, backend })) {
    if (step.phase === 'start' && step.step === step.steps) starts.push(await step.estimate());
  }
  await backend.dispose();
  const { volume } = await run(scan, { method: 'cs-wavelet', seed: 0, methodOptions: { iterations: 30 } });
  t.is(starts.length, 1);
  t.true(relativeError(volumeData(starts[0]), volumeData(volume)) < 1e-4);
});

test('a run starts from the guide where the prior says so, and elsewhere where the user does', async (t) => {
  const { scan } = await smallScan(2, 16, 6);
  const startOf = async (start: GuideSpec['start'], methodOptions: object): Promise<unknown> => {
    const { prior } = guidedPrior({ ...CGLS, start });
    return (await run(scan, { prior, methodOptions: { steps: 2, ...methodOptions } })).manifest.method.options.start;
  };
  t.is(await startOf({ plane: 0, noise: true }, {}), 'guide');
  t.is(await startOf({ plane: 0, noise: true }, { start: 'noise' }), 'noise');
  t.is(await startOf(undefined, {}), 'noise');
  t.is(await startOf(undefined, { start: 'guide' }), 'guide');
  const mbir = { method: 'diffusion-mbir', methodOptions: { steps: 2 } };
  const { prior } = guidedPrior();
  t.is((await run(scan, { prior, ...mbir })).manifest.method.options.start, 'noise', 'a method that cannot');
});

test('one step from the guide as it is needs no draw: every seed gives the same image, at the greatest noise level', async (t) => {
  const { scan } = await smallScan(2, 16, 6);
  const { prior } = guidedPrior({ ...CGLS, start: { plane: 0, noise: false } });
  const [a, b] = [1, 2].map((seed) => run(scan, { prior, seed, methodOptions: { steps: 1 } }));
  t.deepEqual(volumeData((await a).volume), volumeData((await b).volume));
  t.is((await a).events[0].sigma, 2);
});

test('options that a guide has for a method are taken, a user’s own win, and with compat there are none', async (t) => {
  const { scan } = await smallScan(2, 16, 6);
  const methods = { dds: { start: 'estimate', order: 2, sigmaMax: 0.5 }, other: { nothing: 1 } };
  const optionsOf = async (methodOptions: object): Promise<object> => {
    const { prior } = guidedPrior({ ...CGLS, start: undefined, methods });
    return (await run(scan, { prior, methodOptions: { steps: 2, sigmaMin: 0.05, ...methodOptions } })).manifest.method.options;
  };
  t.like(await optionsOf({}), { start: 'estimate', order: 2, sigmaMax: 0.5, eta: 0.95 });
  t.like(await optionsOf({ order: 1, start: 'noise' }), { start: 'noise', order: 1, sigmaMax: 0.5 });
  // levels of the user's own, in place of those
  const levels = await run(scan, {
    prior: guidedPrior({ ...CGLS, start: undefined, methods }).prior,
    methodOptions: { sigmas: [0.4, 0.1] },
  });
  t.like(levels.manifest.method.options, { start: 'estimate', order: 2, steps: 3, sigmas: [0.4, 0.1] });
  t.false('sigmaMax' in levels.manifest.method.options);
  const { prior } = guidedPrior({ ...CGLS, start: undefined, methods: { dds: { steps: 3, schedule: 'geometric', order: 2 } } });
  const published = await run(scan, { prior, methodOptions: { compat: 'ct-sparse-view', steps: 2, schedule: 'geometric' } });
  t.like(published.manifest.method.options, { order: 1, steps: 2 });
  const wrong = guidedPrior({ ...CGLS, methods: { dds: { stepz: 3 } } }).prior;
  await t.throwsAsync(run(scan, { prior: wrong }), { code: 'ARGUMENT', message: /dds.*stepz/s });
});

test('a number of steps that a guide has gives way to a preset and to the user', async (t) => {
  const { scan } = await smallScan(2, 16, 6);
  const methods = { dds: { steps: 3, start: 'estimate', sigmaMax: 0.5 } };
  const stepsOf = async (methodOptions: object): Promise<unknown> => {
    const { prior } = guidedPrior({ ...CGLS, start: undefined, methods });
    return (await run(scan, { prior, methodOptions })).manifest.method.options.steps;
  };
  t.is(await stepsOf({}), 3);
  t.is(await stepsOf({ preset: 'default' }), 3);
  t.is(await stepsOf({ preset: 'fast' }), 5);
  t.is(await stepsOf({ preset: 'fast', steps: 2 }), 2);
  t.is(await stepsOf({ steps: 4 }), 4);
});

test('from the estimate the first evaluation is at the greatest noise level, the others are from sigmaMax down', async (t) => {
  const { scan } = await smallScan(2, 16, 6);
  const levels = async (steps: number, more: object = {}): Promise<number[]> => {
    const { prior } = guidedPrior();
    const { events } = await run(scan, { prior, methodOptions: { steps, start: 'estimate', order: 2, ...more } });
    return events.map(({ sigma }) => sigma!);
  };
  t.deepEqual(await levels(3), [2, 0.3, 0.02]);
  t.deepEqual(await levels(4, { sigmaMax: 0.5, sigmaMin: 0.05, tail: 0.5 }), [2, 0.5, 0.05, 0.05]);
  t.deepEqual(await levels(2, { sigmaMax: 0.5 }), [2, 0.5]);
  t.deepEqual(await levels(1), [2]);
  const unguided = functionPrior({ range: HU, sigma: [0.01, 2], denoise: (images) => images });
  const refused = run(scan, { prior: unguided, methodOptions: { start: 'estimate' } });
  await t.throwsAsync(refused, { code: 'ARGUMENT', message: /'estimate' needs a guided prior/ });
});

test('what these data cannot show is refused before any work, with what they can', async (t) => {
  const { scan } = await smallScan(2, 16, 6);
  const refused = async (guide: GuideSpec, message: RegExp): Promise<void> => {
    const { prior, shown } = guidedPrior(guide);
    const backend = createBackend({ workers: 1 });
    const ready = new Reconstruction(scan, { method: 'dds', prior, backend }).ready;
    await t.throwsAsync(ready, { code: 'MODEL', message });
    t.is(shown.length, 0);
    await backend.dispose();
  };
  await refused(
    { ...CGLS, kind: 'interpolations' },
    /'shown' cannot be guided by these data.*CT data \(radon\.parallel\) have: cgls, cs-wavelet; got 'interpolations'/,
  );
  await refused({ ...CGLS, kind: 'toString' }, /got 'toString'/);
  await refused({ ...CGLS, options: { rounds: 3 } }, /options of the guide 'cgls'.*no option 'rounds'.*iterations/s);
  await refused({ ...CGLS, planes: 2 }, /1 planes?, which the guide 'cgls' of these data has; got 2/);
  const { prior } = guidedPrior();
  const unguided = functionPrior({ range: HU, sigma: [0.01, 2], denoise: (images) => images });
  const start = run(scan, { prior: unguided, methodOptions: { start: 'guide' } });
  await t.throwsAsync(start, { code: 'ARGUMENT', message: /start 'guide' needs a prior that is shown something/ });
  await t.notThrowsAsync(run(scan, { prior, methodOptions: { steps: 1 } }));
});

test('a prior that was trained without a guide too can go without: it is shown zeros, and runs start from noise', async (t) => {
  const { scan } = await smallScan(2, 16, 6);
  const { prior, shown } = guidedPrior({ ...CGLS, optional: true });
  const { manifest } = await run(scan, { prior, unguided: true, methodOptions: { steps: 2 } });
  t.is(shown.length, 2);
  for (const plane of shown) t.true(plane.every((v) => v === 0));
  t.is(manifest.method.options.start, 'noise');
  t.like(manifest.prior, { guide: { kind: 'none', planes: 1 } });
  const always = run(scan, { prior: guidedPrior().prior, unguided: true, methodOptions: { steps: 2 } });
  await t.throwsAsync(always, { code: 'ARGUMENT', message: /always had its guide/ });
  const without = functionPrior({ range: HU, sigma: [0.01, 2], denoise: (images) => images });
  await t.throwsAsync(run(scan, { prior: without, unguided: true }), { code: 'ARGUMENT', message: /has no guide/ });
});

test('a run that is stopped while the guide is made ends there', async (t) => {
  const { scan } = await smallScan(2, 16, 6);
  const { prior, shown } = guidedPrior();
  const abort = new AbortController();
  const progress = (_: string, done: number): void => (done === 2 ? abort.abort() : undefined);
  await t.throwsAsync(run(scan, { prior, progress, signal: abort.signal }), { code: 'ABORTED' });
  t.is(shown.length, 0);
});

test('resumed with its guide a run has the bits of an uninterrupted one; another guide is another run', async (t) => {
  const { scan } = await smallScan(3, 16, 6);
  const folder = await mkdtemp(join(tmpdir(), 'slicewise-'));
  const checkpoint = checkpointFolder(folder);
  const options = { methodOptions: { steps: 4, order: 2 }, seed: 3 };
  const abort = new AbortController();
  const backend = createBackend({ workers: 1 });
  const first = new Reconstruction(scan, {
    ...{
      method: 'dds',
      prior: guidedPrior().prior,
      ...options,
      backend,
      checkpoint,
      checkpointSeconds: 0,
      signal: abort.signal,
    },
  } as ReconstructOptions);
  await t.throwsAsync(
    async () => {
      for await (const step of first) if (step.step === 2) abort.abort();
    },
    { code: 'ABORTED' },
  );
  await backend.dispose();
  const other = guidedPrior({ ...CGLS, options: { iterations: 6 } }).prior;
  const refused = run(scan, { prior: other, ...options, checkpoint, resume: true });
  await t.throwsAsync(refused, { code: 'CHECKPOINT', message: /'prior' differs/ });
  const resumed = await run(scan, { prior: guidedPrior().prior, ...options, checkpoint, resume: true }, 2);
  const whole = await run(scan, { prior: guidedPrior().prior, ...options });
  t.is(resumed.events.length, 2);
  t.deepEqual(volumeData(resumed.volume), volumeData(whole.volume));
  await rm(folder, { recursive: true });
});

test('the memory plan has the planes of the guide', async (t) => {
  const { scan } = await smallScan(4, 16, 6);
  const backend = createBackend({ workers: 1 });
  const bytesOf = async (prior: Prior, item = 'guide of the prior'): Promise<number | undefined> => {
    const planned = new Reconstruction(scan, { method: 'dds', prior, backend });
    await planned.ready;
    return planned.plan.items.find(({ what }) => what === item)?.bytes;
  };
  const { prior } = guidedPrior();
  const [guide, image] = [await bytesOf(prior), await bytesOf(prior, 'denoised image')];
  const without = await bytesOf(functionPrior({ range: HU, sigma: [0.01, 2], denoise: (images) => images }));
  await backend.dispose();
  t.true(image! >= 4 * 16 * 16 * 4);
  t.is(guide, image);
  t.is(without, undefined);
});

test('the manifest completes the options of the guide', async (t) => {
  const { scan } = await smallScan(2, 16, 6);
  const { prior } = guidedPrior({ kind: 'cgls', planes: 1 });
  const { manifest } = await run(scan, { prior, methodOptions: { steps: 1 } });
  t.deepEqual(manifest.prior!.guide, { kind: 'cgls', options: { iterations: 12 }, planes: 1 });
});
