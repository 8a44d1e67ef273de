import test from 'ava';
import { shrinkSingularValues, singularValues } from '../../core/linear-algebra/singular-values.js';
import { space } from '../../core/space.js';
import { lowRank } from '../../src/regularisers/low-rank.js';
import { totalVariation } from '../../src/regularisers/total-variation.js';
import { waveletRegulariser } from '../../src/regularisers/wavelet.js';
import { inlineBackend, testArray } from '../support/backends.js';
import { relativeError } from '../support/dense.js';
import { atWork } from '../support/regulariser-checks.js';
import type { Regulariser } from '../../src/regularisers/regulariser.js';

/* Proximal maps whose result is known. */

async function prox(
  regulariser: Regulariser,
  shape: readonly number[],
  parts: readonly Float32Array[],
  t: number,
  dtype: 'float32' | 'complex64' = 'float32',
): Promise<Float32Array[]> {
  const domain = space(['slice', 'y', 'x'], shape, dtype);
  return atWork(regulariser, domain, inlineBackend(), async ({ backend, bound, blank }) => {
    const fields = blank();
    for (const [i, values] of parts.entries()) await backend.write(fields[i], values);
    bound.prox(fields, t, fields);
    const out: Float32Array[] = [];
    for (const field of fields) out.push(await backend.read(field));
    return out;
  });
}

test('tv3d shortens the vector of differences of a pixel: (3, 4, 12) by 6.5 of 13, and to 0 what is shorter', async (t) => {
  const v = [Float32Array.of(3, 0.3), Float32Array.of(4, 0), Float32Array.of(12, -0.4)];
  const [a, b, c] = await prox(totalVariation({ axes: '3d' }), [1, 1, 2], v, 6.5);
  t.true(relativeError([...a, ...b, ...c], [1.5, 0, 2, 0, 6, 0]) < 1e-6);
});

test('tv-z keeps the phase of a complex difference: 3 + 4i becomes (3 + 4i)·3/5 at threshold 2', async (t) => {
  const [z] = await prox(totalVariation({ axes: 'z' }), [1, 1, 1], [Float32Array.of(3, 4)], 2, 'complex64');
  t.true(relativeError(z, [1.8, 2.4]) < 1e-6);
});

test('a constant image has the one Haar coefficient 2 · value of each 2 × 2 block, which the threshold shortens', async (t) => {
  const domain = space(['slice', 'y', 'x'], [1, 2, 2]);
  await atWork(waveletRegulariser({ wavelet: 'haar', levels: 1 }), domain, inlineBackend(), async (work) => {
    const { backend, bound, blank } = work;
    const [x, [c]] = [await work.image(1), blank()];
    backend.fill(x, 3);
    bound.apply(x, [c]);
    bound.prox([c], 0.5, [c]);
    t.true(relativeError(await backend.read(c), [5.5, 0, 0, 0]) < 1e-6);
  });
});

/** s u vᵀ of [slice, pixel], u and v of unit length. */
const rankOne = (s: number, u: readonly number[], v: readonly number[]): Float32Array =>
  Float32Array.from(u.flatMap((a) => v.map((b) => s * a * b)));

test('low rank: s u vᵀ becomes (s − t√n) u vᵀ, and two of them that are orthogonal each their own', async (t) => {
  const [u, v] = [
    [0.6, 0.8, 0],
    [0.5, 0.5, 0.5, -0.5],
  ];
  const [u2, v2] = [
    [-0.8, 0.6, 0],
    [0.5, -0.5, 0.5, 0.5],
  ];
  const one = rankOne(10, u, v);
  const [shrunk] = await prox(lowRank(), [3, 2, 2], [one], 1.5);
  t.true(relativeError(shrunk, rankOne(10 - 1.5 * 2, u, v)) < 1e-6);
  const two = one.map((value, i) => value + rankOne(2.5, u2, v2)[i]);
  const [left] = await prox(lowRank(), [3, 2, 2], [two], 1.5);
  t.true(relativeError(left, rankOne(7, u, v)) < 1e-6); // 2.5 < 3 is gone
  const [weak] = await prox(lowRank(), [3, 2, 2], [two], 0.5);
  const both = rankOne(9, u, v).map((value, i) => value + rankOne(1.5, u2, v2)[i]);
  t.true(relativeError(weak, both) < 1e-6);
});

test('low rank in blocks: each block by its own pixels, those at the border too', async (t) => {
  // 2 slices of 1 × 3 in blocks of 2: [a b | c]; the matrices are [2, 2] and [2, 1]
  const [out] = await prox(lowRank({ block: 2 }), [2, 1, 3], [Float32Array.of(3, 4, 6, 0, 0, 8)], 1);
  const left = (5 - Math.SQRT2) / 5;
  t.true(relativeError(out, [3 * left, 4 * left, 5.4, 0, 0, 7.2]) < 1e-6);
});

test('singular values are those of the Frobenius norm and of a diagonal matrix; wide, tall and complex alike', (t) => {
  for (const [rows, columns] of [
    [4, 7],
    [7, 4],
    [5, 5],
  ]) {
    const [re, im] = [1, 2].map((seed) => Float64Array.from(testArray(rows * columns, seed)));
    const s = singularValues({ rows, columns, re, im });
    const squares = [...re, ...im].reduce((sum, v) => sum + v * v, 0);
    t.true(Math.abs(s.reduce((sum, v) => sum + v * v, 0) / squares - 1) < 1e-12);
    const x = { rows, columns, re: re.slice(), im: im.slice() };
    shrinkSingularValues(x, s[1]);
    const left = singularValues(x);
    t.true(Math.abs(left[0] - (s[0] - s[1])) < 1e-12 * s[0] && left[1] < 1e-7 * s[0]);
  }
  const diagonal = Float64Array.of(0, 3, 0, 0, 0, -2);
  t.true(relativeError(singularValues({ rows: 2, columns: 3, re: diagonal, im: new Float64Array(6) }), [3, 2]) < 1e-12);
});
