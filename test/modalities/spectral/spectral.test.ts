import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { createBackend, readScan, reconstruct } from '../../../src/index.js';
import { simulateSpectral } from '../../../src/modalities/spectral/simulation/simulate.js';
import { packNpy } from '../../../volumes/formats/npy/array.js';
import { makeVolume, readVolume, writeVolumeFiles, type Volume } from '../../../volumes/index.js';
import { inFolder, slicewise } from '../../support/cli.js';
import { smallCube } from '../../support/cube.js';

const cube = smallCube([16, 30, 32]);

const rmse = (a: ArrayLike<number>, b: Float32Array): number =>
  Math.sqrt(b.reduce((sum, value, n) => sum + (value - a[n]) ** 2, 0) / b.length);

async function run(scan: Parameters<typeof reconstruct>[0], options: object = {}): Promise<Volume & { rank?: unknown }> {
  const backend = createBackend({ workers: 0 });
  try {
    const { volume, manifest } = await reconstruct(scan, { backend, ...options }).result();
    return { ...volume, rank: manifest.method.options.rank };
  } finally {
    await backend.dispose();
  }
}

test('simulate, info, recon, compare: entries that are missing come back far below their noise', (t) =>
  inFolder(async (folder) => {
    for (const { name, bytes } of await writeVolumeFiles('cube.hdr', cube)) writeFileSync(join(folder, name), bytes);
    const line = async (text: string) => {
      const outcome = await slicewise(folder, text.split(' '));
      t.is(outcome.code, 0, outcome.err);
      return outcome.out;
    };
    const told = await line('simulate spectral cube.hdr -o scan.h5 --missing 0.2 --noise-std 0.05 --object truth.hdr');
    t.regex(told, /12288 of 15360 entries \(80 %\)/);
    const info = await line('info scan.h5');
    t.regex(info, /entries +12288 of 15360 measured \(80 %\)/);
    t.regex(info, /wavelengths +400 to 810 nm, not in the order of the bands/);
    t.regex(await line('recon scan.h5 -o out.hdr --json run.json --report out.html'), /lowrank in/);
    const compared = JSON.parse(await line('compare out.hdr truth.hdr --json -')) as { spectral: { mpsnr: number } };
    // the noise alone is 26 dB; three coefficients from 12.8 entries leave 3/12.8 of it: 32 dB at best
    t.true(compared.spectral.mpsnr > 30, `${compared.spectral.mpsnr}`);
    t.regex(await line('compare out.hdr truth.hdr'), /MPSNR +\d\d\.\d\d dB[\s\S]*MSSIM[\s\S]*SAM +\d[\s\S]*ERGAS/);
    const { method } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as {
      method: { options: { rank: number } };
    };
    // three materials; EM may keep one weak column more
    t.true(method.options.rank === 3 || method.options.rank === 4);
    t.regex(readFileSync(join(folder, 'out.html'), 'utf8'), /share of the bands measured/);
  }));

test('a cube by itself is a scan: denoised, no data and bad bands filled, its header kept', async (t) => {
  const noisy = simulateSpectral(cube, { noiseStd: 0.1, seed: 3 });
  const data = noisy.data.slice();
  const pixels = 30 * 32;
  for (let n = 0; n < data.length; n += 37) data[n] = -9999;
  const bands = { noData: -9999, bad: [4] };
  data.fill(1e6, 4 * pixels, 5 * pixels);
  const files = await writeVolumeFiles('n.hdr', makeVolume(data, cube.shape, { ...cube, meta: { bands } }));
  const scan = await readScan(files);
  t.is(scan.kind, 'spectral.entries');
  t.regex((scan.meta.warnings ?? []).join('\n'), /entries say no data/);
  t.regex((scan.meta.warnings ?? []).join('\n'), /bands 5 are called bad/);
  const result = await run(scan);
  const sigma = noisy.arrays!.noise.data.reduce((sum, std) => sum + std, 0) / 16;
  const others = (values: Float32Array): Float32Array => values.filter((_, n) => Math.floor(n / pixels) !== 4);
  t.true(rmse(others(result.data), others(cube.data)) < 0.6 * sigma);
  t.is(result.rank, 3);
  const back = await readVolume(await writeVolumeFiles('o.hdr', result));
  t.deepEqual(back.axes, cube.axes);
  t.like(back.meta.bands, bands);
});

test('pixels, lines and bands of which nothing was measured come from their neighbours', async (t) => {
  for (const gaps of [{ missingPixels: 0.3 }, { lines: 3 }, { bands: 2 }]) {
    const result = await run(simulateSpectral(cube, gaps));
    t.true(rmse(result.data, cube.data) < 0.25 * rmse(simulateSpectral(cube, gaps).data, cube.data), JSON.stringify(gaps));
  }
});

test('without noise what was measured is kept to the bit', async (t) => {
  const scan = simulateSpectral(cube, { missing: 0.5 });
  const { data } = await run(scan);
  const { data: mask } = scan.arrays!.mask;
  t.true(data.every((value, n) => mask[n] === 0 || value === scan.data[n]));
  t.true(rmse(data, cube.data) < 0.02 * rmse(scan.data, cube.data));
});

test('the result does not depend on units: data scaled by 1e-4 give the result scaled', async (t) => {
  const scan = simulateSpectral(cube, { missing: 0.5, noiseStd: 0.1 });
  const small = makeVolume(
    cube.data.map((value) => 1e-4 * value),
    cube.shape,
    cube,
  );
  const [a, b] = [await run(scan), await run(simulateSpectral(small, { missing: 0.5, noiseStd: 0.1 }))];
  t.true(
    rmse(
      b.data.map((value) => 1e4 * value),
      a.data,
    ) < 1e-3,
  );
});

test('CGLS of a mask ends with the data themselves; rank and bands are options', async (t) => {
  const scan = simulateSpectral(cube, { missing: 0.5 });
  const { data } = await run(scan, { method: 'cgls', methodOptions: { iterations: 3 }, components: 0 });
  const { data: mask } = scan.arrays!.mask;
  const measured = (values: Float32Array): Float32Array => values.filter((_, n) => mask[n] === 1);
  t.true(rmse(measured(data), measured(scan.data)) < 1e-3);
  t.is((await run(scan, { method: 'lowrank', methodOptions: { rank: 2 } })).rank, 2);
  const files = await writeVolumeFiles('c.hdr', cube);
  const without = await readScan(files, { badBands: '1-3,7' });
  t.is(
    without.arrays!.mask.data.reduce((sum, m) => sum + m, 0),
    12 * 30 * 32,
  );
  await t.throwsAsync(readScan(files, { badBands: '1-99' }), { code: 'ARGUMENT', message: /1 to 16/ });
  await t.throwsAsync(readScan(files, { badBands: 'x' }), { code: 'ARGUMENT' });
});

test('an array whose axes are named line, sample, band is a cube where the kind says so, not samples along a trajectory', async (t) => {
  const [bands, lines, samples] = cube.shape;
  const turned = Float32Array.from({ length: cube.data.length }, (_, n) => {
    const [pixel, band] = [Math.floor(n / bands), n % bands];
    return cube.data[band * lines * samples + pixel];
  });
  const files = [{ name: 'cube.npy', bytes: packNpy(turned, [lines, samples, bands]) }];
  const scan = await readScan(files, { kind: 'spectral.entries', axes: 'line,sample,band' });
  t.is(scan.kind, 'spectral.entries');
  t.deepEqual([...scan.shape], [...cube.shape]);
  t.deepEqual(scan.data, cube.data as Float32Array);
  t.is(scan.noise.type, 'unknown');
});
