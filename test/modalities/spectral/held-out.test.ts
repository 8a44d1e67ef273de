import test from 'ava';
import { gapsOf, heldOutEntries, type Gaps } from '../../../src/modalities/spectral/held-out.js';
import { simulateSpectral, type SimulateSpectralOptions } from '../../../src/modalities/spectral/simulation/simulate.js';
import { smallCube } from '../../support/cube.js';

const cube = smallCube([12, 20, 24]);
const CASES: readonly (readonly [gaps: Gaps, options: SimulateSpectralOptions])[] = [
  ['entries', { noiseStd: 0.1 }],
  ['entries', { missing: 0.6 }],
  ['pixels', { missingPixels: 0.3 }],
  ['lines', { lines: 4 }],
  ['bands', { bands: 2 }],
];

test('entries are hidden as entries are missing, only measured ones, and nothing of them stays', (t) => {
  for (const [gaps, options] of CASES) {
    const scan = simulateSpectral(cube, { ...options, seed: 3 });
    const mask = scan.arrays!.mask.data;
    t.is(gapsOf(mask, scan.shape), gaps);
    const [{ scan: rest, hidden, units, count }] = heldOutEntries.draw(scan, { seed: 1 });
    const hide = hidden(scan.shape);
    t.is(
      hide.reduce((a, b) => a + b, 0),
      count,
    );
    t.is(units!(scan.shape).length, count);
    t.true(hide.every((one, n) => rest.arrays!.mask.data[n] === (one ? 0 : mask[n]) && (one ? mask[n] === 1 && rest.data[n] === 0 : true)));
    t.is(gaps === 'entries' ? 'entries' : gapsOf(rest.arrays!.mask.data, scan.shape), gaps);
    const again = heldOutEntries.draw(scan, { seed: 1 })[0].hidden(scan.shape);
    t.deepEqual(again, hide);
  }
});
