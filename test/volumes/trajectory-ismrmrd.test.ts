import test from 'ava';
import { packNpy } from '../../volumes/formats/npy/array.js';
import { readMeasurement } from '../../volumes/open.js';
import type { ScanOptions } from '../../volumes/scan-options.js';
import { trajectoryFacts } from '../../volumes/kinds/trajectory/facts.js';
import { trajectoryGolden, trajectoryTruth } from '../support/golden-trajectories.js';
import { latticeOf, spacingOf } from '../../core/placement.js';
import { relativeError } from '../support/kspace.js';

const file = trajectoryGolden('ismrmrd.h5.gz');
const read = (options: ScanOptions = {}) => readMeasurement([file], options);
const group = (dataset: string, options: ScanOptions = {}) => read({ dataset, ...options });

test('spokes are sorted, averaged, their discarded samples left out, and slices put in order of position', async (t) => {
  const scan = await read();
  t.is(scan.kind, 'fourier.noncartesian');
  t.deepEqual([...scan.shape], trajectoryTruth('radial').shape);
  // the truth is written with six digits
  t.true(relativeError(scan.data, trajectoryTruth('radial').data) < 2e-6);
  t.deepEqual(scan.geometry, { trajectory: 'radial', readouts: 5 });
  t.is((scan.meta.mri as { averages: number }).averages, 2);
});

test('cycles per pixel of the encoded matrix become cycles per field of view of the image, ky before kx, and that is told', async (t) => {
  const { arrays, meta } = await read();
  t.deepEqual(arrays!.trajectory.shape, trajectoryTruth('radial-trajectory').shape);
  t.true(relativeError(arrays!.trajectory.data, trajectoryTruth('radial-trajectory').data) < 2e-6);
  t.true(meta.warnings!.some((w) => /unit.*not stored.*0\.4967.*cycles per pixel.*16 × 16/.test(w)));
  t.true(meta.warnings!.every((w) => !/inner/.test(w)));
});

test('the image is that of the recon space, and lies where the header says', async (t) => {
  const { grid } = await read();
  const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
  t.deepEqual(grid.shape, [2, 6, 8]);
  const { spacing, origin, direction } = latticeOf(grid);
  t.true(relativeError(spacing, [10, 10, 6]) < 1e-6);
  t.true(relativeError(direction, [-c, s, 0, -s, -c, 0, 0, 0, 1]) < 1e-6);
  // voxel (4, 3) of slice 0 is at 3 read − 4 phase + 4 slice in LPS
  const at = [0, 1, 2].map((r) => origin[r] + 4 * 10 * direction[3 * r] + 3 * 10 * direction[3 * r + 1]);
  const lps = [3 * c + 4 * s, 3 * s - 4 * c, 4];
  t.true(relativeError(at, [-lps[0], -lps[1], lps[2]]) < 1e-5);
});

test('the noise scan comes along, with what its bandwidth means for the mean of two averages', async (t) => {
  const { arrays, meta } = await read();
  t.true(relativeError(arrays!.noiseScan.data, trajectoryTruth('noise').data) < 2e-6);
  t.is((meta.mri as { noiseVarianceScale: number }).noiseVarianceScale, 1);
});

test('one average or slice can be picked', async (t) => {
  const one = await read({ select: 'average=1, slice=0' });
  t.deepEqual([...one.shape], [1, 2, 30]);
  const both = await read({ select: 'slice=0' });
  const truth = trajectoryTruth('radial').data;
  t.true(relativeError(both.data, truth.slice(truth.length / 2)) < 2e-6);
  // the averages are 0.25 (1 + spoke) above and below their mean
  one.data.forEach((value, i) => {
    const spoke = Math.floor(((i / 2) % 30) / 6);
    t.true(Math.abs(value - both.data[i] - (i % 2 ? 0 : 0.25 * (1 + spoke))) < 1e-5);
  });
});

test('another matrix over the same field of view keeps the samples where they are', async (t) => {
  const [plain, finer] = [await read(), await read({ size: [16, 12] })];
  t.deepEqual(finer.grid.shape, [2, 12, 16]);
  t.true(relativeError(spacingOf(finer.grid), [5, 5, 6]) < 1e-6);
  t.deepEqual(finer.arrays!.trajectory, plain.arrays!.trajectory);
  await t.throwsAsync(read({ size: [6, 6] }), { code: 'GEOMETRY', message: /\|kx\| ≤ 3.*--size/s });
});

test('the unit may be said: cycles per encoded field of view, per metre; without it larger numbers ask', async (t) => {
  const image = trajectoryTruth('radial-trajectory').data.map((k, i) => (i % 2 ? k : (k * 8) / 6)); // 8 × 8 pixels
  for (const [name, trajectoryUnit] of [
    ['units', 'fov'],
    ['metres', '1/m'],
  ] as const) {
    await t.throwsAsync(group(name), { code: 'GEOMETRY', message: /unit of the trajectory.*fov.*±8.*1\/m.*±50/s });
    const { arrays } = await group(name, { trajectoryUnit });
    t.true(relativeError(arrays!.trajectory.data, image) < 2e-6, name);
  }
  const radian = await group('golden', { trajectoryUnit: 'radian' });
  t.true(Math.abs(radian.arrays!.trajectory.data[0] * 2 * Math.PI - image[0]) < 1e-5);
  t.true(radian.meta.warnings!.some((w) => /only the inner 16 %/.test(w)));
});

test('the header says what the trajectory is; counters that are all alike keep the order of the file', async (t) => {
  const [spiral, golden] = [await group('spiral'), await group('golden')];
  t.is(spiral.geometry.trajectory, 'spiral');
  t.deepEqual(golden.geometry, { trajectory: 'radial', readouts: 5 });
  t.deepEqual(
    [0, 1, 2, 3, 4].map((k) => golden.data[12 * k]),
    [1, 2, 3, 4, 5],
  );
});

test('a third coordinate of zeros falls away; weights in its place are left out with a warning', async (t) => {
  const plain = await group('golden');
  const [flat, weights] = [await group('flat'), await group('weights')];
  t.deepEqual(flat.arrays!.trajectory, plain.arrays!.trajectory);
  t.deepEqual(weights.arrays!.trajectory, plain.arrays!.trajectory);
  t.true(weights.meta.warnings!.some((w) => /density weight/.test(w)));
  t.false(flat.meta.warnings!.some((w) => /density weight/.test(w)));
});

for (const [name, code, pattern] of [
  ['kz', 'FORMAT_UNSUPPORTED', /three dimensions.*kz up to 0\.5/s],
  ['partition', 'FORMAT_UNSUPPORTED', /three dimensions.*kz up to 0\.25/s],
  ['turned', 'FORMAT_UNSUPPORTED', /readout 0, sample 0 of slice 1.*--select slice=0/s],
  ['stopped', 'FORMAT', /slice 1 of .* another number of readouts.*expected 5; got 3/s],
  ['slices', 'FORMAT', /whole slices.*4 slices; got 1/s],
  ['none', 'FORMAT_UNSUPPORTED', /holds no trajectory.*radial.*--trajectory FILE/s],
  ['epi', 'FORMAT_UNSUPPORTED', /goldenangle.*got epi/s],
  ['zero', 'ARGUMENT', /coils without signal: 1 of 0 … 1/],
] as const) {
  test(`a scan with something wrong (${name}) is refused with its reason`, async (t) => {
    await t.throwsAsync(group(name), { code, message: pattern });
  });
}

test('two partitions along the same spokes become two slices', async (t) => {
  const scan = await group('stack');
  t.is(scan.shape[0], 2);
  // both partitions were the same: of the two slices the one of k = 0 has everything, √2 of it
  const half = scan.data.length / 2;
  const energy = (from: number): number => scan.data.subarray(from, from + half).reduce((sum, v) => sum + v * v, 0);
  t.true(Math.min(energy(0), energy(half)) < 1e-9 * Math.max(energy(0), energy(half)));
});

test('a coil without signal, a slice with a trajectory of its own, missing slices: the way out that is named works', async (t) => {
  t.deepEqual([...(await group('zero', { zeroCoils: 'drop' })).shape], [1, 1, 30]);
  t.deepEqual([...(await group('turned', { select: 'slice=1' })).shape], [1, 1, 30]);
  t.deepEqual([...(await group('slices', { missingLines: 'mask' })).shape], [1, 1, 30]);
});

test('a trajectory in a file of its own belongs to acquisitions that have none', async (t) => {
  const plain = await group('golden');
  const k = plain.arrays!.trajectory.data;
  const trajectory = [{ name: 'k.npy', bytes: packNpy(k, [5, 6, 2]) }];
  const scan = await group('none', { trajectory, trajectoryUnit: 'fov', trajectoryOrder: 'ky,kx' });
  // the file's unit is of the encoded field of view, twice that of the image
  t.true(
    relativeError(
      scan.arrays!.trajectory.data,
      k.map((v) => v / 2),
    ) < 1e-6,
  );
  t.deepEqual(scan.data, plain.data);
  const short = [{ name: 'k.npy', bytes: packNpy(k.slice(12), [4, 6, 2]) }];
  const wrong = group('none', { trajectory: short, trajectoryOrder: 'ky,kx' });
  await t.throwsAsync(wrong, { code: 'SHAPE', message: /5×6×2.*got 4×6×2/s });
});

test('facts: spokes, reach, distance of spokes against Nyquist', async (t) => {
  const facts = trajectoryFacts(await group('units', { trajectoryUnit: 'fov' }));
  t.is(facts.readouts, 5);
  t.true(Math.abs(facts.reach - 4) < 1e-6);
  t.true(Math.abs(facts.undersampling! - (Math.PI / 2) * (8 / 5)) < 1e-6);
});

test('a truncated file is damaged, wherever it ends', async (t) => {
  for (const share of [0.2, 0.6, 0.95]) {
    const cut = file.bytes.slice(0, Math.floor(share * file.bytes.length));
    await t.throwsAsync(readMeasurement([{ name: file.name, bytes: cut }]), { code: 'FORMAT' }, `${share}`);
  }
});
