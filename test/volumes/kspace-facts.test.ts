import test from 'ava';
import { kspaceFacts, kspaceRows } from '../../volumes/kinds/kspace/facts.js';
import { readMeasurement } from '../../volumes/open.js';
import { kspaceFile } from '../support/golden-kspace.js';

test('coils, matrix, measured acceleration, calibration, field and times are told', async (t) => {
  const scan = await readMeasurement([kspaceFile('ismrmrd-2d.h5')]);
  const facts = kspaceFacts(scan);
  t.is(facts.coils, 3);
  t.deepEqual(facts.matrix, [7, 6]);
  t.is(facts.acceleration, 7 / 5);
  t.deepEqual(facts.calibration, { ky: 2, kx: 0, height: 3, width: 6 });
  t.is(facts.noiseSamples, 40);
  t.is(facts.maskFrom, 'lines');
  const rows = Object.fromEntries(kspaceRows(scan));
  t.is(rows.acceleration, '1.40 measured (71.4 % of samples)');
  t.is(rows.calibration, '3 × 6 (ky × kx) fully sampled about the centre');
  t.is(rows.field, '1.5 T');
  t.is(rows.TR, '500 ms');
  const none = { ...scan, arrays: { mask: { ...scan.arrays!.mask, data: new Float32Array(42).fill(1, 0, 6) } } };
  t.regex(Object.fromEntries(kspaceRows(none)).calibration, /centre of k-space was not measured/);
});
