import { space } from '../../../core/space.js';
import { matrixOperator } from '../../../operators/algebra/matrix.js';
import { testNumbers } from '../../support/backends.js';
import { apply, build, eigen, embed, relativeError, times, transpose, type Matrix } from '../../support/dense.js';
import { onEveryBackend } from '../../support/every-backend.js';
import { joined, perSlice, randomField } from '../../support/gaussian-problem.js';

const flat = (m: Matrix): Float64Array => Float64Array.from(m.flatMap((row) => [...row]));

for (const kind of ['real', 'real on complex', 'complex'] as const) {
  onEveryBackend(`${kind}: apply, adjoint and normal are the matrix products, for several slice counts`, async (t, { backend }) => {
    const next = testNumbers(3);
    // the larger one has more rows and columns than a tile of the GPU's kernel
    for (const [rows, height, width, slices] of [
      [5, 3, 4, 1],
      [5, 3, 4, 4],
      [5, 3, 4, 11],
      [70, 5, 7, 17],
    ]) {
      const columns = height * width;
      const re = build(rows, columns, next);
      const im = build(rows, columns, () => (kind === 'complex' ? next() : 0));
      const complex = kind !== 'real';
      const M = complex ? embed(re, im) : re;
      const domain = space(['slice', 'y', 'x'], [slices, height, width], complex ? 'complex64' : 'float32');
      const matrix = { rows, columns, real: flat(re), ...(kind === 'complex' ? { imaginary: flat(im) } : {}) };
      const operator = matrixOperator(matrix, domain, backend);
      const x = await randomField(backend, operator.domain, 1);
      const y = await randomField(backend, operator.range, 2);
      const [xs, ys] = [await backend.read(x), await backend.read(y)].map((d) => perSlice(d, slices, complex));
      const [ax, aty, ata] = [backend.field(operator.range), backend.field(domain), backend.field(domain)];
      operator.apply(x, ax);
      operator.adjoint(y, aty);
      operator.normal(x, ata);
      const check = async (field: typeof ax, of: Matrix, from: typeof xs): Promise<void> => {
        const wanted = joined(
          from.map((v) => apply(of, v)),
          complex,
        );
        t.true(relativeError(await backend.read(field), wanted) < 1e-6);
      };
      await check(ax, M, xs);
      await check(aty, transpose(M), ys);
      await check(ata, times(transpose(M), M), xs);
      operator.dispose();
    }
  });

  onEveryBackend(`${kind}: norm is the largest singular value`, async (t, { backend }) => {
    const next = testNumbers(8);
    const re = build(5, 7, next);
    const im = build(5, 7, () => (kind === 'complex' ? next() : 0));
    const complex = kind !== 'real';
    const M = complex ? embed(re, im) : re;
    const largest = Math.sqrt(Math.max(...eigen(times(M, transpose(M))).values));
    const domain = space(['slice', 'pixel'], [2, 7], complex ? 'complex64' : 'float32');
    const matrix = { rows: 5, columns: 7, real: flat(re), ...(kind === 'complex' ? { imaginary: flat(im) } : {}) };
    const got = await matrixOperator(matrix, domain, backend).norm();
    t.true(Math.abs(got / largest - 1) < 1e-4, `${got} against ${largest}`);
  });
}

onEveryBackend('a matrix that does not fit is refused, naming both sizes', (t, { backend }) => {
  const domain = space(['slice', 'y', 'x'], [2, 3, 4]);
  const short = { rows: 2, columns: 12, real: new Float64Array(23) };
  t.throws(() => matrixOperator(short, domain, backend), { message: /expected 2 × 12.*got 2 × 12 with 23/ });
  const narrow = { rows: 2, columns: 11, real: new Float64Array(22) };
  t.throws(() => matrixOperator(narrow, domain, backend), { message: /expected 2 × 12.*got 2 × 11/ });
  const complex = { rows: 2, columns: 12, real: new Float64Array(24), imaginary: new Float64Array(24) };
  t.throws(() => matrixOperator(complex, domain, backend), { message: /complex image/ });
});
