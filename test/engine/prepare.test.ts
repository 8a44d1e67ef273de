import test from 'ava';
import { prepareScan } from '../../src/prepare.js';
import { smallScan } from '../support/scans.js';

test('a noise level is given as a standard deviation or as a share of the data', async (t) => {
  const { scan } = await smallScan(2);
  const std = (noiseStd: number | string) => (prepareScan(scan, { noiseStd }).noise as { std: number }).std;
  const rms = Math.sqrt(scan.data.reduce((sum, v) => sum + v * v, 0) / scan.data.length);
  t.is(std(0.02), 0.02);
  t.is(std('0.02'), 0.02);
  t.true(Math.abs(std('0.5%') / (0.005 * rms) - 1) < 1e-9);
  for (const bad of ['0', '-1', 'much', '1%%', Number.NaN]) {
    t.throws(() => prepareScan(scan, { noiseStd: bad }), { message: /noise level.*0\.6%/ });
  }
});
