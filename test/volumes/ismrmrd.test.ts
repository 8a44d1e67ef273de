import test from 'ava';
import { readMeasurement } from '../../volumes/open.js';
import type { ScanOptions } from '../../volumes/scan-options.js';
import { relativeError } from '../support/kspace.js';
import { latticeOf } from '../../core/placement.js';
import { kspaceFile, kspaceTruth } from '../support/golden-kspace.js';

const read = (file: string, options: ScanOptions = {}) => readMeasurement([kspaceFile(file)], options);
const wrong = (dataset: string, options: ScanOptions = {}) => read('ismrmrd-wrong.h5', { dataset, ...options });

test('2-D: lines are sorted, averaged, turned, cropped, and slices put in order of position', async (t) => {
  const scan = await read('ismrmrd-2d.h5');
  const truth = kspaceTruth('2d');
  t.deepEqual([...scan.shape], truth.shape);
  // the truth is written with six digits
  t.true(relativeError(scan.data, truth.data) < 2e-6);
  t.is(scan.geometry.readout, 'kx');
  t.is(scan.geometry.readoutOversampling, 2);
  t.true(Math.abs((scan.geometry.phaseOversampling as number) - 140 / 120) < 1e-12);
});

test('2-D: what partial Fourier leaves out is not measured', async (t) => {
  const { arrays, geometry } = await read('ismrmrd-2d.h5');
  t.deepEqual(arrays!.mask.shape, [1, 7, 6]);
  const rows = Array.from({ length: 7 }, (_, y) => arrays!.mask.data.subarray(6 * y, 6 * y + 6).join(''));
  t.deepEqual(
    rows,
    ['000000', '000000', '111111', '111111', '111111', '111111', '111111'].map((r) => [...r].join('')),
  );
  t.is(geometry.acceleration, 7 / 5);
});

test('2-D: voxels lie where the header says, LPS turned to RAS, the middle of the field of view at voxel ⌊N/2⌋', async (t) => {
  const { grid } = await read('ismrmrd-2d.h5');
  const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
  t.deepEqual(grid.shape, [2, 7, 6]);
  const { spacing, origin, direction } = latticeOf(grid);
  t.true(relativeError(spacing, [20, 20, 6]) < 1e-6);
  // columns: read, phase, slice direction
  t.true(relativeError(direction, [-c, s, 0, -s, -c, 0, 0, 0, 1]) < 1e-6);
  const at = [0, 1, 2].map((r) => origin[r] + 3 * 20 * direction[3 * r] + 3 * 20 * direction[3 * r + 1]);
  // slice 1 lies at 3 read − 4 phase + 4 slice in LPS
  const lps = [3 * c + 4 * s, 3 * s - 4 * c, 4];
  t.true(relativeError(at, [-lps[0], -lps[1], lps[2]]) < 1e-5);
});

test('2-D: the noise scan comes along, with the variance its bandwidth means for the data', async (t) => {
  const { arrays, meta } = await read('ismrmrd-2d.h5');
  const truth = kspaceTruth('noise');
  t.deepEqual(arrays!.noiseScan.shape, truth.shape);
  t.true(relativeError(arrays!.noiseScan.data, truth.data) < 2e-6);
  const mri = meta.mri as { [key: string]: number };
  // 10 µs against 5 µs a sample, 0.8 of the bandwidth, two averages
  t.true(Math.abs(mri.noiseVarianceScale - 2 / 0.8 / 2) < 1e-6);
  t.is(mri.averages, 2);
  t.is(mri.fieldStrength, 1.5);
  t.is(mri.echoTime, 11.5);
  t.false(JSON.stringify(meta).includes('nobody'), 'no name of a patient');
});

test('one average, one slice can be picked', async (t) => {
  const one = await read('ismrmrd-2d.h5', { select: 'average=1, slice=0' });
  t.deepEqual(one.shape, [1, 3, 7, 6]);
  const both = await read('ismrmrd-2d.h5', { select: 'slice=0' });
  t.true(relativeError(both.data, kspaceTruth('2d').data.slice(both.data.length)) < 2e-6);
  t.true(relativeError(one.data, both.data) > 0.1);
  await t.throwsAsync(read('ismrmrd-2d.h5', { select: 'average=7' }), { code: 'ARGUMENT', message: /0, 1.*got 7/s });
  await t.throwsAsync(read('ismrmrd-2d.h5', { select: 'colour=1' }), { code: 'ARGUMENT', message: /contrast/ });
});

test('a partial echo lies where its centre says, also reversed, and the rest is not measured', async (t) => {
  const scan = await read('ismrmrd-2d.h5', { dataset: 'echo' });
  t.true(relativeError(scan.data, kspaceTruth('echo').data) < 2e-6);
  t.deepEqual([...scan.arrays!.mask.data.subarray(0, 12)], [0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  t.true(scan.meta.warnings!.some((w) => /partial echo/.test(w)));
});

test('3-D: the readout becomes the slices; rows and columns are the phase directions', async (t) => {
  const scan = await read('ismrmrd-3d.h5');
  t.deepEqual([...scan.shape], kspaceTruth('3d').shape);
  t.true(relativeError(scan.data, kspaceTruth('3d').data) < 2e-6);
  t.is(scan.geometry.readout, 'slice');
  t.deepEqual(scan.arrays!.mask.shape, [1, 5, 4]);
  t.deepEqual([...scan.arrays!.mask.data], kspaceTruth('3d-mask').data);
  const { spacing, direction, origin } = latticeOf(scan.grid);
  t.deepEqual([...spacing], [5, 15, 20]);
  // i runs along the slice direction, j along phase, k along read
  t.deepEqual(
    direction.map((v) => v + 0),
    [0, 0, -1, 0, -1, 0, 1, 0, 0],
  );
  // voxel (2, 2, 2) is at (1, 2, 3) LPS
  t.deepEqual([...origin], [-1 + 2 * 20, -2 + 2 * 15, 3 - 2 * 5]);
});

for (const [group, code, pattern] of [
  ['stopped', 'FORMAT', /slice 1 has fewer than others.*6 lines.*4, without ky 4, 5/s],
  ['slices', 'FORMAT', /whole slices.*4 slices.*got 2/s],
  ['centre', 'FORMAT', /through the origin.*ky 3/s],
  ['one', 'FORMAT', /no acceleration declared.*without ky 1/s],
  ['calibration', 'FORMAT', /calibration region.*without ky 2/s],
  ['contrasts', 'ARGUMENT', /contrast 0, 1.*--select contrast=0/s],
  ['radial', 'FORMAT_UNSUPPORTED', /radial/],
  ['outside', 'GEOMETRY', /acquisition 6.*row 6/s],
  ['long', 'GEOMETRY', /readout 0.*-1 … 4/s],
  ['coils', 'SHAPE', /1 in every acquisition.*2 in acquisition 5/s],
  ['noise', 'FORMAT', /no acquisitions of an image/],
  ['planes', 'FORMAT_UNSUPPORTED', /not parallel.*--select slice=0/s],
  ['zero', 'ARGUMENT', /coils without signal: 1 of 0 … 1/],
] as const) {
  test(`a scan with something wrong (${group}) is refused with its reason`, async (t) => {
    await t.throwsAsync(wrong(group), { code, message: pattern });
  });
}

test('missing lines may be taken as not measured', async (t) => {
  const { arrays } = await wrong('stopped', { missingLines: 'mask' });
  t.deepEqual(arrays!.mask.shape, [2, 6, 4]);
  t.is(
    arrays!.mask.data.reduce((a, v) => a + v, 0),
    10 * 4,
  );
});

test('calibration lines are part of the scan when embedded, and left out when of a separate scan', async (t) => {
  const rows = (scan: Awaited<ReturnType<typeof wrong>>) =>
    Array.from({ length: 6 }, (_, y) => scan.arrays!.mask.data[4 * y] * scan.data[8 * y]);
  t.deepEqual(rows(await wrong('embedded')), [0, 1, 1, 1, 1, 1]);
  const separate = await wrong('separate');
  t.deepEqual(rows(separate), [0, 1, 0, 1, 0, 1]);
  t.true(separate.meta.warnings!.some((w) => /3 calibration lines/.test(w)));
});

test('one contrast can be picked', async (t) => {
  t.is((await wrong('contrasts', { select: 'contrast=1' })).data[0], 2);
});

test('a truncated file is damaged, wherever it ends', async (t) => {
  const { bytes, name } = kspaceFile('ismrmrd-2d.h5');
  for (const share of [0.2, 0.5, 0.9, 0.999]) {
    const cut = bytes.slice(0, Math.floor(share * bytes.length));
    await t.throwsAsync(readMeasurement([{ name, bytes: cut }]), { code: 'FORMAT' }, `${share}`);
  }
});
