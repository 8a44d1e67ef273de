import test from 'ava';
import { space } from '../../core/space.js';
import { matrixOperator } from '../../operators/algebra/matrix.js';
import { cgls } from '../../src/solvers/classical/cgls.js';
import { sirt } from '../../src/solvers/classical/sirt.js';
import { inlineBackend, testNumbers } from '../support/backends.js';
import {
  add,
  apply,
  build,
  combine,
  identity,
  inverse,
  pseudoInverse,
  relativeError,
  times,
  transpose,
  type Matrix,
} from '../support/dense.js';
import { estimates, gaussianProblem, joined, perSlice, randomField, result } from '../support/gaussian-problem.js';

/** A non-negative 8 × 6 system with a row and a column of zeros (a ray beside the object, a pixel no ray meets). */
async function rays() {
  const backend = inlineBackend();
  const next = testNumbers(4);
  const A: Matrix = build(8, 6, (i, j) => (i === 3 || j === 5 ? 0 : Math.max(0, next())));
  const real = Float64Array.from(A.flatMap((row) => [...row]));
  const domain = space(['slice', 'y', 'x'], [3, 2, 3]);
  const operator = matrixOperator({ rows: 8, columns: 6, real }, domain, backend);
  const y = await randomField(backend, operator.range, 6);
  return { A, y: perSlice(await backend.read(y), 3, false), problem: { backend, operator, y, seed: 1 } };
}

test('SIRT equals its definition in dense float64 at every step, with relaxation and bounds', async (t) => {
  const { A, y, problem } = await rays();
  const At = transpose(A);
  const over = (v: number) => (v === 0 ? 0 : 1 / v);
  const R = A.map((row) => over(row.reduce((a, b) => a + b, 0)));
  const C = At.map((row) => over(row.reduce((a, b) => a + b, 0)));
  for (const options of [{ relaxation: 1 }, { relaxation: 1.7, low: 0 }, { relaxation: 1, low: -0.1, high: 0.2 }]) {
    let x = y.map(() => new Float64Array(6));
    for (const got of await estimates(sirt, problem, { ...options, iterations: 30 })) {
      x = x.map((v, k) => {
        const update = apply(
          At,
          add([1, y[k]], [-1, apply(A, v)]).map((r, i) => r * R[i]),
        );
        return v.map((a, j) => {
          const moved = a + options.relaxation * C[j] * update[j];
          return Math.min(Math.max(moved, options.low ?? -Infinity), options.high ?? Infinity);
        });
      });
      t.true(relativeError(got, joined(x, false)) < 1e-5);
    }
  }
});

test('SIRT converges to the least-squares solution weighted by R', async (t) => {
  const { A, y, problem } = await rays();
  const used = A.filter((_, i) => i !== 3).map((row) => row.slice(0, 5));
  const W = build(7, 7, (i, j) => (i === j ? 1 / used[i].reduce((a, b) => a + b, 0) : 0));
  const AtW = times(transpose(used), W);
  const solve = times(inverse(times(AtW, used)), AtW);
  const wanted = y.map((v) => [
    ...apply(
      solve,
      v.filter((_, i) => i !== 3),
    ),
    0,
  ]);
  const x = await result(sirt, problem, { iterations: 3000, relaxation: 1.9 });
  t.true(relativeError(x, joined(wanted, false)) < 1e-3, `${relativeError(x, joined(wanted, false))}`);
});

for (const complex of [false, true]) {
  test(`CGLS reaches the least-squares solution of minimum norm, and rests there (${complex ? 'complex' : 'real'})`, async (t) => {
    const p = await gaussianProblem({ complex });
    const plus = pseudoInverse(p.A);
    const wanted = joined(
      p.y.map((v) => apply(plus, v)),
      complex,
    );
    const all = await estimates(cgls, p.problem, { iterations: 300 });
    for (const n of [15, 300]) t.true(relativeError(all[n - 1], wanted) < 2e-5, `${n}: ${relativeError(all[n - 1], wanted)}`);
  });

  test(`CGLS with damping solves the damped problem about the start (${complex ? 'complex' : 'real'})`, async (t) => {
    const p = await gaussianProblem({ complex });
    const initial = await randomField(p.backend, p.domain, 12);
    const x0 = perSlice(await p.backend.read(initial), p.slices, complex);
    const At = transpose(p.A);
    const solve = inverse(combine([1, times(At, p.A)], [0.05, identity(p.size)]));
    const wanted = joined(
      x0.map((v, k) => apply(solve, add([1, apply(At, p.y[k])], [0.05, v]))),
      complex,
    );
    const x = await result(cgls, { ...p.problem, initial }, { iterations: 25, damping: 0.05 });
    t.true(relativeError(x, wanted) < 1e-5, `${relativeError(x, wanted)}`);
  });
}

test('the reported residual is ‖Ax − y‖/‖y‖ of the estimate (CGLS) or of the one before (SIRT)', async (t) => {
  const { A, y, problem } = await rays();
  const norm = (v: readonly ArrayLike<number>[]) => Math.hypot(...v.flatMap((s) => Array.from(s)));
  const misfit = (x: Float32Array) => norm(perSlice(x, 3, false).map((v, k) => add([1, apply(A, v)], [-1, y[k]]))) / norm(y);
  let before = new Float32Array(18);
  for await (const event of sirt.run(problem, sirt.options({ iterations: 5 }))) {
    t.true(Math.abs(event.residual! - misfit(before)) < 1e-6);
    before = (await event.estimate()) as Float32Array<ArrayBuffer>;
  }
  for await (const event of cgls.run(problem, cgls.options({ iterations: 5 }))) {
    t.true(Math.abs(event.residual! - misfit(await event.estimate())) < 1e-5);
  }
});
