import test from 'ava';
import type { Backend, Field } from '../../compute/backend.js';
import { sizeOf, space } from '../../core/space.js';
import type { Prior } from '../../models/prior.js';
import { matrixOperator } from '../../operators/algebra/matrix.js';
import { dds } from '../../src/solvers/dds.js';
import { ErrorMetric, type ErrorShape } from '../../src/solvers/error-metric.js';
import { Workspace } from '../../compute/workspace.js';
import { inlineBackend } from '../support/backends.js';
import { dataStepFor } from '../support/data-step.js';
import { relativeError } from '../support/dense.js';
import { gaussianProblem, randomField, result } from '../support/gaussian-problem.js';

const domain = space(['slice', 'y', 'x'], [2, 12, 14], 'complex64');
const PIXELS = 2 * 12 * 14;
const WHITE: ErrorShape = { quadrature: 1, air: 1, edges: 1, detail: 1 };

/** amplitude · e^{iφ}, φ slow in both directions. */
const turning = (amplitude: (pixel: number) => number, offset = 0): Float32Array =>
  Float32Array.from({ length: 2 * PIXELS }, (_, i) => {
    const pixel = i >> 1;
    const phase = 0.1 * (pixel % 14) - 0.05 * Math.floor(pixel / 14) + offset;
    return amplitude(pixel) * (i % 2 === 0 ? Math.cos(phase) : Math.sin(phase));
  });

async function written(backend: Backend, data: Float32Array): Promise<Field> {
  const field = backend.field(domain);
  await backend.write(field, data);
  return field;
}

async function following(image: Float32Array, shape: Partial<ErrorShape>) {
  const backend = inlineBackend();
  const metric = new ErrorMetric(new Workspace(backend), backend, domain, { ...WHITE, ...shape });
  metric.follow(await written(backend, image), backend.field(domain));
  return {
    backend,
    metric,
    through: async (data: Float32Array) => {
      const p = await written(backend, data);
      metric.apply(p, metric.weighed);
      return backend.read(metric.weighed);
    },
  };
}

/** Pixels two or more from the border: at it the blurred phase is a little off. */
const inside = (data: Float32Array): Float32Array =>
  data.filter((_, i) => {
    const [x, y] = [(i >> 1) % 14, Math.floor((i >> 1) / 14) % 12];
    return x > 1 && x < 12 && y > 1 && y < 10;
  });

test('what is in phase with the image stays, the quadrature is q times as large, whatever its own size', async (t) => {
  const { through } = await following(
    turning(() => 0.8),
    { quadrature: 0.3, air: 0.5, edges: 1 },
  );
  const size = (pixel: number): number => Math.sin(pixel);
  t.true(relativeError(inside(await through(turning(size))), inside(turning(size))) < 0.03);
  const across = turning(size, Math.PI / 2);
  const want = inside(across.map((v) => 0.3 * v));
  t.true(relativeError(inside(await through(across)), want) < 0.1);
});

test('where the phase is rough the quadrature stays as well', async (t) => {
  const columns = turning((pixel) => (pixel % 2 ? 0.1 : -0.1), Math.PI / 2);
  const rough = turning(() => 0.8).map((v, i) => v + columns[i]);
  const { through } = await following(rough, { quadrature: 0.3, air: 0.5, edges: 1 });
  const across = turning(() => 1, Math.PI / 2);
  t.true(relativeError(inside(await through(across)), inside(across)) < 0.03);
});

test('errors count √E times at an edge and 1/√E times away from it, and the complement knows no edges', async (t) => {
  const column = (pixel: number): number => pixel % 14;
  const { metric, through } = await following(
    turning((pixel) => (column(pixel) < 7 ? 0.5 : 0.9)),
    { quadrature: 0.3, air: 0.5, edges: 4 },
  );
  const image = turning(() => 1);
  const out = await through(image);
  const gain = (pixel: number): number =>
    (out[2 * pixel] * image[2 * pixel] + out[2 * pixel + 1] * image[2 * pixel + 1]) / (image[2 * pixel] ** 2 + image[2 * pixel + 1] ** 2);
  const row = 6 * 14; // far from the border, where the blurred phase is a little off
  t.true([6, 7].every((x) => Math.abs(gain(row + x) - 2) < 0.1));
  t.true([2, 3, 10, 11].every((x) => Math.abs(gain(row + x) - 0.5) < 0.03));
  metric.complement();
  const inner = (data: Float32Array): number[] => [2, 6, 7, 11].map((x) => Math.hypot(...data.slice(2 * (row + x), 2 * (row + x) + 2)));
  t.true(inner(await through(image)).every((left) => left < 0.05)); // nothing in phase was held back, at an edge or not
});

test('the complement is what B leaves of errors where E is 1: B p + (I − B) p = p', async (t) => {
  const { backend, metric } = await following(
    turning((pixel) => 0.1 * (pixel % 5)),
    { quadrature: 0.2, air: 0.6, edges: 1 },
  );
  const [p, b, rest] = [1, 2, 3].map(() => backend.field(domain));
  backend.noise(p, { seed: 1, step: 0, stream: 0 });
  metric.apply(p, b);
  metric.complement();
  metric.apply(p, rest);
  backend.lincomb(b, [1, b], [1, rest]);
  t.true(relativeError(await backend.read(b), await backend.read(p)) < 1e-5);
});

test('in air all phases are weighed alike, and the transpose is one', async (t) => {
  const faint = await following(
    turning(() => 1e-5),
    { quadrature: 0, air: 0.5, edges: 1 },
  );
  const across = turning(() => 1, Math.PI / 2);
  const half = across.map((v) => v / 2);
  t.true(relativeError(await faint.through(across), half) < 1e-3);
  const { backend, metric } = await following(
    turning((pixel) => 0.1 * (pixel % 5)),
    { quadrature: 0.2, air: 0.6, edges: 2, detail: 0.3 },
  );
  const [a, b, c] = [1, 2, 3].map(() => backend.field(domain));
  backend.noise(a, { seed: 1, step: 0, stream: 0 });
  backend.noise(b, { seed: 2, step: 0, stream: 0 });
  const product = async (u: Field, v: Field): Promise<number> => (await backend.readScalars(backend.dot(u, v, 'volume')))[0];
  metric.apply(a, c);
  const products = [await product(c, b)];
  metric.transpose(b);
  products.push(await product(a, b));
  t.true(Math.abs(products[0] - products[1]) < 1e-5 * Math.abs(products[0]));
});

test('detail: a chessboard is multiplied by it, what varies slowly hardly, and white noise keeps its energy', async (t) => {
  const { backend, metric } = await following(
    turning(() => 1),
    { detail: 0.4 },
  );
  const ratio = async (p: Field): Promise<number> => {
    metric.apply(p, metric.weighed);
    const inner = (data: Float32Array): number => Math.hypot(...inside(data));
    return inner(await backend.read(metric.weighed)) / inner(await backend.read(p));
  };
  const k = 0.6 / 8;
  const scale = 1 / Math.sqrt(1 - 8 * k + 20 * k * k);
  const chessboard = Float32Array.from({ length: 2 * PIXELS }, (_, i) => ((i >> 1) + Math.floor((i >> 1) / 14)) % 2 || -1);
  t.true(Math.abs((await ratio(await written(backend, chessboard))) - 0.4 * scale) < 1e-5);
  const flat = new Float32Array(2 * PIXELS).fill(1);
  t.true(Math.abs((await ratio(await written(backend, flat))) - scale) < 1e-5);
  const noise = backend.field(domain);
  backend.noise(noise, { seed: 3, step: 0, stream: 0 });
  t.true(Math.abs((await ratio(noise)) - 1) < 0.05);
});

for (const mode of ['2d', '3d'] as const) {
  test(`a sweep with a metric solves Mᵀ(AᴴA + …)M δ + cδ = Mᵀ(…): MMᵀ∇ = c(x − d) at its end (${mode})`, async (t) => {
    const p = await gaussianProblem({ complex: true });
    const { backend, operator, problem } = p;
    const settings = { mode, rho: 0.05, lambda: 0, innerIterations: 80, boundary: 'replicate' } as const;
    const { step, w, projection, workspace } = dataStepFor(problem, settings);
    const x = await randomField(backend, p.domain, 4);
    const d = backend.field(p.domain);
    backend.lincomb(d, [1, x]);
    const metric = new ErrorMetric(workspace, backend, p.domain, { quadrature: 0.3, air: 0.5, edges: 1.4, detail: 0.6 });
    metric.follow(d, step.scratch[0]);
    const pull = 0.4;
    if (w) backend.dz(x, w, 'replicate'); // z − u = D_z d with λ = 0
    const [gradient, z] = [backend.field(p.domain), backend.field(p.domain)];
    if (w) backend.lincomb(z, [1, w]);
    step.sweep(x, { pull, metric });
    operator.apply(x, projection);
    backend.lincomb(projection, [1, problem.y], [-1, projection]);
    operator.adjoint(projection, gradient);
    if (w) {
      backend.addDzAdjoint(settings.rho, z, gradient, 'replicate');
      backend.addDzNormal(-settings.rho, x, gradient, 'replicate');
    }
    metric.transpose(gradient);
    metric.apply(gradient, metric.weighed);
    backend.lincomb(x, [pull, x], [-pull, d]);
    const moved = await backend.read(x);
    t.true(moved.some((v) => Math.abs(v) > 1e-2));
    t.true(relativeError(await backend.read(metric.weighed), moved) < 1e-4);
  });
}

test('edges change complex and real images, the quadrature real ones not at all', async (t) => {
  for (const complex of [false, true]) {
    const { problem } = await gaussianProblem({ complex });
    const options = { steps: 4, gamma: 1, sigmaMax: 1, sigmaMin: 0.1 };
    const without = await result(dds, problem, options);
    const change = async (given: object): Promise<number> => relativeError(await result(dds, problem, { ...options, ...given }), without);
    t.true((await change({ edges: 2 })) > 1e-3);
    if (!complex) t.is(await change({ quadrature: 0.3 }), 0);
  }
});

test('with a support the metric spreads nothing beyond it, and CG still converges', async (t) => {
  const { backend, operator, problem, domain: whole } = await gaussianProblem({ complex: true });
  const support = backend.field(whole);
  const inner = Float32Array.from({ length: 2 * sizeOf(whole) }, (_, i) => ((i >> 1) % 4 < 3 && i % 2 === 0 ? 1 : 0));
  await backend.write(support, inner);
  const held = { ...problem, operator, support };
  const settings = { mode: '2d', rho: 0, lambda: 0, innerIterations: 80, boundary: 'replicate' } as const;
  const { step, workspace } = dataStepFor(held, settings);
  const x = await randomField(backend, whole, 4);
  const before = await backend.read(x);
  step.sweep(x, { pull: 0.01, metric: new ErrorMetric(workspace, backend, whole, { ...WHITE, detail: 0.2 }) });
  const after = await backend.read(x);
  t.true(after.every((v) => Number.isFinite(v) && Math.abs(v) < 100));
  t.true(after.every((v, i) => inner[2 * (i >> 1)] === 1 || v === before[i]));
  t.true(relativeError(after, before) > 1e-2);
});

test('what the metric holds back across the phase comes in with the last sweep, and with no other', async (t) => {
  // A = 1, a prior that knows nothing but g (tissue of one phase), and data that are g turned by 30°: q = 0 lets no sweep turn it but the
  // last
  const constant = (phase: number) =>
    Float32Array.from({ length: 2 * PIXELS }, (_, i) => 0.8 * (i % 2 ? Math.sin(phase) : Math.cos(phase)));
  const backend = inlineBackend();
  const eye = Float64Array.from({ length: 168 ** 2 }, (_, i) => Number(i % 169 === 0));
  const operator = matrixOperator({ rows: 168, columns: 168, real: eye }, domain, backend);
  const g = await written(backend, constant(0.4));
  const prior: Prior = {
    ...{ name: 'known', sigmaMin: 0, sigmaMax: Infinity, range: { unit: 'arbitrary', low: 0, high: 1 } },
    denoise: (_, __, out) => backend.lincomb(out, [1, g]),
    bytes: () => ({ items: [] }),
    describe: () => ({}),
    dispose: () => Promise.resolve(),
  };
  const y = backend.field(operator.range);
  await backend.write(y, constant(0.4 + Math.PI / 6));
  const options = { steps: 3, mode: '2d', gamma: 1e3, eta: 1, sigmaMax: 1, sigmaMin: 0.1, quadrature: 0, air: 1, edges: 1 } as const;
  const residuals: number[] = [];
  for await (const { residual } of dds.run({ backend, operator, y, prior, seed: 1 }, dds.options(options))) {
    residuals.push(residual!);
  }
  // the quadrature of the difference is sin 30° of y; γ = 1000 leaves a thousandth of what may be corrected
  t.true(
    residuals.slice(0, -1).every((r) => Math.abs(r - 0.5) < 1e-3),
    `${residuals}`,
  );
  t.true(residuals.at(-1)! < 2e-3, `${residuals}`);
});
