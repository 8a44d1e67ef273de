import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { writeVolume } from '../../volumes/open.js';
import { makeVolume, type Volume } from '../../volumes/volume.js';
import { inFolder, slicewise } from '../support/cli.js';

const section = (shift: number): Volume =>
  makeVolume(
    Float32Array.from({ length: 24 * 40 }, (_, n) => Math.sin(n / 3) + shift),
    [1, 24, 40],
    {
      axes: [
        { name: 'line', unit: '', first: 12, step: 1 },
        { name: 'trace', unit: 'm', step: 12.5 },
        { name: 'time', unit: 'ms', step: 4 },
      ],
      modality: 'seismic',
    },
  );

test('info and compare speak of a seismic line in its own words, from NumPy and HDF5', (t) =>
  inFolder(async (folder) => {
    for (const [name, shift] of [
      ['a.npz', 0.5],
      ['b.h5', 0],
    ] as const)
      writeFileSync(join(folder, name), await writeVolume(name, section(shift)));
    for (const name of ['a.npz', 'b.h5']) {
      const told = await slicewise(folder, ['info', name]);
      t.is(told.code, 0, told.err);
      t.regex(told.out, /^size +1 line × 24 trace × 40 time samples$/m);
      t.regex(told.out, /^line +1 at 12$/m);
      t.regex(told.out, /^trace +24 from 0 to 287\.5 m, step 12\.5 m$/m);
      t.regex(told.out, /^time +40 from 0 to 156 ms, step 4 ms$/m);
      t.regex(told.out, /^units +arbitrary, seismic$/m);
      t.notRegex(told.out, /\bmm\b|orientation|axial|origin|warning/);
      const { axes, affine } = JSON.parse((await slicewise(folder, ['info', name, '--json'])).out) as { axes: unknown; affine?: unknown };
      t.deepEqual([axes, affine], [section(0).axes, undefined]);
    }
    const compared = await slicewise(folder, ['compare', 'a.npz', 'b.h5']);
    t.is(compared.code, 0, compared.err);
    t.regex(compared.out, /^SSIM trace × time +[\d.]+ +mean over slices/m);
    t.regex(compared.out, /^RMSE +0\.5$/m);
    t.regex(compared.out, /^compared with line 0 to 0, trace 0 to 23, time 0 to 39 of b\.h5$/m);
    t.notRegex(compared.out, /axial|coronal|sagittal|voxels/);
  }));
