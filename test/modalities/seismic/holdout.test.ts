import test from 'ava';
import fc from 'fast-check';
import { isSlicewiseError } from '../../../core/errors.js';
import {
  blended,
  choose,
  classifyMask,
  drawHoldouts,
  heldBackError,
  score,
  type Candidate,
} from '../../../src/modalities/seismic/holdout.js';
import { nonNegativeLeastSquares } from '../../../src/modalities/seismic/non-negative.js';
import { randomMask, relative, section, withMissing } from '../../support/seismic.js';

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
    fc.property(fc.integer({ min: 2, max: 80 }), fc.integer({ min: 1, max: 4 }), fc.double({ min: 0.05, max: 0.9, noNaN: true }), fc.nat(), (n2, n1, share, seed) => {
      const live = randomMask(n1 * n2, share, seed);
      return drawHoldouts({ shape: [n1, n2, 4], live }, { seed }).every(
        ({ live: rest, hidden }) =>
          hidden.length > 0 && rest.some((alive) => alive) && hidden.every((trace) => live[trace] && !rest[trace]) && rest.every((alive, k) => (live[k] ? alive || hidden.includes(k) : !alive)),
      );
    }),
    { numRuns: 60 },
  ); // prettier-ignore
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
    t.true(hidden[0] > 0 && hidden[14] < 99 && (hidden[14] < 39 || hidden[0] > 55));
  }
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

test('the score is the mean of the logarithm, which one loud place does not decide', (t) => {
  t.true(Math.abs(score([0.1, 0.001]) - 20) < 1e-12);
  // quiet in five places and bad in the loud one, against the reverse
  t.true(score([0.01, 0.01, 0.01, 0.01, 0.01, 0.9]) > score([0.1, 0.1, 0.1, 0.1, 0.1, 0.5]));
});

/** A candidate that knows the truth but for an error of its own kind. */
const planted = (name: string, data: Float32Array, nt: number, error: (alive: Uint8Array, trace: number, t: number) => number): Candidate => ({
  name,
  run: async (grid) => grid.data.map((v, k) => (grid.live[Math.floor(k / nt)] ? v : data[k] + error(grid.live, Math.floor(k / nt), k % nt))),
}); // prettier-ignore

test('at a regular mask a method that needs near neighbours is not chosen for filling isolated traces well', async (t) => {
  const shape = [1, 60, 64] as const;
  const data = section([...shape], [{ t0: 20, p2: 0.3, f: 0.1 }]);
  const grid = withMissing(
    data,
    [...shape],
    Uint8Array.from({ length: 60 }, (_, k) => (k % 2 === 0 ? 1 : 0)),
  );
  // perfect where the traces two and four away are live, useless elsewhere: single hidden traces would choose it
  const needy = planted('needy', data, 64, (live, trace, s) =>
    [-4, -2, 2, 4].every((d) => live[trace + d]) ? 0 : -data[trace * 64 + s],
  );
  const steady = planted('steady', data, 64, (_, trace, s) => 0.2 * data[trace * 64 + s]);
  const { table, pattern, blend } = await choose(grid, [needy, steady]);
  t.is(pattern.kind, 'regular');
  t.is(table[0].name, 'steady');
  t.is(blend, undefined);
  t.true(Math.abs(table[0].score - 20 * Math.log10(5)) < 1e-3);
});

test('the blend of two methods with independent errors is better than both, and leaves out a useless one', async (t) => {
  const shape = [1, 120, 64] as const;
  const data = section([...shape], [{ t0: 20, p2: 0.3, f: 0.1 }, { t0: 50, p2: -0.2, f: 0.15 }]); // prettier-ignore
  const grid = withMissing(data, [...shape], randomMask(120, 0.4, 8));
  const noise = (phase: number) => (_: Uint8Array, trace: number, s: number) =>
    0.2 * Math.sin((trace * 64 + s) ** 2 * 0.013 + phase * (trace + 3 * s));
  const candidates = [
    planted('a', data, 64, noise(1.3)),
    planted('b', data, 64, noise(2.9)),
    planted('c', data, 64, (_, trace, s) => -2 * data[trace * 64 + s]),
  ];
  const { blend, table } = await choose(grid, candidates, { share: 0.3 });
  t.truthy(blend);
  t.true(blend!.a > 0.3 && blend!.b > 0.3 && blend!.c < 0.05, JSON.stringify(blend));
  const results = new Map(await Promise.all(candidates.map(async (c) => [c.name, await c.run(grid, {})] as const)));
  const both = blended(grid, results, blend!);
  const errors = ['a', 'b'].map((name) => relative(results.get(name)!, data));
  t.true(relative(both, data) < 0.85 * Math.min(...errors));
  t.is(table.at(-1)!.name, 'c');
  const missing = Int32Array.from(grid.live.keys()).filter((k) => !grid.live[k]);
  t.true(heldBackError({ ...grid, data }, both, missing) < 1);
});

test('non-negative least squares satisfies the conditions of Karush, Kuhn and Tucker', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 80, maxLength: 80 }), (n, v) => {
      const rows = 10;
      const a = (r: number, c: number): number => v[(r * 7 + c * 13) % 80] + (r === c ? 0.5 : 0);
      const gram = Float64Array.from({ length: n * n }, (_, k) => Array.from({ length: rows }, (_, r) => a(r, Math.floor(k / n)) * a(r, k % n)).reduce((x, y) => x + y, 0));
      const right = Float64Array.from({ length: n }, (_, c) => Array.from({ length: rows }, (_, r) => a(r, c) * v[(r * 3 + 5) % 80]).reduce((x, y) => x + y, 0));
      const w = nonNegativeLeastSquares(gram, right);
      const size = Math.max(...gram, 1e-3);
      return w.every((x, k) => {
        const gradient = right[k] - w.reduce((sum, y, q) => sum + gram[k * n + q] * y, 0);
        return x >= 0 && gradient < 1e-6 * size && (x === 0 || Math.abs(gradient) < 1e-6 * size);
      });
    }),
  ); // prettier-ignore
  t.pass();
});
