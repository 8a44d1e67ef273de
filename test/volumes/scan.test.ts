import test from 'ava';
import { writeHdf5 } from '../../volumes/formats/hdf5/write.js';
import type { Measurement } from '../../volumes/measurement.js';
import { readMeasurement, writeMeasurement } from '../../volumes/open.js';
import { placed } from '../../core/placement.js';
import { goldenArray, goldenFile } from '../support/golden-arrays.js';

const parallel: Measurement = {
  kind: 'radon.parallel',
  data: Float32Array.from({ length: 2 * 3 * 5 }, (_, i) => Math.sin(i) * 1e-3),
  shape: [2, 3, 5],
  dtype: 'float32',
  geometry: {
    angles: [0.1, 60.123456789012345, -120],
    detectorCount: 5,
    detectorPitch: 0.1,
    detectorOffset: -1 / 3,
    note: 'Größe',
    nested: { a: [1, 'x', null], b: true },
    flag: false,
    none: [],
  },
  noise: { type: 'poisson', photons: 1e5 },
  grid: {
    shape: [2, 4, 5],
    ...placed({ spacing: [0.1, 0.2, 0.3], origin: [-1.5, 2.25, 1 / 3], direction: [0, 1, 0, -1, 0, 0, 0, 0, 1] }),
    units: '1/mm',
    modality: 'CT',
  },
  weights: Float32Array.from({ length: 30 }, (_, i) => i),
  meta: { source: 'φ.nii', muWater: 0.0193, simulation: { seed: 1, oversample: 2 }, warnings: ['a', 'b'] },
};

const roundTrip = async (m: Measurement): Promise<Measurement> =>
  readMeasurement([{ name: 'scan.h5', bytes: await writeMeasurement('scan.h5', m) }]);

test('a scan file may be said to turn clockwise', async (t) => {
  const bytes = await writeMeasurement('scan.h5', parallel);
  const scan = await readMeasurement([{ name: 'scan.h5', bytes }], { clockwise: true });
  t.deepEqual(
    scan.geometry.angles,
    (parallel.geometry.angles as number[]).map((a) => -a),
  );
});

test('a measurement survives the file exactly, strange geometry and metadata included', async (t) => {
  t.deepEqual(await roundTrip(parallel), parallel);
});

test('cone and complex measurements survive too', async (t) => {
  const { weights: _, ...plain } = parallel;
  const cone: Measurement = { ...plain, kind: 'radon.cone', shape: [3, 2, 5] };
  t.deepEqual(await roundTrip(cone), cone);
  const fourier: Measurement = {
    ...plain,
    kind: 'fourier.cartesian',
    shape: [1, 1, 3, 5],
    dtype: 'complex64',
    geometry: { readout: 'ky', acceleration: 15 / 12, phaseOversampling: 1.5 },
    noise: { type: 'gaussian', std: 0.5 },
    data: parallel.data.slice().fill(0, 10, 16),
    arrays: {
      mask: { data: new Float32Array(15).fill(1).fill(0, 5, 8), shape: [1, 3, 5], dtype: 'float32' },
      maps: { data: Float32Array.from({ length: 30 }, (_, n) => 1 / (n + 1)), shape: [1, 1, 3, 5], dtype: 'complex64' },
      noiseScan: { data: Float32Array.from({ length: 8 }, (_, n) => n - 3), shape: [1, 4], dtype: 'complex64' },
    },
  };
  t.deepEqual(await roundTrip(fourier), fourier);
});

const kspace: Measurement = {
  ...parallel,
  weights: undefined,
  kind: 'fourier.cartesian',
  shape: [1, 1, 3, 5],
  dtype: 'complex64',
  geometry: {},
  meta: {},
};

test('k-space without a mask gets that of its zeros, readout kx and the acceleration', async (t) => {
  const scan = await roundTrip({ ...kspace, data: parallel.data.slice().fill(0, 0, 10) });
  t.deepEqual([...scan.arrays!.mask.data], [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  t.is(scan.geometry.readout, 'kx');
  t.is(scan.geometry.acceleration, 1.5);
  t.regex(scan.meta.warnings!.join(), /no mask/);
});

test('a scan file never holds the truth: arrays of other names are refused', async (t) => {
  const mask = { data: new Float32Array(15).fill(1), shape: [1, 3, 5], dtype: 'float32' as const };
  const error = await t.throwsAsync(roundTrip({ ...kspace, arrays: { mask, reference: mask } }));
  t.regex(error!.message, /mask, maps, secondMaps, noiseScan.*got reference/);
});

test('arrays that do not fit the k-space are refused', async (t) => {
  const array = (shape: number[], dtype: 'float32' | 'complex64' = 'complex64') => ({
    data: new Float32Array(shape.reduce((a, n) => a * n, dtype === 'complex64' ? 2 : 1)).fill(1),
    shape,
    dtype,
  });
  for (const [arrays, message] of [
    [{ mask: array([1, 5, 3], 'float32') }, /mask of.*got 1×5×3/],
    [{ maps: array([1, 2, 3, 5]) }, /maps.*1×1×3×5.*1×2×3×5/],
    [{ maps: array([1, 1, 3, 5], 'float32') }, /maps.*float32/],
    [{ noiseScan: array([3, 9]) }, /noiseScan.*1×9.*3×9/],
  ] as const) {
    await t.throwsAsync(roundTrip({ ...kspace, arrays }), { code: 'SHAPE', message });
  }
  const short = { ...array([1, 3, 5], 'float32'), data: new Float32Array(14) };
  await t.throwsAsync(writeMeasurement('a.h5', { ...kspace, arrays: { mask: short } }), {
    code: 'SHAPE',
    message: /15 values/,
  });
});

test('a file that h5py wrote from the documented layout is read', async (t) => {
  const scan = await readMeasurement([goldenFile('scan.h5')]);
  t.deepEqual(scan.shape, [2, 3, 4]);
  t.deepEqual(Array.from(scan.data), goldenArray('scan/data').data);
  t.deepEqual(Array.from(scan.weights!), goldenArray('scan/weights').data);
  t.deepEqual(scan.geometry, {
    angles: [0, 60, 120],
    detectorCount: 4,
    detectorPitch: 0.5,
    detectorOffset: -0.25,
    sourceToAxis: 100,
    sourceToDetector: 150,
  });
  t.deepEqual(scan.grid.placement?.direction, [1, 0, 0, 0, 1, 0, 0, 0, 1]);
  t.deepEqual(scan.noise, { type: 'poisson', photons: 1e5 });
  t.is(scan.meta.note, 'Größe');
});

test('NaN in a scan is refused on writing, with their number and the first place', async (t) => {
  const data = parallel.data.slice();
  data[17] = NaN;
  data[20] = Infinity;
  const error = await t.throwsAsync(writeMeasurement('scan.h5', { ...parallel, data }));
  t.is((error as { code?: string }).code, 'NOT_FINITE');
  t.regex(error!.message, /1 NaN and 1 infinite of 30, the first \(NaN\) at \[1, 0, 2\]/);
});

test('NaN in a file is refused on reading', async (t) => {
  const { bytes } = goldenFile('scan.h5');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = Math.fround(goldenArray('scan/weights').data[5]); // weights are stored as they are
  let hits = 0;
  for (let at = 0; at + 4 <= bytes.length; at++) {
    if (view.getFloat32(at, true) === first) {
      view.setFloat32(at, NaN, true);
      hits++;
    }
  }
  t.is(hits, 1);
  await t.throwsAsync(readMeasurement([{ name: 'scan.h5', bytes }]), { message: /weights.*\[0, 1, 1\]/ });
});

test('angles that do not match the data are a GEOMETRY error with both numbers', async (t) => {
  const wrong = { ...parallel, geometry: { ...parallel.geometry, angles: [0, 1] } };
  const error = await t.throwsAsync(roundTrip(wrong));
  t.is((error as { code?: string }).code, 'GEOMETRY');
  t.regex(error!.message, /3 angles.*2 angles/);
});

test('a truncated scan file and a later version are refused clearly', async (t) => {
  const bytes = await writeMeasurement('scan.h5', parallel);
  await t.throwsAsync(readMeasurement([{ name: 'scan.h5', bytes: bytes.subarray(0, bytes.length / 2) }]), {
    message: /truncated/,
  });
  const later = await writeHdf5((file) => file.attributes('', { format: 'slicewise-scan', format_version: 9 }));
  await t.throwsAsync(readMeasurement([{ name: 'scan.h5', bytes: later }]), { message: /format_version 1; got 9/ });
});

test('center given by the caller replaces the offset of the file', async (t) => {
  const bytes = await writeMeasurement('scan.h5', parallel);
  const scan = await readMeasurement([{ name: 'scan.h5', bytes }], { center: 1.5 });
  t.true(Math.abs(Number(scan.geometry.detectorOffset) - 0.05) < 1e-12); // (2 − 1.5) · 0.1 mm
});
