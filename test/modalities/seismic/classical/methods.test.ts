import test from 'ava';
import fc from 'fast-check';
import { isSlicewiseError } from '../../../../core/errors.js';
import { classicalMethod, classicalMethods, type ClassicalName } from '../../../../src/modalities/seismic/classical/registry.js';
import { randomMask, relative, section, withMissing } from '../../../support/seismic.js';

const NAMES = Object.keys(classicalMethods) as ClassicalName[];
/** Settings that keep small grids fast. */
const SMALL: { readonly [name: string]: Record<string, unknown> } = {
  pocs: { iterations: 4 },
  'rank-reduction': { iterations: 3, rank: 2 },
  predict: { leastTraces: 3 },
};
const SHAPE = [3, 14, 40] as const;
const DATA = section(
  [...SHAPE],
  [
    { t0: 12, p1: 0.5, p2: 0.7, f: 0.1 },
    { t0: 30, p1: -0.3, p2: -1, f: 0.15, size: 0.5 },
  ],
);

for (const name of NAMES) {
  const method = classicalMethod(name);

  test(`${name} keeps live traces bit for bit, gives finite numbers everywhere, and never reads missing traces`, async (t) => {
    const shapes = fc.tuple(
      fc.constantFrom<readonly [number, number]>([1, 14], [3, 14], [14, 3], [5, 1], [1, 2]),
      fc.double({ min: 0.1, max: 0.9, noNaN: true }),
      fc.nat(),
    );
    await fc.assert(
      fc.asyncProperty(shapes, async ([[n1, n2], share, seed]) => {
        const nt = 24;
        const data = Float32Array.from({ length: n1 * n2 * nt }, (_, k) => Math.sin(k * 0.7 + seed) * 10 ** ((k % 7) - 3));
        const live = randomMask(n1 * n2, share, seed);
        const grid = withMissing(data, [n1, n2, nt], live);
        const out = await method.interpolate(grid, SMALL[name]);
        const poisoned = { ...grid, data: grid.data.map((v, k) => (live[Math.floor(k / nt)] ? v : NaN)) };
        const again = await method.interpolate(poisoned, SMALL[name]);
        return (
          out.length === data.length &&
          out.every((v, k) => Number.isFinite(v) && Object.is(v, again[k]) && (!live[Math.floor(k / nt)] || Object.is(v, data[k])))
        );
      }),
      { numRuns: 12 },
    );
    t.pass();
  });

  test(`${name} gives a grid and the same grid with a live trace more where there is only one, and zeros for zeros`, async (t) => {
    const live = new Uint8Array(14);
    live[4] = 1;
    const alone = await method.interpolate(withMissing(DATA.slice(0, 14 * 40), [1, 14, 40], live), SMALL[name]);
    t.true(alone.every((v) => Number.isFinite(v)));
    const silent = await method.interpolate(
      { data: new Float32Array(14 * 40), shape: [1, 14, 40], live: randomMask(14, 0.4, 3) },
      SMALL[name],
    );
    t.true(silent.every((v) => v === 0));
  });

  test(`${name} is linear in the size of the data`, async (t) => {
    const grid = withMissing(DATA, [...SHAPE], randomMask(42, 0.4, 7));
    const one = await method.interpolate(grid, SMALL[name]);
    const many = await method.interpolate({ ...grid, data: grid.data.map((v) => v * 1024) }, SMALL[name]);
    t.true(
      relative(
        many.map((v) => v / 1024),
        one,
      ) < 1e-4,
    );
  });

  test(`${name} stops where the caller stops it, tells how far it is, and refuses what it does not know`, async (t) => {
    const grid = withMissing(DATA, [...SHAPE], randomMask(42, 0.4, 7));
    const controller = new AbortController();
    controller.abort();
    const stopped = await t.throwsAsync(method.interpolate(grid, SMALL[name], { signal: controller.signal }));
    t.true(isSlicewiseError(stopped) && stopped.code === 'ABORTED');
    const seen: number[] = [];
    await method.interpolate(grid, SMALL[name], { onProgress: (done) => seen.push(done) });
    t.is(seen.at(-1), 1);
    t.true(seen.every((v, k) => v >= (seen[k - 1] ?? 0)));
    const wrong: readonly [object, Record<string, unknown>, string][] = [
      [grid, { colour: 1 }, 'ARGUMENT'],
      [{ ...grid, live: grid.live.subarray(1) }, {}, 'SHAPE'],
      [{ ...grid, live: new Uint8Array(42) }, {}, 'ARGUMENT'],
      [
        {
          ...grid,
          data: grid.data.map((v, k) => (k === 5 ? NaN : v)),
          live: grid.live.map((v, k) => (k === 0 ? 1 : v)),
        },
        {},
        'NOT_FINITE',
      ],
    ];
    for (const [bad, options, code] of wrong) {
      const error = await t.throwsAsync(method.interpolate(bad as typeof grid, options));
      t.true(isSlicewiseError(error) && error.code === code, `${name} ${code}`);
    }
  });
}
