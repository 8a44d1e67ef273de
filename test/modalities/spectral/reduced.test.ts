import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { reductionMatrix } from '../../../operators/sampling/reduction/kernels.js';
import { reduced } from '../../../operators/sampling/reduction/separable.js';
import { createBackend, reconstruct } from '../../../src/index.js';
import { separableOf } from '../../../src/modalities/spectral/reduced/coarse.js';
import { bicubic } from '../../../src/modalities/spectral/reduced/interpolate.js';
import { simulateSpectral } from '../../../src/modalities/spectral/simulation/simulate.js';
import { makeVolume, writeVolumeFiles, type Measurement } from '../../../volumes/index.js';
import { inFolder, slicewise } from '../../support/cli.js';
import { smallCube } from '../../support/cube.js';

const golden = JSON.parse(readFileSync('test/golden/reduced.json', 'utf8')) as {
  readonly image: readonly (readonly number[])[];
  readonly sizes: readonly { readonly factor: number; readonly small: number[][]; readonly large: number[][] }[];
};

const separable = (lines: number, samples: number, factor: number) => ({
  rows: reductionMatrix(lines, factor, { type: 'bicubic' }),
  columns: reductionMatrix(samples, factor, { type: 'bicubic' }),
});

const rmse = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.sqrt(Array.from(a).reduce((sum, value, n) => sum + (value - b[n]) ** 2, 0) / a.length);

const image = async (scan: Measurement, method: string): Promise<Float32Array> => {
  const backend = createBackend({ workers: 0 });
  try {
    return (await reconstruct(scan, { method, backend }).result()).volume.data as Float32Array;
  } finally {
    await backend.dispose();
  }
};

test('bicubic by 2, 3 and 4 is Pillow’s, smaller and larger, but at the edges', (t) => {
  for (const { factor, small, large } of golden.sizes) {
    const [rows, columns] = [small.length, small[0].length];
    const [lines, samples] = [factor * rows, factor * columns];
    const both = separable(lines, samples, factor);
    const fine = Float32Array.from(golden.image.slice(0, lines).flatMap((line) => line.slice(0, samples)));
    const down = reduced(fine, both);
    const up = bicubic(Float32Array.from(small.flat()), both, factor);
    let compared = 0;
    // the filter is two pixels of the coarser grid wide on either side
    for (let i = 2; i < rows - 2; i++) {
      for (let j = 2; j < columns - 2; j++, compared++) t.true(Math.abs(down[i * columns + j] - small[i][j]) < 1e-5);
    }
    for (let i = 2 * factor; i < lines - 2 * factor; i++) {
      for (let j = 2 * factor; j < samples - 2 * factor; j++, compared++) t.true(Math.abs(up[i * samples + j] - large[i][j]) < 1e-5);
    }
    t.true(compared >= 6 * (1 + factor ** 2), `${factor}`);
  }
});

test('bicubic interpolation is exact for parabolas, and mirrors at the ends of grids that are no multiples', (t) => {
  const [lines, samples, factor] = [21, 23, 2];
  const [m, n] = [11, 12];
  // of a point at the middle of a coarse pixel, in coarse units
  const parabola = (y: number, x: number): number => 1 + 0.3 * y - 0.2 * x + 0.05 * y * y - 0.03 * x * x + 0.02 * x * y;
  const coarse = Float32Array.from({ length: m * n }, (_, k) => parabola(Math.floor(k / n), k % n));
  const out = bicubic(coarse, separable(lines, samples, factor), factor);
  for (let i = 4; i < lines - 5; i++) {
    for (let j = 4; j < samples - 5; j++) {
      t.true(Math.abs(out[i * samples + j] - parabola((i + 0.5) / factor - 0.5, (j + 0.5) / factor - 0.5)) < 1e-5);
    }
  }
  // one pixel at the corner: sums of Keys’ kernel at ±¼, ±¾, ±1¼ and ±1¾ with its image in the mirror, of 128: 111 + 29, 111 − 9,
  // 29 − 3, −9, −3
  const corner = new Float32Array(m * n);
  corner[0] = 1;
  const taps = [140, 102, 26, -9, -3].map((v) => v / 128);
  const seen = bicubic(corner, separable(lines, samples, factor), factor);
  taps.forEach((a, i) => taps.forEach((b, j) => t.true(Math.abs(seen[i * samples + j] - a * b) < 1e-6, `${i} ${j}`)));
});

test('lowrank of large pixels with noise is nearer than bicubic, and agrees with the data as their noise lets it', async (t) => {
  const cube = smallCube([16, 31, 34]);
  for (const kernel of ['bicubic', 'gaussian'] as const) {
    const scan = simulateSpectral(cube, { sr: 2, kernel, noiseStd: 0.05, seed: 2 });
    const [bicubic, lowrank] = [await image(scan, 'bicubic'), await image(scan, 'lowrank')];
    // three of 16 coefficients keep 3/16 of the noise; what undoes the Gaussian's blur makes it larger again
    t.true(
      rmse(lowrank, cube.data) < (kernel === 'bicubic' ? 0.6 : 0.8) * rmse(bicubic, cube.data),
      `${kernel}: ${rmse(lowrank, cube.data)}, ${rmse(bicubic, cube.data)}`,
    );
    const { arrays, data, grid } = scan;
    const residual = reduced(lowrank, separableOf(scan, grid)).map(
      (v, n) => (v - data[n]) / arrays!.noise.data[Math.floor((16 * n) / data.length)],
    );
    const left = rmse(residual, new Float32Array(residual.length));
    // of the noise 13/16 are left out
    t.true(Math.abs(left - Math.sqrt(13 / 16)) < 0.05, `${kernel}: ${left}`);
  }
});

test('without noise lowrank undoes blur that bicubic leaves', async (t) => {
  const [bands, lines, samples] = [12, 32, 40];
  // three materials with edges
  const data = Float32Array.from({ length: bands * lines * samples }, (_, n) => {
    const [b, y, x] = [Math.floor(n / (lines * samples)), Math.floor(n / samples) % lines, n % samples];
    const material = Math.hypot(y - 14, x - 22) < 9 ? 0 : x + y / 3 < 20 ? 1 : 2;
    return [1 + Math.sin(b), 3 + 0.2 * b, 2 - 0.1 * b][material];
  });
  const cube = makeVolume(data, [bands, lines, samples], { axes: smallCube([bands, lines, samples]).axes, modality: 'hyperspectral' });
  const scan = simulateSpectral(cube, { sr: 2 });
  const [bicubic, lowrank] = [await image(scan, 'bicubic'), await image(scan, 'lowrank')];
  t.true(rmse(lowrank, data) < 0.92 * rmse(bicubic, data), `${rmse(lowrank, data)}, ${rmse(bicubic, data)}`);
  const [off, before] = [lowrank, bicubic].map((x) => rmse(reduced(x, separableOf(scan, scan.grid)), scan.data));
  t.true(off < 0.1 * before, `${off}, ${before}`);
});

test('dds2m of large pixels with noise: networks on the fine grid, reduced before they are held to the data', async (t) => {
  const cube = smallCube([16, 31, 34]);
  const scan = simulateSpectral(cube, { sr: 2, noiseStd: 0.1, seed: 2 });
  const backend = createBackend({ workers: 1 });
  const run = (methodOptions: object) =>
    reconstruct(scan, { method: 'dds2m', methodOptions, backend } as Parameters<typeof reconstruct>[1]).result();
  try {
    const { volume, manifest } = await run({ channels: 8, partings: 6, steps: 120 });
    t.deepEqual(volume.shape, [16, 31, 34]);
    const lowrank = await image(scan, 'lowrank');
    t.log(`${rmse(lowrank, cube.data).toFixed(3)} → ${rmse(volume.data, cube.data).toFixed(3)}`);
    t.true(rmse(volume.data, cube.data) < 0.85 * rmse(lowrank, cube.data));
    const { residual } = (manifest.method as unknown as { options: { residual: number } }).options;
    t.true(residual > 0.85 && residual < 1.05, `${residual}`);
    const error = await t.throwsAsync(run({ compat: 'published' }), { code: 'ARGUMENT' });
    t.regex(error.message, /Leave compat out/);
  } finally {
    await backend.dispose();
  }
});

test('simulate spectral --sr: pixels as the kernel sees them, their noise as told, on a grid that is the cube’s', (t) => {
  const [bands, lines, samples, factor] = [6, 61, 80, 2];
  // cos(w x) seen through a symmetric kernel is cos(w c) at its middle, times the kernel's response at w
  const w = 0.35;
  const cube = makeVolume(
    Float32Array.from({ length: bands * lines * samples }, (_, n) => 2 + Math.cos(w * (n % samples))),
    [bands, lines, samples],
    { axes: smallCube([bands, lines, samples]).axes, modality: 'hyperspectral' },
  );
  const std = factor / Math.sqrt(8 * Math.LN2);
  const at = [-15.5, -14.5, -13.5, -12.5, -11.5, -10.5, -9.5, -8.5, -7.5, -6.5, -5.5, -4.5, -3.5, -2.5, -1.5, -0.5];
  const gauss = at.map((x) => Math.exp(-(x ** 2) / (2 * std ** 2)));
  const response = {
    bicubic: [111, 29, -9, -3].reduce((sum, tap, k) => sum + (tap / 128) * Math.cos(w * (k + 0.5)), 0),
    gaussian: gauss.reduce((sum, g, k) => sum + g * Math.cos(w * at[k]), 0) / gauss.reduce((a, b) => a + b, 0),
  };
  for (const kernel of ['bicubic', 'gaussian'] as const) {
    const scan = simulateSpectral(cube, { sr: factor, kernel });
    t.deepEqual([...scan.shape], [bands, 31, 40]);
    t.deepEqual([...scan.grid.shape], [bands, lines, samples]);
    for (let n = 0; n < scan.data.length; n++) {
      const column = n % 40;
      if (column < 4 || column > 35) continue;
      t.true(Math.abs(scan.data[n] - 2 - response[kernel] * Math.cos(w * (factor * (column + 0.5) - 0.5))) < 1e-5, `${kernel} ${n}`);
    }
    const noisy = simulateSpectral(cube, { sr: factor, kernel, noiseStd: 0.1, seed: 4 });
    const range = Math.max(...scan.data) - Math.min(...scan.data);
    t.true(noisy.arrays!.noise.data.every((value) => Math.abs(value / (0.1 * range) - 1) < 1e-5));
    // 7440 values know their deviation to 0.8 %
    t.true(Math.abs(rmse(noisy.data, scan.data) / (0.1 * range) - 1) < 0.03);
  }
});

test('simulate spectral --sr, info, recon, compare: the command does it, and refuses gaps and a deviation without a Gaussian', (t) =>
  inFolder(async (folder) => {
    for (const { name, bytes } of await writeVolumeFiles('cube.hdr', smallCube([16, 31, 34]))) writeFileSync(join(folder, name), bytes);
    const line = async (text: string) => {
      const outcome = await slicewise(folder, text.split(' '));
      t.is(outcome.code, 0, outcome.err);
      return outcome.out;
    };
    t.regex(
      await line('simulate spectral cube.hdr -o large.h5 --sr 2 --noise-std 0.05 --object truth.hdr'),
      /16 × 16 × 17[\s\S]*large pixels/,
    );
    t.regex(await line('info large.h5'), /pixels +2 × 2 of the grid, bicubic/);
    for (const [method, least] of [
      ['lowrank', 31],
      ['bicubic', 20],
    ] as const) {
      await line(`recon large.h5 -o out.hdr --method ${method} --report out.html --force`);
      const { spectral } = JSON.parse(await line('compare out.hdr truth.hdr --json -')) as { spectral: { mpsnr: number } };
      t.true(spectral.mpsnr > least, `${method} ${spectral.mpsnr}`);
      t.regex(readFileSync(join(folder, 'out.html'), 'utf8'), /spectra of five pixels/);
    }
    const refused = async (text: string, words: RegExp) => {
      const { code, err } = await slicewise(folder, `simulate spectral cube.hdr -o no.h5 ${text}`.split(' '));
      t.not(code, 0);
      t.regex(err, words);
    };
    await refused('--sr 2 --missing 0.5', /large pixels have no gaps/);
    await refused('--sr 2 --kernel-std 1', /belongs to a Gaussian/);
    await refused('--kernel gaussian', /belongs to large pixels/);
    await refused('--sr 2 --kernel gaussian --kernel-std 0.05', /kernel-std/);
    await refused('--sr 1', /sr/);
  }));
