import test from 'ava';
import { normals, philoxKey } from '../../../core/philox.js';
import { DominantEigenpair, hermitianEigen } from '../../../core/linear-algebra/hermitian.js';
import { golden } from '../../support/golden.js';

type Planes = { re: Float64Array; im: Float64Array };
const planes = (n: number, f: (i: number, j: number) => readonly [number, number]): Planes => {
  const [re, im] = [new Float64Array(n * n), new Float64Array(n * n)];
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) [re[i * n + j], im[i * n + j]] = f(i, j);
  return { re, im };
};

/** B Bᴴ of a random [n, rank] matrix. */
function semidefinite(n: number, rank: number, seed: number): Planes {
  const b = normals(2 * n * rank, philoxKey(seed), 0, 0, 5);
  return planes(n, (i, j) => {
    let [re, im] = [0, 0];
    for (let k = 0; k < rank; k++) {
      const [p, q] = [2 * (i * rank + k), 2 * (j * rank + k)];
      re += b[p] * b[q] + b[p + 1] * b[q + 1];
      im += b[p + 1] * b[q] - b[p] * b[q + 1];
    }
    return [re, im];
  });
}

/** max over k of ‖A u − λ u‖, and of |⟨u_j, u_k⟩ − δ_jk|. */
function errors(n: number, { re, im }: Planes, eigen: { values: Float64Array; re: Float64Array; im: Float64Array; kept: number }) {
  let [residual, orthogonality] = [0, 0];
  for (let k = 0; k < eigen.kept; k++) {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      let [pr, pi] = [-eigen.values[k] * eigen.re[k * n + i], -eigen.values[k] * eigen.im[k * n + i]];
      for (let j = 0; j < n; j++) {
        const [ur, ui] = [eigen.re[k * n + j], eigen.im[k * n + j]];
        pr += re[i * n + j] * ur - im[i * n + j] * ui;
        pi += re[i * n + j] * ui + im[i * n + j] * ur;
      }
      sum += pr * pr + pi * pi;
    }
    residual = Math.max(residual, Math.sqrt(sum));
    for (let l = 0; l <= k; l++) {
      let [pr, pi] = [0, 0];
      for (let i = 0; i < n; i++) {
        const [ur, ui, vr, vi] = [eigen.re[k * n + i], eigen.im[k * n + i], eigen.re[l * n + i], eigen.im[l * n + i]];
        pr += ur * vr + ui * vi;
        pi += ui * vr - ur * vi;
      }
      orthogonality = Math.max(orthogonality, Math.hypot(pr - Number(k === l), pi));
    }
  }
  return { residual, orthogonality };
}

const solved = (n: number, a: Planes) => hermitianEigen(n, a.re.slice(), a.im.slice());

test('eigenvectors solve A u = λ u and are orthonormal, at any size, full or of low rank', (t) => {
  for (const [n, rank] of [
    [1, 1],
    [2, 2],
    [3, 1],
    [7, 7],
    [12, 4],
    [40, 40],
    [97, 30],
  ] as const) {
    const a = semidefinite(n, rank, n);
    const eigen = solved(n, a);
    const { residual, orthogonality } = errors(n, a, eigen);
    t.true(residual < 1e-14 * n * eigen.values[0], `residual ${residual} at ${n}`);
    t.true(orthogonality < 1e-14 * n, `orthogonality ${orthogonality} at ${n}`);
    const trace = Array.from({ length: n }, (_, i) => a.re[i * n + i]).reduce((s, v) => s + v, 0);
    t.true(Math.abs(eigen.values.reduce((s, v) => s + v, 0) / trace - 1) < 1e-13);
    t.true(eigen.values.every((value, k) => k === 0 || value <= eigen.values[k - 1]));
    if (rank < n) t.true(Math.abs(eigen.values[rank]) < 1e-13 * eigen.values[0]);
  }
});

test('eigenvalues are numpy’s', (t) => {
  const want = golden<{ eigenvalues: number[] }>('coils.json').eigenvalues;
  const a = planes(9, (i, j) => [Math.sin(1 + i * j + i + j), Math.sin((i - j) * (2 + i + j))]);
  const got = solved(9, a).values;
  want.forEach((value, k) => t.true(Math.abs(got[k] - value) < 1e-13, `${k}: ${got[k]}, ${value}`));
});

test('closed forms: a ring with a flux, a diagonal with equal values, zero', (t) => {
  // hopping e^{iφ} around a ring of n: λ_k = 2cos(φ + 2πk/n)
  const [n, flux] = [10, 0.3];
  const ring = planes(n, (i, j) => {
    const step = (j - i + n) % n;
    return step === 1 ? [Math.cos(flux), Math.sin(flux)] : step === n - 1 ? [Math.cos(flux), -Math.sin(flux)] : [0, 0];
  });
  const want = Array.from({ length: n }, (_, k) => 2 * Math.cos(flux + (2 * Math.PI * k) / n)).sort((a, b) => b - a);
  const eigen = solved(n, ring);
  want.forEach((value, k) => t.true(Math.abs(eigen.values[k] - value) < 1e-14));
  const equal = planes(5, (i, j) => [i === j ? [2, 7, 7, -1, 2][i] : 0, 0]);
  t.deepEqual([...solved(5, equal).values], [7, 7, 2, 2, -1]);
  t.true(errors(5, equal, solved(5, equal)).residual < 1e-15);
  t.deepEqual(
    [
      ...solved(
        3,
        planes(3, () => [0, 0]),
      ).values,
    ],
    [0, 0, 0],
  );
});

test('only as many vectors as asked', (t) => {
  const a = semidefinite(8, 8, 2);
  const eigen = hermitianEigen(8, a.re.slice(), a.im.slice(), (values) => values.filter((v) => v > values[2]).length);
  t.is(eigen.kept, 2);
  t.is(eigen.re.length, 16);
  t.is(eigen.values.length, 8);
});

test('the dominant pair is that of the full solution, from one coil to many, also when coils are apart, dead or alike', (t) => {
  const cases: [string, number, Planes][] = [
    ...[1, 2, 3, 6, 8, 16, 32].map((n): [string, number, Planes] => [`random ${n}`, n, semidefinite(n, n, 3 * n)]),
    ['rank 1', 8, semidefinite(8, 1, 5)],
    ['nothing', 4, planes(4, () => [0, 0])],
    ['identity', 4, planes(4, (i, j) => [Number(i === j), 0])],
    ['alike', 4, planes(4, () => [0.25, 0])],
    ['apart', 4, planes(4, (i, j) => (i === j ? [[0.3, 0.9, 0.9, 0][i], 0] : [0, 0]))],
    ['imaginary', 2, planes(2, (i, j) => (i === j ? [1, 0] : [0, i - j]))],
    [
      'dead first',
      5,
      planes(5, (i, j) =>
        i && j ? [semidefinite(4, 4, 8).re[(i - 1) * 4 + j - 1], semidefinite(4, 4, 8).im[(i - 1) * 4 + j - 1]] : [0, 0],
      ),
    ],
    [
      'dead last',
      5,
      planes(5, (i, j) => (i < 4 && j < 4 ? [semidefinite(4, 4, 8).re[i * 4 + j], semidefinite(4, 4, 8).im[i * 4 + j]] : [0, 0])),
    ],
  ];
  for (const [name, n, a] of cases) {
    const pair = new DominantEigenpair(n);
    for (let again = 0; again < 2; again++) {
      const value = pair.solve(a.re.slice(), a.im.slice());
      const all = solved(n, a).values;
      const [want] = all;
      for (const share of [0.3, 0.71, 1.1]) {
        const [bound, near] = [share * want, (v: number) => Math.abs(v - share * want) <= 1e-12 * Math.abs(want)];
        if (!all.some(near)) t.is(pair.above(bound), all.filter((v) => v > bound).length, `${name}: above ${share} of the largest`);
      }
      t.true(Math.abs(value - want) <= 1e-13 * Math.abs(want), `${name}: ${value}, ${want}`);
      const { residual, orthogonality } = errors(n, a, {
        values: Float64Array.of(value),
        re: pair.re,
        im: pair.im,
        kept: 1,
      });
      t.true(residual <= 1e-13 * n * Math.abs(want) + Number.MIN_VALUE, `${name}: residual ${residual}`);
      t.true(orthogonality < 1e-13, `${name}: length`);
    }
  }
});
