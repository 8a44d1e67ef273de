import test from 'ava';
import { space, type Space } from '../../../core/space.js';
import { daubechies, waveletNames, type WaveletName } from '../../../operators/wavelet/daubechies.js';
import { waveletLayout, type WaveletBoundary } from '../../../operators/wavelet/layout.js';
import { waveletTransform } from '../../../operators/wavelet/wavelet.js';
import { testArray } from '../../support/backends.js';
import { onEveryBackend } from '../../support/every-backend.js';
import { add, norm, relativeError } from '../../support/dense.js';
import { randomField } from '../../support/gaussian-problem.js';
import { floatsOf, golden } from '../../support/golden.js';
import { adjointError } from '../../support/operators.js';

interface Golden {
  readonly filters: { readonly [name: string]: { readonly low: number[]; readonly high: number[] } };
  readonly transforms: readonly {
    readonly wavelet: WaveletName;
    readonly boundary: WaveletBoundary;
    readonly levels: number | null;
    readonly shape: [number, number];
    readonly image: string;
    readonly size: [number, number];
    readonly coefficients: string;
  }[];
}
const expected = golden<Golden>('wavelets.json');

const images = (slices: number, rows: number, columns: number, dtype: Space['dtype'] = 'complex64'): Space =>
  space(['slice', 'y', 'x'], [slices, rows, columns], dtype);

test('filters are those of PyWavelets, orthonormal to double precision', (t) => {
  for (const name of waveletNames) {
    const { low, high } = daubechies(name);
    t.true(relativeError(low, expected.filters[name].low) < 1e-10, name); // PyWavelets' own table ends there
    t.true(relativeError(high, expected.filters[name].high) < 1e-10, name);
    for (let shift = 0; shift < low.length; shift += 2) {
      const product = (a: Float64Array, b: Float64Array): number =>
        a.reduce((s, v, j) => s + (j + shift < b.length ? v * b[j + shift] : 0), 0);
      t.true(Math.abs(product(low, low) - Number(shift === 0)) < 1e-12, name);
      t.true(Math.abs(product(high, high) - Number(shift === 0)) < 1e-12, name);
      t.true(Math.abs(product(low, high)) + Math.abs(product(high, low)) < 1e-12, name);
    }
  }
});

test('an unknown wavelet and impossible levels are named', (t) => {
  t.throws(() => daubechies('sym4' as WaveletName), { message: /wavelet.*haar, db1.*'sym4'/ });
  t.throws(() => waveletLayout(images(1, 9, 20), 8, 'periodic', 4), { message: /levels.*1 to 3 for images of 9 × 20/ });
});

for (const { wavelet, boundary, levels, shape, image, size, coefficients } of expected.transforms) {
  const kind = boundary === 'zero' ? 'SigPy' : 'PyWavelets';
  onEveryBackend(`coefficients are ${kind}'s, in their places: ${wavelet}, ${boundary}, ${shape.join(' × ')}`, async (t, { backend }) => {
    const domain = images(3, ...shape);
    const psi = waveletTransform(domain, backend, { wavelet, boundary, levels: levels ?? undefined });
    t.deepEqual(psi.range.shape, [3, ...size]);
    const x = backend.field(domain);
    const one = floatsOf(image);
    await backend.write(x, Float32Array.from([0, 1, -2].flatMap((scale) => [...one.map((v) => scale * v)])));
    const c = await randomField(backend, psi.range, 3); // nothing of what was there before may stay
    psi.apply(x, c);
    const wanted = floatsOf(coefficients);
    const got = await backend.read(c);
    const n = wanted.length;
    t.true(got.subarray(0, n).every((v) => v === 0));
    t.true(relativeError(got.subarray(n, 2 * n), wanted) < 1e-6);
    t.true(
      relativeError(
        got.subarray(2 * n),
        wanted.map((v) => -2 * v),
      ) < 1e-6,
    );
  });
}

for (const [rows, columns] of [
  [24, 20],
  [25, 31],
  [7, 16],
  [13, 13],
  [2, 37],
  [64, 5],
] as const) {
  for (const wavelet of ['haar', 'db4', 'db8'] as const) {
    for (const boundary of ['periodic', 'zero'] as const) {
      onEveryBackend(`ΨᴴΨ = I and Ψᴴ is the transpose: ${wavelet}, ${boundary}, ${rows} × ${columns}`, async (t, { backend }) => {
        for (const [slices, dtype] of [
          [1, 'complex64'],
          [19, 'float32'],
          [6, 'complex64'],
        ] as const) {
          const domain = images(slices, rows, columns, dtype);
          const psi = waveletTransform(domain, backend, { wavelet, boundary });
          if (boundary === 'periodic') psi.shiftBy(rows - 1, 3);
          t.true((await adjointError(psi, 5)) < 1e-6);
          const x = await randomField(backend, domain, 4);
          const before = await backend.read(x);
          const c = backend.field(psi.range);
          psi.apply(x, c);
          psi.adjoint(c, x);
          t.true(relativeError(await backend.read(x), before) < 2e-6);
          if (boundary === 'zero') continue;
          // orthonormal: the other way round as well
          const some = await randomField(backend, psi.range, 8);
          const wanted = await backend.read(some);
          psi.adjoint(some, x);
          t.deepEqual(await backend.read(some), wanted); // not used as scratch
          psi.apply(x, c);
          t.true(relativeError(await backend.read(c), wanted) < 2e-6);
        }
      });
    }
  }
}

onEveryBackend('a shift is a circular move of the image before Ψ and back after Ψᴴ', async (t, { backend }) => {
  const [rows, columns] = [11, 14];
  const domain = images(2, rows, columns, 'float32');
  const psi = waveletTransform(domain, backend, { wavelet: 'db2', boundary: 'periodic' });
  const data = testArray(2 * rows * columns, 7);
  const moved = data.map((_, i) => {
    const [k, r, c] = [Math.floor(i / rows / columns), Math.floor(i / columns) % rows, i % columns];
    return data[(k * rows + ((r + 4) % rows)) * columns + ((c + 13) % columns)];
  });
  const [x, c] = [backend.field(domain), backend.field(psi.range)];
  await backend.write(x, moved);
  psi.apply(x, c);
  const wanted = await backend.read(c);
  await backend.write(x, data);
  psi.shiftBy(4, -1);
  psi.apply(x, c);
  t.deepEqual(await backend.read(c), wanted);
  psi.adjoint(c, x);
  t.true(relativeError(await backend.read(x), data) < 1e-6);
});

onEveryBackend('smooth images are sparse: db4 leaves no details of a cubic but at its ends', async (t, { backend }) => {
  const n = 64;
  const domain = images(1, n, n, 'float32');
  const psi = waveletTransform(domain, backend, { wavelet: 'db4', boundary: 'periodic', levels: 1 });
  const [x, c] = [backend.field(domain), backend.field(domain)];
  const cubic = (i: number): number => ((i - 20) / n) ** 3 - (i / n) ** 2 + 1;
  await backend.write(
    x,
    Float32Array.from({ length: n * n }, (_, i) => cubic(i % n) * cubic(Math.floor(i / n))),
  );
  psi.apply(x, c);
  const got = await backend.read(c);
  const inner = got.filter((_, i) => i % n >= n / 2 + 4 && i % n < n - 4);
  t.true(norm(inner) < 1e-5 * norm(got));
  t.true(norm(add([1, got])) > 1);
});

onEveryBackend('wrong fields, and shifts of a transform that has none, are errors', (t, { backend }) => {
  const domain = images(1, 8, 8);
  const psi = waveletTransform(domain, backend, { wavelet: 'db4', boundary: 'zero' });
  t.throws(() => psi.apply(backend.field(domain), backend.field(domain)), { message: /expected.*y 14/ });
  t.throws(() => psi.shiftBy(1, 0), { message: /periodic/ });
});
