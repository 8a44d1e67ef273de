import type { Backend, Field } from '../../../compute/backend.js';
import { sizeOf, space, type Space } from '../../../core/space.js';
import { PlaceMetric } from '../../../operators/place-metric/place-metric.js';
import { testArray } from '../../support/backends.js';
import { onEveryBackend } from '../../support/every-backend.js';
import { adjointError } from '../../support/operators.js';

const image = space(['slice', 'row', 'column'], [2, 16, 18], 'float32');
const [ROWS, COLUMNS] = [16, 18];

async function put(backend: Backend, s: Space, data: Float32Array): Promise<Field> {
  const field = backend.field(s);
  await backend.write(field, data);
  return field;
}

/** Weights of a metric that follows an image of these values. */
async function weights(backend: Backend, value: (row: number, column: number) => number, shape: { air: number; edges: number }) {
  const at = (i: number): [number, number] => [Math.floor(i / COLUMNS) % ROWS, i % COLUMNS];
  const metric = new PlaceMetric(image, backend);
  const followed = await put(
    backend,
    image,
    Float32Array.from({ length: sizeOf(image) }, (_, i) => value(...at(i))),
  );
  metric.follow(followed, shape, [backend.field(image), backend.field(image)]);
  const ones = await put(backend, image, new Float32Array(sizeOf(image)).fill(1));
  metric.apply(ones, ones);
  const data = await backend.read(ones);
  return (row: number, column: number): number => data[row * COLUMNS + column];
}

const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-4;

onEveryBackend(
  'errors of air count less, of matter as they are, below 0 as in air, and between them in proportion',
  async (t, { backend }) => {
    const shape = { air: 0.3, edges: 1 };
    const w = await weights(backend, (_, column) => (column < 9 ? 0 : 0.5), shape);
    t.true(near(w(8, 2), 0.3) && near(w(8, 16), 1), `${w(8, 2)} ${w(8, 16)}`);
    t.true(near((await weights(backend, () => -0.4, shape))(8, 8), 0.3));
    t.true(near((await weights(backend, () => 0.075, shape))(8, 8), 0.65));
  },
);

onEveryBackend('errors count √E at an edge and 1/√E away from it', async (t, { backend }) => {
  const w = await weights(backend, (_, column) => (column < 9 ? 0.5 : 0.8), { air: 0.3, edges: 4 });
  t.true(near(w(8, 8), 2) && near(w(8, 9), 2), `${w(8, 8)}`);
  t.true(near(w(8, 3), 0.5) && near(w(8, 14), 0.5), `${w(8, 3)}`);
});

onEveryBackend('the place metric is self-adjoint, its normal is its square, and it frees what it takes', async (t, { backend }) => {
  const ps = testArray(sizeOf(image), 2);
  const followed = await put(backend, image, testArray(sizeOf(image), 1));
  const p = await put(backend, image, ps);
  const [once, twice, scratch] = [1, 2, 3].map(() => backend.field(image));
  const before = backend.memory().current;
  const metric = new PlaceMetric(image, backend);
  metric.apply(p, once);
  t.deepEqual(await backend.read(once), ps, 'the identity before it follows an image');
  metric.follow(followed, { air: 0.4, edges: 2 }, [scratch, twice]);
  t.true((await adjointError(metric, 5)) < 1e-5);
  metric.apply(p, once);
  metric.apply(once, once);
  metric.normal(p, twice);
  t.deepEqual(await backend.read(twice), await backend.read(once));
  const norm = await metric.norm();
  t.true(norm > 0.2 && norm <= Math.SQRT2 * 1.01, `${norm}`);
  metric.dispose();
  await backend.flush();
  if (backend.name === 'cpu') t.is(backend.memory().current, before);
});
