import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { decode } from 'fast-png';
import { gunzipSync } from 'fflate';
import test from 'ava';
import { packNpy } from '../../volumes/formats/npy/array.js';
import { inFolder, slicewise } from '../support/cli.js';
import { trajectoryTruth } from '../support/golden-trajectories.js';

const GOLDEN = resolve('test/golden/trajectories');
const BART = ['ksp.cfl', 'ksp.hdr', 'traj.cfl', 'traj.hdr'];
const copy = (folder: string, names: readonly string[]): void =>
  names.forEach((name) => copyFileSync(join(GOLDEN, name), join(folder, name)));

/** Gets words of a command line, without quotes. */
const run = (folder: string, line: string) => slicewise(folder, line.split(' '));

test('info of a BART scan: trajectory, spokes, coils, matrix, reach, sampling', (t) =>
  inFolder(async (folder) => {
    copy(folder, BART);
    const { out, code } = await run(folder, 'info ksp --trajectory traj');
    t.is(code, 0);
    for (const line of [
      /kind +fourier\.noncartesian \(BART\)/,
      /coils +2/,
      /matrix +24 × 24 .*, 2 slices/,
      /trajectory +radial, 36 spokes of 24 samples/,
      /reach +11\.5 cycles per field of view, 96 %/,
      /sampling +1\.00 cells between spokes/,
      /warning: .*24 × 24 taken/,
    ])
      t.regex(out, line);
    const { out: text } = await run(folder, 'info ksp.hdr --trajectory traj.cfl --size 32x30 --json');
    const { kspace, grid } = JSON.parse(text) as {
      kspace: { readouts: number; undersampling: number };
      grid: { shape: number[] };
    };
    t.is(kspace.readouts, 36);
    t.true(Math.abs(kspace.undersampling - (Math.PI * 11.5) / 36) < 1e-6);
    t.deepEqual(grid.shape, [2, 30, 32]);
  }));

test('recon of it with maps, noise level, voxel size and report, whose picture has the spokes', (t) =>
  inFolder(async (folder) => {
    copy(folder, BART);
    const maps = trajectoryTruth('maps').data;
    writeFileSync(join(folder, 'maps.npy'), packNpy(Float32Array.from([...maps, ...maps]), [2, 2, 24, 24], true));
    const scan = 'recon ksp --trajectory traj --maps maps.npy --noise-std 0.1 --spacing 2x2x3';
    const made = await run(folder, `${scan} -o out.nii.gz --method sense --workers 1 --report out.html`);
    t.is(made.code, 0, made.err);
    t.regex(made.out, /24 × 24 × 2 voxels of 2 × 2 × 3 mm/);
    t.notRegex(made.err, /no voxel size/);
    const html = readFileSync(join(folder, 'out.html'), 'utf8');
    t.regex(html, /<th>trajectory<\/th><td class="text">radial, 36 spokes of 24 samples/);
    t.regex(html, /<th>coil maps<\/th><td class="text">given/);
    const [, png] = /base64,([^"]*)" alt="trajectory/.exec(html)!;
    const { data, width, height, channels } = decode(Uint8Array.from(atob(png), (c) => c.charCodeAt(0)));
    t.deepEqual([width, height, channels], [256, 256, 1]);
    // the first spoke lies along kx: a sample every 256/24 pixels from the left to the right, ½ a cell inside (ky is 0 to rounding);
    // nothing above the reach
    const lit = Array.from({ length: 256 }, (_, x) => x).filter((x) => data[127 * 256 + x] + data[128 * 256 + x] > 0);
    t.deepEqual(
      lit,
      Array.from({ length: 24 }, (_, n) => Math.floor(((n + 0.5) * 256) / 24)),
    );
    t.is(
      data.subarray(0, 256 * 5).findIndex((v) => v > 0),
      -1,
    );

    writeFileSync(join(folder, 'maps.npy'), packNpy(new Float32Array(2 * 2 * 2 * 24 * 20), [2, 2, 24, 20], true));
    const wrong = await run(folder, `${scan} -o wrong.nii.gz`);
    t.regex(wrong.err, /coil maps of maps\.npy do not fit.*2×2×24×24.*got 2×2×24×20/s);
    t.false(existsSync(join(folder, 'wrong.nii.gz')));
    const mask = await run(folder, 'info ksp --trajectory traj --mask-file maps.npy');
    t.regex(mask.err, /--mask-file is for k-space on a grid/);
  }));

test('arrays, ISMRMRD, and a scan file made of them', (t) =>
  inFolder(async (folder) => {
    copy(folder, ['sigpy.npz', ...BART]);
    writeFileSync(join(folder, 'ismrmrd.h5'), gunzipSync(new Uint8Array(readFileSync(join(GOLDEN, 'ismrmrd.h5.gz')))));
    const npz = await run(folder, 'info sigpy.npz --axes coil,spoke,readout --size 24x20');
    t.regex(npz.out, /radial, 60 spokes of 12 samples/);
    const asked = await run(folder, 'info sigpy.npz');
    t.is(asked.code, 2);
    t.regex(asked.err, /--axes, e\.g\. coil,spoke,sample/);
    const raw = await run(folder, 'info ismrmrd.h5');
    t.regex(raw.out, /radial, 5 spokes of 6 samples/);
    t.regex(raw.out, /warning: the unit of the trajectory is not stored/);
    const units = await run(folder, 'info ismrmrd.h5 --dataset units --trajectory-unit fov');
    t.regex(units.out, /reach +4 cycles/);
    const none = await run(folder, 'info ismrmrd.h5 --trajectory ksp.cfl');
    t.is(none.code, 1, none.out);
  }));
