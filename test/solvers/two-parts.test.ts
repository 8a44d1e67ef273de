import test from 'ava';
import { gaussianPrior } from '../../models/index.js';
import { matrixOperator } from '../../operators/algebra/matrix.js';
import { dotTest } from '../../operators/dot-test.js';
import { space } from '../../core/space.js';
import { dds } from '../../src/solvers/dds.js';
import { diffpir } from '../../src/solvers/diffpir.js';
import { twoParts } from '../../src/solvers/two-parts.js';
import { add, apply, build, combine, eigen, identity, inverse, relativeError, times, transpose, type Vector } from '../support/dense.js';
import { onEveryBackend } from '../support/every-backend.js';
import { gaussianProblem, perSlice, result, withoutNoise, type GaussianProblem } from '../support/gaussian-problem.js';

/* Two priors on one measurement, y = A(x + h) + noise: the parts against Wiener's (METHODS-2, O16). */

const NOISE = 0.05;

/** A second prior, rougher and about .1. */
async function secondPrior({ backend, domain, slices }: GaussianProblem) {
  const n = 16;
  const C = build(n, n, (i, j) => 0.2 ** 2 * Math.exp(-Math.abs(i - j) / 0.7));
  const { values, vectors } = eigen(C);
  const basis = { rows: n, columns: n, real: Float64Array.from(vectors.flatMap((row) => [...row])) };
  const operator = matrixOperator(basis, space(['slice', 'mode'], [slices, n]), backend, domain);
  const mean = new Float32Array(n).fill(0.1);
  return { C, mean, prior: await gaussianPrior(operator, values, mean) };
}

/** E[x | y] and E[h | y]. */
function wiener(p: GaussianProblem, C2: typeof p.C, mean2: ArrayLike<number>, y: Vector): [Vector, Vector] {
  const S = combine([1, times(times(p.A, combine([1, p.C], [1, C2])), transpose(p.A))], [NOISE ** 2, identity(p.A.length)]);
  const shift = Float64Array.from(mean2);
  const rest = apply(transpose(p.A), apply(inverse(S), add([1, y], [-1, apply(p.A, add([1, p.mean], [1, shift]))])));
  return [add([1, p.mean], [1, apply(p.C, rest)]), add([1, shift], [1, apply(C2, rest)])];
}

for (const measured of ['mask', 'general'] as const) {
  test(`O16: both parts tend to Wiener's, of order 2 sooner (${measured})`, async (t) => {
    const p = await gaussianProblem({ measured, slices: 2 });
    const { C, mean, prior } = await secondPrior(p);
    const two = twoParts({ ...p.problem, backend: withoutNoise(p.backend), noiseLevel: NOISE }, prior);
    const error = async (options: object): Promise<number[]> => {
      const x = await result(dds, two.problem, {
        mode: '2d',
        gamma: 'noise',
        innerIterations: 12,
        sigmaMax: 10,
        sigmaMin: 0.01,
        ...options,
      });
      const parts = two.split(x).map((part) => perSlice(part, 2, false));
      const wanted = p.y.map((y) => wiener(p, C, mean, y));
      return [0, 1].map((k) => Math.max(...wanted.map((both, slice) => relativeError(parts[k][slice], both[k]))));
    };
    const first = await error({ steps: 50, eta: 1 });
    const second = await error({ steps: 50, eta: 1, order: 2 });
    const many = await error({ steps: 800, eta: 1, order: 2 });
    t.log({ first, second, many });
    t.true(second[0] < 0.1 && second[0] < 0.75 * first[0]);
    t.true(many[0] < 0.012 && many[1] < 0.012);
    // the parts are not each other, and neither has all
    t.true(relativeError(wiener(p, C, mean, p.y[0])[0], wiener(p, C, mean, p.y[0])[1]) > 0.5);
    two.dispose();
  });
}

onEveryBackend('the operator of two parts has its exact adjoint and the norm of one', async (t, { backend }) => {
  const p = await gaussianProblem({ backend, measured: 'general', slices: 2 });
  const { prior } = await secondPrior(p);
  const two = twoParts(p.problem, prior);
  const { operator } = two.problem;
  t.deepEqual(operator.domain.shape, [2, 8, 4]);
  t.true((await dotTest(operator)) < 1e-5);
  t.true(Math.abs((await operator.norm()) - (await p.operator.norm())) < 2e-3);
  // A(x + h)/√2, and back
  const [x, y, again] = [backend.field(operator.domain), backend.field(operator.range), backend.field(operator.domain)];
  const values = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i));
  await backend.write(x, values);
  operator.apply(x, y);
  const [top, bottom] = two.split(values).map((part) => perSlice(part, 2, false));
  const wanted = top.flatMap((slice, k) => [...apply(p.A, add([Math.SQRT1_2, slice], [Math.SQRT1_2, bottom[k]]))]);
  t.true(relativeError(await backend.read(y), wanted) < 1e-5);
  operator.normal(x, again);
  operator.adjoint(y, x);
  t.true(relativeError(await backend.read(again), await backend.read(x)) < 1e-5);
  two.dispose();
});

test('other methods take two parts too; priors that do not belong together are refused', async (t) => {
  const p = await gaussianProblem({ measured: 'mask', slices: 1 });
  const { prior } = await secondPrior(p);
  const two = twoParts({ ...p.problem, noiseLevel: NOISE }, prior);
  const x = await result(diffpir, two.problem, { steps: 6, sigmaMax: 2 });
  const [a, b] = two.split(x);
  const sum = perSlice(a, 1, false)[0].map((v, i) => v + b[i]);
  t.true(relativeError(apply(p.A, sum), p.y[0]) < 0.2);
  t.throws(() => twoParts({ ...p.problem, prior: undefined }, prior), { message: /a prior each/ });
  t.throws(() => twoParts(p.problem, { ...prior, range: { unit: 'HU', low: -1000, high: 1000 } }), { message: /one range/ });
  t.throws(() => twoParts(p.problem, { ...prior, guide: { kind: 'any', planes: 1 } }), { message: /without a guide/ });
});
