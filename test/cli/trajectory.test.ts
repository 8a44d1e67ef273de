import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { readInput } from '../../core/platform/files.js';
import { packNpy } from '../../volumes/formats/npy/array.js';
import { readMeasurement, readVolume, writeVolume } from '../../volumes/open.js';
import { volumeData } from '../../volumes/volume.js';
import { inFolder, listing, slicewise } from '../support/cli.js';
import { psnrOf, smallHead } from '../support/mr-scans.js';

const place = async (folder: string): Promise<void> =>
  writeFileSync(join(folder, 't1.nii.gz'), await writeVolume('t1.nii.gz', smallHead([4, 64, 64])));
const simulate = (folder: string, line: string) => slicewise(folder, `simulate mri t1.nii.gz --units arbitrary ${line}`.split(' '));
const read = async (folder: string, name: string): Promise<Float32Array> =>
  volumeData(await readVolume([{ name, bytes: new Uint8Array(readFileSync(join(folder, name))) }]));

test('spokes: simulated, described, reconstructed, compared with the object', (t) =>
  inFolder(async (folder) => {
    await place(folder);
    const made = await simulate(
      folder,
      '-o r.h5 --coils 4 --trajectory radial --spokes 50 --snr 30 --seed 1 --slices 1:2 --object truth.nii.gz',
    );
    t.is(made.code, 0, made.err);
    t.regex(made.out, /fourier\.noncartesian, data 2 × 4 × 6400 \(slice, coil, sample\), 2-D/);
    t.regex(
      made.out,
      /radial: 50 spokes of 128 samples a slice, Nyquist ÷ spokes 2\.011, one cell of k-space in 1\.\d+ is met; SNR (29\.[5-9]|30\.[0-4])\d* \(asked 30\)/,
    );
    const recon = await slicewise(folder, 'recon r.h5 -o out.nii.gz --method sense --workers 1'.split(' '));
    t.is(recon.code, 0, recon.err);
    t.regex(recon.err, /undersampled 1\.\d+ times on average/);
    // SNR 30 alone is 26 dB of a peak of 1.5 times the mean; the corners of k-space are missing, the maps estimated
    const got = psnrOf(await read(folder, 'out.nii.gz'), await read(folder, 'truth.nii.gz'));
    t.log(`${got.toFixed(2)} dB`);
    t.true(got > 26, `${got} dB`);
  }));

test('spirals by acceleration: the record says what was made', (t) =>
  inFolder(async (folder) => {
    await place(folder);
    const made = await simulate(folder, '-o s.h5 --coils 2 --trajectory spiral --accel 1.5 --acs 16 --interleaves 8 --slices 1:1');
    t.is(made.code, 0, made.err);
    t.regex(made.out, /spiral: 8 interleaves of \d+ samples a slice, Nyquist ÷ windings 1\.500, .*no noise/);
    const scan = await readMeasurement(await readInput(join(folder, 's.h5')));
    t.like(scan.geometry, { trajectory: 'spiral' });
    t.like(scan.meta.simulation, {
      trajectory: { name: 'spiral', interleaves: 8, pitch: 'variable', calibration: 16, acceleration: 1.5 },
    });
    t.is(scan.arrays!.trajectory.shape[0], scan.shape[2]);
  }));

test('bad input: a clear error, a non-zero exit, no file', (t) =>
  inFolder(async (folder) => {
    await place(folder);
    writeFileSync(join(folder, 'lines.npy'), packNpy(new Float32Array(64).fill(1), [64]));
    const cases: readonly (readonly [string, RegExp])[] = [
      ['--trajectory rosette', /--trajectory.*radial/],
      ['--trajectory radial --mask random', /mask and trajectory/],
      ['--trajectory radial --mask-file lines.npy', /mask and trajectory/],
      ['--trajectory radial --readout slice', /readout slice and trajectory/],
      ['--trajectory radial --spokes 0', /--spokes/],
      ['--trajectory radial --spokes 9 --accel 2', /spokes and accel/],
      ['--trajectory spiral --accel 6', /calibration region of 24 × 24.*at most [\d.]+/s],
      ['--spokes 9', /is for trajectories/],
    ];
    for (const [line, message] of cases) {
      const { code, err, out } = await simulate(folder, `-o k.h5 --coils 1 ${line}`);
      t.is(code, 2, `${line}: ${err}`);
      t.regex(err, message);
      t.is(out, '');
      t.deepEqual(listing(folder), ['lines.npy', 't1.nii.gz'], line);
    }
  }));
