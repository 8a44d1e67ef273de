import test from 'ava';
import fc from 'fast-check';
import { sizeOf, space } from '../../../core/space.js';
import type { Backend } from '../../../compute/backend.js';
import type { CpuBackend } from '../../../compute/cpu/backend.js';
import { createWebGpuBackend } from '../../../compute/webgpu/backend.js';
import { CartesianFourierWebGpu } from '../../../operators/fourier/cartesian/cartesian-webgpu.js';
import type { WebGpuField } from '../../../compute/webgpu/field.js';
import { cartesianFourier } from '../../../operators/fourier/cartesian/cartesian.js';
import type { SamplingMask } from '../../../core/sampling-mask.js';
import { undersampled } from '../../../operators/fourier/cartesian/mask.js';
import { coilMaps, multiplyMaps } from '../../../operators/fourier/sensitivities/sensitivities.js';
import { createBackend } from '../../../src/node.js';
import { inlineBackend, testNumbers } from '../../support/backends.js';
import { onEveryBackend, onWebGpu } from '../../support/every-backend.js';
import { relativeError } from '../../support/dense.js';
import { applied, complexArray, directCartesian, hermitian, lengthOf } from '../../support/fourier.js';

type Kind = 'all' | 'x' | 'y' | 'yx';
type Shape = readonly [number, number, number];

/** Random 0/1 over what `kind` lets vary, with a 1 somewhere in every slice. */
function randomMask(kind: Kind, [slices, rows, columns]: Shape, perSlice: boolean, seed: number): SamplingMask {
  const next = testNumbers(seed);
  const own = perSlice ? slices : 1;
  const data = new Float32Array(own * rows * columns);
  for (let z = 0; z < own; z++) {
    const draw = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => Number(i === 0 || next() > 0));
    const [ys, xs, both] = [draw(rows), draw(columns), draw(rows * columns)];
    for (let i = 0; i < rows * columns; i++) {
      const [r, c] = [Math.floor(i / columns), i % columns];
      data[z * rows * columns + i] = kind === 'all' ? 1 : kind === 'x' ? xs[c] : kind === 'y' ? ys[r] : both[i];
    }
  }
  return { data, shape: [own, rows, columns] };
}

interface Case {
  readonly shape: Shape;
  readonly coils: number; // 0: no maps
  readonly kind: Kind;
  readonly perSlice: boolean;
}

async function build({ shape, coils, kind, perSlice }: Case, backend: Backend, seed = 3) {
  const mask = randomMask(kind, shape, perSlice, seed);
  const [z, h, w] = shape;
  const maps = coils ? complexArray(z * coils * h * w, seed + 1) : undefined;
  const field = maps && (await coilMaps({ data: maps, shape: [z, coils, h, w] }, shape, backend));
  const a = cartesianFourier({ shape, mask, maps: field }, backend);
  const at = (slice: number, ky: number, kx: number): number => mask.data[((perSlice ? slice : 0) * h + ky) * w + kx];
  return { a, mask, at, maps };
}

/** @param sides of images: a processor in the place of a GPU takes seconds to compile for a new one */
const cases = (sides: fc.Arbitrary<number>) =>
  fc.record({
    shape: fc.tuple(fc.integer({ min: 1, max: 33 }), sides, sides),
    coils: fc.integer({ min: 0, max: 4 }),
    kind: fc.constantFrom<Kind>('all', 'x', 'y', 'yx'),
    perSlice: fc.boolean(),
  });

onEveryBackend(
  'apply is M F S by the direct DFT; the adjoint is its conjugate transpose; AᴴA fused is composed, for any shape, coils and mask',
  async (t, { backend }) => {
    const cpu = backend.name === 'cpu';
    const worst = { apply: 0, dot: 0, normal: 0 };
    await fc.assert(
      fc.asyncProperty(cases(cpu ? fc.integer({ min: 1, max: 19 }) : fc.constantFrom(1, 5, 7, 12)), async (c) => {
        const { a, at, maps } = await build(c, backend);
        const x = complexArray(sizeOf(a.domain), 5);
        const y = complexArray(sizeOf(a.range), 6);
        const ax = await applied(a, 'apply', x);
        const wanted = directCartesian(x, c.shape, c.coils || 1, maps, at);
        const apply = relativeError(ax, wanted);
        const [left, right] = [hermitian(ax, y), hermitian(x, await applied(a, 'adjoint', y))];
        const dot = Math.hypot(left[0] - right[0], left[1] - right[1]) / (lengthOf(ax) * lengthOf(y) || 1);
        const normal = relativeError(await applied(a, 'normal', x), await applied(a, 'adjoint', ax));
        for (const [name, value] of Object.entries({ apply, dot, normal })) {
          worst[name as 'dot'] = Math.max(worst[name as 'dot'], value);
        }
        a.dispose();
        return apply < 1e-6 && dot < 1e-5 && normal < 1e-6;
      }),
      { numRuns: cpu ? 60 : 25 },
    );
    t.log(
      Object.entries(worst)
        .map(([name, value]) => `${name} ${value.toExponential(1)}`)
        .join(', '),
    );
    t.true(worst.normal > 0);
  },
);

onEveryBackend(
  'sizes whose transform is a chirp convolution: the adjoint is the transpose, AᴴA fused is composed',
  async (t, { backend }) => {
    for (const kind of ['x', 'y', 'yx'] as const) {
      const shape = backend.name === 'cpu' ? ([5, 101, 97] as const) : ([2, 37, 37] as const);
      const { a } = await build({ shape, coils: 2, kind, perSlice: true }, backend);
      const [x, y] = [complexArray(sizeOf(a.domain), 5), complexArray(sizeOf(a.range), 6)];
      const ax = await applied(a, 'apply', x);
      const [left, right] = [hermitian(ax, y), hermitian(x, await applied(a, 'adjoint', y))];
      t.true(Math.hypot(left[0] - right[0], left[1] - right[1]) < 1e-5 * lengthOf(ax) * lengthOf(y));
      const composed = Float64Array.from(await applied(a, 'adjoint', ax));
      t.true(relativeError(await applied(a, 'normal', x), composed) < 1e-6);
    }
  },
);

onEveryBackend('what is not sampled is exactly zero in A x, and ignored by Aᴴ', async (t, { backend }) => {
  const shape = [3, 6, 10] as const;
  const { a, at } = await build({ shape, coils: 2, kind: 'yx', perSlice: true }, backend);
  const ax = await applied(a, 'apply', complexArray(sizeOf(a.domain), 5));
  const y = complexArray(sizeOf(a.range), 6);
  const blank = y.slice();
  for (let i = 0; i < y.length; i++) {
    const pixel = (i >> 1) % 60;
    const sampled = at(Math.floor(i / 240), Math.floor(pixel / 10), pixel % 10) === 1;
    if (!sampled) t.true(ax[i] === 0);
    if (!sampled) blank[i] = 0;
  }
  t.notDeepEqual(blank, y);
  t.deepEqual(await applied(a, 'adjoint', y), await applied(a, 'adjoint', blank));
});

onEveryBackend('fully sampled with Σ|s|² = 1, y = A x gives x back by Aᴴ; and AᴴA x = Aᴴy for any mask', async (t, { backend }) => {
  const shape = [4, 9, 12] as const;
  const maps = complexArray(4 * 3 * 108, 8);
  for (let z = 0; z < 4; z++) {
    for (let i = 0; i < 108; i++) {
      const at = (c: number): number => 2 * ((z * 3 + c) * 108 + i);
      const r = Math.hypot(...[0, 1, 2].flatMap((c) => [maps[at(c)], maps[at(c) + 1]]));
      for (let c = 0; c < 3; c++) for (let part = 0; part < 2; part++) maps[at(c) + part] /= r;
    }
  }
  const x = complexArray(4 * 108, 9);
  const field = () => coilMaps({ data: maps, shape: [4, 3, 9, 12] }, shape, backend);
  const full = cartesianFourier({ shape, maps: await field() }, backend);
  t.true(relativeError(await applied(full, 'adjoint', await applied(full, 'apply', x)), Float64Array.from(x)) < 1e-6);
  t.true(relativeError(await applied(full, 'normal', x), Float64Array.from(x)) < 1e-6);
  t.true(Math.abs((await full.norm()) - 1) < 1e-3);
  const part = cartesianFourier({ shape, maps: await field(), mask: randomMask('yx', shape, false, 4) }, backend);
  t.true((await part.norm()) <= 1 + 1e-5);
});

onEveryBackend('the norm is the largest singular value of A as a dense matrix', async (t, { backend }) => {
  for (const coils of [0, 2]) {
    const n = 30;
    const shape = [n, 5, 6] as const; // the unit images of one slice as so many slices
    const maps = complexArray(coils * n, 11);
    const repeated = Float32Array.from({ length: maps.length * n }, (_, i) => maps[i % maps.length]);
    const mask = randomMask('yx', shape, false, 12);
    const field = coils ? await coilMaps({ data: repeated, shape: [n, coils, 5, 6] }, shape, backend) : undefined;
    const a = cartesianFourier({ shape, mask, maps: field }, backend);
    const eye = new Float32Array(2 * n * n);
    for (let i = 0; i < n; i++) eye[2 * (i * n + i)] = 1;
    const gram = await applied(a, 'normal', eye); // row i: AᴴA e_i
    let v = complexArray(n, 13).map(Number) as ArrayLike<number>;
    let value = 0;
    for (let k = 0; k < 3000; k++) {
      const next = new Float64Array(2 * n);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          const [gr, gi] = [gram[2 * (i * n + j)], gram[2 * (i * n + j) + 1]];
          next[2 * j] += v[2 * i] * gr - v[2 * i + 1] * gi;
          next[2 * j + 1] += v[2 * i] * gi + v[2 * i + 1] * gr;
        }
      }
      value = lengthOf(next);
      v = next.map((q) => q / value);
    }
    t.true(Math.abs((await a.norm()) / Math.sqrt(value) - 1) < 1e-3, `${await a.norm()} against ${Math.sqrt(value)}`);
  }
});

test('the direction that a mask leaves out samples along is recognised, also where slices differ', (t) => {
  const shape = [3, 8, 9] as const;
  for (const perSlice of [false, true]) {
    for (const [kind, wanted] of [
      ['all', 'none'],
      ['x', 'x'],
      ['y', 'y'],
      ['yx', 'yx'],
    ] as const) {
      t.is(undersampled(randomMask(kind, shape, perSlice, 21)), wanted);
    }
  }
  const [x, y] = [randomMask('x', [1, 8, 9], false, 1), randomMask('y', [1, 8, 9], false, 2)];
  t.is(undersampled({ data: Float32Array.of(...x.data, ...y.data), shape: [2, 8, 9] }), 'yx');
  const some = new Float32Array(144).fill(1, 0, 72);
  t.not(undersampled({ data: some, shape: [2, 8, 9] }), 'none');
});

onEveryBackend('a slice that was not measured gives nothing, its neighbours all', async (t, { backend }) => {
  const shape = [2, 4, 5] as const;
  const mask = { data: new Float32Array(40).fill(1, 0, 20), shape };
  const a = cartesianFourier({ shape, mask }, backend);
  const x = complexArray(40, 3);
  const got = await applied(a, 'normal', x);
  t.true(relativeError(got.subarray(0, 40), Float64Array.from(x.subarray(0, 40))) < 1e-6);
  t.true(got.subarray(40).every((v) => v === 0));
});

onEveryBackend('maps multiplied are the products written out', async (t, { backend }) => {
  const shape = [5, 3, 4] as const;
  const [m, x] = [complexArray(5 * 2 * 12, 1), complexArray(60, 2)];
  const maps = await coilMaps({ data: m, shape: [5, 2, 3, 4] }, shape, backend);
  const [image, coilImages] = [backend.field({ ...maps.space, axes: ['slice', 'y', 'x'], shape }), backend.field(maps.space)];
  await backend.write(image, x);
  multiplyMaps(image, maps, coilImages);
  const product = new Float64Array(240);
  for (let i = 0; i < 120; i++) {
    const p = Math.floor(i / 24) * 12 + (i % 12);
    const [sr, si, xr, xi] = [m[2 * i], m[2 * i + 1], x[2 * p], x[2 * p + 1]];
    product.set([sr * xr - si * xi, sr * xi + si * xr], 2 * i);
  }
  t.true(relativeError(await backend.read(coilImages), product) < 1e-6);
});

test('the same bits with no, one, two and three workers', async (t) => {
  const all: Case[] = (['x', 'y', 'yx'] as const).flatMap((kind) =>
    [false, true].map((perSlice) => ({ shape: [40, 12, 15], coils: 3, kind, perSlice }) as const),
  );
  const results = async (backend: CpuBackend): Promise<Uint8Array[]> => {
    const out: Uint8Array[] = [];
    for (const c of all) {
      const { a } = await build(c, backend);
      const x = complexArray(sizeOf(a.domain), 5);
      const ax = await applied(a, 'apply', x);
      const parts = [ax, await applied(a, 'adjoint', ax), await applied(a, 'normal', x)];
      out.push(...parts.map((p) => new Uint8Array(p.buffer)));
      a.dispose();
    }
    await backend.dispose();
    return out;
  };
  const expected = await results(inlineBackend());
  for (const workers of [1, 2, 3]) {
    const got = await results(createBackend({ workers }));
    got.forEach((bytes, i) => t.true(Buffer.compare(bytes, expected[i]) === 0, `${workers} workers, result ${i}`));
  }
});

test('the memory plan is what the backend then holds, and dispose frees it', async (t) => {
  const backend = inlineBackend();
  const shape = [40, 64, 48] as const;
  const image = space(['slice', 'y', 'x'], shape, 'complex64');
  const [x, out] = [backend.field(image), backend.field(image)];
  const before = backend.memory().current;
  const maps = backend.field(space(['slice', 'coil', 'y', 'x'], [40, 3, 64, 48], 'complex64'));
  const a = cartesianFourier({ shape, maps, mask: randomMask('yx', shape, true, 2) }, backend);
  a.normal(x, out);
  await backend.flush();
  const planned = a.bytes().items.reduce((sum, { bytes }) => sum + bytes, 0);
  const used = backend.memory().current - before;
  t.true(Math.abs(planned / used - 1) < 0.01, `${planned} planned, ${used} used`);
  a.dispose();
  t.is(backend.memory().current, before);
});

onEveryBackend('masks and maps that do not fit, and AᴴA in place, are refused', async (t, { backend }) => {
  const shape = [2, 4, 6] as const;
  const mask = (data: Float32Array, s: number[]) => () => cartesianFourier({ shape, mask: { data, shape: s } }, backend);
  const ones = new Float32Array(24).fill(1);
  t.throws(mask(ones, [1, 6, 4]), { code: 'SHAPE', message: /\[1 or 2, ky 4, kx 6\].*got \[1, 6, 4\]/ });
  t.throws(mask(ones, [3, 4, 6]), { code: 'SHAPE' });
  t.throws(mask(ones.subarray(1), [1, 4, 6]), { code: 'SHAPE', message: /23 values/ });
  t.throws(
    mask(
      ones.map((v, i) => (i === 7 ? 0.5 : v)),
      [1, 4, 6],
    ),
    { code: 'GEOMETRY', message: /got 0.5/ },
  );
  t.throws(
    mask(
      ones.map((v, i) => (i === 7 ? NaN : v)),
      [1, 4, 6],
    ),
    { code: 'GEOMETRY', message: /got NaN/ },
  );
  t.throws(mask(new Float32Array(24), [1, 4, 6]), { code: 'GEOMETRY', message: /no sample/ });
  const maps = (data: Float32Array, s: number[]) => coilMaps({ data, shape: s }, shape, backend);
  await t.throwsAsync(maps(new Float32Array(192), [2, 2, 6, 4]), { code: 'SHAPE', message: /y 4, x 6/ });
  await t.throwsAsync(maps(new Float32Array(192), [2, 2, 4, 6]), { code: 'GEOMETRY', message: /zero everywhere/ });
  await t.throwsAsync(maps(new Float32Array(192).fill(NaN), [2, 2, 4, 6]), { code: 'NOT_FINITE' });
  const other = await maps(new Float32Array(192).fill(1), [2, 2, 4, 6]);
  t.throws(() => cartesianFourier({ shape: [2, 6, 4], maps: other }, backend), { code: 'SHAPE' });
  const a = cartesianFourier({ shape, maps: other }, backend);
  const x = backend.field(a.domain);
  t.throws(() => a.normal(x, x), { code: 'ARGUMENT' });
});

onWebGpu('equal to the CPU: A x, Aᴴy and AᴴA x, in one chunk and in chunks of a slice', async (t, gpu) => {
  const cpu = inlineBackend();
  const small = await createWebGpuBackend({ device: gpu.device, maxChunkBytes: 2 * 8 * 7 * 12 + 8 });
  for (const kind of ['all', 'x', 'y', 'yx'] as const) {
    const c: Case = { shape: [5, 7, 12], coils: 2, kind, perSlice: true };
    const [ours, chunked, wanted] = [await build(c, gpu), await build(c, small), await build(c, cpu)].map(({ a }) => a);
    for (const how of ['apply', 'adjoint', 'normal'] as const) {
      const data = complexArray(sizeOf(how === 'adjoint' ? ours.range : ours.domain), 5);
      const got = await applied(ours, how, data);
      t.true(relativeError(got, await applied(wanted, how, data)) < 1e-6, `${kind} ${how}`);
      t.deepEqual(await applied(chunked, how, data), got);
    }
    for (const a of [ours, chunked]) a.dispose();
  }
  await small.dispose();
});

onWebGpu(
  'maps and masks are applied alike where lines go through device memory, and where many columns go side by side',
  async (t, gpu) => {
    const shape = [3, 60, 12] as const;
    for (const limits of [{ memory: 40 }, { side: 16 }]) {
      for (const kind of ['x', 'y', 'yx'] as const) {
        for (const coils of [0, 2]) {
          const c: Case = { shape, coils, kind, perSlice: true };
          const { a: wanted, mask, maps } = await build(c, inlineBackend());
          const field = maps && ((await coilMaps({ data: maps, shape: [3, 2, 60, 12] }, shape, gpu)) as WebGpuField);
          const ours = new CartesianFourierWebGpu(shape, coils || 1, mask, field, gpu, limits);
          for (const how of ['apply', 'adjoint', 'normal'] as const) {
            const data = complexArray(sizeOf(how === 'adjoint' ? ours.range : ours.domain), 5);
            const error = relativeError(await applied(ours, how, data), await applied(wanted, how, data));
            t.true(error < 1e-6, `${JSON.stringify(limits)} ${kind} ${coils} ${how}: ${error}`);
          }
          ours.dispose();
        }
      }
    }
  },
);

onWebGpu(
  'one coil image is held, or a few where slices are few; the plan is what the device then holds, and dispose frees it',
  async (t, gpu) => {
    for (const [shape, held] of [
      [[40, 5, 12], 1],
      [[8, 12, 12], 3],
      [[12, 7, 12], 2],
    ] as const) {
      const backend = await createWebGpuBackend({ device: gpu.device });
      const { a } = await build({ shape, coils: 3, kind: 'yx', perSlice: true }, backend);
      const [x, out, y] = [backend.field(a.domain), backend.field(a.domain), backend.field(a.range)];
      for (const f of [x, out, y]) backend.fill(f, 1);
      a.normal(x, out);
      a.apply(x, y);
      a.adjoint(y, x);
      const { items } = a.bytes();
      const image = 8 * shape[0] * shape[1] * shape[2];
      t.is(items.at(-1)?.bytes, held * image);
      const planned = items.reduce((sum, { bytes }) => sum + bytes, 0) + 5 * image;
      await backend.flush();
      const used = backend.memory().current;
      t.true(used >= planned && used < planned + 7 * 256 + 65536, `${planned} planned, ${used} used`); // whole blocks of 256 bytes, scalars
      await backend.dispose();
    }
  },
);

test('AᴴA of a slice by itself has the bits that it has among others', async (t) => {
  const backend = inlineBackend();
  const [rows, columns] = [23, 30];
  for (const kind of ['all', 'x', 'y', 'yx'] as const) {
    for (const coils of [2, 4, 7]) {
      const mask = randomMask(kind, [1, rows, columns], false, coils);
      const data = complexArray(coils * rows * columns, 5);
      const image = complexArray(rows * columns, 6);
      const normal = async (slices: number): Promise<Uint8Array> => {
        const shape = [slices, rows, columns] as const;
        const repeated = (one: Float32Array) => Float32Array.from({ length: slices * one.length }, (_, i) => one[i % one.length]);
        const maps = await coilMaps({ data: repeated(data), shape: [slices, coils, rows, columns] }, shape, backend);
        const a = cartesianFourier({ shape, mask, maps }, backend);
        const [x, out] = [backend.field(a.domain), backend.field(a.domain)];
        await backend.write(x, repeated(image));
        a.normal(x, out);
        const bytes = new Uint8Array((await backend.read(out)).buffer).slice(0, 4 * image.length);
        a.dispose();
        for (const field of [x, out]) field.dispose();
        return bytes;
      };
      t.is(Buffer.compare(await normal(1), await normal(3)), 0, `${kind}, ${coils} coils`);
    }
  }
  await backend.dispose();
});
