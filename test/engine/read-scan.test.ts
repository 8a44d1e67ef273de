import test from 'ava';
import { readEither, readScan } from '../../src/engine/read-scan.js';
import { defaultMethod, hasComplexImages, resultUnits } from '../../src/engine/request.js';
import { Reconstruction } from '../../src/engine/reconstruct.js';
import { writeMeasurement, readMeasurement, readVolume, writeVolume } from '../../volumes/open.js';
import { makeVolume } from '../../volumes/volume.js';
import type { NamedBytes } from '../../volumes/format.js';
import type { Measurement } from '../../volumes/measurement.js';
import { inlineBackend } from '../support/backends.js';
import { mrScan, smallHead } from '../support/mr-scans.js';
import { smallScan } from '../support/scans.js';

const file = async (scan: Measurement): Promise<NamedBytes[]> => [{ name: 'scan.h5', bytes: await writeMeasurement('scan.h5', scan) }];

/** NumPy's format 1.0, little endian float32, C order. */
function npy(data: Float32Array, shape: readonly number[]): NamedBytes {
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const text = head.padEnd(118 - 1, ' ') + '\n';
  const header = Uint8Array.from([0x93, ...Buffer.from('NUMPY'), 1, 0, 118, 0, ...Buffer.from(text)]);
  return { name: 'a.npy', bytes: Uint8Array.from([...header, ...new Uint8Array(data.buffer.slice(0))]) };
}

test('a word that no reader knows is refused, for scans and volumes, whatever the format', async (t) => {
  const { scan } = await smallScan(2, 24, 8);
  const files = await file(scan);
  const misspelt = { code: 'ARGUMENT', message: /no option 'clokwise'.*clockwise/ };
  await t.throwsAsync(readMeasurement(files, { clokwise: true } as never), misspelt);
  await t.throwsAsync(readScan(files, { clokwise: true } as never), misspelt);
  const volume = { name: 'v.nii', bytes: await writeVolume('v.nii', makeVolume(new Float32Array(8), [2, 2, 2])) };
  const other = { code: 'ARGUMENT', message: /no option 'unit'.*units/ };
  await t.throwsAsync(readVolume([volume], { unit: 'HU' } as never), other);
  await t.notThrowsAsync(readMeasurement(files, { clockwise: undefined }));
});

test('options of another kind of scan are refused, by name and by what they are for', async (t) => {
  const ct = await file((await smallScan(2, 24, 8)).scan);
  const { scan } = await mrScan({ coils: 2, mask: 'random', accel: 2, acs: 8 }, {}, smallHead([2, 24, 24]));
  const mr = await file(scan);
  await t.throwsAsync(readScan(mr, { clockwise: true }), {
    code: 'ARGUMENT',
    message: /--clockwise is for projections.*fourier\.cartesian/s,
  });
  await t.throwsAsync(readScan(mr, { center: 'auto' }), { code: 'ARGUMENT', message: /--center.*CT/ });
  await t.throwsAsync(readScan(ct, { zeroCoils: 'drop' }), {
    code: 'ARGUMENT',
    message: /--zero-coils.*belongs to MR/,
  });
  await t.throwsAsync(readScan(ct, { maskFile: ct }), { code: 'ARGUMENT', message: /--mask-file/ });
  await t.throwsAsync(readScan(mr, { size: [12, 12] }), { code: 'ARGUMENT', message: /matrix of its k-space/ });
  await t.throwsAsync(readScan(ct, { pitch: -1 }), { code: 'ARGUMENT', message: /--pitch/ });
  await t.throwsAsync(readScan(ct, { kind: 'radon.spiral' }), {
    code: 'GEOMETRY',
    message: /radon\.spiral.*radon\.fan/,
  });
});

test('a plain array with its geometry reads as the same scan in a file, with views, noise and grid taken of it', async (t) => {
  const { scan } = await smallScan(2, 24, 8);
  const { angles, detectorPitch, slicePitch } = scan.geometry as { angles: number[]; detectorPitch: number; slicePitch?: number };
  const array = npy(scan.data, scan.shape);
  const given = { angles, pitch: detectorPitch, slicePitch, axes: 'slice,view,detector', views: '1::2', noiseStd: 0.1, size: [12] };
  const read = await readScan([array], given);
  t.deepEqual(
    read.geometry.angles,
    angles.filter((_, v) => v % 2 === 1),
  );
  t.deepEqual(read.noise, { type: 'gaussian', std: 0.1, said: true });
  t.deepEqual(read.grid.shape, [2, 12, 12]);
  const filed = await readScan(await file(scan), { views: '1::2' });
  t.deepEqual(read.data, filed.data);
});

test('pitch and offset go under the names of the scan’s own beam', async (t) => {
  const geometry = {
    angles: [0, 90],
    rows: 2,
    columns: 3,
    rowPitch: 1,
    columnPitch: 1,
    rowOffset: 0,
    columnOffset: 0,
    sourceToAxis: 50,
    sourceToDetector: 80,
  };
  const { scan } = await smallScan(2, 24, 8);
  const cone = { ...scan, kind: 'radon.cone', data: new Float32Array(12), shape: [2, 2, 3], geometry };
  const read = await readScan(await file(cone), { pitch: 2, offset: 0.5 });
  t.like(read.geometry, { columnPitch: 2, columnOffset: 0.5 });
  t.false('detectorPitch' in read.geometry);
});

test('a file that could be either is a scan once something says so', async (t) => {
  const data = new Float32Array(2 * 8 * 24);
  const array = npy(data, [2, 8, 24]);
  t.true('volume' in (await readEither([array])));
  const scan = { angles: Array.from({ length: 8 }, (_, v) => 20 * v), pitch: 1, axes: 'slice,view,detector' };
  t.true('scan' in (await readEither([array], { scan })));
  await t.throwsAsync(readEither([array], { scan: { axes: 'slice,view,detector' } }), { code: 'GEOMETRY' });
  t.true('volume' in (await readEither([array], { as: 'volume' })));
});

test('options of reconstruct: unknown ones, and those of a method in the wrong place, are refused', async (t) => {
  const { scan } = await smallScan(2, 24, 8);
  const backend = inlineBackend();
  const run = (options: object) => new Reconstruction(scan, { backend, ...options } as never).ready;
  await t.throwsAsync(run({ method: 'sirt', iterations: 3 }), {
    code: 'ARGUMENT',
    message: /no option 'iterations'.*methodOptions: \{ iterations/s,
  });
  await t.throwsAsync(run({ method: 'fbp', methodOptions: { filtr: 'hann' } }), { code: 'ARGUMENT', message: /fbp has no option 'filtr'/ });
  await t.throwsAsync(run({ method: 'sirtt' }), {
    code: 'ARGUMENT',
    message: /unknown method 'sirtt'.*fbp, fdk.*sirt/s,
  });
  await t.throwsAsync(run({ coilMaps: 'espirit' }), { code: 'ARGUMENT', message: /coils belong to MR/ });
  await t.throwsAsync(run({ weights: 'photons' }), { code: 'ARGUMENT', message: /weights/ });
  await t.throwsAsync(run({ method: 'fbp', weights: 'counts' }), { code: 'ARGUMENT', message: /fbp takes no weights/ });
  await t.throwsAsync(run({ method: 'fbp', complex: true }), { code: 'ARGUMENT', message: /CT images are real/ });
  await t.notThrowsAsync(run({ coilMaps: undefined }));
});

test('what is done without a method, units and parts follow from the modality', async (t) => {
  const { scan } = await smallScan(2, 24, 8);
  t.is(defaultMethod(scan), 'fbp');
  t.false(hasComplexImages(scan));
  const unitless = { ...scan, meta: {}, grid: { ...scan.grid, units: '1/mm' as const } };
  t.is(resultUnits(unitless, {}), 'arbitrary');
  t.is(resultUnits(unitless, { muWater: 0.02 }), 'HU');
  const { scan: mr } = await mrScan({ coils: 2, mask: 'random', accel: 2, acs: 8 }, {}, smallHead([2, 24, 24]));
  t.is(defaultMethod(mr), 'zero-filled');
  t.true(hasComplexImages(mr));
});

test('the options of a method are known to the compiler', (t) => {
  type Options = Parameters<typeof import('../../src/index.js').reconstruct<'sirt'>>[1];
  const right: Options = { method: 'sirt', methodOptions: { iterations: 3 } };
  // @ts-expect-error -- sirt has no steps
  const wrong: Options = { method: 'sirt', methodOptions: { steps: 3 } };
  // @ts-expect-error -- options of a method go into methodOptions
  const misplaced: Options = { method: 'sirt', iterations: 3 };
  t.truthy([right, wrong, misplaced]);
});
