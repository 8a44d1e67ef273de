import test from 'ava';
import { spokesOf } from '../../volumes/kinds/trajectory/spokes.js';
import { withMatrix } from '../../volumes/kinds/trajectory/assemble.js';
import type { Grid } from '../../volumes/measurement.js';
import { latticeOf, spacingOf, placed } from '../../core/placement.js';
import { radialTrajectory, spiralTrajectory } from '../support/trajectories.js';

test('full and half spokes are counted, also many close ones; spirals and scattered samples have none', (t) => {
  t.deepEqual(spokesOf(radialTrajectory(34, 32)), { spokes: 34, arms: 68 });
  t.deepEqual(spokesOf(radialTrajectory(400, 64)), { spokes: 400, arms: 800 });
  const golden = Float32Array.from({ length: 2 * 21 * 16 }, (_, i) => {
    const angle = Math.floor(i / 32) * 2.4;
    const r = Math.floor(i / 2) % 16;
    return r * (i % 2 ? Math.cos(angle) : Math.sin(angle));
  });
  t.deepEqual(spokesOf(golden), { spokes: 21, arms: 21 });
  t.is(spokesOf(spiralTrajectory(8, 200, 32)), undefined);
  t.is(spokesOf(Float32Array.from({ length: 40 }, (_, i) => Math.sin(7 * i * i))), undefined);
});

test('another matrix keeps the field of view and the place of the central voxel', (t) => {
  const c = Math.SQRT1_2;
  const grid = {
    shape: [2, 9, 12] as const,
    ...placed({ spacing: [2, 4, 5], origin: [10, -20, 30], direction: [c, -c, 0, c, c, 0, 0, 0, 1] }),
    units: 'arbitrary' as const,
    modality: 'MR' as const,
  };
  const finer = withMatrix(grid, [20, 31]);
  t.deepEqual(finer.shape, [2, 20, 31]);
  const [dx, dy] = spacingOf(finer);
  t.true(Math.abs(dx * 31 - 24) < 1e-12 && Math.abs(dy * 20 - 36) < 1e-12);
  const middle = (one: Grid): number[] => {
    const { shape } = one;
    const { spacing, origin, direction } = latticeOf(one);
    const [i, j] = [Math.floor(shape[2] / 2) * spacing[0], Math.floor(shape[1] / 2) * spacing[1]];
    return origin.map((o, r) => o + direction[3 * r] * i + direction[3 * r + 1] * j);
  };
  middle(finer).forEach((v, r) => t.true(Math.abs(v - middle(grid)[r]) < 1e-9));
  t.deepEqual(withMatrix({ ...grid, ...placed({ spacing: [2, 4, 5], origin: [10, -20, 30] }) }, [9, 12]).placement?.origin, [10, -20, 30]);
});
