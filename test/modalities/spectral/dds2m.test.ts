import test from 'ava';
import { createBackend, reconstruct, type ReconstructOptions } from '../../../src/index.js';
import { coefficientMaps } from '../../../src/modalities/spectral/dds2m/coefficients.js';
import { holdBack } from '../../../src/modalities/spectral/dds2m/held.js';
import { simulateSpectral } from '../../../src/modalities/spectral/simulation/simulate.js';
import type { Measurement } from '../../../volumes/index.js';
import { smallCube } from '../../support/cube.js';

// odd sides, which two halvings do not divide
const cube = smallCube([16, 23, 27]);
const scan = simulateSpectral(cube, { missing: 0.5, noiseStd: 0.1, seed: 2 });

const rmse = (a: ArrayLike<number>, b: Float32Array): number =>
  Math.sqrt(b.reduce((sum, value, n) => sum + (value - a[n]) ** 2, 0) / b.length);

async function run(given: Measurement, workers: number, options: Partial<ReconstructOptions>) {
  const backend = createBackend({ workers });
  try {
    return await reconstruct(given, { backend, ...options } as ReconstructOptions).result();
  } finally {
    await backend.dispose();
  }
}

const dds2m = (given: Measurement, workers: number, methodOptions: object, more: Partial<ReconstructOptions> = {}) =>
  run(given, workers, { method: 'dds2m', methodOptions: { channels: 8, partings: 6, ...methodOptions }, ...more });

test('smooth maps come back closer than pixel by pixel, and no entry that was not measured is looked at', async (t) => {
  const lowrank = await run(scan, 1, { method: 'lowrank' });
  const found = await dds2m(scan, 2, { steps: 150 });
  const [before, after] = [lowrank, found].map(({ volume }) => rmse(volume.data, cube.data));
  t.log(`${before.toFixed(3)} → ${after.toFixed(3)}`);
  // networks have 23 × 27 pixels to average over, lowrank none
  t.true(after < 0.8 * before);
  const mask = scan.arrays!.mask.data;
  const other = { ...scan, data: scan.data.map((value, n) => (mask[n] === 1 ? value : 1e5)) };
  t.deepEqual((await dds2m(other, 1, { steps: 150 })).volume.data, found.volume.data);
  const { options } = found.manifest.method as unknown as { options: { stoppedAt: number[]; residual: number } };
  t.is(options.stoppedAt.length, 4);
  t.true(options.residual > 0.8 && options.residual < 1.01);
  t.false(found.manifest.warnings.some((text) => text.includes('underfitted')));
});

test('the bits do not depend on workers, and depend on the seed', async (t) => {
  // enough for the networks' maps to be taken, and not lowrank's
  const short = { steps: 60 };
  const [one, two, other] = [await dds2m(scan, 1, short), await dds2m(scan, 2, short), await dds2m(scan, 2, short, { seed: 9 })];
  t.deepEqual(one.volume.data, two.volume.data);
  t.notDeepEqual(one.volume.data, other.volume.data);
});

test('a network that cannot follow the data says so', async (t) => {
  const { manifest } = await dds2m(scan, 1, { steps: 2, networks: 1 });
  t.regex(manifest.warnings.join(' '), /underfitted: the residual is \d/);
});

test('where entries held back are predicted better without networks, the maps of lowrank stand', async (t) => {
  const exact = simulateSpectral(cube, { missing: 0.5, seed: 2 });
  const lowrank = await run(exact, 1, { method: 'lowrank' });
  const { volume, manifest } = await dds2m(exact, 1, { steps: 10 });
  const { options } = manifest.method as unknown as { options: { stoppedAt: number[] } };
  t.deepEqual(options.stoppedAt, [0, 0, 0, 0]);
  const span = Math.max(...cube.data) - Math.min(...cube.data);
  t.true(rmse(volume.data, lowrank.volume.data as Float32Array) < 1e-5 * span);
  t.regex(manifest.warnings.join(' '), /underfitted: .* the maps of lowrank are better, and stand/);
});

test('a run is aborted between two steps', async (t) => {
  const stop = new AbortController();
  let told = 0;
  const progress = (): void => {
    told++;
    stop.abort();
  };
  await t.throwsAsync(dds2m(scan, 1, { steps: 50 }, { signal: stop.signal, progress }), { code: 'ABORTED' });
  t.true(told <= 3, `${told} steps were told of`);
});

test('entries held back are of the measured, all others are fitted, and draws differ', (t) => {
  const mask = Float32Array.from({ length: 4000 }, (_, n) => Number(n % 4 > 0));
  const { fitted, held } = holdBack(mask, 0.2, 1);
  // 3000 draws of 0.2: 600 ± 5 · 22
  t.true(held.length > 490 && held.length < 710);
  for (const n of held) t.is(mask[n] - fitted[n], 1);
  t.is(
    fitted.reduce((sum, one) => sum + one, 0),
    3000 - held.length,
  );
  t.notDeepEqual(holdBack(mask, 0.2, 1, 1).held, held);
  t.deepEqual(holdBack(mask, 0.2, 1).held, held);
});

test('coefficients of a pixel are the mean of its posterior in closed form', (t) => {
  // one map, basis (2, 1, 0.5), noise (1, 2, 4), mean 3: z = Σ b y / (Σ b² + 1) over measured bands
  const model = {
    ...{ bands: 3, rank: 1, basis: Float32Array.of(2, 1, 0.5) },
    ...{ mean: Float64Array.of(3, 3, 3), noise: Float64Array.of(1, 2, 4) },
  };
  const data = Float32Array.of(4, 7, 3, 5, 7, 99);
  const maps = coefficientMaps(data, Float32Array.of(1, 1, 1, 1, 1, 0), model, [1, 2]);
  t.true(Math.abs(maps[0] - (2 * 1 + 1 * 0 + 0.5 * 1) / (5.25 + 1)) < 1e-6);
  t.true(Math.abs(maps[1] - (2 * 4 + 1 * 1) / (5 + 1)) < 1e-6);
});
