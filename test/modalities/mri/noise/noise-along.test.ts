import test from 'ava';
import { normals, philoxKey } from '../../../../core/philox.js';
import { noiseAlongTrajectory } from '../../../../src/modalities/mri/noise/noise-along.js';
import { simulateMri, type SimulateMriOptions } from '../../../../src/modalities/mri/simulation/simulate.js';
import type { Measurement } from '../../../../volumes/measurement.js';
import { mrScan, smallHead } from '../../../support/mr-scans.js';

const N = 64;
type Shape = [number, number, number];
const noiseOf = ({ data, shape, arrays }: Measurement) =>
  noiseAlongTrajectory(data, shape as unknown as Shape, arrays!.trajectory.data, [N, N]);
const head = smallHead([6, N, N]);
const scanned = async (options: Partial<SimulateMriOptions>): Promise<Measurement> =>
  (await mrScan({ slices: [2, 3], seed: 1, ...options }, {}, head)).scan;

const trajectories = [
  { trajectory: 'radial', spokes: 28 },
  { trajectory: 'spiral', accel: 1.5, acs: 12, interleaves: 8 },
] as const;

test('readouts oversampled twice tell the noise within 10 %, with any number of coils and at high SNR too', async (t) => {
  for (const options of trajectories) {
    for (const coils of [1, 4, 8]) {
      const clean = await scanned({ ...options, coils });
      const noisy = await scanned({ ...options, coils, snr: 30 });
      const { std: at30 } = noisy.noise as { std: number };
      for (const snr of [5, 30, 100]) {
        const data = clean.data.map((v, n) => v + (30 / snr) * (noisy.data[n] - v));
        const { std, values, oversampled } = noiseOf({ ...clean, data });
        const ratio = std / ((30 / snr) * at30);
        t.log(`${options.trajectory}, ${coils} coils, SNR ${snr}: ${ratio.toFixed(3)}, ${values} values`);
        t.true(oversampled);
        t.true(values >= 1000); // a standard error of 3.7 % or less
        t.true(Math.abs(ratio - 1) < 0.1, `${options.trajectory}, ${coils} coils, SNR ${snr}: ${ratio}`);
      }
    }
  }
});

test('a sample a cell: the outermost samples, which many coils make good for and one does not', async (t) => {
  for (const [coils, least, most] of [
    [8, 0.9, 1.2],
    [1, 1.2, 20],
  ]) {
    const scan = await scanned({ trajectory: 'radial', spokes: 60, readoutOversample: 1, coils, snr: 30 });
    const { std, oversampled } = noiseOf(scan);
    const ratio = std / (scan.noise as { std: number }).std;
    t.log(`${coils} coils: ${ratio.toFixed(3)}`);
    t.false(oversampled);
    t.true(ratio > least && ratio < most, `${coils} coils: ${ratio}`);
  }
});

test('pure noise has its own level, within the error that the count of values says', async (t) => {
  const { arrays, shape } = await simulateMri(head, { trajectory: 'radial', spokes: 28, coils: 3, slices: [2, 3] });
  const data = Float32Array.from(normals(2 * 2 * 3 * shape[2], philoxKey(2), 0, 0, 1), (v) => 7 * v);
  const { std, values } = noiseAlongTrajectory(data, shape as unknown as Shape, arrays!.trajectory.data, [N, N]);
  t.true(Math.abs(std / 7 - 1) < (4 * 1.17) / Math.sqrt(values), `${std} from ${values}`);
});

test('samples that are 0 in all coils are not noise', async (t) => {
  const scan = await scanned({ trajectory: 'radial', spokes: 60, coils: 2, snr: 30 });
  const [slices, coils, samples] = scan.shape;
  const data = scan.data.map((v, n) => (((n >> 1) % samples) % 128 < 20 ? 0 : v)); // the ends of readouts
  const { std } = noiseAlongTrajectory(data, [slices, coils, samples], scan.arrays!.trajectory.data, [N, N]);
  t.true(Math.abs(std / (scan.noise as { std: number }).std - 1) < 0.1, `${std}`);
});

test('no samples, no noise, NaN and other shapes are refused', (t) => {
  const k = Float32Array.from({ length: 2 * 600 }, (_, n) => (n % 2 ? (n >> 1) / 20 - 15 : 0));
  const at =
    (data: Float32Array, shape: Shape, trajectory = k) =>
    () =>
      noiseAlongTrajectory(data, shape, trajectory, [32, 32]);
  t.throws(at(new Float32Array(1200), [1, 1, 600]), { code: 'GEOMETRY', message: /noise level cannot be found/ });
  t.throws(at(new Float32Array(1200).fill(NaN), [1, 1, 600]), { code: 'NOT_FINITE' });
  t.throws(at(new Float32Array(20).fill(1), [1, 1, 10], k.subarray(0, 20)), { code: 'GEOMETRY', message: /at least 200/ });
  t.throws(at(new Float32Array(1200), [1, 2, 600]), { code: 'SHAPE' });
  t.throws(at(new Float32Array(1200), [1, 1, 600], k.subarray(2)), { code: 'SHAPE' });
});
