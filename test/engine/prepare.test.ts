import test from 'ava';
import { prepareScan } from '../../src/engine/prepare.js';
import { trajectoryMeasurement } from '../../volumes/kinds/trajectory/assemble.js';
import { radialTrajectory } from '../support/trajectories.js';
import { spacingOf } from '../../core/placement.js';
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

test('a scan along a trajectory takes another matrix over its field of view, but not with maps of its own, nor another voxel size', (t) => {
  const trajectory = radialTrajectory(8, 16);
  const samples = trajectory.length / 2;
  const data = Float32Array.from({ length: 2 * samples }, (_, i) => i + 1);
  const scan = trajectoryMeasurement({
    data,
    shape: [1, 1, samples],
    trajectory,
    matrix: [16, 16],
    readouts: 8,
    place: { spacing: [2, 2, 5] },
    meta: {},
  });
  t.deepEqual(scan.geometry, { trajectory: 'radial', readouts: 8 });
  const { grid, arrays } = prepareScan(scan, { size: [32, 20] });
  t.deepEqual(
    [grid.shape, spacingOf(grid)],
    [
      [1, 20, 32],
      [1, 1.6, 5],
    ],
  );
  t.is(arrays!.trajectory, scan.arrays!.trajectory);
  t.deepEqual(prepareScan(scan, { size: [16] }).grid, scan.grid);
  const maps = { data: new Float32Array(512), shape: [1, 1, 16, 16], dtype: 'complex64' as const };
  const mapped = { ...scan, arrays: { ...scan.arrays, maps } };
  t.throws(() => prepareScan(mapped, { size: [32] }), { code: 'ARGUMENT', message: /maps.*16x16/ });
  t.deepEqual(prepareScan(mapped, { size: [16, 16] }).grid, scan.grid);
  t.throws(() => prepareScan(scan, { spacing: [3, 3] }), { code: 'ARGUMENT', message: /voxel size/ });
  t.throws(() => prepareScan(scan, { size: [1.5] }), { code: 'ARGUMENT' });
});
