import test from 'ava';
import fc from 'fast-check';
import { RowBlend } from '../../src/engine/windows/blend.js';
import { cutAxis, rampsOf } from '../../src/engine/windows/layout.js';

const axes = fc
  .record({
    length: fc.integer({ min: 1, max: 400 }),
    size: fc.integer({ min: 1, max: 120 }),
    share: fc.double({ min: 0, max: 1 / 3, noNaN: true }),
  })
  .map(({ length, size, share }) => ({ length, size, overlap: Math.floor(size * share) }));

test('windows of an axis cover every place once or twice, are of one length within the size, and overlap as asked', (t) => {
  fc.assert(
    fc.property(axes, ({ length, size, overlap }) => {
      const spans = cutAxis(length, size, overlap);
      const covered = new Array<number>(length).fill(0);
      for (const { start, count } of spans) {
        t.true(count <= size && count === spans[0].count);
        for (let k = start; k < start + count; k++) covered[k]++;
      }
      t.true(covered.every((n) => n === 1 || n === 2));
      for (const [n, { start }] of spans.slice(1).entries()) t.true(spans[n].start + spans[n].count - start >= overlap - 1);
    }),
  );
});

test('weights of the windows that hold a place add up to 1, and are 1 where a window is alone', (t) => {
  fc.assert(
    fc.property(axes, ({ length, size, overlap }) => {
      const spans = cutAxis(length, size, overlap);
      const [sum, most] = [new Float64Array(length), new Int32Array(length)];
      for (const [n, { start }] of spans.entries()) {
        rampsOf(spans, n).forEach((w, k) => {
          t.true(w > 0 && w <= 1);
          sum[start + k] += w;
          most[start + k]++;
        });
      }
      t.true(sum.every((w) => Math.abs(w - 1) < 1e-12));
    }),
  );
});

test('an overlap above a third of the window is refused: three windows could meet', (t) => {
  t.throws(() => cutAxis(100, 30, 11), { message: /overlap at most a third/ });
});

test('a row comes out with its last window, blended by weight; of one window bit for bit', (t) => {
  const blend = new RowBlend((row) => (row === 0 ? 1 : 4));
  const alone = Float32Array.of(0.1, -3);
  t.is(blend.add(0, alone, 0.3), alone);
  const parts = [0.1, 0.2, 0.3, 0.4].map((weight, n) => ({ weight, samples: Float32Array.of(n, 8 * n) }));
  const given = parts.map(({ samples, weight }) => blend.add(1, samples, weight));
  t.deepEqual(
    given.map((row) => row !== undefined),
    [false, false, false, true],
  );
  // Σ w n = .2 + .6 + 1.2
  t.true(Math.abs(given[3]![0] - 2) < 1e-6 && Math.abs(given[3]![1] - 16) < 1e-5);
  t.is(blend.waiting, 0);
});
