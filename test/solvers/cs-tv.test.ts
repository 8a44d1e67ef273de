import test from 'ava';
import { space } from '../../core/space.js';
import { matrixOperator } from '../../operators/algebra/matrix.js';
import { admmTv } from '../../src/solvers/classical/admm-tv.js';
import { csTv } from '../../src/solvers/classical/cs-tv.js';
import type { Problem } from '../../src/solvers/solver.js';
import { inlineBackend, testNumbers } from '../support/backends.js';
import { add, build, embed, relativeError } from '../support/dense.js';
import { estimates, joined, perSlice, randomField, result } from '../support/gaussian-problem.js';
import { referenceTv, tvObjective, type TvProblem } from '../support/reference-tv.js';

const shape = [3, 3, 4] as const;

/** Three slices of 3 × 4 complex pixels, seven complex measurements of each. */
async function complexProblem(options: Partial<TvProblem> = {}): Promise<{ dense: TvProblem; problem: Problem }> {
  const backend = inlineBackend();
  const next = testNumbers(5);
  const [re, im] = [build(7, 12, () => Math.fround(0.25 * next())), build(7, 12, () => Math.fround(0.25 * next()))];
  const [real, imaginary] = [re, im].map((m) => Float64Array.from(m.flatMap((row) => [...row])));
  const domain = space(['slice', 'y', 'x'], shape, 'complex64');
  const operator = matrixOperator({ rows: 7, columns: 12, real, imaginary }, domain, backend);
  const y = await randomField(backend, operator.range, 21);
  const data = perSlice(await backend.read(y), 3, true);
  const dense: TvProblem = {
    shape,
    A: embed(re, im),
    y: Float64Array.from(data.flatMap((v) => [...v])),
    axes: '3d',
    zWeight: 1,
    lambda: 0.05,
    rho: 0.3,
    innerIterations: 4,
    low: -Infinity,
    high: Infinity,
    complex: true,
    ...options,
  };
  return { dense, problem: { backend, operator, y, seed: 1 } };
}

const optionsOf = ({ axes, zWeight, lambda, rho, innerIterations }: TvProblem) => ({ axes, zWeight, lambda, rho, innerIterations });
const volume = (x: Float64Array): Float32Array =>
  joined(
    [0, 1, 2].map((k) => x.slice(24 * k, 24 * k + 24)),
    true,
  );

for (const [name, options] of [
  ['in the plane', { axes: 'xy', innerIterations: 40 }], // per-slice steps: the same once CG has converged
  ['3D isotropic', {}],
  ['3D, ζ = 0.4', { zWeight: 0.4 }],
  ['along z', { axes: 'z' }],
] as [string, Partial<TvProblem>][]) {
  test(`every step on complex data equals a dense float64 reference: ${name}`, async (t) => {
    const { dense, problem } = await complexProblem(options);
    const reference = referenceTv(dense);
    for (const x of await estimates(csTv, problem, { ...optionsOf(dense), iterations: 15 })) {
      const error = relativeError(x, volume(reference.next().value as Float64Array));
      t.true(error < 1e-4, `off by ${error}`);
    }
  });
}

test('the limit minimises the objective of complex images', async (t) => {
  const { dense, problem } = await complexProblem();
  const x = await result(csTv, problem, { ...optionsOf(dense), iterations: 500, innerIterations: 8 });
  const flat = Float64Array.from(perSlice(x, 3, true).flatMap((v) => [...v]));
  const best = tvObjective(dense, flat);
  const next = testNumbers(2);
  for (let trial = 0; trial < 200; trial++) {
    const move = Float64Array.from({ length: 72 }, (_, i) => (trial < 144 ? Number(i === trial >> 1) * (trial & 1 ? 1 : -1) : next()));
    for (const size of [1e-3, 1e-2, 0.1]) t.true(tvObjective(dense, add([1, flat], [size, move])) > best - 2e-6);
  }
});

test('slices of 2D total variation do not influence each other; a phase of the data is a phase of the image', async (t) => {
  const { problem } = await complexProblem();
  const { backend } = problem;
  const options = { axes: 'xy', lambda: 0.05, rho: 0.3, iterations: 20 } as const;
  const x = await result(csTv, problem, options);
  const data = await backend.read(problem.y);
  const other = backend.field(problem.y.space);
  await backend.write(
    other,
    data.map((v, i) => (i < 14 ? v : 3 - v)),
  );
  t.deepEqual((await result(csTv, { ...problem, y: other }, options)).subarray(0, 24), x.subarray(0, 24));
  const turned = backend.field(problem.y.space);
  await backend.write(
    turned,
    data.map((_, i) => (i % 2 ? data[i - 1] : -data[i + 1])),
  );
  const image = await result(csTv, { ...problem, y: turned }, options);
  t.true(
    relativeError(
      image,
      x.map((_, i) => (i % 2 ? x[i - 1] : -x[i + 1])),
    ) < 1e-5,
  );
});

test('λ is in the data’s own units where the problem says them', async (t) => {
  const { problem } = await complexProblem();
  const units = { norm: 1.3, scale: 0.02 };
  const own = { lambda: 0.05, rho: 0.3, axes: 'xy', iterations: 5 } as const;
  const inside = { ...own, lambda: 0.05 / (1.3 ** 2 * 0.02) };
  t.deepEqual(await result(csTv, { ...problem, units }, own), await result(admmTv, problem, inside));
  t.deepEqual(await result(csTv, problem, own), await result(admmTv, problem, own));
});
