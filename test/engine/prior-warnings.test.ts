import test from 'ava';
import { loadModel } from '../../models/zoo.js';
import { zoo } from '../../src/node.js';
import { priorWarnings } from '../../src/prior-warnings.js';
import { smallScan } from '../support/scans.js';

test('a prior warns of pixels and units it has not seen, and is silent within its card', async (t) => {
  const { card } = await loadModel(zoo(), 'ct');
  const { scan } = await smallScan(1);
  const spaced = (dx: number, dy: number) => priorWarnings(card, scan, { ...scan.grid, spacing: [dx, dy, 3] });
  t.deepEqual(spaced(2, 2), []);
  t.regex(spaced(0.1, 0.1).join(), /trained on pixels of 0\.8 to 3 mm/);
  t.regex(spaced(1, 2).join(), /square pixels/);
  const unitless = { ...scan, meta: {}, grid: { ...scan.grid, units: 'arbitrary' as const } };
  t.regex(priorWarnings(card, unitless, unitless.grid).join(), /no physical unit/);
});
