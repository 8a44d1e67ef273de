import test from 'ava';
import fc from 'fast-check';
import FFT from 'fft.js';
import { space, type Space } from '../../../core/space.js';
import { fftPlan, radicesOf } from '../../../operators/fourier/fft/plan.js';
import { cellsOfLines, linePlan } from '../../../operators/fourier/fft/plan-webgpu.js';
import { fourierTransformWebGpu } from '../../../operators/fourier/fft/transform-webgpu.js';
import { fourierTransform, type FourierAxes } from '../../../operators/fourier/fft/transform.js';
import type { Backend } from '../../../compute/backend.js';
import { onEveryBackend, onWebGpu } from '../../support/every-backend.js';
import { relativeError } from '../../support/dense.js';
import { complexArray, directDft } from '../../support/fourier.js';

const imagesOf = (...shape: number[]): Space =>
  space(shape.length === 4 ? ['slice', 'coil', 'y', 'x'] : ['slice', 'y', 'x'], shape, 'complex64');

/** F or F⁻¹ of data on the backend. */
async function transformed(
  backend: Backend,
  data: Float32Array,
  shape: number[],
  axes: FourierAxes = 'yx',
  direction: 'forward' | 'inverse' = 'forward',
): Promise<Float32Array> {
  const fourier = fourierTransform([shape[0], shape.at(-2)!, shape.at(-1)!], backend);
  const [x, y] = [backend.field(imagesOf(...shape)), backend.field(imagesOf(...shape))];
  await backend.write(x, data);
  fourier[direction](x, y, axes);
  const result = await backend.read(y);
  for (const used of [x, y, fourier]) used.dispose();
  return result;
}

// float32 has 6e-8; a transform of log₂ n stages loses a small multiple of it
const CLOSE = 1e-6;

const SIZES = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 19, 20, 21, 23, 25, 28, 29, 30, 31, 35, 37, 43, 49, 53, 61, 64, 97, 101, 121, 128,
  169, 179, 180, 202, 230, 368, 640,
];

onEveryBackend(
  'equals the direct DFT in float64 along x and along y, for powers, products, odd sizes and primes',
  async (t, { backend }) => {
    let worst = 0;
    // compilers of processors take seconds for a size
    const some = [1, 2, 3, 4, 5, 7, 8, 9, 11, 16, 23, 60, 101];
    for (const n of backend.name === 'cpu' ? SIZES : some) {
      for (const [axis, shape] of [
        ['x', [2, 3, n]],
        ['y', [2, n, 5]],
      ] as const) {
        const data = complexArray(2 * n * (axis === 'x' ? 3 : 5), n);
        for (const [direction, sign] of [
          ['forward', -1],
          ['inverse', 1],
        ] as const) {
          const got = await transformed(backend, data, [...shape], axis, direction);
          const error = relativeError(got, directDft(data, shape[1], shape[2], axis, sign));
          t.true(error < CLOSE, `${n} along ${axis}, ${direction}: ${error}`);
          worst = Math.max(worst, error);
        }
      }
    }
    t.log(`worst relative error ${worst.toExponential(1)}`);
  },
);

test('the sizes tested meet every kind of stage, and both methods for large primes', (t) => {
  const plans = SIZES.map(fftPlan);
  const seen = new Set(plans.filter((p) => !p.convolution).flatMap((p) => p.radices));
  for (const radix of [2, 3, 4, 5, 7, 8, 11, 13, 23, 31]) t.true(seen.has(radix), `radix ${radix}`);
  t.true(plans.some((p) => p.convolution > 0));
  for (const p of plans)
    t.is(
      p.radices.reduce((a, r) => a * r, 1),
      p.convolution || p.n,
    );
  t.deepEqual(radicesOf(320), [5, 4, 4, 4]);
});

onEveryBackend('powers of two agree with fft.js, centred by moving halves', async (t, { backend }) => {
  for (const n of backend.name === 'cpu' ? [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] : [2, 32, 128, 1024]) {
    const data = complexArray(n, n);
    const fft = new FFT(n);
    const at = (i: number): number => (i + n / 2) % n;
    const input = fft.createComplexArray();
    for (let i = 0; i < n; i++) [input[2 * i], input[2 * i + 1]] = [data[2 * at(i)], data[2 * at(i) + 1]];
    const output = fft.createComplexArray();
    fft.transform(output, input);
    const wanted = new Float64Array(2 * n);
    for (let i = 0; i < 2 * n; i++) wanted[2 * at(i >> 1) + (i % 2)] = output[i] / Math.sqrt(n);
    t.true(relativeError(await transformed(backend, data, [1, 1, n]), wanted) < CLOSE, `${n}`);
  }
});

onEveryBackend(
  'two dimensions, coils and any number of slices: equal to the direct DFT; inverse undoes forward; energy is kept',
  async (t, { backend }) => {
    const size = fc.integer({ min: 1, max: 26 });
    await fc.assert(
      fc.asyncProperty(
        fc.record({ z: fc.integer({ min: 1, max: 33 }), coils: fc.integer({ min: 1, max: 3 }), h: size, w: size }),
        async ({ z, coils, h, w }) => {
          const data = complexArray(z * coils * h * w, 1 + h * w);
          const forward = await transformed(backend, data, [z, coils, h, w]);
          const energy = (v: ArrayLike<number>): number => Array.from(v).reduce((sum, a) => sum + a * a, 0);
          return (
            relativeError(forward, directDft(data, h, w)) < CLOSE &&
            relativeError(await transformed(backend, forward, [z, coils, h, w], 'yx', 'inverse'), Float64Array.from(data)) < CLOSE &&
            Math.abs(energy(forward) / energy(data) - 1) < CLOSE
          );
        },
      ),
      { numRuns: backend.name === 'cpu' ? 25 : 6 },
    );
    t.pass();
  },
);

onEveryBackend('in place gives the same bits as into another field', async (t, { backend }) => {
  for (const [h, w] of [
    [12, 15],
    [101, 8],
    [6, 101],
  ]) {
    const s = imagesOf(3, 2, h, w);
    const fourier = fourierTransform([3, h, w], backend);
    const [x, y] = [backend.field(s), backend.field(s)];
    await backend.write(x, complexArray(6 * h * w, 5));
    fourier.forward(x, y);
    fourier.forward(x, x);
    t.deepEqual(await backend.read(x), await backend.read(y));
  }
});

onEveryBackend(
  'a point at the centre is a constant, and a constant a point at the centre, for odd and even sizes',
  async (t, { backend }) => {
    for (const [h, w] of [
      [4, 4],
      [5, 5],
      [5, 8],
      [8, 5],
      [101, 3],
    ]) {
      const centre = Math.floor(h / 2) * w + Math.floor(w / 2);
      const data = new Float32Array(2 * h * w);
      data[2 * centre] = Math.sqrt(h * w);
      const flat = await transformed(backend, data, [1, h, w]);
      flat.forEach((v, i) => t.true(Math.abs(v - (i % 2 ? 0 : 1)) < 1e-5));
      t.true(relativeError(await transformed(backend, flat, [1, h, w]), Float64Array.from(data)) < CLOSE);
    }
  },
);

onEveryBackend(
  'a shift of one pixel turns the phase once over the field of view, with the sign of exp(−2πi k x/N)',
  async (t, { backend }) => {
    const n = 9;
    const data = new Float32Array(2 * n);
    data[2 * 5] = 3; // one right of the centre, 4; √9 = 3
    const k = await transformed(backend, data, [1, 1, n]);
    for (let i = 0; i < n; i++) {
      t.true(Math.abs(k[2 * i] - Math.cos((2 * Math.PI * (i - 4)) / n)) < 1e-6);
      t.true(Math.abs(k[2 * i + 1] + Math.sin((2 * Math.PI * (i - 4)) / n)) < 1e-6);
    }
  },
);

onEveryBackend('another shape, a real field and unknown axes are refused', (t, { backend }) => {
  const fourier = fourierTransform([2, 4, 6], backend);
  const field = (...shape: number[]) => backend.field(imagesOf(...shape));
  const refused =
    (x = field(2, 4, 6), y = x, axes: string = 'yx') =>
    () =>
      fourier.forward(x, y, axes as 'yx');
  t.throws(refused(field(2, 6, 4)), { code: 'SHAPE', message: /expected complex64 \[slice 2, …, 4, 6\]/ });
  t.throws(refused(field(3, 4, 6)), { code: 'SHAPE' });
  t.throws(refused(backend.field(space(['slice', 'y', 'x'], [2, 4, 6]))), { code: 'SHAPE', message: /float32/ });
  t.throws(refused(field(2, 4, 6), field(2, 1, 4, 6)), { code: 'SHAPE' });
  t.throws(refused(field(2, 4, 6), undefined, 'xy'), { code: 'ARGUMENT', message: /'yx', 'y' or 'x'/ });
});

onWebGpu('many columns side by side give the same transform', async (t, backend) => {
  for (const [h, w] of [
    [60, 37],
    [53, 16],
  ]) {
    const fourier = fourierTransformWebGpu([2, h, w], backend, { side: 16 });
    const x = backend.field(imagesOf(2, 3, h, w));
    const data = complexArray(6 * h * w, h);
    await backend.write(x, data);
    fourier.forward(x, x, 'y');
    t.true(relativeError(await backend.read(x), directDft(data, h, w, 'y')) < CLOSE, `${h} × ${w}`);
    for (const used of [x, fourier]) used.dispose();
  }
});

onWebGpu('lines that do not fit into workgroup memory go through device memory, to the same transform', async (t, backend) => {
  for (const [h, w] of [
    [12, 40],
    [7, 45],
    [101, 16],
    [53, 6],
  ]) {
    t.is(linePlan(w, false, { memory: 128 }).lines > 0, w <= 16);
    const s = imagesOf(2, 3, h, w);
    const fourier = fourierTransformWebGpu([2, h, w], backend, { memory: 128 });
    const x = backend.field(s);
    const data = complexArray(6 * h * w, h);
    await backend.write(x, data);
    fourier.forward(x, x);
    t.true(relativeError(await backend.read(x), directDft(data, h, w)) < CLOSE, `${h} × ${w}`);
    fourier.inverse(x, x);
    t.true(relativeError(await backend.read(x), Float64Array.from(data)) < CLOSE);
    for (const used of [x, fourier]) used.dispose();
  }
});

test('plans for the GPU keep to workgroup memory and 256 threads, and every size up to 1024 fits 16 KiB', (t) => {
  for (const memory of [16384, 32768, 49152]) {
    for (let n = 1; n <= 1100; n++) {
      for (const columns of [false, true]) {
        const { length, radices, lines, threads, gaps } = linePlan(n, columns, { memory });
        if (n > 1024 && lines === 0) continue;
        t.true(lines >= 1 && lines * threads <= 256, `${n}`);
        t.true(8 * cellsOfLines(length, lines, gaps) <= memory, `${n}`);
        t.is(
          radices.reduce((a, r) => a * r, 1),
          length,
        );
      }
    }
  }
});
