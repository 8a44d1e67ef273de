import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { latticeOf } from '../../core/placement.js';
import { beside } from '../../src/cli/recon-images.js';
import { packNpy } from '../../volumes/formats/npy/array.js';
import { readVolume } from '../../volumes/open.js';
import { volumeData } from '../../volumes/volume.js';
import { inFolder, listing, slicewise, type Outcome } from '../support/cli.js';
import { trajectoryGolden } from '../support/golden-trajectories.js';
import { mrScan, psnrOf, smallHead } from '../support/mr-scans.js';

const AXES = ['--axes', 'echo,slice,coil,ky,kx'];
const recon = (folder: string, ...line: string[]): Promise<Outcome> =>
  slicewise(folder, ['recon', 'k.npy', ...AXES, '--workers', '1', ...line]);

/** Two echoes of a head, the second at half the signal and upside down: what leaked from one into the other would show. */
async function twoEchoes(folder: string): Promise<Float32Array[]> {
  const head = smallHead();
  const turned = { ...head, data: head.data.map((_, n) => head.data[head.data.length - 1 - n] / 2) };
  const scans = [];
  for (const object of [head, turned]) {
    scans.push(await mrScan({ mask: 'random', accel: 2, acs: 16, snr: 60, slices: [2, 4] }, {}, object));
  }
  const [first, second] = scans.map(({ scan }) => scan);
  writeFileSync(join(folder, 'k.npy'), packNpy(Float32Array.from([...first.data, ...second.data]), [2, ...first.shape], true));
  return scans.map(({ truth }) => truth);
}

const bytes = (folder: string, name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)));
const image = async (folder: string, name: string): Promise<Float32Array> =>
  volumeData(await readVolume([{ name, bytes: bytes(folder, name) }]));

test('every echo in one run: files of its own, the same bits as alone, right against the truth of each', (t) =>
  inFolder(async (folder) => {
    const truths = await twoEchoes(folder);
    const line = ['--method', 'sense', '-o', 'out.nii.gz'];
    const made = await recon(folder, ...line, '--select', 'echo=all', '--json', 'run.json', '--report', 'r.html');
    t.is(made.code, 0, made.err);
    const own = ['0', '1'].flatMap((n) => [`out-echo${n}.nii.gz`, `r-echo${n}.html`, `r-echo${n}.png`, `run-echo${n}.json`]);
    t.deepEqual(listing(folder), ['k.npy', ...own].sort());
    t.regex(made.err, /2 images: echo0, echo1/);
    t.regex(made.out, /image +file +mean.*\necho0 +out-echo0\.nii\.gz.*\necho1 +out-echo1\.nii\.gz/);
    const images = [await image(folder, 'out-echo0.nii.gz'), await image(folder, 'out-echo1.nii.gz')];
    images.forEach((volume, n) => t.true(psnrOf(volume, truths[n]) > 25, `echo ${n}: ${psnrOf(volume, truths[n])} dB`));
    t.true(psnrOf(images[0], truths[1]) < 20);
    for (const [n, volume] of images.entries()) {
      const manifest = JSON.parse(readFileSync(join(folder, `run-echo${n}.json`), 'utf8')) as { measurement: { image: string } };
      t.is(manifest.measurement.image, `echo=${n}`);
      t.regex(readFileSync(join(folder, `r-echo${n}.html`), 'utf8'), new RegExp(`sense of k\\.npy, echo=${n}`));
      const alone = await recon(folder, ...line, '--select', `echo=${n}`, '--force');
      t.is(alone.code, 0, alone.err);
      t.deepEqual(await image(folder, 'out.nii.gz'), volume);
    }
  }));

test('nothing is run where one of the files cannot be written; --resume goes on with what is not there', (t) =>
  inFolder(async (folder) => {
    await twoEchoes(folder);
    const all = ['--select', 'echo=all', '-o', 'out.npy'];
    writeFileSync(join(folder, 'out-echo1.npy'), 'mine');
    const refused = await recon(folder, ...all);
    t.is(refused.code, 1);
    t.regex(refused.err, /'out-echo1\.npy' is there already.*--force/s);
    t.deepEqual(listing(folder), ['k.npy', 'out-echo1.npy']);

    const on = await recon(folder, ...all, '--resume');
    t.is(on.code, 0, on.err);
    t.regex(on.err, /1 of them are there already/);
    t.is(new TextDecoder().decode(bytes(folder, 'out-echo1.npy')), 'mine');
    const first = bytes(folder, 'out-echo0.npy');
    rmSync(join(folder, 'out-echo0.npy'));
    t.is((await recon(folder, ...all, '--force')).code, 0);
    t.deepEqual(bytes(folder, 'out-echo0.npy'), first);
    t.not(bytes(folder, 'out-echo1.npy').length, 4);
  }));

test('what cannot be several is said with a way out', (t) =>
  inFolder(async (folder) => {
    await twoEchoes(folder);
    const cases: readonly (readonly [string[], RegExp])[] = [
      [['-o', '-', '--select', 'echo=all'], /2 images do not go to standard output.*Name a file for --output/s],
      [['-o', 'out.npy', '--json', '-', '--select', 'echo=all'], /Name a file for --json/],
      [['-o', 'out.npy', '--select', 'time=all'], /further axis.*'time'/s],
      [['-o', 'out.npy'], /'echo'.*--select echo=0.*echo=all/s],
    ];
    for (const [line, message] of cases) {
      const { code, err } = await recon(folder, ...line);
      t.is(code, 2, err);
      t.regex(err, message);
    }
    const told = await slicewise(folder, ['info', 'k.npy', ...AXES, '--select', 'echo=all']);
    t.regex(told.err, /echo=all is several images.*recon.*echo=0/s);
    const batch = await slicewise(folder, ['batch', 'k.npy', ...AXES, '--select', 'echo=all', '-o', 'all']);
    t.regex(batch.err, /a batch writes one image of each scan/);
  }));

test('files lie beside the one that was named', (t) => {
  t.is(beside('out.nii.gz', 'echo1'), 'out-echo1.nii.gz');
  t.is(beside('a.b/out.cfl', 'echo1'), 'a.b/out-echo1.cfl');
  t.is(beside('a.b/series/', 'echo1'), 'a.b/series-echo1/');
  t.is(beside('scan.v2.npy', 'time03'), 'scan.v2-time03.npy');
});

test('slices along trajectories of their own: refused as one volume, and slice=all gives each as it is alone, at its place', (t) =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'k.h5'), trajectoryGolden('ismrmrd.h5.gz').bytes);
    const line = (...own: string[]) =>
      slicewise(folder, ['recon', 'k.h5', '--dataset', 'turned', '--method', 'zero-filled', '--workers', '0', ...own]);
    const whole = await line('-o', 'whole.nii.gz');
    t.is(whole.code, 1);
    t.regex(whole.err, /different trajectories.*--select slice=all/s);
    const all = await line('-o', 'out.nii.gz', '--select', 'slice=all');
    t.is(all.code, 0, all.err);
    t.deepEqual(listing(folder), ['k.h5', 'out-slice0.nii.gz', 'out-slice1.nii.gz']);
    const volumes = [];
    for (const n of [0, 1]) {
      const alone = await line('-o', 'alone.nii.gz', '--select', `slice=${n}`, '--force');
      t.is(alone.code, 0, alone.err);
      const [own, single] = await Promise.all(
        [`out-slice${n}.nii.gz`, 'alone.nii.gz'].map((name) => readVolume([{ name, bytes: bytes(folder, name) }])),
      );
      t.deepEqual(own.data, single.data);
      t.deepEqual(latticeOf(own), latticeOf(single));
      volumes.push(own);
    }
    // each by its own trajectory, so that the images differ, and each where the header says its slice is
    t.notDeepEqual(volumes[0].data, volumes[1].data);
    const [a, b] = volumes.map((volume) => latticeOf(volume).origin);
    t.true(Math.hypot(...a.map((x, i) => x - b[i])) > 1);
  }));
