import type { Backend, Field } from '../../../compute/backend.js';
import { sizeOf, space, type Space } from '../../../core/space.js';
import { PhaseMetric } from '../../../operators/phase-metric/phase-metric.js';
import { phaseProducts } from '../../../operators/phase-metric/phase-products.js';
import { testArray } from '../../support/backends.js';
import { onEveryBackend } from '../../support/every-backend.js';
import { adjointError } from '../../support/operators.js';

const image = (z: number, h: number, w: number, dtype: Space['dtype'] = 'float32') => space(['slice', 'row', 'column'], [z, h, w], dtype);

async function put(backend: Backend, s: Space, seed: number): Promise<[Field, Float32Array]> {
  const data = testArray(sizeOf(s) * (s.dtype === 'complex64' ? 2 : 1), seed);
  const field = backend.field(s);
  await backend.write(field, data);
  return [field, data];
}

const close = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance = 1e-6): boolean =>
  a.length === b.length && Array.from(a).every((v, i) => Math.abs(v - b[i]) <= tolerance);

onEveryBackend(
  'weigh weighs what is in phase and its quadrature, by k from place to place, in place too, and refuses real fields',
  async (t, { backend }) => {
    const s = image(3, 4, 5, 'complex64');
    const [x, xs] = await put(backend, s, 1);
    const [g, gs] = await put(backend, s, 2);
    const k = backend.field(s);
    const ks = testArray(2 * sizeOf(s), 3).map((v) => 2 * v);
    await backend.write(k, ks);
    const weights = { base: 0.4, along: 0.6, across: -0.3, local: { whole: 0.7, across: 1.1 } };
    t.true(ks.some((v) => v > 1) && ks.some((v) => v < 1));
    const want = xs.map((v, i) => {
      const at = i - (i % 2);
      const [xr, xi, gr, gi] = [xs[at], xs[at + 1], gs[at], gs[at + 1]];
      const [a, b] = [at, at + 1].map((j) => Math.min(1, ks[j]) ** 2);
      const [re, im] = [0.6 * (gr * xr + gi * xi), (1.1 * b - 0.3) * (gr * xi - gi * xr)];
      return (1 + 0.7 * a) * (0.4 * v + (i === at ? re * gr - im * gi : re * gi + im * gr));
    });
    const out = backend.field(s);
    phaseProducts(backend).weigh(x, g, k, weights, out);
    t.true(close(await backend.read(out), want));
    phaseProducts(backend).weigh(x, g, k, weights, x);
    t.true(close(await backend.read(x), want));
    const real = backend.field(image(3, 4, 5));
    t.throws(() => phaseProducts(backend).weigh(real, real, real, weights, real), { code: 'SHAPE' });
  },
);

onEveryBackend('power squares what is in phase and its quadrature, in place too', async (t, { backend }) => {
  const s = image(3, 4, 5, 'complex64');
  const [x, xs] = await put(backend, s, 1);
  const [g, gs] = await put(backend, s, 2);
  const want = xs.map((_, i) => {
    const at = i - (i % 2);
    const [xr, xi, gr, gi] = [xs[at], xs[at + 1], gs[at], gs[at + 1]];
    return i === at ? 2 * (gr * xr + gi * xi) ** 2 : 3 * (gr * xi - gi * xr) ** 2;
  });
  const out = backend.field(s);
  phaseProducts(backend).power(x, g, { along: 2, across: 3 }, out);
  t.true(close(await backend.read(out), want));
  phaseProducts(backend).power(x, g, { along: 2, across: 3 }, x);
  t.true(close(await backend.read(x), want));
});

onEveryBackend('the metric is self-adjoint, its normal is its square, and it frees what it takes', async (t, { backend }) => {
  const s = image(3, 6, 5, 'complex64');
  const [followed] = await put(backend, s, 1);
  const [p, ps] = await put(backend, s, 2);
  const [once, twice, scratch] = [backend.field(s), backend.field(s), backend.field(s)];
  const before = backend.memory().current;
  const metric = new PhaseMetric(s, backend);
  metric.apply(p, once);
  t.true(close(await backend.read(once), ps), 'the identity before it follows an image');
  metric.follow(followed, { quadrature: 0.2, air: 0.6, edges: 2 }, scratch);
  t.true((await adjointError(metric, 5)) < 1e-5);
  metric.apply(p, once);
  metric.apply(once, once);
  metric.normal(p, twice);
  t.deepEqual(await backend.read(twice), await backend.read(once));
  const norm = await metric.norm();
  t.true(norm > 0.5 && norm <= Math.SQRT2 * 1.01, `${norm}`); // v is at most √E, and |g| at most 1
  metric.dispose();
  await backend.flush();
  if (backend.name === 'cpu') t.is(backend.memory().current, before);
});
