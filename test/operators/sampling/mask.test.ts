import { componentsOf, sizeOf, space } from '../../../core/space.js';
import { maskOperator } from '../../../operators/sampling/mask.js';
import { testArray } from '../../support/backends.js';
import { onEveryBackend } from '../../support/every-backend.js';
import { adjointError } from '../../support/operators.js';

for (const dtype of ['float32', 'complex64'] as const) {
  onEveryBackend(`mask, ${dtype}: y = m x, its own adjoint, a projection of norm 1`, async (t, { backend }) => {
    const domain = space(['slice', 'y', 'x'], [5, 3, 7], dtype);
    const [lanes, size] = [componentsOf(domain), sizeOf(domain)];
    const mask = Float32Array.from({ length: size }, (_, n) => Number((n * 7) % 3 !== 0));
    const operator = await maskOperator(domain, mask, backend);
    const [x, y, out] = [backend.field(domain), backend.field(domain), backend.field(domain)];
    const [xs, ys] = [testArray(lanes * size, 1), testArray(lanes * size, 2)];
    await backend.write(x, xs);
    await backend.write(y, ys);
    const m = (n: number): number => mask[Math.floor(n / lanes)];
    operator.apply(x, out);
    t.deepEqual(
      await backend.read(out),
      xs.map((value, n) => m(n) * value),
    );
    operator.normal(x, out);
    t.deepEqual(
      await backend.read(out),
      xs.map((value, n) => m(n) * value),
    );
    t.true((await adjointError(operator, 3)) < 1e-6);
    t.is(await operator.norm(), 1);
    operator.project(x, y, out);
    const projected = await backend.read(out);
    t.true(projected.every((value, n) => Math.abs(value - (m(n) === 1 ? ys[n] : xs[n])) < 1e-6));
    operator.project(x, y, x);
    t.deepEqual(await backend.read(x), projected);
    for (const field of [x, y, out]) field.dispose();
    operator.dispose();
  });
}

onEveryBackend('a mask of another size, of other numbers or of zeros alone is refused', async (t, { backend }) => {
  const domain = space(['slice', 'y', 'x'], [1, 2, 2]);
  await t.throwsAsync(maskOperator(domain, new Float32Array(3).fill(1), backend), { code: 'SHAPE' });
  await t.throwsAsync(maskOperator(domain, Float32Array.from([1, 0.5, 0, 0]), backend), { code: 'GEOMETRY' });
  await t.throwsAsync(maskOperator(domain, new Float32Array(4), backend), { message: /zeros alone/ });
});
