import test from 'ava';
import fc from 'fast-check';
import { repaintTimes, visits } from '../../src/solvers/jump-schedule.js';

test('the times of RePaint, written out: 6 levels, jumps of 2, every stretch twice', (t) => {
  const times = [5, 4, 3, 2, 3, 4, 3, 2, 1, 0, 1, 2, 1, 0, -1];
  t.deepEqual(repaintTimes(6, { jumpLength: 2, jumps: 2 }), times);
  t.deepEqual(visits(6, { jumpLength: 2, jumps: 2 }), [
    { t: 5 },
    { t: 4 },
    { t: 3 },
    { t: 4, raisedFrom: 2 },
    { t: 3 },
    { t: 2 },
    { t: 1 },
    { t: 2, raisedFrom: 0 },
    { t: 1 },
    { t: 0 },
  ]);
});

test('250 levels with jumps 10 × 10 are 2410 evaluations and 2160 noisings', (t) => {
  const published = { jumpLength: 10, jumps: 10 };
  const times = repaintTimes(250, published);
  const steps = times.slice(1).map((time, i) => time - times[i]);
  t.is(steps.filter((step) => step === -1).length, 2410);
  t.is(steps.filter((step) => step === 1).length, 2160);
  t.is(visits(250, published).length, 2410);
  // jumps begin at 0, 10, … 230, nine at each
  const from = visits(250, published).flatMap(({ raisedFrom }) => raisedFrom ?? []);
  t.deepEqual(
    [...new Set(from)].sort((a, b) => a - b),
    Array.from({ length: 24 }, (_, k) => 10 * k),
  );
  t.is(from.length, 216);
});

test('a chain falls by one from the highest level to the clean image, and rises by whole jumps to a level it was at', (t) => {
  const any = fc.record({
    levels: fc.integer({ min: 2, max: 60 }),
    jumpLength: fc.integer({ min: 1, max: 12 }),
    jumps: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(any, ({ levels, ...jumps }) => {
      let at = levels - 1;
      for (const { t: time, raisedFrom } of visits(levels, jumps)) {
        if (raisedFrom !== undefined) {
          if (raisedFrom !== at || time !== at + jumps.jumpLength) return false;
          at = time;
        }
        if (time !== at) return false;
        at--;
      }
      return at === -1;
    }),
  );
  t.deepEqual(
    visits(4, { jumpLength: 10, jumps: 1 }).map(({ t: time }) => time),
    [3, 2, 1, 0],
  );
});
