import test from 'ava';
import { space } from '../../core/space.js';
import { matrixOperator } from '../../operators/algebra/matrix.js';
import { conjugateGradients } from '../../src/solvers/conjugate-gradients.js';
import { inlineBackend, testNumbers } from '../support/backends.js';
import { apply, build, diagonal, embed, inverse, relativeError, times, transpose } from '../support/dense.js';
import { joined, perSlice, randomField } from '../support/gaussian-problem.js';

/** U diag(1 … 1/8) Uᴴ with U the 8 × 8 DFT and its columns shifted in phase: Hermitian, complex, condition 8. */
function hermitian(): { re: ReturnType<typeof build>; im: ReturnType<typeof build> } {
  const n = 8;
  const phase = (i: number, j: number) => (2 * Math.PI * i * j) / n + 0.7 * i * i;
  const U = embed(
    build(n, n, (i, j) => Math.cos(phase(i, j)) / Math.sqrt(n)),
    build(n, n, (i, j) => Math.sin(phase(i, j)) / Math.sqrt(n)),
  );
  const values = Array.from({ length: 2 * n }, (_, i) => ((i % n) + 1) / n);
  const H = times(times(U, diagonal(values)), transpose(U));
  return { re: build(n, n, (i, j) => H[i][j]), im: build(n, n, (i, j) => H[i + n][j]) };
}

for (const per of ['slice', 'volume'] as const) {
  test(`a complex Hermitian 8 × 8 system is solved as by a dense inverse (one step length per ${per})`, async (t) => {
    const backend = inlineBackend();
    const { re, im } = hermitian();
    const domain = space(['slice', 'row'], [5, 8], 'complex64');
    const flat = (m: typeof re) => Float64Array.from(m.flatMap((row) => [...row]));
    const H = matrixOperator({ rows: 8, columns: 8, real: flat(re), imaginary: flat(im) }, domain, backend);
    const residual = await randomField(backend, domain, 5);
    const b = perSlice(await backend.read(residual), 5, true);
    const x = await randomField(backend, domain, 6);
    const fields = { residual, direction: backend.field(domain), image: backend.field(domain) };
    conjugateGradients(backend, (p, out) => H.apply(p, out), x, fields, { iterations: 40, per }); // far past convergence
    const solution = inverse(embed(re, im));
    const wanted = joined(
      b.map((v) => apply(solution, v)),
      true,
    );
    const error = relativeError(await backend.read(x), wanted);
    t.true(error < 5e-6, `off by ${error}`); // tolerance 1e-6 × condition 8
  });
}

test('slices converge for themselves: one at its solution, one empty, one singular direction; no NaN', async (t) => {
  const backend = inlineBackend();
  const domain = space(['slice', 'row'], [3, 4]);
  const H = matrixOperator(
    { rows: 4, columns: 4, real: Float64Array.from([4, 1, 0, 0, 1, 3, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0]) },
    domain,
    backend,
  );
  const solution = [1, 2, 3, 0];
  const [b, x] = [backend.field(domain), backend.field(domain)];
  const image = [6, 7, 6, 0];
  await backend.write(b, Float32Array.from([...image, 0, 0, 0, 0, 0, 0, 0, 5]));
  await backend.write(x, Float32Array.from([...solution, 0, 0, 0, 0, 0, 0, 0, 0]));
  const fields = { residual: b, direction: backend.field(domain), image: backend.field(domain) };
  conjugateGradients(backend, (p, out) => H.apply(p, out), x, fields, { iterations: 25, per: 'slice' });
  t.deepEqual(Array.from(await backend.read(x)), [...solution, 0, 0, 0, 0, 0, 0, 0, 0]);
});

test('iterating far past convergence leaves the residual where it was', async (t) => {
  for (let seed = 1; seed <= 10; seed++) {
    const backend = inlineBackend();
    const next = testNumbers(seed);
    const factor = build(6, 6, next);
    const matrix = times(transpose(factor), factor);
    const domain = space(['slice', 'row'], [2, 6]);
    const H = matrixOperator({ rows: 6, columns: 6, real: Float64Array.from(matrix.flatMap((r) => [...r])) }, domain, backend);
    const residualAfter = async (iterations: number): Promise<number> => {
      const x = backend.field(domain);
      const residual = await randomField(backend, domain, seed);
      const b = await backend.read(residual);
      const fields = { residual, direction: backend.field(domain), image: backend.field(domain) };
      conjugateGradients(backend, (p, out) => H.apply(p, out), x, fields, { iterations, per: 'slice' });
      H.apply(x, fields.image);
      return relativeError(await backend.read(fields.image), b);
    };
    const [enough, many] = [await residualAfter(40), await residualAfter(200)];
    t.true(many < 1.5 * enough + 1e-5, `seed ${seed}: ${enough} after 40, ${many} after 200`);
  }
});
