import test from 'ava';
import fc from 'fast-check';
import { normals, philoxKey } from '../../../core/philox.js';
import { svd } from '../../../core/linear-algebra/svd.js';

/** max |XᵀX − 1| over columns [rows, r], those that are 0 left out. */
function skewness(x: Float64Array, rows: number, r: number): number {
  let worst = 0;
  for (let i = 0; i < r; i++) {
    for (let j = i; j < r; j++) {
      let dot = 0;
      for (let n = 0; n < rows; n++) dot += x[n * r + i] * x[n * r + j];
      worst = Math.max(worst, Math.abs(dot - Number(i === j)));
    }
  }
  return worst;
}

test('A = U S Vᵀ with orthonormal U and V, for wide, square and tall matrices', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.nat(1000), (rows, columns, seed) => {
      const a = Float64Array.from(normals(rows * columns, philoxKey(seed), 0, 0, 1));
      const r = Math.min(rows, columns);
      const { values, u, v } = svd(rows, columns, a);
      t.is(values.length, r);
      for (let k = 1; k < r; k++) t.true(values[k] <= values[k - 1]);
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          let sum = 0;
          for (let k = 0; k < r; k++) sum += u[i * r + k] * values[k] * v[j * r + k];
          t.true(Math.abs(sum - a[i * columns + j]) < 1e-12 * Math.max(1, values[0]));
        }
      }
      t.true(skewness(u, rows, r) < 1e-11 && skewness(v, columns, r) < 1e-11);
    }),
    { numRuns: 60 },
  );
});

test('a matrix of rank 1 has one singular value, the product of the lengths', (t) => {
  const [x, y] = [
    [3, 0, 4],
    [1, 2],
  ];
  const { values } = svd(
    3,
    2,
    Float64Array.from({ length: 6 }, (_, n) => x[n >> 1] * y[n % 2]),
  );
  t.true(Math.abs(values[0] - 5 * Math.sqrt(5)) < 1e-13);
  t.is(values[1], 0);
});
