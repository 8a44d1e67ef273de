import test from 'ava';
import fc from 'fast-check';
import { isSlicewiseError } from '../../../core/errors.js';
import { classifyMask, drawHoldouts } from '../../../src/modalities/seismic/holdout.js';
import { randomMask } from '../../support/seismic.js';

const line = (n: number, alive: (k: number) => boolean) => ({
  shape: [1, n, 4] as const,
  live: Uint8Array.from({ length: n }, (_, k) => (alive(k) ? 1 : 0)),
});
const cube = (n1: number, n2: number, alive: (i: number, j: number) => boolean) => ({
  shape: [n1, n2, 4] as const,
  live: Uint8Array.from({ length: n1 * n2 }, (_, k) => (alive(Math.floor(k / n2), k % n2) ? 1 : 0)),
});

test('masks are classified as what they are', (t) => {
  t.is(classifyMask(line(50, () => true)).kind, 'complete');
  t.deepEqual(classifyMask(line(50, (k) => k % 2 === 0)), { kind: 'regular', axis: 'fast', period: 2 });
  t.deepEqual(classifyMask(line(50, (k) => k % 3 === 1)), { kind: 'regular', axis: 'fast', period: 3 });
  t.deepEqual(classifyMask(line(100, (k) => k < 40 || k >= 60)), { kind: 'gap', axis: 'fast', width: 20 });
  t.deepEqual(classifyMask(cube(10, 100, (_, j) => j % 2 === 0)), { kind: 'regular', axis: 'fast', period: 2 });
  t.deepEqual(classifyMask(cube(100, 10, (i) => i % 4 === 0)), { kind: 'regular', axis: 'slow', period: 4 });
  t.deepEqual(classifyMask(cube(60, 8, (i) => i < 20 || i > 31)), { kind: 'gap', axis: 'slow', width: 12 });
  t.is(classifyMask(cube(10, 100, (i, j) => (i * 37 + j * 61 + i * j) % 5 > 1)).kind, 'random');
  for (const share of [0.2, 0.3, 0.5, 0.7]) {
    for (let seed = 1; seed < 20; seed++)
      t.is(classifyMask({ shape: [1, 250, 4], live: randomMask(250, share, seed) }).kind, 'random', `${share} ${seed}`);
  }
});

test('what is hidden is live, is never all, and looks like what is missing', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 80 }),
      fc.integer({ min: 1, max: 4 }),
      fc.double({ min: 0.05, max: 0.9, noNaN: true }),
      fc.nat(),
      (n2, n1, share, seed) => {
        const live = randomMask(n1 * n2, share, seed);
        return drawHoldouts({ shape: [n1, n2, 4], live }, { seed }).every(
          ({ live: rest, hidden }) =>
            hidden.length > 0 &&
            rest.some((alive) => alive) &&
            hidden.every((trace) => live[trace] && !rest[trace]) &&
            rest.every((alive, k) => (live[k] ? alive || hidden.includes(k) : !alive)),
        );
      },
    ),
    { numRuns: 60 },
  );
  const regular = line(60, (k) => k % 2 === 0);
  for (const { live, hidden } of drawHoldouts(regular)) {
    t.true(hidden.length > 10);
    t.deepEqual(classifyMask({ shape: regular.shape, live }), { kind: 'regular', axis: 'fast', period: 4 });
  }
  const gap = line(100, (k) => k < 40 || k >= 55);
  const gaps = drawHoldouts(gap);
  t.true(gaps.length >= 3);
  for (const { hidden } of gaps) {
    t.is(hidden.length, 15);
    t.true(hidden.every((trace, k) => k === 0 || trace === hidden[k - 1] + 1));
    t.true(hidden[0] > 0 && hidden[14] < 99 && (hidden[14] < 36 || hidden[0] >= 59));
  }
  // the nearest first, on both sides, none over another
  t.deepEqual(
    gaps.map(({ hidden }) => hidden[0]),
    [21, 59, 6, 74],
  );
  const columns = cube(5, 40, (_, j) => j % 7 !== 3 && j % 5 !== 1);
  for (const { hidden } of drawHoldouts(columns)) t.true(hidden.length % 5 === 0);
  const random = { shape: [1, 200, 4] as const, live: randomMask(200, 0.5, 6) };
  t.deepEqual(drawHoldouts(random, { seed: 3 }), drawHoldouts(random, { seed: 3 }));
  t.notDeepEqual(drawHoldouts(random, { seed: 3 }), drawHoldouts(random, { seed: 4 }));
});

test('with one live trace nothing can be hidden', (t) => {
  const error = t.throws(() => drawHoldouts(line(9, (k) => k === 4)));
  t.true(isSlicewiseError(error) && error.code === 'ARGUMENT');
});
