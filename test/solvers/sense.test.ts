import test from 'ava';
import { sense } from '../../src/solvers/classical/sense.js';
import { add, apply, combine, identity, inverse, relativeError, times, transpose } from '../support/dense.js';
import { gaussianProblem, joined, perSlice, randomField, record, result } from '../support/gaussian-problem.js';

for (const complex of [true, false]) {
  for (const lambda of [0.05, 0.5]) {
    test(`CG-SENSE, converged, is the dense solution of (AᴴA + λI)x = Aᴴy (${complex ? 'complex' : 'real'}, λ ${lambda})`, async (t) => {
      const p = await gaussianProblem({ complex });
      const At = transpose(p.A);
      const solve = inverse(combine([1, times(At, p.A)], [lambda, identity(p.size)]));
      const wanted = joined(
        p.y.map((v) => apply(solve, apply(At, v))),
        complex,
      );
      const initial = await randomField(p.backend, p.domain, 12);
      for (const start of [undefined, initial]) {
        const problem = { ...p.problem, initial: start };
        const error = relativeError(await result(sense, problem, { lambda, iterations: 60 }), wanted);
        t.true(error < 1e-5, `off by ${error}`);
      }
    });
  }
}

test('the residual told is ‖Ax − y‖/‖y‖ of the estimate', async (t) => {
  const p = await gaussianProblem({ complex: true });
  const norm = (v: readonly ArrayLike<number>[]): number => Math.hypot(...v.flatMap((s) => Array.from(s)));
  for (const { event, estimate } of await record(sense, p.problem, { lambda: 0.3, iterations: 8 })) {
    const misfit = perSlice(estimate, p.slices, true).map((x, k) => add([1, apply(p.A, x)], [-1, p.y[k]]));
    t.true(Math.abs(event.residual! - norm(misfit) / norm(p.y)) < 1e-5);
  }
});

test('slices do not influence each other, not even by how many there are', async (t) => {
  const options = { lambda: 0.01, iterations: 7 };
  const three = await gaussianProblem({ complex: true });
  const x = await result(sense, three.problem, options);
  const y = await three.backend.read(three.problem.y);
  const other = three.backend.field(three.problem.y.space);
  await three.backend.write(
    other,
    y.map((v, i) => (i < y.length / 3 ? v : 5 * v - 1)),
  );
  const changed = await result(sense, { ...three.problem, y: other }, options);
  const n = x.length / 3;
  t.deepEqual(changed.subarray(0, n), x.subarray(0, n));
  t.notDeepEqual(changed.subarray(n), x.subarray(n));
  const one = await gaussianProblem({ complex: true, slices: 1 }); // the same A and the same first slice
  t.deepEqual(await result(sense, one.problem, options), x.subarray(0, n));
});

test('a slice that has met the tolerance rests, the others go on', async (t) => {
  const p = await gaussianProblem({ complex: true });
  const { backend } = p;
  const y = await backend.read(p.problem.y);
  const quiet = backend.field(p.problem.y.space);
  await backend.write(
    quiet,
    y.map((v, i) => (i < y.length / 3 ? 0 : v)),
  );
  const steps = await record(sense, { ...p.problem, y: quiet }, { lambda: 0.1, iterations: 200, tolerance: 1e-3 });
  t.true(
    steps
      .at(-1)!
      .estimate.subarray(0, 32)
      .every((v) => v === 0),
  ); // data 0: image 0, no NaN
  t.deepEqual(steps.at(-1)!.estimate, steps.at(-2)!.estimate);
  t.notDeepEqual(steps[1].estimate, steps[0].estimate);
});
