import type { Backend } from '../../../compute/backend.js';
import { bytesOf, sizeOf, space } from '../../../core/space.js';
import { matrixOperator } from '../../../operators/algebra/matrix.js';
import { operatorNorm } from '../../../operators/norm.js';
import type { LinearOperator } from '../../../operators/operator.js';
import { scaled } from '../../../operators/algebra/scaled.js';
import { weighted } from '../../../operators/algebra/weighted.js';
import { testArray } from '../../support/backends.js';
import { onEveryBackend } from '../../support/every-backend.js';
import { adjointError } from '../../support/operators.js';

/** A class with private fields: nothing of it survives a spread. */
function complexMatrix(backend: Backend): LinearOperator {
  const [rows, columns] = [22, 30];
  const [real, imaginary] = [1, 2].map((seed) => testArray(rows * columns, seed).map((v) => v / 8));
  return matrixOperator({ rows, columns, real, imaginary }, space(['slice', 'y', 'x'], [2, 6, 5], 'complex64'), backend);
}

async function numbers(a: LinearOperator, what: 'apply' | 'adjoint' | 'normal', input: Float32Array): Promise<Float32Array> {
  const [from, to] = { apply: [a.domain, a.range], adjoint: [a.range, a.domain], normal: [a.domain, a.domain] }[what];
  const [x, y] = [a.backend.field(from), a.backend.field(to)];
  await a.backend.write(x, input);
  a[what](x, y);
  const out = await a.backend.read(y);
  x.dispose();
  y.dispose();
  return out;
}

const worst = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), a.length === b.length ? 0 : Infinity);

onEveryBackend('c·A: A times c, adjoint and norm too, AᴴA times c²; bytes and spaces are those of A', async (t, { backend }) => {
  const a = complexMatrix(backend);
  const c = -2.5;
  const b = scaled(a, c);
  for (const [what, factor] of [
    ['apply', c],
    ['adjoint', c],
    ['normal', c * c],
  ] as const) {
    const input = testArray(2 * sizeOf(what === 'adjoint' ? a.range : a.domain), 3);
    const plain = await numbers(a, what, input);
    t.true(
      worst(
        await numbers(b, what, input),
        plain.map((v) => factor * v),
      ) < 1e-5,
      what,
    );
  }
  t.true((await adjointError(b, 5)) < 1e-6);
  t.is(await b.norm(), 2.5 * (await a.norm()));
  t.deepEqual([b.domain, b.range, b.coupling, b.name, b.bytes()], [a.domain, a.range, a.coupling, a.name, a.bytes()]);
  b.dispose();
});

onEveryBackend('1·A is A: nothing is done twice', async (t, { backend }) => {
  const a = complexMatrix(backend);
  t.is(scaled(a, 1), a);
  a.dispose();
});

onEveryBackend('W^½A: weights after A, exact adjoint, AᴴWA, a norm of its own, and two fields more', async (t, { backend }) => {
  const a = complexMatrix(backend);
  const root = testArray(2 * sizeOf(a.range), 11).map((v, i) => (i % 2 ? 0 : 1 + Math.abs(v))); // real, complex storage
  const field = a.backend.field(a.range);
  await a.backend.write(field, root);
  const b = weighted(a, field);
  const x = testArray(2 * sizeOf(a.domain), 3);
  const plain = await numbers(a, 'apply', x);
  const expected = plain.map((v, i) => v * root[i - (i % 2)]);
  t.true(worst(await numbers(b, 'apply', x), expected) < 1e-5);
  t.true((await adjointError(b, 5)) < 1e-6);
  const twice = expected.map((v, i) => v * root[i - (i % 2)]);
  t.true(worst(await numbers(b, 'normal', x), await numbers(a, 'adjoint', twice)) < 1e-4);
  t.is(await b.norm(), await operatorNorm(b));
  t.true((await b.norm()) > (await a.norm()));
  t.deepEqual([b.domain, b.range, b.coupling], [a.domain, a.range, a.coupling]);
  const total = (o: LinearOperator) => o.bytes().items.reduce((sum, item) => sum + item.bytes, 0);
  t.is(total(b), total(a) + 2 * bytesOf(a.range));
  b.dispose();
});
