import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { Comparison } from '../../src/metrics/index.js';
import { inFolder, listing, slicewise } from '../support/cli.js';

const json = <T>(folder: string, name: string): T => JSON.parse(readFileSync(join(folder, name), 'utf8')) as T;

const SIMULATE = 'simulate ct phantom:thorax -o scan.h5 --size 48 --depth 6 --views 24 --photons 1e5 --seed 1'.split(' ');

test('a scan is simulated, reconstructed by every classical method, compared and reported', (t) =>
  inFolder(async (folder) => {
    const made = await slicewise(folder, [...SIMULATE, '--object', 'truth.nii.gz']);
    t.is(made.code, 0, made.err);
    const psnr: { [method: string]: number } = {};
    const runs = {
      fbp: ['--filter', 'hann'],
      sirt: ['--iterations', '60', '--non-negative'],
      cgls: [],
      'admm-tv': ['--iterations', '30', '--lambda', '3e-4'],
    };
    for (const [method, options] of Object.entries(runs)) {
      const args = ['recon', 'scan.h5', '-o', `${method}.nii.gz`, '--method', method, ...options];
      const run = await slicewise(folder, args);
      t.is(run.code, 0, run.err);
      t.regex(run.err, /memory planned/);
      const compared = await slicewise(folder, ['compare', `${method}.nii.gz`, 'truth.nii.gz', '--json', '-']);
      t.is(compared.code, 0, compared.err);
      psnr[method] = (JSON.parse(compared.out) as Comparison).psnr!;
    }
    t.log(psnr);
    // 24 views of a 48² chest: well above a constant image (15 dB), iterative methods above FBP
    t.true(psnr.fbp > 18 && psnr.sirt > psnr.fbp && psnr.cgls > 18 && psnr['admm-tv'] > psnr.fbp, JSON.stringify(psnr));
  }));

test('report, montage and manifest say what was done, and only they know the reference', (t) =>
  inFolder(async (folder) => {
    await slicewise(folder, [...SIMULATE, '--object', 'truth.nii.gz']);
    const args =
      'recon scan.h5 -o out.nii.gz --method sirt --iterations 5 --report out.html --reference truth.nii.gz --json run.json --seed 3';
    const run = await slicewise(folder, args.split(' '));
    t.is(run.code, 0, run.err);
    t.deepEqual(listing(folder), ['out.html', 'out.nii.gz', 'out.png', 'run.json', 'scan.h5', 'truth.nii.gz']);
    const manifest = json<{
      seed: number;
      method: { name: string; options: { iterations: number } };
      inputs: { name: string; sha256: string }[];
      metrics: Comparison;
    }>(folder, 'run.json');
    t.is(manifest.method.name, 'sirt');
    t.is(manifest.method.options.iterations, 5);
    t.is(manifest.seed, 3);
    t.is(manifest.inputs[0].name, 'scan.h5');
    t.regex(manifest.inputs[0].sha256, /^[0-9a-f]{64}$/);
    t.true(manifest.metrics.psnr! > 10);
    t.true(readFileSync(join(folder, 'out.html'), 'utf8').includes(`${manifest.metrics.psnr!.toFixed(2)} dB`));
    t.deepEqual([...readFileSync(join(folder, 'out.png')).subarray(1, 4)], [...Buffer.from('PNG')]);
  }));

test('info tells volumes and scans apart, geometry draws, and both give JSON or SVG', (t) =>
  inFolder(async (folder) => {
    await slicewise(folder, [...SIMULATE, '--object', 'truth.nii.gz', '--geometry', 'fan']);
    const volume = JSON.parse((await slicewise(folder, ['info', 'truth.nii.gz', '--json'])).out) as {
      [key: string]: unknown;
    };
    t.like(volume, { kind: 'volume', shape: [6, 48, 48], orientation: 'RAS', units: 'HU' });
    const scan = JSON.parse((await slicewise(folder, ['info', 'scan.h5', '--json'])).out) as { [key: string]: unknown };
    t.like(scan, { kind: 'radon.fan', noise: { type: 'poisson', photons: 1e5 } });
    const text = await slicewise(folder, ['info', 'scan.h5']);
    t.regex(text.out, /sourceToAxis +600/);
    const drawn = await slicewise(folder, ['geometry', 'scan.h5', '-o', 'g.svg']);
    t.is(drawn.code, 0, drawn.err);
    t.regex(readFileSync(join(folder, 'g.svg'), 'utf8'), /^(<\?xml.*\?>\s*)?<svg/);
  }));

test('--views takes every second view, and --size and --spacing another grid around the same centre', (t) =>
  inFolder(async (folder) => {
    await slicewise(folder, SIMULATE);
    const run = await slicewise(folder, 'recon scan.h5 -o out.nii.gz --views 0::2 --json run.json --size 24'.split(' '));
    t.is(run.code, 0, run.err);
    const { measurement } = json<{ measurement: { shape: number[]; grid: { shape: number[]; spacing: number[] } } }>(folder, 'run.json');
    t.is(measurement.shape[1], 12);
    t.deepEqual(measurement.grid.shape, [6, 24, 24]);
    t.true(Math.abs(measurement.grid.spacing[0] - 360 / 24) < 1e-9); // the thorax phantom is 360 mm wide
  }));

test('a plain array is a scan once its geometry is given', (t) =>
  inFolder(async (folder) => {
    await slicewise(folder, [...SIMULATE, '--geometry', 'fan', '--oversample', '1']);
    const { writeFileSync } = await import('node:fs');
    const { readMeasurement } = await import('../../volumes/index.js');
    const scan = await readMeasurement([{ name: 'scan.h5', bytes: readFileSync(join(folder, 'scan.h5')) }]);
    const [, views, bins] = scan.shape;
    writeFileSync(join(folder, 'one.npy'), npy(scan.data.slice(0, views * bins), [views, bins]));
    const pitch = String(scan.geometry.detectorPitch);
    const args = ['one.npy', '--geometry', 'fan', '--sod', '600', '--sdd', '1100', '--pitch', pitch, '--angles', '0:345:15'];
    const told = await slicewise(folder, ['info', ...args]);
    t.regex(told.out, /radon\.fan/, told.err);
    const run = await slicewise(folder, ['recon', ...args, '--method', 'cgls', '-o', 'one.nii.gz', '--size', '48']);
    t.is(run.code, 0, run.err);
  }));

test('models lists, shows and verifies', async (t) => {
  const list = await slicewise('.', ['models']);
  t.regex(list.out, /^ct +CT, axial/m);
  const card = JSON.parse((await slicewise('.', ['models', 'info', 'ct', '--json'])).out) as { name: string };
  t.is(card.name, 'ct');
  const verified = await slicewise('.', ['models', 'verify']);
  t.is(verified.code, 0, verified.err);
  t.regex(verified.out, /ct: sha256 [0-9a-f]{64} is right/);
});

/** NumPy's format 1.0, little endian float32, C order. */
function npy(data: Float32Array, shape: readonly number[]): Uint8Array {
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const padded = head.padEnd(Math.ceil((head.length + 11) / 64) * 64 - 11) + '\n';
  return Buffer.concat([
    Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length & 255, padded.length >> 8]),
    Buffer.from(padded),
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  ]);
}

test('--mu-water gives data in mm a result in HU, and --offset comes before the centre of a geometry file', (t) =>
  inFolder(async (folder) => {
    const { writeFileSync } = await import('node:fs');
    writeFileSync(
      join(folder, 'one.npy'),
      npy(
        Float32Array.from({ length: 192 }, (_, i) => (i % 16) / 16),
        [12, 16],
      ),
    );
    writeFileSync(join(folder, 'g.json'), JSON.stringify({ kind: 'radon.parallel', angles: '0:165:15', detectorPitch: 2, center: 3 }));
    const run = ['recon', 'one.npy', '-o', 'out.nii', '--geometry-file', 'g.json', '--offset', '1', '--json', 'run.json'];
    type Told = {
      measurement: { geometry: { detectorOffset: number } };
      dataRange: { unit: string; scale: number; offset: number };
    };
    t.is((await slicewise(folder, run)).code, 0);
    const own = json<Told>(folder, 'run.json');
    t.is(own.dataRange.unit, 'arbitrary');
    t.is(own.measurement.geometry.detectorOffset, 1);
    const { code, out, err } = await slicewise(folder, [...run, '--mu-water', '0.02', '--force']);
    t.is(code, 0, err);
    t.regex(out, /HU/);
    t.like(json<Told>(folder, 'run.json').dataRange, { unit: 'HU', scale: 50000, offset: -1000 });
  }));

test('compare takes HU and 1/mm together', (t) =>
  inFolder(async (folder) => {
    const { writeFileSync } = await import('node:fs');
    const { makeVolume, writeVolume } = await import('../../volumes/index.js');
    const hu = Float32Array.from({ length: 288 }, (_, i) => (i % 7) * 100 - 300);
    const mu = hu.map((v) => 0.02 * (1 + v / 1000));
    writeFileSync(join(folder, 'a.nii'), await writeVolume('a.nii', makeVolume(hu, [2, 12, 12], { units: 'HU' })));
    writeFileSync(join(folder, 'b.nii'), await writeVolume('b.nii', makeVolume(mu, [2, 12, 12], { units: '1/mm' })));
    const told = await slicewise(folder, 'compare a.nii b.nii --mu-water 0.02 --json -'.split(' '));
    t.is(told.code, 0, told.err);
    const { units, error } = JSON.parse(told.out) as Comparison;
    t.is(units, 'HU');
    t.true(error.rmse < 1e-3, `${error.rmse}`); // float32 of 0.02
  }));
