import test from 'ava';
import fc from 'fast-check';
import { nonNegativeLeastSquares } from '../../../core/linear-algebra/non-negative.js';

test('non-negative least squares satisfies the conditions of Karush, Kuhn and Tucker', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 80, maxLength: 80 }),
      (n, v) => {
        const rows = 10;
        const a = (r: number, c: number): number => v[(r * 7 + c * 13) % 80] + (r === c ? 0.5 : 0);
        const gram = Float64Array.from({ length: n * n }, (_, k) =>
          Array.from({ length: rows }, (_, r) => a(r, Math.floor(k / n)) * a(r, k % n)).reduce((x, y) => x + y, 0),
        );
        const right = Float64Array.from({ length: n }, (_, c) =>
          Array.from({ length: rows }, (_, r) => a(r, c) * v[(r * 3 + 5) % 80]).reduce((x, y) => x + y, 0),
        );
        const w = nonNegativeLeastSquares(gram, right);
        const size = Math.max(...gram, 1e-3);
        return w.every((x, k) => {
          const gradient = right[k] - w.reduce((sum, y, q) => sum + gram[k * n + q] * y, 0);
          return x >= 0 && gradient < 1e-6 * size && (x === 0 || Math.abs(gradient) < 1e-6 * size);
        });
      },
    ),
  );
  t.pass();
});
