import { copyFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test from 'ava';
import { packNpy } from '../../volumes/formats/npy/array.js';
import { packZip } from '../../volumes/formats/npy/zip.js';
import { inFolder, slicewise } from '../support/cli.js';

const GOLDEN = resolve('test/golden/kspace');
const copy = (folder: string, ...names: string[]): void =>
  names.forEach((name) => copyFileSync(join(GOLDEN, name), join(folder, name.replace('bart/', ''))));

test('info tells coils, matrix, measured acceleration, calibration and field of an ISMRMRD file', async (t) => {
  await inFolder(async (folder) => {
    copy(folder, 'ismrmrd-2d.h5');
    const { out, code } = await slicewise(folder, ['info', 'ismrmrd-2d.h5']);
    t.is(code, 0);
    for (const line of [/coils +3/, /matrix +7 × 6/, /acceleration +1\.40 measured/, /calibration +3 × 6/, /field +1\.5 T/])
      t.regex(out, line);
    const json = JSON.parse((await slicewise(folder, ['info', 'ismrmrd-2d.h5', '--json'])).out) as {
      kspace: { acceleration: number; noiseSamples: number };
    };
    t.is(json.kspace.acceleration, 1.4);
    t.is(json.kspace.noiseSamples, 40);
  });
});

test('BART arrays are named by either file or their stem', async (t) => {
  await inFolder(async (folder) => {
    copy(folder, 'bart/kspace-2d.cfl', 'bart/kspace-2d.hdr');
    for (const name of ['kspace-2d', 'kspace-2d.cfl', 'kspace-2d.hdr']) {
      const { out, code } = await slicewise(folder, ['info', name]);
      t.is(code, 0);
      t.regex(out, /data +2 × 3 × 7 × 8 \(slice, coil, ky, kx\)/, name);
    }
    const { err, code } = await slicewise(folder, ['info', 'nothing']);
    t.is(code, 1);
    t.regex(err, /no file or folder 'nothing'/);
  });
});

test('complex arrays ask for axes, even with a mask beside them that could be a volume', async (t) => {
  await inFolder(async (folder) => {
    const kspace = packNpy(
      Float32Array.from({ length: 60 }, (_, n) => n + 1),
      [2, 3, 5],
      true,
    );
    const plane = Float32Array.from({ length: 15 }, (_, n) => (n < 5 ? 0 : 1));
    const mask = packNpy(plane, [3, 5]);
    writeFileSync(join(folder, 'k.npz'), packZip({ 'kspace.npy': kspace, 'mask.npy': mask }));
    const asked = await slicewise(folder, ['info', 'k.npz']);
    t.is(asked.code, 2);
    t.regex(asked.err, /2×3×5, complex.*--axes/);
    t.regex((await slicewise(folder, ['info', 'k.npz', '--axes', 'coil,ky,kx'])).out, /acceleration +1\.50 measured/);
    t.regex((await slicewise(folder, ['info', 'k.npz', '--axes', 'ky,kx'])).err, /3 different names.*got 2/);

    writeFileSync(
      join(folder, 'mask.npy'),
      packNpy(
        plane.map((v, n) => (n < 10 ? 0 : v)),
        [3, 5],
      ),
    );
    const less = await slicewise(folder, ['info', 'k.npz', '--axes', 'coil,ky,kx', '--mask-file', 'mask.npy']);
    t.regex(less.out, /acceleration +3\.00 measured/);
    writeFileSync(join(folder, 'mask.npy'), packNpy(new Float32Array(12).fill(1), [3, 4]));
    const wrong = await slicewise(folder, ['info', 'k.npz', '--axes', 'coil,ky,kx', '--mask-file', 'mask.npy']);
    t.regex(wrong.err, /mask\.npy does not fit the k-space; expected 3×5.*got 3×4/s);

    writeFileSync(join(folder, 'maps.npy'), packNpy(new Float32Array(60).fill(1), [2, 3, 5], true));
    const mapped = await slicewise(folder, ['info', 'k.npz', '--axes', 'coil,ky,kx', '--maps', 'maps.npy']);
    t.regex(mapped.out, /coil maps +given/);
  });
});
