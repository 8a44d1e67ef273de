import test from 'ava';
import { LEAST_KERNEL } from '../../volumes/kinds/reduced/schema.js';
import { svd } from '../../core/linear-algebra/svd.js';
import { maskDecomposition, pseudoInverse, type Decomposition } from '../../operators/decomposition.js';
import { denseOf, reductionMatrix } from '../../operators/sampling/reduction/kernels.js';
import { reduced, separableDecomposition, spread } from '../../operators/sampling/reduction/separable.js';
import { testArray } from '../support/backends.js';

const KERNELS = [{ type: 'bicubic' }, { type: 'gaussian', std: 1.3 }] as const;
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((sum, v, n) => sum + v * b[n], 0);
const distance = (a: Float32Array, b: Float32Array): number => Math.sqrt(a.reduce((sum, v, n) => sum + (v - b[n]) ** 2, 0) / dot(b, b));

test('bicubic by 2 has the taps of Keys’ kernel at ±¼, ±¾, ±1¼, ±1¾, rows of sum 1, for sides that are no multiples', (t) => {
  const { weights, first } = reductionMatrix(16, 2, { type: 'bicubic' });
  // Keys 1981, eq. 15 with a = −½, at these distances, over their sum
  const taps = [-3, -9, 29, 111, 111, 29, -9, -3].map((v) => v / 256);
  t.is(first[4], 5);
  weights[4].forEach((weight, n) => t.true(Math.abs(weight - taps[n]) < 1e-12));
  for (const n of [5, 9, 16, 17]) {
    for (const factor of [2, 3, 4]) {
      for (const kernel of KERNELS) {
        const matrix = reductionMatrix(n, factor, kernel);
        t.is(matrix.rows, Math.ceil(n / factor));
        for (const row of matrix.weights) t.true(Math.abs(row.reduce((a, b) => a + b, 0) - 1) < 1e-12);
      }
    }
  }
});

test('A = USVᵀ with orthonormal U and V, and the adjoint is the transpose', (t) => {
  for (const [h, w, factor] of [
    [9, 14, 2],
    [13, 8, 3],
    [11, 17, 4],
  ] as const) {
    for (const kernel of KERNELS) {
      const separable = { rows: reductionMatrix(h, factor, kernel), columns: reductionMatrix(w, factor, kernel) };
      const d = separableDecomposition(2, separable);
      const [x, y] = [testArray(2 * h * w, 1), testArray(d.singular.length, 2)];
      const ax = reduced(x, separable);
      const aty = spread(y, separable);
      t.true(Math.abs(dot(ax, y) - dot(x, aty)) < 1e-5 * Math.sqrt(dot(ax, ax) * dot(y, y)));
      checkDecomposition(t, d, { x, y, ax, aty });
      const back = reduced(pseudoInverse(d, ax, 1e-3), separable);
      t.true(distance(back, ax) < 1e-4, 'A A⁺ A = A');
    }
  }
});

test('a mask is its own decomposition', (t) => {
  const mask = Float32Array.from({ length: 40 }, (_, n) => (n % 3 ? 1 : 0));
  const [x, y] = [testArray(40, 1), testArray(40, 2)];
  const masked = (v: Float32Array): Float32Array => v.map((value, n) => value * mask[n]);
  checkDecomposition(t, maskDecomposition(mask), { x, y, ax: masked(x), aty: masked(y) });
});

interface Case {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly ax: Float32Array;
  readonly aty: Float32Array;
}

function checkDecomposition(t: { true(value: boolean, words?: string): void }, d: Decomposition, { x, y, ax, aty }: Case): void {
  const times = (c: Float32Array): Float32Array => c.map((v, n) => v * d.singular[n]);
  t.true(distance(d.data(times(d.coefficients(x))), ax) < 1e-5, 'U S Vᵀ x');
  t.true(distance(d.image(times(d.ofData(y))), aty) < 1e-5, 'V S Uᵀ y');
  t.true(distance(d.data(d.ofData(y)), y) < 1e-5, 'U Uᵀ');
  const c = y.map((v, n) => (d.singular[n] > 0 ? v : 0));
  t.true(distance(d.coefficients(d.image(c)), c) < 1e-5, 'Vᵀ V');
}

test('singular values far apart keep their digits, and a matrix of less than full rank has zeros', (t) => {
  // diag(1, 1e-9) turned by two rotations
  const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
  const a = Float64Array.of(c, -s * 1e-9, s, c * 1e-9);
  const { values } = svd(2, 2, a);
  t.true(Math.abs(values[0] - 1) < 1e-12 && Math.abs(values[1] / 1e-9 - 1) < 1e-6);
  const one = svd(2, 3, Float64Array.of(1, 2, 3, 2, 4, 6));
  t.is(one.values[1], 0);
  const matrix = reductionMatrix(9, 2, { type: 'bicubic' });
  const dense = denseOf(matrix);
  const { values: v } = svd(matrix.rows, matrix.columns, dense);
  t.true(Math.abs(dot(v, v) - dot(dense, dense)) < 1e-12 * dot(v, v), 'Σ s² = Σ a²');
});

test('the narrowest Gaussian that may be asked for sees something everywhere, whatever the factor', (t) => {
  for (const factor of [2, 3, 5, 16]) {
    const { weights } = reductionMatrix(50, factor, { type: 'gaussian', std: LEAST_KERNEL });
    for (const row of weights) t.true(Math.abs(row.reduce((sum, w) => sum + w, 0) - 1) < 1e-12 && row.length > 0);
  }
});
