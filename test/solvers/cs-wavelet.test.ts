import test from 'ava';
import { space, type Space } from '../../core/space.js';
import { matrixOperator } from '../../operators/algebra/matrix.js';
import { waveletTransform } from '../../operators/wavelet/wavelet.js';
import { csWavelet, type CsWaveletOptions } from '../../src/solvers/classical/cs-wavelet.js';
import type { Problem } from '../../src/solvers/solver.js';
import { inlineBackend, testNumbers } from '../support/backends.js';
import { relativeError } from '../support/dense.js';
import { estimates, randomField, record, result } from '../support/gaussian-problem.js';

/** Random complex (or real) images of odd sizes, fewer data than pixels, ‖A‖ about 1. */
async function compressed(dtype: Space['dtype'] = 'complex64', [rows, columns] = [7, 9]): Promise<Problem> {
  const backend = inlineBackend();
  const next = testNumbers(3);
  const [m, n] = [40, rows * columns];
  const part = (): Float64Array => Float64Array.from({ length: m * n }, () => next() / 8);
  const matrix = { rows: m, columns: n, real: part(), ...(dtype === 'complex64' ? { imaginary: part() } : {}) };
  const operator = matrixOperator(matrix, space(['slice', 'y', 'x'], [3, rows, columns], dtype), backend);
  return { backend, operator, y: await randomField(backend, operator.range, 6), seed: 1 };
}

const fixed: Partial<CsWaveletOptions> = { wavelet: 'db2', levels: 2, shifts: 'none', lambda: 0.1 };

/** Ψ Aᴴ(y − Ax) and Ψx. */
async function dual({ backend, operator, y }: Problem, x: Float32Array): Promise<[Float32Array, Float32Array]> {
  const psi = waveletTransform(operator.domain, backend, { wavelet: 'db2', boundary: 'periodic', levels: 2 });
  const [image, c, data] = [backend.field(operator.domain), backend.field(psi.range), backend.field(operator.range)];
  await backend.write(image, x);
  operator.apply(image, data);
  backend.lincomb(data, [1, y], [-1, data]);
  psi.apply(image, c);
  const coefficients = await backend.read(c);
  operator.adjoint(data, image);
  psi.apply(image, c);
  return [await backend.read(c), coefficients];
}

for (const dtype of ['complex64', 'float32'] as const) {
  for (const monotone of [false, true]) {
    test(`the limit meets the optimality conditions of ½‖Ax − y‖² + λ‖Ψx‖₁ for odd sizes (${dtype}, monotone ${monotone})`, async (t) => {
      const problem = await compressed(dtype);
      const x = await result(csWavelet, problem, { ...fixed, monotone, iterations: 3000 });
      const [gradient, c] = await dual(problem, x);
      const parts = dtype === 'complex64' ? 2 : 1;
      let zeros = 0;
      for (let i = 0; i < c.length; i += parts) {
        const [g, v] = [gradient.subarray(i, i + parts), c.subarray(i, i + parts)];
        const modulus = Math.hypot(...v);
        t.true(Math.hypot(...g) < 0.1 * 1.002); // |ΨAᴴ(y − Ax)| ≤ λ everywhere …
        if (modulus === 0 || modulus < 1e-4) zeros++;
        else v.forEach((value, k) => t.true(Math.abs(g[k] - (0.1 * value) / modulus) < 4e-4)); // … and λ c/|c| where c ≠ 0
      }
      t.true(zeros > 40 && zeros < c.length / parts - 20, `${zeros} coefficients are 0`);
    });
  }
}

/** The objective of every slice. */
async function objectives(problem: Problem, x: Float32Array, lambda: number): Promise<number[]> {
  const { backend, operator, y } = problem;
  const [, c] = await dual(problem, x);
  const [image, data] = [backend.field(operator.domain), backend.field(operator.range)];
  await backend.write(image, x);
  operator.apply(image, data);
  backend.lincomb(data, [1, data], [-1, y]);
  const squares = await backend.readScalars(backend.dot(data, data, 'slice'));
  const n = c.length / squares.length;
  return Array.from(squares, (s, k) => {
    let sum = 0;
    for (let i = k * n; i < (k + 1) * n; i += 2) sum += Math.hypot(c[i], c[i + 1]);
    return s / 2 + lambda * sum;
  });
}

test('monotone: the objective of no slice ever rises; without it, it does', async (t) => {
  const problem = await compressed();
  const rises = async (monotone: boolean): Promise<number> => {
    let before = [Infinity, Infinity, Infinity];
    let count = 0;
    for (const x of await estimates(csWavelet, problem, { ...fixed, monotone, iterations: 150, lambda: 0.02 })) {
      const now = await objectives(problem, x, 0.02);
      count += now.filter((v, k) => v > before[k] * (1 + 1e-6)).length;
      before = now;
    }
    return count;
  };
  t.is(await rises(true), 0);
  t.true((await rises(false)) > 0);
});

test('A = I without shifts is one threshold: ΨᴴS_λ(Ψy) from the first step on', async (t) => {
  const backend = inlineBackend();
  const domain = space(['slice', 'y', 'x'], [2, 5, 6], 'complex64');
  const real = Float64Array.from({ length: 900 }, (_, i) => Number(i % 31 === 0));
  const operator = matrixOperator({ rows: 30, columns: 30, real }, domain, backend);
  const y = await randomField(backend, operator.range, 6);
  const psi = waveletTransform(domain, backend, { wavelet: 'haar', boundary: 'periodic', levels: 2 });
  const [image, c] = [backend.field(domain), backend.field(psi.range)];
  await backend.write(image, await backend.read(y));
  psi.apply(image, c);
  backend.shrink(c, 0.4, c);
  psi.adjoint(c, image);
  const wanted = await backend.read(image);
  const options = { wavelet: 'haar', levels: 2, shifts: 'none', lambda: 0.4 } as const;
  for (const iterations of [1, 8]) {
    t.true(relativeError(await result(csWavelet, { backend, operator, y, seed: 1 }, { ...options, iterations }), wanted) < 1e-5);
  }
});

test('random shifts: decided by the seed alone, and better than a fixed grid for boxes off it', async (t) => {
  const backend = inlineBackend();
  const [rows, columns, m] = [16, 15, 140];
  const domain = space(['slice', 'y', 'x'], [4, rows, columns]);
  const next = testNumbers(11);
  const real = Float64Array.from({ length: m * rows * columns }, () => next() / 12);
  const operator = matrixOperator({ rows: m, columns: rows * columns, real }, domain, backend);
  const truth = Float32Array.from({ length: 4 * rows * columns }, (_, i) => {
    const [k, r, c] = [Math.floor(i / rows / columns), Math.floor(i / columns) % rows, i % columns];
    return Number(r > 2 && r < 8 + k && c > 4 && c < 12 - k);
  });
  const [image, y] = [backend.field(domain), backend.field(operator.range)];
  await backend.write(image, truth);
  operator.apply(image, y);
  const problem: Problem = { backend, operator, y, seed: 5 };
  const options = { wavelet: 'haar', lambda: 0.01, iterations: 200 } as const;
  const spun = await result(csWavelet, problem, options);
  t.deepEqual(await result(csWavelet, problem, options), spun);
  t.notDeepEqual(await result(csWavelet, { ...problem, seed: 6 }, options), spun);
  const still = await result(csWavelet, problem, { ...options, shifts: 'none' });
  const [moving, fixedGrid] = [relativeError(spun, truth), relativeError(still, truth)];
  t.log(`relative error ${moving.toFixed(3)} with shifts, ${fixedGrid.toFixed(3)} without`);
  t.true(moving < 0.8 * fixedGrid);
});

test('slices do not influence each other, and the default λ follows the units of the image', async (t) => {
  const problem = await compressed();
  const { backend } = problem;
  const options = { ...fixed, shifts: 'random', iterations: 12 } as const;
  const x = await result(csWavelet, problem, options);
  const data = await backend.read(problem.y);
  const other = backend.field(problem.y.space);
  await backend.write(
    other,
    data.map((v, i) => (i < 80 ? v : 2 - v)),
  );
  t.deepEqual((await result(csWavelet, { ...problem, y: other }, options)).subarray(0, 126), x.subarray(0, 126));
  const small = backend.field(problem.y.space);
  backend.lincomb(small, [0.02, problem.y]);
  const own = { wavelet: 'db2', iterations: 12 } as const;
  const [large, tiny] = [await result(csWavelet, problem, own), await result(csWavelet, { ...problem, y: small }, own)];
  t.true(
    relativeError(
      tiny.map((v) => v / 0.02),
      large,
    ) < 1e-4,
  );
});

test('options that exclude each other, and too many levels, are named', async (t) => {
  t.throws(() => csWavelet.options({ extension: 'zero', shifts: 'random' }), {
    message: /random shifts and extension 'zero'/,
  });
  t.throws(() => csWavelet.options({ monotone: true, shifts: 'random' }), { message: /random shifts and monotone/ });
  t.throws(() => csWavelet.options({ wavelet: 'sym8' as never }), { message: /'wavelet' of cs-wavelet/ });
  const problem = await compressed();
  await t.throwsAsync(record(csWavelet, problem, { levels: 3 }), { message: /levels.*1 to 2 for images of 7 × 9/ });
});
