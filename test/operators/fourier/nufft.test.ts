import test from 'ava';
import fc from 'fast-check';
import { sizeOf, space } from '../../../core/space.js';
import type { Backend } from '../../../compute/backend.js';
import type { CpuBackend } from '../../../compute/cpu/backend.js';
import { nonCartesianFourier } from '../../../operators/fourier/noncartesian/nufft.js';
import { coilMaps } from '../../../operators/fourier/sensitivities/sensitivities.js';
import { createBackend } from '../../../src/node.js';
import { inlineBackend, testNumbers } from '../../support/backends.js';
import { onEveryBackend, onWebGpu } from '../../support/every-backend.js';
import { relativeError } from '../../support/dense.js';
import { applied, complexArray, hermitian, lengthOf } from '../../support/fourier.js';
import { golden } from '../../support/golden.js';

type Shape = readonly [number, number, number];

/** Samples anywhere within ±n/2, the very edges and the centre among them. */
function scattered(samples: number, [, rows, columns]: Shape, seed: number): number[] {
  const next = testNumbers(seed);
  const edges = [-rows / 2, columns / 2, rows / 2, -columns / 2, 0, 0];
  return Array.from({ length: 2 * samples }, (_, i) => edges[i] ?? (next() * (i % 2 ? columns : rows)) / 2);
}

/** The sum written out in float64: y from x, or with `adjoint` x from y. */
function direct(
  from: ArrayLike<number>,
  [slices, rows, columns]: Shape,
  coils: number,
  maps: ArrayLike<number> | undefined,
  k: readonly number[],
  adjoint = false,
): Float64Array {
  const [samples, pixels] = [k.length / 2, rows * columns];
  const out = new Float64Array(2 * slices * (adjoint ? pixels : coils * samples));
  for (let z = 0; z < slices; z++) {
    for (let c = 0; c < coils; c++) {
      for (let s = 0; s < samples; s++) {
        for (let i = 0; i < pixels; i++) {
          const [dy, dx] = [Math.floor(i / columns) - Math.floor(rows / 2), (i % columns) - Math.floor(columns / 2)];
          const phase = -2 * Math.PI * ((k[2 * s] * dy) / rows + (k[2 * s + 1] * dx) / columns);
          const by = 2 * ((z * coils + c) * pixels + i);
          const [sr, si] = maps ? [maps[by], maps[by + 1]] : [1, 0];
          const [cos, sin] = [Math.cos(phase), Math.sin(phase)];
          // the matrix element, conjugated for the adjoint
          const re = (sr * cos - si * sin) / Math.sqrt(pixels);
          const im = ((adjoint ? -1 : 1) * (sr * sin + si * cos)) / Math.sqrt(pixels);
          const [image, data] = [2 * (z * pixels + i), 2 * ((z * coils + c) * samples + s)];
          const [a, b] = adjoint ? [data, image] : [image, data];
          out[b] += from[a] * re - from[a + 1] * im;
          out[b + 1] += from[a] * im + from[a + 1] * re;
        }
      }
    }
  }
  return out;
}

async function build(shape: Shape, coils: number, k: readonly number[], backend: Backend, accuracy = {}) {
  const [z, h, w] = shape;
  const maps = coils ? complexArray(z * coils * h * w, 4) : undefined;
  const field = maps && (await coilMaps({ data: maps, shape: [z, coils, h, w] }, shape, backend));
  return { a: nonCartesianFourier({ shape, trajectory: k, maps: field, ...accuracy }, backend), maps };
}

/** @param sides of images: a processor in the place of a GPU takes seconds to compile for a new one */
const shapes = (sides: fc.Arbitrary<number>) => fc.tuple(fc.integer({ min: 1, max: 19 }), sides, sides);

onEveryBackend(
  'apply is the non-uniform sum, the adjoint its conjugate transpose, AᴴA the product of the sums, for any shape, coils and samples',
  async (t, { backend }) => {
    const cpu = backend.name === 'cpu';
    const worst = { apply: 0, dot: 0, normal: 0 };
    const cases = fc.record({
      shape: shapes(cpu ? fc.integer({ min: 1, max: 14 }) : fc.constantFrom(1, 5, 8)),
      coils: fc.integer({ min: 0, max: 3 }),
      samples: fc.integer({ min: 1, max: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ shape, coils, samples }) => {
        const k = scattered(samples, shape, 7);
        const { a, maps } = await build(shape, coils, k, backend);
        const [x, y] = [complexArray(sizeOf(a.domain), 5), complexArray(sizeOf(a.range), 6)];
        const ax = await applied(a, 'apply', x);
        // errors are of the grid's size, which a few unlucky samples may be small against: compare with ‖x‖ too
        const wanted = direct(x, shape, coils || 1, maps, k);
        const apply = lengthOf(ax.map((v, i) => v - wanted[i])) / Math.max(lengthOf(wanted), lengthOf(x));
        const [left, right] = [hermitian(ax, y), hermitian(x, await applied(a, 'adjoint', y))];
        const dot = Math.hypot(left[0] - right[0], left[1] - right[1]) / (lengthOf(ax) * lengthOf(y));
        // AᴴA by the point spread function is exact: within float32 of the product of the sums
        const product = direct(wanted, shape, coils || 1, maps, k, true);
        const normal = relativeError(await applied(a, 'normal', x), product);
        for (const [name, value] of Object.entries({ apply, dot, normal })) {
          worst[name as 'dot'] = Math.max(worst[name as 'dot'], value);
        }
        a.dispose();
        return apply < 2e-4 && dot < 1e-5 && normal < 1e-6;
      }),
      { numRuns: cpu ? 40 : 12 },
    );
    t.log(
      Object.entries(worst)
        .map(([name, value]) => `${name} ${value.toExponential(1)}`)
        .join(', '),
    );
    t.true(worst.dot > 0);
  },
);

onEveryBackend('accuracy follows oversampling and width as published (Beatty 2005): from 1e-2 to float32', async (t, { backend }) => {
  const shape = [1, 24, 21] as const;
  const k = scattered(200, shape, 9);
  const found: number[] = [];
  for (const [oversampling, width, limit] of [
    [1.25, 4, 1e-2],
    [1.25, 6, 1e-3],
    [1.5, 6, 1e-4],
    [2, 6, 2e-5],
    [2, 8, 1e-6],
  ]) {
    const { a, maps } = await build(shape, 0, k, backend, { oversampling, width });
    const x = complexArray(sizeOf(a.domain), 5);
    const error = relativeError(await applied(a, 'apply', x), direct(x, shape, 1, maps, k));
    found.push(error);
    t.true(error < limit, `σ ${oversampling}, W ${width}: ${error}`);
  }
  t.log(found.map((e) => e.toExponential(1)).join(', '));
  t.true(found[0] > 10 * found[2] && found[2] > 5 * found[4]);
});

onEveryBackend("SigPy's samples and adjoint of a radial and a spiral trajectory", async (t, { backend }) => {
  type Case = Record<'trajectory' | 'samples' | 'adjoint', number[]>;
  const g = golden<{ shape: [number, number]; image: number[]; radial: Case; spiral: Case }>('nufft.json');
  for (const { trajectory, samples, adjoint } of [g.radial, g.spiral]) {
    const options = { shape: [1, ...g.shape] as const, trajectory, oversampling: 2, width: 8 };
    const a = nonCartesianFourier(options, backend);
    const [forth, back] = [await applied(a, 'apply', Float32Array.from(g.image)), await applied(a, 'adjoint', Float32Array.from(samples))];
    const errors = [relativeError(forth, samples), relativeError(back, adjoint)];
    t.log(errors.map((e) => e.toExponential(1)).join(', '));
    for (const e of errors) t.true(e < 1e-4);
  }
});

onEveryBackend('samples on the Cartesian grid are those of the FFT: the whole of it is a unitary operator', async (t, { backend }) => {
  const shape = [2, 9, 8] as const;
  const k = Array.from({ length: 72 }, (_, i) => [Math.floor(i / 8) - 4, (i % 8) - 4]).flat();
  const { a } = await build(shape, 0, k, backend, { oversampling: 2, width: 8 });
  const x = complexArray(144, 5);
  t.true(relativeError(await applied(a, 'adjoint', await applied(a, 'apply', x)), Float64Array.from(x)) < 1e-5);
  t.true(Math.abs((await a.norm()) - 1) < 1e-3);
  t.true(relativeError(await applied(a, 'normal', x), Float64Array.from(x)) < 1e-6);
});

onEveryBackend('weights: W^½N, its adjoint, and NᴴWN as the sums written out', async (t, { backend }) => {
  const shape = [2, 9, 8] as const;
  const k = scattered(60, shape, 3);
  const weights = Float32Array.from({ length: 60 }, (_, s) => (s % 7) / 3);
  const root = (y: ArrayLike<number>) => Float64Array.from(y, (v, n) => v * Math.sqrt(weights[(n >> 1) % 60]));
  const { a } = await build(shape, 2, k, backend, { oversampling: 2, width: 8, weights });
  const maps = complexArray(2 * 2 * 72, 4);
  const x = complexArray(sizeOf(a.domain), 5);
  const y = root(direct(x, shape, 2, maps, k));
  t.true(relativeError(await applied(a, 'apply', x), y) < 1e-5);
  const back = direct(root(y), shape, 2, maps, k, true);
  t.true(relativeError(await applied(a, 'adjoint', Float32Array.from(y)), back) < 1e-5);
  t.true(relativeError(await applied(a, 'normal', x), back) < 1e-5);
  t.throws(() => nonCartesianFourier({ shape, trajectory: k, weights: [1] }, backend), { code: 'SHAPE' });
});

test('the same bits with no, one and two workers', async (t) => {
  const shape = [40, 12, 15] as const;
  const results = async (backend: CpuBackend): Promise<Float32Array[]> => {
    const { a } = await build(shape, 2, scattered(50, shape, 3), backend);
    const x = complexArray(sizeOf(a.domain), 5);
    const ax = await applied(a, 'apply', x);
    const out = [ax, await applied(a, 'adjoint', ax), await applied(a, 'normal', x)];
    await backend.dispose();
    return out;
  };
  const expected = await results(inlineBackend());
  for (const workers of [1, 2]) t.deepEqual(await results(createBackend({ workers })), expected);
});

test('the memory plan is what the backend then holds, and dispose frees it', async (t) => {
  const backend = inlineBackend();
  const shape = [20, 40, 36] as const;
  backend.field(space(['slice', 'y', 'x'], shape, 'complex64'));
  const before = backend.memory().current;
  const a = nonCartesianFourier({ shape, trajectory: scattered(3000, shape, 3) }, backend);
  const planned = a.bytes().items.reduce((sum, { bytes }) => sum + bytes, 0);
  const used = backend.memory().current - before;
  t.true(Math.abs(planned / used - 1) < 0.01, `${planned} planned, ${used} used`);
  a.dispose();
  t.is(backend.memory().current, before);
});

test('samples outside k-space, odd lists and impossible windows are refused', (t) => {
  const build =
    (trajectory: number[], more = {}) =>
    () =>
      nonCartesianFourier({ shape: [1, 8, 6], trajectory, ...more }, inlineBackend());
  t.throws(build([0, 0, 4.1, 0]), { code: 'GEOMETRY', message: /sample 1 .*\|ky\| ≤ 4; got 4.1/ });
  t.throws(build([0, -3.5]), { code: 'GEOMETRY', message: /\|kx\| ≤ 3/ });
  t.throws(build([0, NaN]), { code: 'GEOMETRY', message: /got NaN/ });
  t.throws(build([0, 0, 1]), { code: 'SHAPE' });
  t.throws(build([]), { code: 'SHAPE' });
  t.throws(build([0, 0], { oversampling: 1 }), { code: 'ARGUMENT', message: /1.25 to 2/ });
  t.throws(build([0, 0], { width: 2.5 }), { code: 'ARGUMENT' });
});

onWebGpu('equal to the CPU: A x, Aᴴy and AᴴA x, with several coils at once and one by one', async (t, gpu) => {
  const cpu = inlineBackend();
  for (const slices of [2, 17]) {
    const shape = [slices, 8, 5] as const;
    const k = scattered(60, shape, 3);
    const [ours, wanted] = [(await build(shape, 3, k, gpu)).a, (await build(shape, 3, k, cpu)).a];
    for (const how of ['apply', 'adjoint', 'normal'] as const) {
      const data = complexArray(sizeOf(how === 'adjoint' ? ours.range : ours.domain), 5);
      t.true(relativeError(await applied(ours, how, data), await applied(wanted, how, data)) < 1e-6, how);
    }
    ours.dispose();
  }
});
