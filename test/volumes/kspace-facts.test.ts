import test from 'ava';
import fc from 'fast-check';
import { calibrationRegion } from '../../volumes/kspace/calibration.js';
import { kspaceFacts, kspaceRows } from '../../volumes/kspace/facts.js';
import { readMeasurement } from '../../volumes/open.js';
import { kspaceFile } from '../support/golden-kspace.js';

/** Every rectangle with the origin in it, one after another. */
function slowRegion(mask: number[][][]): number {
  const [ny, nx] = [mask[0].length, mask[0][0].length];
  const [cy, cx] = [Math.floor(ny / 2), Math.floor(nx / 2)];
  let best = 0;
  for (let y0 = 0; y0 <= cy; y0++)
    for (let y1 = cy + 1; y1 <= ny; y1++)
      for (let x0 = 0; x0 <= cx; x0++)
        for (let x1 = cx + 1; x1 <= nx; x1++)
          if (mask.every((m) => m.slice(y0, y1).every((row) => row.slice(x0, x1).every((v) => v === 1))))
            best = Math.max(best, (y1 - y0) * (x1 - x0));
  return best;
}

test('the calibration region is the largest whole rectangle around the origin', (t) => {
  const bit = fc.integer({ min: 0, max: 5 }).map((n) => (n === 0 ? 0 : 1));
  const masks = fc.tuple(
    fc.integer({ min: 1, max: 2 }),
    fc.integer({ min: 1, max: 6 }),
    fc.integer({ min: 1, max: 7 }),
  );
  fc.assert(
    fc.property(
      masks.chain(([s, y, x]) =>
        fc.array(fc.array(fc.array(bit, { minLength: x, maxLength: x }), { minLength: y, maxLength: y }), {
          minLength: s,
          maxLength: s,
        }),
      ),
      (mask) => {
        const region = calibrationRegion({
          data: Float32Array.from(mask.flat(2)),
          shape: [mask.length, mask[0].length, mask[0][0].length],
        });
        const area = region ? (region.ky[1] - region.ky[0]) * (region.kx[1] - region.kx[0]) : 0;
        const whole =
          !region ||
          mask.every((m) => m.slice(...region.ky).every((row) => row.slice(...region.kx).every((v) => v === 1)));
        return whole && area === slowRegion(mask);
      },
    ),
    { seed: 9, numRuns: 300 },
  );
  t.pass();
});

test('coils, matrix, measured acceleration, calibration, field and times are told', async (t) => {
  const scan = await readMeasurement([kspaceFile('ismrmrd-2d.h5')]);
  const facts = kspaceFacts(scan);
  t.is(facts.coils, 3);
  t.deepEqual(facts.matrix, [7, 6]);
  t.is(facts.acceleration, 7 / 5);
  t.deepEqual(facts.calibration, { ky: [2, 7], kx: [0, 6] });
  t.is(facts.noiseSamples, 40);
  t.is(facts.maskFrom, 'lines');
  const rows = Object.fromEntries(kspaceRows(scan));
  t.is(rows.acceleration, '1.40 measured (71.4 % of samples)');
  t.is(rows.calibration, '5 × 6 (ky × kx) fully sampled around the origin');
  t.is(rows.field, '1.5 T');
  t.is(rows.TR, '500 ms');
  const none = { ...scan, arrays: { mask: { ...scan.arrays!.mask, data: new Float32Array(42).fill(1, 0, 6) } } };
  t.regex(Object.fromEntries(kspaceRows(none)).calibration, /origin was not measured/);
});
