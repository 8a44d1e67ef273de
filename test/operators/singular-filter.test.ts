import test from 'ava';
import { space } from '../../core/space.js';
import { cartesianFourier } from '../../operators/fourier/cartesian/cartesian.js';
import { scaled } from '../../operators/algebra/scaled.js';
import { matrixOperator } from '../../operators/algebra/matrix.js';
import type { LinearOperator } from '../../operators/operator.js';
import { maskOperator } from '../../operators/sampling/mask.js';
import { separableOperator } from '../../operators/sampling/reduction/separable.js';
import { singularFilter } from '../../operators/singular-filter.js';
import { reductionMatrix } from '../../operators/sampling/reduction/kernels.js';
import type { Backend, Field } from '../../compute/backend.js';
import { inlineBackend, testNumbers } from '../support/backends.js';
import { withSingularValues } from '../support/dense.js';
import { onEveryBackend } from '../support/every-backend.js';
import { gaussianProblem, randomField } from '../support/gaussian-problem.js';
import { samplingMask } from '../../operators/patterns/index.js';

/* V f(S) Vᴴ and V f(S) Uᴴ against A itself: with f = s² and s they are AᴴA and Aᴴ, with 1/s Penrose's conditions hold. */

const RANDOM = { acceleration: 2, seed: 1, calibration: 2 } as const;
const images = space(['slice', 'y', 'x'], [2, 6, 6]);

async function known(backend: Backend): Promise<readonly (readonly [name: string, operator: LinearOperator])[]> {
  const next = testNumbers(4);
  const mask = Float32Array.from({ length: 72 }, () => Number(next() > 0.2));
  const dense = withSingularValues([1, 0.7, 0.3, 0.2], 36, next);
  const tall = withSingularValues([0.9, 0.5, 0.4], 36, next);
  const flat = (rows: readonly Float64Array[]) => Float64Array.from(rows.flatMap((row) => [...row]));
  const transposed = Array.from({ length: 36 }, (_, i) => Float64Array.from(tall, (row) => row[i]));
  return [
    ['mask', await maskOperator(images, mask, backend)],
    ['mask times 3', scaled(await maskOperator(images, mask, backend), 3)],
    [
      'single coil',
      cartesianFourier({ shape: [2, 8, 8], mask: samplingMask({ ...{ pattern: 'random', shape: [8, 8] }, ...RANDOM }) }, backend),
    ],
    ['matrix', matrixOperator({ rows: 4, columns: 36, real: flat(dense) }, images, backend)],
    ['minus half a matrix', scaled(matrixOperator({ rows: 4, columns: 36, real: flat(dense) }, images, backend), -0.5)],
    [
      'matrix with more rows than columns',
      matrixOperator({ rows: 36, columns: 3, real: flat(transposed) }, space(['slice', 'k'], [2, 3]), backend, images),
    ],
    [
      'reduction',
      separableOperator(
        2,
        { rows: reductionMatrix(6, 2, { type: 'bicubic' }), columns: reductionMatrix(6, 3, { type: 'bicubic' }) },
        backend,
      ),
    ],
  ];
}

onEveryBackend('f = s gives Aᴴ, s² gives AᴴA, and 1/s the pseudo-inverse', async (t, { backend }) => {
  for (const [name, operator] of await known(backend)) {
    const { domain, range } = operator;
    const scratch = [backend.field(domain), backend.field(domain), backend.field(domain)] as const;
    const filter = (await singularFilter(operator, scratch))!;
    t.truthy(filter, name);
    const [x, y] = [await randomField(backend, domain, 5), await randomField(backend, range, 6)];
    const [one, other, data, again] = [backend.field(domain), backend.field(domain), backend.field(range), backend.field(range)];
    const close = async (a: Field, b: Field, words: string): Promise<void> => {
      const [got, wanted] = [await backend.read(a), await backend.read(b)];
      const distance = Math.hypot(...got.map((v, n) => v - wanted[n])) / Math.hypot(...wanted);
      t.true(distance < 1e-5, `${name}, ${words}: off by ${distance}`);
    };

    filter.ofData(y, one, (s) => s);
    operator.adjoint(y, other);
    await close(one, other, 'Aᴴ');
    filter.ofImage(x, one, (s) => s * s);
    operator.normal(x, other);
    await close(one, other, 'AᴴA');

    // A A⁺ A = A ; A⁺ A A⁺ = A⁺ ; A⁺A is V Vᴴ, its own adjoint and square
    operator.apply(x, data);
    filter.ofData(data, one, (s) => 1 / s);
    operator.apply(one, again);
    await close(again, data, 'A A⁺ A');
    filter.ofImage(x, other, () => 1);
    await close(one, other, 'A⁺A');
    filter.ofImage(other, one, () => 1);
    await close(one, other, '(A⁺A)²');
    filter.ofData(y, one, (s) => 1 / s);
    operator.apply(one, again);
    filter.ofData(again, other, (s) => 1 / s);
    await close(other, one, 'A⁺ A A⁺');
  }
});

test('operators with many singular values and no decomposition have none', async (t) => {
  const backend = inlineBackend();
  const { operator } = await gaussianProblem({ measured: 'general', complex: true, backend });
  const scratch = [backend.field(operator.domain), backend.field(operator.domain), backend.field(operator.domain)] as const;
  t.is(await singularFilter(operator, scratch), undefined);
  const zero = matrixOperator({ rows: 2, columns: 36, real: new Float64Array(72) }, images, backend);
  const fields = [backend.field(images), backend.field(images), backend.field(images)] as const;
  const filter = await singularFilter(zero, fields);
  filter?.ofData(backend.field(zero.range), fields[1], (s) => 1 / s);
  t.true((await backend.read(fields[1])).every((v) => v === 0));
});

test('a filter says whether there is one singular value alone', async (t) => {
  const single = await Promise.all(
    (await known(inlineBackend())).map(async ([name, operator]) => {
      const { backend, domain } = operator;
      const filter = await singularFilter(operator, [backend.field(domain), backend.field(domain), backend.field(domain)]);
      return [name, filter?.single] as const;
    }),
  );
  const many = ['matrix', 'minus half a matrix', 'matrix with more rows than columns', 'reduction'];
  for (const [name, is] of single) t.is(is, !many.includes(name), name);
});
