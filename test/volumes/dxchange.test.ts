import test from 'ava';
import type { Measurement } from '../../volumes/measurement.js';
import { writeHdf5 } from '../../volumes/formats/hdf5/write.js';
import { readMeasurement } from '../../volumes/open.js';
import { goldenArray, goldenFile, realFile } from '../support/golden-arrays.js';

// test/golden/scripts/arrays.py: flats 1010, darks 10, so T = (I − 10) / 1000; row 1 column 2 is dead; [2, 0, 3] is darker than dark
const [views, rows, columns] = [5, 2, 6];
const raw = (view: number, row: number, column: number): number => goldenArray('dx/raw').data[(view * rows + row) * columns + column];
const at = (scan: Measurement, row: number, view: number, column: number): number => scan.data[(row * views + view) * columns + column];
// mean of flat − dark is 1000, so half a count is T = 5e-4
const integral = (counts: number): number => Math.fround(-Math.log(Math.max((counts - 10) / 1000, 5e-4)));

test('projections are corrected, −log taken, and stored [row, view, detector]', async (t) => {
  const scan = await readMeasurement([goldenFile('dx-degrees.h5')]);
  t.is(scan.kind, 'radon.parallel');
  t.deepEqual(scan.shape, [rows, views, columns]);
  for (let v = 0; v < views; v++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) {
        const dead = r === 1 && c === 2;
        t.true(Math.abs(at(scan, r, v, c) - integral(raw(v, r, dead ? 1 : c))) < 1e-6, `${r} ${v} ${c}`);
      }
  t.deepEqual(scan.geometry.angles, [0, 45, 90, 135, 180]);
});

test('zero transmission and dead pixels are counted in the warnings, the missing pitch is named', async (t) => {
  const { meta, grid } = await readMeasurement([goldenFile('dx-degrees.h5')]);
  const warnings = (meta.warnings ?? []).join('\n');
  t.regex(warnings, /1 values .* no or negative transmission/);
  t.regex(warnings, /1 detector pixels saw no light/);
  t.regex(warnings, /pitch is not known: 1 mm/);
  t.is(grid.units, 'arbitrary');
  const known = await readMeasurement([goldenFile('dx-degrees.h5')], { geometry: { detectorPitch: 0.01 } });
  t.is(known.grid.units, '1/mm');
});

test('linearise none leaves transmissions, zero and below included', async (t) => {
  const scan = await readMeasurement([goldenFile('dx-degrees.h5')], { linearise: 'none' });
  t.true(Math.abs(at(scan, 0, 1, 4) - (raw(1, 0, 4) - 10) / 1000) < 1e-7);
  t.true(Math.abs(at(scan, 0, 2, 3) - -0.006) < 1e-7);
});

test('radians without a unit are recognised, with a warning', async (t) => {
  const scan = await readMeasurement([goldenFile('dx-radians.h5')]);
  (scan.geometry.angles as number[]).forEach((a, i) => t.true(Math.abs(a - 45 * i) < 1e-9));
  t.regex((scan.meta.warnings ?? []).join('\n'), /taken as radians/);
});

test('the unit of the angles that is given comes before the guess', async (t) => {
  const scan = await readMeasurement([goldenFile('dx-radians.h5')], { angleUnit: 'deg' });
  t.true(Math.abs((scan.geometry.angles as number[])[4] - Math.PI) < 1e-6);
  t.notRegex((scan.meta.warnings ?? []).join('\n'), /taken as/);
});

test('counts without flat fields are taken against the level given', async (t) => {
  const counts = [900, 500, 250, 100];
  const bytes = await writeHdf5((file) => {
    file.group('exchange');
    file.array('exchange/data', Float32Array.from([...counts, ...counts]), [2, 1, 4], { chunks: [1, 1, 4] });
  });
  const scan = await readMeasurement([{ name: 'dx.h5', bytes }], { angles: [0, 90], counts: { flat: 1000 } });
  counts.forEach((n, i) => t.true(Math.abs(scan.data[i] + Math.log(n / 1000)) < 1e-6));
  t.notRegex((scan.meta.warnings ?? []).join('\n'), /taken as transmission/);
  await t.throwsAsync(readMeasurement([goldenFile('dx-degrees.h5')], { counts: { flat: 1000 } }), {
    message: /has flat fields/,
  });
});

test('a file in sinogram order gives the same scan', async (t) => {
  const sinograms = await readMeasurement([goldenFile('dx-sinograms.h5')]);
  const projections = await readMeasurement([goldenFile('dx-degrees.h5')]);
  t.deepEqual(sinograms.data, projections.data);
});

test('angles that do not match the data are a GEOMETRY error with both numbers', async (t) => {
  const error = await t.throwsAsync(readMeasurement([goldenFile('dx-degrees.h5')], { angles: '0:170:10' }));
  t.is((error as { code?: string }).code, 'GEOMETRY');
  t.regex(error!.message, /5 angles.*18 angles/);
});

test('tooth: the line integrals are TomoPy’s normalise and minus_log, the centre becomes an offset', async (t) => {
  const file = realFile(t, 'dev/ct-measured/tomopy_tooth_parallel.h5');
  if (!file) return;
  const scan = await readMeasurement([file], { center: 296 });
  t.deepEqual(scan.shape, [2, 181, 640]);
  t.is(scan.geometry.detectorOffset, 23.5);
  // numpy: -log((data - dark.mean(0)) / (flat.mean(0) - dark.mean(0))), value [view 90, row 1, column 300] and sum
  t.true(Math.abs(scan.data[(181 + 90) * 640 + 300] - TOOTH.value) < 1e-6);
  t.true(Math.abs(scan.data.reduce((a, v) => a + v, 0) - TOOTH.sum) < 0.05);
});

const TOOTH = { value: 0.8406635316467357, sum: 104644.42876825253 };
