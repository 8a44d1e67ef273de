import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { packNpy } from '../../volumes/formats/npy/array.js';
import { packZip } from '../../volumes/formats/npy/zip.js';
import { readVolume, writeMeasurement } from '../../volumes/open.js';
import { volumeData } from '../../volumes/volume.js';
import { inFolder, listing, slicewise, type Outcome } from '../support/cli.js';
import { mrScan, psnrOf } from '../support/mr-scans.js';
import { smallScan } from '../support/scans.js';

const recon = (folder: string, scan: string, line: string): Promise<Outcome> =>
  slicewise(folder, ['recon', scan, '-o', 'out.nii.gz', '--force', '--workers', '1', ...line.split(' ').filter(Boolean)]);

const read = async (path: string, options = {}) => readVolume([{ name: path, bytes: new Uint8Array(readFileSync(path)) }], options);

test('a scan to a volume, its complex parts, a report with the mask and a manifest', (t) =>
  inFolder(async (folder) => {
    const { scan, truth } = await mrScan({ mask: 'random', accel: 2, acs: 16, snr: 30, slices: [2, 4] });
    writeFileSync(join(folder, 'k.h5'), await writeMeasurement('k.h5', scan));
    const made = await recon(folder, 'k.h5', '--method cs-wavelet --report out.html --json run.json');
    t.is(made.code, 0, made.err);
    const volume = volumeData(await read(join(folder, 'out.nii.gz')));
    t.true(psnrOf(volume, truth) > 25);
    const html = readFileSync(join(folder, 'out.html'), 'utf8');
    t.regex(html, /<h2>Scan<\/h2>[^]*alt="sampling mask"[^]*48 × 64 \(ky × kx\)[^]*2\.00 measured[^]*wavelet db4/);
    const { std } = scan.noise as { std: number };
    t.regex(html, new RegExp(`${Number(std.toPrecision(4))} in each part`));
    const manifest = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
    t.is(manifest.measurement.kind, 'fourier.cartesian');

    // without a method: zero-filled; both parts
    const complex = await recon(folder, 'k.h5', '--complex');
    t.is(complex.code, 0, complex.err);
    t.regex(complex.out, /zero-filled in/);
    const both = await read(join(folder, 'out.nii.gz'), { complex: 'keep' });
    t.true(both.data.some((v, n) => n % 2 === 1 && v !== 0));
  }));

test('to BART: a pair of files with both parts, the same as complex NIfTI', (t) =>
  inFolder(async (folder) => {
    const { scan } = await mrScan({ mask: 'random', accel: 2, acs: 16, snr: 30, slices: [2, 3] });
    writeFileSync(join(folder, 'k.h5'), await writeMeasurement('k.h5', scan));
    const made = await slicewise(folder, ['recon', 'k.h5', '-o', 'out.cfl', '--workers', '1']);
    t.is(made.code, 0, made.err);
    t.deepEqual(listing(folder), ['k.h5', 'out.cfl', 'out.hdr']);
    const pair = ['out.cfl', 'out.hdr'].map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name))) }));
    const bart = await readVolume(pair, { complex: 'keep' });
    t.is((await recon(folder, 'k.h5', '--complex')).code, 0);
    const nifti = await read(join(folder, 'out.nii.gz'), { complex: 'keep' });
    t.deepEqual([bart.dtype, bart.data], [nifti.dtype, nifti.data]);
    mkdirSync(join(folder, 'blocked.hdr'));
    const blocked = await slicewise(folder, ['recon', 'k.h5', '-o', 'blocked.cfl']);
    t.regex(blocked.err, /cannot write 'blocked\.hdr'.*a folder of this name/);
  }));

test('what cannot be is said in a line', (t) =>
  inFolder(async (folder) => {
    const { scan } = await mrScan({ mask: 'random', accel: 2, acs: 16, snr: 30, slices: [2, 2] });
    writeFileSync(join(folder, 'k.h5'), await writeMeasurement('k.h5', scan));
    writeFileSync(join(folder, 'ct.h5'), await writeMeasurement('ct.h5', (await smallScan(1)).scan));
    const silent = new Float32Array(2 * 3 * 12 * 10).fill(1, 0, 240); // coil 0 of 3 has signal
    writeFileSync(join(folder, 'k.npz'), packZip({ 'kspace.npy': packNpy(silent, [3, 12, 10], true) }));
    const cases: readonly (readonly [string, string, RegExp])[] = [
      ['k.h5', '--method fbp', /fbp is not for this kind of data/],
      ['k.h5', '--method sense --size 32', /matrix of its k-space/],
      ['k.h5', '--method sense --spacing 1', /says its voxel size itself/],
      ['k.h5', '--method admm-tv --bounds 0,', /bounds is not for these data/],
      ['k.h5', '--method admm-tv --non-negative', /bounds is not for these data.*non-negative/],
      ['k.h5', '--method dds --prior ct', /'ct' does not fit these data/],
      ['ct.h5', '--method dds --prior mri', /'mri' does not fit these data/],
      ['ct.h5', '--method sirt --coil-maps espirit', /coil-maps is not for these data/],
      ['k.npz', '--axes coil,ky,kx', /coils without signal: 1, 2/],
    ];
    for (const [file, line, message] of cases) {
      const { code, err } = await recon(folder, file, line);
      t.true(code === 1 || code === 2, line);
      t.regex(err, message);
      t.false(err.includes('step '), line);
    }
    const drawn = await slicewise(folder, ['geometry', 'k.h5', '-o', 'g.svg']);
    t.not(drawn.code, 0);
    t.regex(drawn.err, /no scanner to draw/);
    const small = await recon(folder, 'k.npz', '--axes coil,ky,kx --zero-coils drop --spacing 2x3');
    t.is(small.code, 0, small.err);
    t.regex(small.out, /2 × 3 × 1 mm/);
  }));
