import type { ExecutionContext } from 'ava';
import type { Backend, Field } from '../../../compute/backend.js';
import { componentsOf, sizeOf, slicesOf, space, type Space } from '../../../core/space.js';
import {
  compose,
  dotTest,
  fieldOperator,
  functionOperator,
  matrixOperator,
  scale,
  stack,
  sum,
  transpose,
} from '../../../operators/index.js';
import type { LinearOperator } from '../../../operators/operator.js';
import { testArray, testNumbers } from '../../support/backends.js';
import * as dense from '../../support/dense.js';
import { onEveryBackend } from '../../support/every-backend.js';
import { joined, perSlice } from '../../support/gaussian-problem.js';

const SLICES = 5;

/** A random matrix operator, and the matrix that it is in float64 (complex: in the real form of dense.ts). */
function random(backend: Backend, domain: Space, range: Space, seed: number): { A: LinearOperator; M: dense.Matrix } {
  const [rows, columns] = [sizeOf(range), sizeOf(domain)].map((n) => n / SLICES);
  const next = testNumbers(seed);
  const part = () => dense.build(rows, columns, () => Math.fround(next()));
  const flat = (m: dense.Matrix) => Float64Array.from(m.flatMap((row) => [...row]));
  const complex = domain.dtype === 'complex64';
  const [re, im] = [part(), part()];
  const matrix = { rows, columns, real: flat(re), imaginary: complex ? flat(im) : undefined };
  return { A: matrixOperator(matrix, domain, backend, range), M: complex ? dense.embed(re, im) : re };
}

/** Applies the operator and its adjoint and normal to random vectors, and compares with the matrix. */
async function isMatrix(t: ExecutionContext, A: LinearOperator, M: dense.Matrix): Promise<void> {
  const { backend, domain, range } = A;
  const complex = domain.dtype === 'complex64';
  const through = async (from: Space, to: Space, run: (x: Field, y: Field) => void, m: dense.Matrix): Promise<void> => {
    const [x, y] = [backend.field(from), backend.field(to)];
    const data = testArray(sizeOf(from) * componentsOf(from), 3);
    await backend.write(x, data);
    backend.fill(y, 7);
    run(x, y);
    const wanted = joined(
      perSlice(data, slicesOf(from), complex).map((v) => dense.apply(m, v)),
      complex,
    );
    const error = dense.relativeError(await backend.read(y), wanted);
    t.true(error < 2e-6, `${A.name}: ${error}`);
    x.dispose();
    y.dispose();
  };
  const Mt = dense.transpose(M);
  await through(domain, range, (x, y) => A.apply(x, y), M);
  await through(range, domain, (y, x) => A.adjoint(y, x), Mt);
  await through(domain, domain, (x, out) => A.normal(x, out), dense.times(Mt, M));
  t.true((await dotTest(A)) < 1e-6);
  const values = dense.eigen(dense.times(Mt, M)).values.reduce((a, b) => Math.max(a, b), 0);
  t.true(Math.abs((await A.norm()) / Math.sqrt(values) - 1) < 1e-2);
}

for (const dtype of ['float32', 'complex64'] as const) {
  const of = (...shape: number[]): Space => space(['slice', 'a', 'b'].slice(0, shape.length), shape, dtype);
  const [image, data, other] = [of(SLICES, 3, 2), of(SLICES, 2, 2), of(SLICES, 5)];

  onEveryBackend(`product, sum, multiple and transpose are those of matrices, ${dtype}`, async (t, { backend }) => {
    const { A, M } = random(backend, image, data, 1);
    const { A: B, M: N } = random(backend, other, image, 2);
    const { A: C, M: O } = random(backend, image, data, 3);
    await isMatrix(t, compose(A, B), dense.times(M, N));
    await isMatrix(t, compose(transpose(C), A, B), dense.times(dense.times(dense.transpose(O), M), N));
    await isMatrix(t, sum(A, C, A), dense.combine([2, M], [1, O]));
    await isMatrix(t, scale(A, -1.5), dense.combine([-1.5, M]));
    await isMatrix(t, transpose(A), dense.transpose(M));
    await isMatrix(t, transpose(transpose(A)), M);
    const all = sum(compose(A, B), scale(compose(C, B), 0.5));
    await isMatrix(t, all, dense.times(dense.combine([1, M], [0.5, O]), N));
    t.is(sum(A), A);
    t.is(compose(A), A);
    all.dispose(); // B stands in both
    all.dispose();
  });

  onEveryBackend(`a stack has the rows of its parts, along the second axis or strung out, ${dtype}`, async (t, { backend }) => {
    const { A, M } = random(backend, image, data, 4);
    const { A: B, M: N } = random(backend, image, of(SLICES, 3, 2), 5);
    const { A: C, M: O } = random(backend, image, other, 6);
    const below = (...parts: dense.Matrix[]): dense.Matrix =>
      dtype === 'float32'
        ? parts.flat()
        : [...parts.flatMap((m) => m.slice(0, m.length / 2)), ...parts.flatMap((m) => m.slice(m.length / 2))];
    const along = stack(A, B);
    t.deepEqual(
      [along.range.axes, along.range.shape],
      [
        ['slice', 'a', 'b'],
        [SLICES, 5, 2],
      ],
    );
    await isMatrix(t, along, below(M, N));
    const strung = stack(A, C, B);
    t.deepEqual(
      [strung.range.axes, strung.range.shape],
      [
        ['slice', 'value'],
        [SLICES, 15],
      ],
    );
    await isMatrix(t, strung, below(M, O, N));
    strung.dispose();
    along.dispose();
  });

  onEveryBackend(
    `functions on arrays, slice by slice or on the whole, are the operator that they say, ${dtype}`,
    async (t, { backend }) => {
      const { M } = random(backend, image, data, 7);
      const complex = dtype === 'complex64';
      const product = (m: dense.Matrix) => (x: Float32Array) =>
        joined(
          perSlice(x, (x.length * (complex ? 2 : 1)) / (m[0].length * (complex ? 2 : 1)), complex).map((v) => dense.apply(m, v)),
          complex,
        );
      const [apply, adjoint] = [product(M), product(dense.transpose(M))];
      for (const coupling of ['slice', 'volume'] as const) {
        const base = { name: coupling, domain: image, range: data, coupling };
        await isMatrix(t, functionOperator({ ...base, apply: async (x) => apply(x), adjoint }, backend), M);
      }
      const seen: number[] = [];
      const numbered = (x: Float32Array, slice: number): Float32Array => (seen.push(slice), x);
      const same = {
        name: 'identity',
        domain: image,
        range: image,
        coupling: 'slice',
        apply: numbered,
        adjoint: numbered,
      } as const;
      const [x, y] = [backend.field(image), backend.field(image)];
      functionOperator(same, backend).apply(x, y);
      await backend.flush();
      t.deepEqual(seen, [0, 1, 2, 3, 4]);
    },
  );
}

onEveryBackend('functions on fields are an operator, and slices that mix are told', async (t, { backend }) => {
  const images = space(['slice', 'y', 'x'], [SLICES, 2, 3]);
  const differences = fieldOperator(
    {
      name: 'differences along z',
      domain: images,
      range: images,
      apply(x, y) {
        backend.dz(x, y, 'replicate');
      },
      adjoint(y, x) {
        backend.lincomb(x);
        backend.addDzAdjoint(1, y, x, 'replicate');
      },
    },
    backend,
  );
  t.true((await dotTest(differences)) < 1e-6);
  t.true(Math.abs((await differences.norm()) - 2 * Math.cos(Math.PI / (2 * SLICES))) < 0.02);
  t.is(differences.coupling, 'volume');
  const { A } = random(backend, images, space(['slice', 'row'], [SLICES, 4]), 8);
  t.is(A.coupling, 'slice');
  t.is(compose(A, differences).coupling, 'volume');
  t.is(stack(A, A).coupling, 'slice');
});

onEveryBackend('the dot test finds what is wrong with an operator', async (t, { backend }) => {
  const images = space(['slice', 'y', 'x'], [3, 4, 4], 'complex64');
  const base = { domain: images, range: images, coupling: 'slice' } as const;
  const same = (x: Float32Array): Float32Array => x;
  const twice = (x: Float32Array): Float32Array => x.map((v) => 2 * v);
  const turned = (x: Float32Array): Float32Array => x.map((_, i) => (i % 2 === 0 ? -x[i + 1] : x[i - 1])); // i x
  const faulty: readonly (readonly [string, LinearOperator, RegExp])[] = [
    [
      'scale',
      functionOperator({ ...base, name: 'scale', apply: twice, adjoint: same }, backend),
      /adjoint of the operator 'scale' is not the transpose.*relative error/,
    ],
    [
      'no conjugate',
      functionOperator({ ...base, name: 'turn', apply: turned, adjoint: turned }, backend),
      /adjoint of the operator 'turn'/,
    ],
    [
      'adds up',
      fieldOperator(
        { ...base, name: 'adds', apply: (x, y) => backend.lincomb(y, [1, y], [1, x]), adjoint: (y, x) => backend.lincomb(x, [1, y]) },
        backend,
      ),
      /adjoint of the operator 'adds'/,
    ],
    [
      'normal',
      fieldOperator(
        {
          ...base,
          name: 'n',
          apply: (x, y) => backend.lincomb(y, [2, x]),
          adjoint: (y, x) => backend.lincomb(x, [2, y]),
          normal: (x, out) => backend.lincomb(out, [2, x]),
        },
        backend,
      ),
      /normal of the operator 'n' is not adjoint after apply/,
    ],
  ];
  for (const [what, operator, message] of faulty) {
    await t.throwsAsync(dotTest(operator), { code: 'ARGUMENT', message }, what);
  }
  const right = functionOperator({ ...base, name: 'turn', apply: turned, adjoint: (y) => turned(y).map((v) => -v) }, backend);
  t.true((await dotTest(right, { seed: 5 })) < 1e-6);
  await t.throwsAsync(dotTest(right, { tolerance: -1 }), { code: 'ARGUMENT' });
});

onEveryBackend('operators that do not fit, and functions that nothing waits for, are refused', (t, { backend }) => {
  const [small, large] = [space(['slice', 'a'], [3, 4]), space(['slice', 'a'], [3, 6])];
  const { A } = random(backend, space(['slice', 'a'], [SLICES, 4]), space(['slice', 'a'], [SLICES, 6]), 1);
  const make = (domain: Space, range: Space): LinearOperator =>
    fieldOperator({ name: 'it', domain, range, apply: (_, y) => backend.lincomb(y), adjoint: (_, x) => backend.lincomb(x) }, backend);
  const shape = { code: 'SHAPE' } as const;
  t.throws(() => compose(make(small, large), make(small, large)), { ...shape, message: /'it' cannot follow 'it'/ });
  t.throws(() => sum(make(small, large), make(large, large)), { ...shape, message: /domain differs/ });
  t.throws(() => sum(make(small, large), make(small, small)), { ...shape, message: /range differs/ });
  t.throws(() => stack(make(small, large), A), { ...shape, message: /cannot be stacked/ });
  t.throws(() => stack(), { code: 'ARGUMENT' });
  t.throws(
    () =>
      fieldOperator(
        {
          name: 'it',
          coupling: 'slice',
          domain: small,
          range: A.range,
          apply: () => undefined,
          adjoint: () => undefined,
        },
        backend,
      ),
    shape,
  );
  const [x, y] = [backend.field(small), backend.field(large)];
  t.throws(() => make(small, large).apply(y, x), { ...shape, message: /not in the domain of the operator 'it'/ });
  const late = fieldOperator(
    {
      name: 'late',
      domain: small,
      range: small,
      // @ts-expect-error: nothing waits for this promise
      apply: async () => backend.flush(),
      adjoint: () => undefined,
    },
    backend,
  );
  t.throws(() => late.apply(x, x), { code: 'ARGUMENT', message: /apply of the operator 'late' returned a promise/ });
});
