import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { readInput } from '../../core/platform/files.js';
import { packNpy } from '../../volumes/formats/npy/array.js';
import { readMeasurement, writeVolume } from '../../volumes/open.js';
import { makeVolume, type Volume } from '../../volumes/volume.js';
import { placed } from '../../core/placement.js';
import { inFolder, listing, slicewise } from '../support/cli.js';

const volume = (): Volume =>
  makeVolume(
    Float32Array.from({ length: 6 * 40 * 48 }, (_, n) => {
      const [x, y] = [(n % 48) / 24 - 1, (Math.floor(n / 48) % 40) / 20 - 1];
      return Math.hypot(x, y) < 0.8 ? 200 + 50 * Math.sin(5 * x + 3 * y) : 0;
    }),
    [6, 40, 48],
    placed({ spacing: [4, 5, 3], origin: [-90, -100, 0] }),
  );

const place = async (folder: string): Promise<void> => writeFileSync(join(folder, 't1.nii.gz'), await writeVolume('t1.nii.gz', volume()));

const run = (folder: string, line: string) => slicewise(folder, `simulate mri t1.nii.gz --units arbitrary ${line}`.split(' '));

test('a scan is simulated and says what was asked and what was measured', (t) =>
  inFolder(async (folder) => {
    await place(folder);
    const made = await run(
      folder,
      '-o k.h5 --coils 4 --mask poisson --accel 4 --acs 8 --snr 30 --seed 1 --slices 1-4 --object truth.nii.gz',
    );
    t.is(made.code, 0, made.err);
    t.regex(made.out, /480 of 1920 points a slice, acceleration 4\.000 \(asked 4\)/);
    t.regex(made.out, /SNR (29\.[5-9]|30\.[0-4])\d* \(asked 30\)/);
    t.regex(made.out, /data 4 × 4 × 40 × 48 \(slice, coil, ky, kx\), 3-D/);
    t.deepEqual(listing(folder), ['k.h5', 't1.nii.gz', 'truth.nii.gz']);
    const scan = await readMeasurement(await readInput(join(folder, 'k.h5')));
    t.is(scan.kind, 'fourier.cartesian');
    t.deepEqual(scan.shape, [4, 4, 40, 48]);
    t.is(scan.dtype, 'complex64');
    t.like(scan.geometry, { readout: 'slice' });
    t.like(scan.meta.simulation, { seed: 1, snr: 30, plane: 'axial', slices: [1, 4] });
    const lines = await run(folder, '-o lines.h5 --coils 2 --mask gaussian --accel 3 --acs 6');
    t.regex(lines.out, /13 of 40 lines a slice, acceleration 3\.077 \(asked 3\); no noise/);
    t.regex(lines.out, /2-D, readout kx/);
  }));

test("a user's mask is used, and one of another shape refused", (t) =>
  inFolder(async (folder) => {
    await place(folder);
    const rows = Float32Array.from({ length: 40 }, (_, y) => (y % 2 === 0 ? 1 : 0));
    writeFileSync(join(folder, 'lines.npy'), packNpy(rows, [40]));
    writeFileSync(join(folder, 'wrong.npy'), packNpy(new Float32Array(48 * 40).fill(1), [48, 40]));
    const made = await run(folder, '-o k.h5 --coils 2 --mask-file lines.npy --slices 0:1');
    t.is(made.code, 0, made.err);
    t.regex(made.out, /mask own: 20 of 40 lines a slice, acceleration 2\.000;/);
    const wrong = await run(folder, '-o w.h5 --coils 2 --mask-file wrong.npy');
    t.is(wrong.code, 1);
    t.regex(wrong.err, /40×48.*transpose/);
    t.deepEqual(listing(folder), ['k.h5', 'lines.npy', 't1.nii.gz', 'wrong.npy']);
  }));

test('bad input: a clear error, a non-zero exit, no file', (t) =>
  inFolder(async (folder) => {
    await place(folder);
    const cases: [string, number, RegExp][] = [
      ['-o k.h5 --mask random --accel 4', 2, /calibration region.*--acs 10/],
      ['-o k.h5 --mask nonsense', 2, /--mask/],
      ['-o k.h5 --accel 4', 2, /without a mask/],
      ['-o k.h5 --coils 0', 2, /--coils/],
      ['-o k.h5 --slices 3:9', 2, /last ≤ 5/],
      ['-o k.txt', 2, /ending in/],
      ['-o missing/k.h5', 1, /Make the folder first/],
      ['-o k.h5 --mask-file nowhere.npy', 1, /nowhere\.npy/],
      ['-o k.h5 --mask poisson --accel 3 --acs 4 --per-slice', 2, /same points for all slices/],
    ];
    for (const [line, code, message] of cases) {
      const { code: got, err, out } = await run(folder, line);
      t.is(got, code, `${line}: ${err}`);
      t.regex(err, message);
      t.is(out, '');
      t.deepEqual(listing(folder), ['t1.nii.gz'], line);
    }
    const missing = await slicewise(folder, ['simulate', 'mri', 'none.nii', '-o', 'k.h5']);
    t.is(missing.code, 1);
    t.regex(missing.err, /none\.nii/);
  }));

test('an interrupted simulation leaves no file', (t) =>
  inFolder(async (folder) => {
    const large = makeVolume(new Float32Array(40 * 128 * 128).fill(5), [40, 128, 128]);
    writeFileSync(join(folder, 't1.nii.gz'), await writeVolume('t1.nii.gz', large));
    let sent = false; // a second signal could come after the end of the program, while Node shuts down
    const line = 'simulate mri t1.nii.gz --units arbitrary -o k.h5'.split(' ');
    const { code, signal } = await slicewise(folder, line, (err, kill) => {
      if (!sent && err.includes('memory planned')) kill('SIGINT');
      sent ||= err.includes('memory planned');
    });
    t.true(signal === 'SIGINT' || code === 130, `${signal} ${code}`);
    t.deepEqual(listing(folder), ['t1.nii.gz']);
  }));
