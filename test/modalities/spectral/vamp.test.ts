import test from 'ava';
import { functionPrior, superpositionPrior } from '../../../models/index.js';
import { createBackend, reconstruct, type ReconstructOptions } from '../../../src/index.js';
import { observe } from '../../../src/modalities/spectral/lowrank/observations.js';
import { LAYINGS, mapDenoiser, places } from '../../../src/modalities/spectral/vamp/denoiser.js';
import { linearEstimate, refitted } from '../../../src/modalities/spectral/vamp/mixture.js';
import { denoisedMaps } from '../../../src/modalities/spectral/vamp/rounds.js';
import { simulateSpectral } from '../../../src/modalities/spectral/simulation/simulate.js';
import { normals, philoxKey } from '../../../core/philox.js';
import type { Measurement } from '../../../volumes/index.js';
import { inlineBackend } from '../../support/backends.js';
import { smallCube } from '../../support/cube.js';
import { onEveryBackend } from '../../support/every-backend.js';

const draw = (count: number, stream: number): Float64Array => Float64Array.from(normals(count, philoxKey(5), 0, 0, stream));

/** Entries of random maps by a random basis with noise of variance 1; `share` of them measured. */
function random(bands: number, pixels: number, maps: number, share: number) {
  const basis = draw(bands * maps, 1).map((value) => 4 * value);
  const truth = draw(maps * pixels, 2);
  const noise = draw(bands * pixels, 3);
  const mean = draw(bands, 5);
  const data = Float32Array.from({ length: bands * pixels }, (_, n) => {
    const [b, p] = [Math.floor(n / pixels), n % pixels];
    let sum = mean[b] + noise[n];
    for (let k = 0; k < maps; k++) sum += basis[b * maps + k] * truth[k * pixels + p];
    return sum;
  });
  const chance = draw(bands * pixels, 4);
  const mask = Float32Array.from(chance, (value) => Number(share === 1 || value < share));
  const one = { centre: new Float64Array(bands), scale: new Float64Array(bands).fill(1) };
  return { mixture: { maps, basis, mean }, truth, data, mask, observations: observe(data, mask, bands, one) };
}

/** Solves by elimination, in float64. */
function solved(n: number, a: number[][], b: number[]): number[] {
  const m = a.map((row, i) => [...row, b[i]]);
  for (let i = 0; i < n; i++) {
    for (let r = 0; r < n; r++) {
      if (r === i) continue;
      const f = m[r][i] / m[i][i];
      for (let c = i; c <= n; c++) m[r][c] -= f * m[i][c];
    }
  }
  return m.map((row, i) => row[n] / row[i]);
}

for (const share of [1, 0.2]) {
  test(`the linear estimate is the posterior of normal maps given the entries, share ${share}`, (t) => {
    const [bands, pixels, k] = [7, 30, 3];
    const { mixture, data, mask, observations } = random(bands, pixels, k, share);
    const precision = Float64Array.from([0.5, 2, 1]);
    const pull = draw(k * pixels, 6);
    const found = linearEstimate(observations, mixture, { precision, pull });
    const variance = [0, 0, 0];
    let measured = 0;
    for (let p = 0; p < pixels; p++) {
      const there = Array.from({ length: bands }, (_, b) => b).filter((b) => mask[b * pixels + p] === 1);
      const normal = Array.from({ length: k }, (_, i) =>
        Array.from({ length: k }, (_, j) =>
          there.reduce((sum, b) => sum + mixture.basis[b * k + i] * mixture.basis[b * k + j], i === j ? precision[i] : 0),
        ),
      );
      const right = Array.from({ length: k }, (_, i) =>
        there.reduce((sum, b) => sum + mixture.basis[b * k + i] * (data[b * pixels + p] - mixture.mean[b]), pull[i * pixels + p]),
      );
      const z = solved(k, normal, right);
      z.forEach((value, i) => t.true(Math.abs(value - found.maps[i * pixels + p]) < 1e-9 * (1 + Math.abs(value))));
      if (there.length === 0) continue;
      measured++;
      for (let i = 0; i < k; i++) {
        variance[i] += solved(
          k,
          normal,
          Array.from({ length: k }, (_, j) => Number(i === j)),
        )[i];
      }
    }
    variance.forEach((sum, i) => t.true(Math.abs(sum / measured / found.variance[i] - 1) < 1e-9));
  });
}

test('the mixture that is fitted to true maps is the true one, up to the noise of so many pixels', (t) => {
  const [bands, pixels, k] = [6, 4000, 2];
  const { mixture, truth, observations } = random(bands, pixels, k, 0.5);
  const start = { maps: k, basis: draw(bands * k, 7), mean: new Float64Array(bands) };
  const found = refitted(observations, start, { maps: truth, variance: new Float64Array(k) });
  // a coefficient's error is 1/√entries = .02
  found.basis.forEach((value, n) => t.true(Math.abs(value - mixture.basis[n]) < 0.1));
  found.mean.forEach((value, b) => t.true(Math.abs(value - mixture.mean[b]) < 0.1));
});

test('of complete spectra and an orthogonal basis each map is the mean of its prior given its data', async (t) => {
  const [size, k] = [[5, 8] as const, 2];
  const pixels = 40;
  // columns (3, 4, 0) and (−.8, .6, 0): z_k + noise of 1/25 and 1 is what the entries say
  const basis = Float64Array.from([3, -0.8, 4, 0.6, 0, 0]);
  const [truth, noise] = [draw(k * pixels, 1), draw(3 * pixels, 2)];
  const data = Float32Array.from({ length: 3 * pixels }, (_, n) => {
    const [b, p] = [Math.floor(n / pixels), n % pixels];
    return noise[n] + basis[2 * b] * truth[p] + basis[2 * b + 1] * truth[pixels + p];
  });
  const observations = observe(data, new Float32Array(3 * pixels).fill(1), 3, {
    centre: new Float64Array(3),
    scale: new Float64Array(3).fill(1),
  });
  const [mean, variance] = [0.3, 0.5];
  const asked: number[] = [];
  const denoiser = {
    async denoise(map: Float32Array, sigma: number) {
      asked.push(sigma);
      return map.map((value) => (variance * value + sigma ** 2 * mean) / (variance + sigma ** 2));
    },
    dispose: () => undefined,
  };
  const { maps, variance: left } = await denoisedMaps(
    observations,
    { maps: k, basis, mean: new Float64Array(3) },
    { known: new Uint8Array(pixels).fill(1), size, denoiser },
    {
      rounds: 1,
      sigma: { least: 1e-3, most: 100 },
      signs: () => Float32Array.from({ length: pixels }, (_, p) => (p % 3 ? 1 : -1)),
    },
  );
  [1 / 25, 1].forEach((v, map) => {
    t.true(asked.some((sigma) => Math.abs(sigma ** 2 / v - 1) < 1e-9));
    for (let p = 0; p < pixels; p++) {
      const ofData = [0, 1, 2].reduce((sum, b) => sum + basis[2 * b + map] * data[b * pixels + p], 0) * v;
      const wanted = (variance * ofData + v * mean) / (variance + v);
      t.true(Math.abs(maps[map * pixels + p] - wanted) < 1e-5);
    }
    t.true(Math.abs(left[map] / ((variance * v) / (variance + v)) - 1) < 1e-3);
  });
});

test('the eight layings are permutations, and a denoiser of places comes back to its place', async (t) => {
  for (let laying = 0; laying < LAYINGS; laying++) t.deepEqual([...new Set(places(laying, 3, 5))].length, 15);
  t.is(new Set(Array.from({ length: LAYINGS }, (_, n) => places(n, 3, 3).join())).size, 8);
  const backend = inlineBackend();
  // the mean with the pixel above: of all layings the mean with all four
  const up = functionPrior({
    range: { unit: 'arbitrary', low: 0, high: 1 },
    sigma: [0.01, 1],
    denoise: (images, [, rows, columns]) => images.map((value, n) => (value + images[(n + (rows - 1) * columns) % (rows * columns)]) / 2),
  });
  const denoiser = mapDenoiser(up, backend, [4, 5]);
  const point = new Float32Array(20).map((_, n) => Number(n === 12));
  const found = await denoiser.denoise(point, 0.1, LAYINGS);
  denoiser.dispose();
  const wanted = new Float32Array(20);
  wanted[12] = 0.5;
  for (const n of [7, 17, 11, 13]) wanted[n] = 0.125;
  t.deepEqual(Array.from(found), Array.from(wanted));
  await backend.dispose();
});

// ---- whole runs ----

const cube = smallCube([16, 23, 27]);
const scan = simulateSpectral(cube, { missing: 0.5, noiseStd: 0.1, seed: 2 });

function neighbours(images: Float32Array, [, rows, columns]: readonly number[]): Float32Array {
  return images.map((_, n) => {
    const [slice, y, x] = [Math.floor(n / (rows * columns)), Math.floor(n / columns) % rows, n % columns];
    let [sum, count] = [0, 0];
    for (let j = Math.max(0, y - 1); j <= Math.min(rows - 1, y + 1); j++) {
      for (let i = Math.max(0, x - 1); i <= Math.min(columns - 1, x + 1); i++) {
        sum += images[(slice * rows + j) * columns + i];
        count++;
      }
    }
    return sum / count;
  });
}

/** The mean of 3 × 3 pixels. */
const smooth = functionPrior({
  name: 'smooth',
  range: { unit: 'arbitrary', low: 0, high: 1 },
  sigma: [0.002, 10],
  denoise: neighbours,
});

const rmse = (a: ArrayLike<number>, b: Float32Array): number =>
  Math.sqrt(b.reduce((sum, value, n) => sum + (value - a[n]) ** 2, 0) / b.length);

async function run(given: Measurement, options: Partial<ReconstructOptions>) {
  const backend = createBackend({ workers: 1 });
  try {
    return await reconstruct(given, { backend, ...options } as ReconstructOptions).result();
  } finally {
    await backend.dispose();
  }
}

test('smooth maps come back closer than pixel by pixel, and no entry that was not measured is looked at', async (t) => {
  const [before, after] = [await run(scan, { method: 'lowrank' }), await run(scan, { method: 'vamp', prior: smooth })];
  const errors = [before, after].map(({ volume }) => rmse(volume.data, cube.data));
  t.log(errors.map((error) => error.toFixed(3)).join(' → '));
  t.true(errors[1] < 0.7 * errors[0]);
  const mask = scan.arrays!.mask.data;
  const other = { ...scan, data: scan.data.map((value, n) => (mask[n] === 1 ? value : 1e5)) };
  t.deepEqual((await run(other, { method: 'vamp', prior: smooth })).volume.data, after.volume.data);
  t.is(after.manifest.prior?.name, 'smooth');
  const { options } = after.manifest.method as unknown as { options: { rank: number; sigma: number[] } };
  t.is(options.sigma.length, options.rank);
});

test('evaluations are told in images of all maps', async (t) => {
  const own = functionPrior({ name: 'own', range: smooth.range, sigma: [0.002, 10], denoise: neighbours });
  // twice in each round, eight layings and the derivative's two in the last
  for (const rounds of [1, 3]) {
    const { manifest } = await run(scan, { method: 'vamp', methodOptions: { rounds }, prior: own });
    t.is(manifest.prior?.evaluations, (rounds - 1) * 2 + LAYINGS + 2);
  }
});

test('lines that were not measured, and data without noise', async (t) => {
  const gaps = simulateSpectral(cube, { lines: 3, noiseStd: 0.05, seed: 2 });
  const [before, after] = [await run(gaps, { method: 'lowrank' }), await run(gaps, { method: 'vamp', prior: smooth })];
  t.true(rmse(after.volume.data, cube.data) < rmse(before.volume.data, cube.data));
  const exact = simulateSpectral(cube, { missing: 0.5, seed: 2 });
  const { volume } = await run(exact, { method: 'vamp', prior: smooth });
  const mask = exact.arrays!.mask.data;
  t.true(volume.data.every((value, n) => mask[n] === 0 || value === exact.data[n]));
});

test('priors laid over each other begin anew with every map, and one object serves several runs', async (t) => {
  const shrinking = functionPrior({
    ...{ name: 'shrinking', range: smooth.range, sigma: [0.002, 10] as const },
    denoise: (images, _, sigma) => images.map((value) => 0.5 + (value - 0.5) / (1 + sigma)),
  });
  const both = functionPrior({
    ...{ name: 'both', range: smooth.range, sigma: [0.002, 10] as const },
    denoise: (images, shape, sigma) => {
      const near = neighbours(images, shape);
      return images.map((value, n) => 0.75 * near[n] + 0.25 * (0.5 + (value - 0.5) / (1 + sigma)));
    },
  });
  const over = superpositionPrior('or', [smooth, shrinking], { weights: [3, 1] });
  const [first, again, wanted] = [
    await run(scan, { method: 'vamp', prior: over }),
    await run(scan, { method: 'vamp', prior: over }),
    await run(scan, { method: 'vamp', prior: both }),
  ];
  t.deepEqual(first.volume.data, again.volume.data);
  t.true(rmse(first.volume.data, wanted.volume.data as Float32Array) < 1e-3);
});

test('of a cube of noise alone its means are the result, as those of lowrank', async (t) => {
  const noise = Float32Array.from(draw(scan.data.length, 6));
  const flat = { ...scan, data: noise, noise: { type: 'gaussian', std: 1 } as const, arrays: { mask: scan.arrays!.mask } };
  const [before, after] = [await run(flat, { method: 'lowrank' }), await run(flat, { method: 'vamp', prior: smooth })];
  t.is((after.manifest.method as unknown as { options: { rank: number } }).options.rank, 0);
  t.deepEqual(after.volume.data, before.volume.data);
});

test('a run needs a prior, and is aborted between two maps', async (t) => {
  await t.throwsAsync(run(scan, { method: 'vamp' }), { code: 'ARGUMENT', message: /vamp needs a prior/ });
  const stop = new AbortController();
  const progress = (phase: string): void => {
    if (phase === 'denoising maps') stop.abort();
  };
  await t.throwsAsync(run(scan, { method: 'vamp', prior: smooth, signal: stop.signal, progress }), { code: 'ABORTED' });
});

onEveryBackend('maps are denoised on the device of the run', async (t, { backend }) => {
  const own = await reconstruct(scan, { method: 'vamp', prior: smooth, backend }).result();
  const cpu = await run(scan, { method: 'vamp', prior: smooth });
  const span = Math.max(...cube.data) - Math.min(...cube.data);
  t.true(rmse(own.volume.data, cpu.volume.data as Float32Array) < 1e-5 * span);
});
