import test from 'ava';
import { space } from '../../core/space.js';
import { matrixOperator } from '../../operators/algebra/matrix.js';
import { admmTv, type AdmmTvOptions } from '../../src/solvers/classical/admm-tv.js';
import { Differences } from '../../src/regularisers/differences.js';
import type { Problem } from '../../src/solvers/solver.js';
import { inlineBackend, testArray, testNumbers } from '../support/backends.js';
import { add, build, identity, relativeError, withSingularValues, type Matrix } from '../support/dense.js';
import { estimates, randomField, result } from '../support/gaussian-problem.js';
import { referenceTv, tvObjective, type TvProblem } from '../support/reference-tv.js';

const shape = [3, 3, 4] as const;

async function tvProblem(A: Matrix, options: Partial<TvProblem> = {}): Promise<{ dense: TvProblem; problem: Problem }> {
  const backend = inlineBackend();
  const domain = space(['slice', 'y', 'x'], shape);
  const real = Float64Array.from(A.flatMap((row) => [...row]));
  const operator = matrixOperator({ rows: A.length, columns: 12, real }, domain, backend);
  const y = backend.field(operator.range);
  const data = testArray(3 * A.length, 21);
  await backend.write(y, data);
  const dense: TvProblem = {
    shape,
    A,
    y: Float64Array.from(data),
    axes: '3d',
    zWeight: 1,
    lambda: 0.05,
    rho: 0.3,
    innerIterations: 4,
    low: -Infinity,
    high: Infinity,
    ...options,
  };
  return { dense, problem: { backend, operator, y, seed: 1 } };
}

const optionsOf = ({ axes, zWeight, lambda, rho, innerIterations, low, high }: TvProblem): Partial<AdmmTvOptions> => ({
  axes,
  zWeight,
  lambda,
  rho,
  innerIterations,
  low: Number.isFinite(low) ? low : undefined,
  high: Number.isFinite(high) ? high : undefined,
});

const six = (): Matrix => withSingularValues([1, 0.8, 0.6, 0.45, 0.3, 0.15], 12, testNumbers(5));

for (const [name, options] of [
  ['3D isotropic', {}],
  ['3D, ζ = 0.4', { zWeight: 0.4 }],
  ['in the plane', { axes: 'xy' }],
  ['along z', { axes: 'z' }],
  ['3D with bounds', { low: -0.1, high: 0.3 }],
  ['non-negative, in the plane', { low: 0, axes: 'xy' }],
] as [string, Partial<TvProblem>][]) {
  test(`every step equals a dense float64 reference: ${name}`, async (t) => {
    // in the plane the slices converge for themselves, so with CG converged one step length or many make no difference
    const { dense, problem } = await tvProblem(six(), { ...options, innerIterations: options.axes === 'xy' ? 40 : 4 });
    const reference = referenceTv(dense);
    for (const x of await estimates(admmTv, problem, { ...optionsOf(dense), iterations: 15 })) {
      const wanted = reference.next().value as Float64Array;
      const projected = wanted.map((v) => Math.min(Math.max(v, dense.low), dense.high));
      t.true(relativeError(x, projected) < 1e-4, `off by ${relativeError(x, projected)}`);
    }
  });
}

test('the limit minimises the objective: no small change, random or along a coordinate, lowers it', async (t) => {
  const { dense, problem } = await tvProblem(six());
  const x = await result(admmTv, problem, { ...optionsOf(dense), iterations: 500, innerIterations: 8 });
  const best = tvObjective(dense, x);
  const next = testNumbers(2);
  for (let trial = 0; trial < 200; trial++) {
    const move = Float64Array.from({ length: 36 }, (_, i) => (trial < 72 ? Number(i === trial >> 1) * (trial & 1 ? 1 : -1) : next()));
    for (const size of [1e-3, 1e-2, 0.1]) {
      t.true(tvObjective(dense, add([1, x], [size, move])) > best - 2e-6);
    }
  }
});

test('the limit does not depend on ρ, nor on bounds that do not bind; with bounds that bind it is inside', async (t) => {
  const { dense, problem } = await tvProblem(six());
  const long = { ...optionsOf(dense), iterations: 500, innerIterations: 8 };
  const x = await result(admmTv, problem, long);
  t.true(relativeError(await result(admmTv, problem, { ...long, rho: 0.1 }), x) < 2e-3);
  t.true(relativeError(await result(admmTv, problem, { ...long, low: -5, high: 5 }), x) < 2e-3);
  const inside = await result(admmTv, problem, { ...long, low: 0, high: 0.2 });
  t.true(inside.every((v) => v >= 0 && v <= Math.fround(0.2)));
  const outside = x.map((v) => Math.min(Math.max(v, 0), 0.2));
  // and better than clipping the unbounded solution
  t.true(tvObjective(dense, inside) < tvObjective(dense, outside));
});

test('A = I, λ = 0 with bounds is clipping; λ large is the mean of each connected part', async (t) => {
  const { problem } = await tvProblem(identity(12));
  const y = testArray(36, 21);
  const clipped = await result(admmTv, problem, { lambda: 0, rho: 0.5, low: -0.2, high: 0.4, iterations: 600 });
  t.true(
    relativeError(
      clipped,
      y.map((v) => Math.min(Math.max(v, -0.2), 0.4)),
    ) < 1e-5,
  );
  const flat = await result(admmTv, problem, { lambda: 10, rho: 1, axes: 'xy', iterations: 400, innerIterations: 10 });
  for (let k = 0; k < 3; k++) {
    const mean = y.slice(12 * k, 12 * k + 12).reduce((a, b) => a + b, 0) / 12;
    t.true(flat.slice(12 * k, 12 * k + 12).every((v) => Math.abs(v - mean) < 1e-3));
  }
});

test('default weights follow the units of the image: x → kx gives k times the result', async (t) => {
  const { problem } = await tvProblem(six());
  const x = await result(admmTv, problem, { iterations: 20 });
  const y = problem.backend.field(problem.y.space);
  problem.backend.lincomb(y, [0.02, problem.y]);
  const small = await result(admmTv, { ...problem, y }, { iterations: 20 });
  t.true(
    relativeError(
      small.map((v) => v / 0.02),
      x,
    ) < 1e-4,
  );
});

test('DᵀD fused equals D followed by its adjoint, for odd sizes, both boundaries, real and complex', async (t) => {
  for (const dtype of ['float32', 'complex64'] as const) {
    for (const boundary of ['replicate', 'periodic'] as const) {
      const backend = inlineBackend();
      const domain = space(['slice', 'y', 'x'], [5, 3, 7], dtype);
      const D = new Differences(backend, '3d', 0.6, boundary);
      const x = await randomField(backend, domain, 3);
      const parts = [backend.field(domain), backend.field(domain), backend.field(domain)];
      const [two, fused] = [backend.field(domain), backend.field(domain)];
      D.apply(x, parts);
      D.addAdjoint(0.7, parts, two);
      D.addNormal(0.7, x, fused);
      t.true(relativeError(await backend.read(fused), await backend.read(two)) < 1e-6);
    }
  }
});

test('complex images: A = I, along z, two slices: the difference shrinks in modulus by 2λ', async (t) => {
  const backend = inlineBackend();
  const domain = space(['slice', 'y', 'x'], [2, 1, 2], 'complex64');
  const real = Float64Array.from(build(2, 2, (i, j) => Number(i === j)).flatMap((r) => [...r]));
  const operator = matrixOperator({ rows: 2, columns: 2, real }, domain, backend);
  const y = backend.field(operator.range);
  await backend.write(y, Float32Array.from([1, 2, 0.1, 0, 4, 6, 0, 0.1])); // differences 3 + 4i and −0.1 + 0.1i
  const x = await result(admmTv, { backend, operator, y, seed: 1 }, { axes: 'z', lambda: 0.5, rho: 0.5, iterations: 300 });
  t.true(relativeError(x, [1.3, 2.4, 0.05, 0.05, 3.7, 5.6, 0.05, 0.05]) < 1e-4);
});
