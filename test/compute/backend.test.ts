import test from 'ava';
import fc from 'fast-check';
import type { Backend, Field } from '../../compute/backend.js';
import { noiseKernel } from '../../compute/cpu/noise.generated.js';
import { sizeOf, space, type Space } from '../../core/space.js';
import { createBackend } from '../../src/node.js';
import { inlineBackend, testArray } from '../support/backends.js';
import { onEveryBackend } from '../support/every-backend.js';

const image = (z: number, h: number, w: number, dtype: Space['dtype'] = 'float32') => space(['slice', 'row', 'column'], [z, h, w], dtype);

async function put(backend: Backend, s: Space, seed: number): Promise<[Field, Float32Array]> {
  const data = testArray(sizeOf(s) * (s.dtype === 'complex64' ? 2 : 1), seed);
  const field = backend.field(s);
  await backend.write(field, data);
  return [field, data];
}

function close(a: ArrayLike<number>, b: ArrayLike<number>, tolerance = 1e-6): boolean {
  return a.length === b.length && Array.from(a).every((v, i) => Math.abs(v - b[i]) <= tolerance);
}

onEveryBackend('what is written is read back, for any slice count, real and complex', async (t, { backend }) => {
  for (const z of [1, 2, 3, 7, 15, 16, 17, 31, 40]) {
    for (const dtype of ['float32', 'complex64'] as const) {
      const [field, data] = await put(backend, image(z, 3, 5, dtype), z);
      t.deepEqual(await backend.read(field), data);
    }
  }
});

test('Philox gives the published known answers (Random123 kat_vectors, philox4x32-10)', (t) => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const module = new WebAssembly.Module(Uint8Array.from(atob(noiseKernel.simd), (c) => c.charCodeAt(0)));
  const { philox } = new WebAssembly.Instance(module, { env: { memory } }).exports as {
    philox: (...n: number[]) => void;
  };
  const run = (...args: number[]) => {
    philox(...args, 1024);
    return Array.from(new Uint32Array(memory.buffer, 1024, 4));
  };
  t.deepEqual(run(0, 0, 0, 0, 0, 0), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  const f = 0xffffffff;
  t.deepEqual(run(f, f, f, f, f, f), [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
  const pi = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0];
  t.deepEqual(run(...pi), [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
});

onEveryBackend('noise is Box–Muller of Philox counters (block, slice, step, stream), whatever the slab layout', async (t, { backend }) => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const module = new WebAssembly.Module(Uint8Array.from(atob(noiseKernel.simd), (c) => c.charCodeAt(0)));
  const { philox } = new WebAssembly.Instance(module, { env: { memory } }).exports as {
    philox: (...n: number[]) => void;
  };
  const s = image(19, 3, 3);
  const field = backend.field(s);
  backend.noise(field, { seed: 0x1_2345_6789, step: 4, stream: 2 });
  const got = await backend.read(field);
  for (const slice of [0, 1, 9, 10, 18]) {
    for (let e = 0; e < 9; e++) {
      philox(e >> 2, slice, 4, 2, 0x23456789, 1, 1024);
      const words = new Uint32Array(memory.buffer, 1024, 4);
      const half = e & 2;
      const radius = Math.sqrt(-2 * Math.log(((words[half] >>> 8) + 1) / 2 ** 24));
      const angle = (2 * Math.PI * (words[half + 1] >>> 8)) / 2 ** 24;
      const want = radius * (e & 1 ? Math.sin(angle) : Math.cos(angle));
      t.true(Math.abs(got[slice * 9 + e] - want) < 1e-5, `slice ${slice} element ${e}`);
    }
  }
});

onEveryBackend('noise has the moments of a standard normal', async (t, { backend }) => {
  const s = image(16, 128, 128);
  const field = backend.field(s);
  backend.noise(field, { seed: 7, step: 0, stream: 0 });
  const x = await backend.read(field);
  const moment = (k: number) => x.reduce((a, v) => a + v ** k, 0) / x.length;
  const n = x.length; // standard errors: 1/√n, √(2/n), √(15/n), √(96/n)
  t.true(Math.abs(moment(1)) < 4 / Math.sqrt(n));
  t.true(Math.abs(moment(2) - 1) < 4 * Math.sqrt(2 / n));
  t.true(Math.abs(moment(3)) < 4 * Math.sqrt(15 / n));
  t.true(Math.abs(moment(4) - 3) < 4 * Math.sqrt(96 / n));
});

onEveryBackend('lincomb with numbers and with scalars per slice and per volume', async (t, { backend, sums }) => {
  const s = image(18, 2, 3);
  const [x, xs] = await put(backend, s, 1);
  const [y, ys] = await put(backend, s, 2);
  const out = backend.field(s);
  backend.lincomb(out, [2, x], [-3, y]);
  t.true(
    close(
      await backend.read(out),
      xs.map((v, i) => 2 * v - 3 * ys[i]),
    ),
  );
  const perSlice = Array.from({ length: 18 }, (_, k) => {
    let sum = 0;
    for (let e = 0; e < 6; e++) sum += xs[k * 6 + e] * ys[k * 6 + e];
    return sum;
  });
  const slice = backend.dot(x, y, 'slice');
  t.true(close(await backend.readScalars(slice), perSlice, sums));
  const volume = backend.dot(x, y, 'volume');
  const total = perSlice.reduce((a, b) => a + b, 0);
  t.true(close(await backend.readScalars(volume), [total], sums));
  backend.lincomb(out, [1, y], [slice, x]);
  t.true(
    close(
      await backend.read(out),
      xs.map((v, i) => ys[i] + perSlice[Math.floor(i / 6)] * v),
      1e-5,
    ),
  );
  backend.lincomb(y, [volume.over(2), x], [slice.times(-1), y]);
  const want = xs.map((v, i) => (total / 2) * v - perSlice[Math.floor(i / 6)] * ys[i]);
  t.true(close(await backend.read(y), want, 1e-5));
});

onEveryBackend('scalars: x ÷ 0 is 0, sqrt and select work per slice and per volume', async (t, { backend, sums }) => {
  const x = backend.field(image(3, 1, 2));
  await backend.write(x, Float32Array.of(0, 0, 3, 4, 1, 0));
  for (const per of ['slice', 'volume'] as const) {
    const squares = backend.dot(x, x, per);
    const values = await backend.readScalars(squares);
    t.deepEqual([...values], per === 'slice' ? [0, 25, 1] : [26]);
    const inverse = await backend.readScalars(backend.scalars(1, x, per).over(squares));
    t.true(close(inverse, per === 'slice' ? [0, 0.04, 1] : [1 / 26], sums));
    if (per === 'slice') t.is(inverse[0], 0);
    const chosen = await backend.readScalars(squares.minus(5).select(squares.sqrt(), -1));
    t.true(close(chosen, per === 'slice' ? [-1, 5, -1] : [Math.sqrt(26)], 5 * sums));
  }
});

onEveryBackend(
  'D_z, its adjoint and normal equal their definition for any slice count and both boundaries',
  async (t, { backend, runs }) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 36 }), fc.boolean(), fc.boolean(), async (z, periodic, complex) => {
        const boundary = periodic ? 'periodic' : 'replicate';
        const s = image(z, 2, 3, complex ? 'complex64' : 'float32');
        const n = complex ? 12 : 6;
        const [x, xs] = await put(backend, s, z);
        const [d, ds] = await put(backend, s, z + 100);
        const at = (a: Float32Array, k: number, e: number) => a[(((k % z) + z) % z) * n + e];
        const diff = (k: number, e: number) => (k < z - 1 || periodic ? at(xs, k + 1, e) - at(xs, k, e) : 0);
        const each = (f: (k: number, e: number) => number) => Float32Array.from({ length: z * n }, (_, i) => f(Math.floor(i / n), i % n));
        // noise first, so that padding lanes hold garbage that must not leak
        const out = backend.field(s);
        backend.noise(out, { seed: 1, step: 1, stream: 1 });
        backend.dz(x, out, boundary);
        const dzOk = close(await backend.read(out), each(diff));
        const left = (k: number, e: number) => (k > 0 || periodic ? at(ds, k - 1, e) : 0);
        const right = (k: number, e: number) => (k < z - 1 || periodic ? at(ds, k, e) : 0);
        backend.lincomb(out, [1, x]);
        backend.addDzAdjoint(0.7, d, out, boundary);
        const adjointOk = close(
          await backend.read(out),
          each((k, e) => at(xs, k, e) + 0.7 * (left(k, e) - right(k, e))),
        );
        const normal = (k: number, e: number) => (k > 0 || periodic ? diff((k - 1 + z) % z, e) : 0) - diff(k, e);
        backend.lincomb(out, [1, d]);
        backend.addDzNormal(0.3, x, out, boundary);
        const normalOk = close(
          await backend.read(out),
          each((k, e) => at(ds, k, e) + 0.3 * normal(k, e)),
        );
        return dzOk && adjointOk && normalOk;
      }),
      { numRuns: runs },
    );
    t.pass();
  },
);

onEveryBackend('with neighbours asked for before other work, differences along z are the same to the bit', async (t, { backend }) => {
  for (const z of [1, 2, 5, 19, 40]) {
    for (const boundary of ['replicate', 'periodic'] as const) {
      const s = image(z, 3, 2, 'complex64');
      const [x] = await put(backend, s, z);
      const [d] = await put(backend, s, z + 100);
      const outs = async (early: boolean): Promise<Float32Array[]> => {
        const fields = [0, 1, 2, 3].map(() => backend.field(s));
        const [dz, adjoint, normal, other] = fields;
        const ofX = early ? backend.neighbours(x, boundary) : undefined;
        const ofD = early ? backend.neighbours(d, boundary) : undefined;
        // work in between, and a sum of it that nobody waits for before the differences
        for (const out of [adjoint, normal, other]) backend.lincomb(out, [0.5, x], [0.25, d]);
        const sum = backend.dot(other, d, 'volume');
        backend.dz(x, dz, boundary, ofX);
        backend.addDzAdjoint(0.7, d, adjoint, boundary, ofD);
        backend.addDzAdjoint(0.1, d, normal, boundary, ofD);
        backend.addDzNormal(0.3, x, normal, boundary, ofX);
        ofX?.dispose();
        ofD?.dispose();
        backend.lincomb(other, [sum, dz]);
        const found = [];
        for (const field of fields) found.push(await backend.read(field));
        for (const field of fields) field.dispose();
        return found;
      };
      t.deepEqual(await outs(true), await outs(false), `${z} slices, ${boundary}`);
    }
  }
});

onEveryBackend('neighbours of another field or boundary are refused', async (t, { backend }) => {
  const [x, y, out] = [1, 2, 3].map(() => backend.field(image(3, 2, 2)));
  const neighbours = backend.neighbours(x, 'periodic');
  const error = { code: 'ARGUMENT', message: /the neighbours are not those of the field whose differences are taken/ };
  t.throws(() => backend.dz(y, out, 'periodic', neighbours), error);
  t.throws(() => backend.addDzAdjoint(1, y, out, 'periodic', neighbours), error);
  t.throws(() => backend.addDzNormal(1, x, out, 'replicate', neighbours), error);
  neighbours.dispose();
  await backend.flush();
});

test('what fails in a message that nobody waits for fails the next flush, and every later one', async (t) => {
  const backend = inlineBackend();
  const x = backend.field(image(3, 2, 2));
  backend.call(x.space, noiseKernel, 'nonsense', []);
  const sum = backend.dot(x, x, 'volume'); // posted with the call above
  await t.throwsAsync(backend.flush());
  await t.throwsAsync(backend.readScalars(sum));
  await t.throwsAsync(backend.read(x));
});

onEveryBackend('sums that are not waited for are right when they are read', async (t, { backend }) => {
  const s = image(5, 3, 4);
  const [x, xs] = await put(backend, s, 1);
  const before = backend.dot(x, x, 'volume');
  backend.lincomb(x, [2, x]);
  const after = backend.dot(x, x, 'volume');
  const ratio = after.over(before);
  backend.lincomb(x, [ratio, x]); // 8 x
  const squares = xs.reduce((sum, v) => sum + v * v, 0);
  t.true(close(await backend.readScalars(ratio), [4], 1e-5));
  t.true(close(await backend.readScalars(before), [squares], 1e-4 * squares));
  t.true(
    close(
      await backend.read(x),
      xs.map((v) => 8 * v),
      1e-4,
    ),
  );
});

onEveryBackend('in-plane gradient and adjoint are transposes; shrink thresholds the modulus', async (t, { backend }) => {
  for (const dtype of ['float32', 'complex64'] as const) {
    const s = image(5, 4, 7, dtype);
    const [x] = await put(backend, s, 1);
    const [gx] = await put(backend, s, 2);
    const [gy] = await put(backend, s, 3);
    const [dx, dy, back] = [backend.field(s), backend.field(s), backend.field(s)];
    backend.gradient(x, dx, dy);
    backend.addGradientAdjoint(1, gx, gy, back);
    const [left] = await backend.readScalars(backend.dot(dx, gx, 'volume').plus(backend.dot(dy, gy, 'volume')));
    const [right] = await backend.readScalars(backend.dot(x, back, 'volume'));
    t.true(Math.abs(left - right) < 1e-5 * Math.abs(left) + 1e-5);
    const values = await backend.read(x);
    backend.shrink(x, 0.4, back);
    const c = dtype === 'complex64' ? 2 : 1;
    const want = values.map((v, i) => {
      const at = i - (i % c);
      const norm = Math.hypot(...values.slice(at, at + c));
      return norm > 0.4 ? v * (1 - 0.4 / norm) : 0;
    });
    t.true(close(await backend.read(back), want));
  }
});

onEveryBackend('fields of different spaces are refused with both named', (t, { backend }) => {
  const [a, b] = [backend.field(image(2, 2, 2)), backend.field(image(2, 2, 3))];
  t.throws(() => backend.lincomb(a, [1, b]), { message: /row 2, column 2\].*column 3/ });
});

onEveryBackend('norm1 is the sum of moduli, per slice and per volume, real and complex', async (t, { backend }) => {
  for (const slices of [1, 5, 18]) {
    for (const dtype of ['float32', 'complex64'] as const) {
      const s = space(['slice', 'y', 'x'], [slices, 2, 3], dtype);
      const parts = dtype === 'complex64' ? 2 : 1;
      const data = testArray(slices * 6 * parts, 9);
      const x = backend.field(s);
      await backend.write(x, data);
      const perSlice = Array.from({ length: slices }, (_, k) => {
        let sum = 0;
        for (let e = 6 * k; e < 6 * k + 6; e++) sum += Math.hypot(...data.subarray(e * parts, (e + 1) * parts));
        return sum;
      });
      t.true(close(await backend.readScalars(backend.norm1(x, 'slice')), perSlice, 1e-6));
      const total = perSlice.reduce((a, b) => a + b, 0);
      t.true(close(await backend.readScalars(backend.norm1(x, 'volume')), [total], 1e-6 * total));
    }
  }
});

onEveryBackend('scalars live until they are disposed of, however many are made, and no longer', async (t, { backend }) => {
  for (const per of ['slice', 'volume'] as const) {
    const [x] = await put(backend, image(3, 1, 2), 5);
    const kept = backend.dot(x, x, per);
    const [before] = await backend.readScalars(kept);
    const all = Array.from({ length: 5000 }, (_, i) => kept.times(i));
    t.is((await backend.readScalars(kept))[0], before);
    const ratio = all[4000].over(all[2000]);
    const [two] = await backend.readScalars(ratio);
    t.true(Math.abs(two - 2) < 1e-6);
    for (const scalars of all) scalars.dispose();
    for (const use of [() => all[7].plus(1), () => kept.plus(all[7]), () => backend.lincomb(x, [all[7], x])]) {
      t.throws(use, { code: 'BACKEND', message: /disposed scalars/ });
    }
    const pending = backend.readScalars(kept); // what is queued before the disposal is done
    kept.dispose();
    t.is((await pending)[0], before);
    await t.throwsAsync(backend.readScalars(kept), { code: 'BACKEND', message: /disposed scalars/ });
    ratio.dispose();
    x.dispose();
  }
});

onEveryBackend('a scope frees the scalars made in it but those that it returns', async (t, { backend }) => {
  for (const per of ['slice', 'volume'] as const) {
    const [x] = await put(backend, image(3, 1, 2), 5);
    let [inner, lost] = [backend.scalars(0, x, per), backend.scalars(0, x, per)];
    const outer = backend.scope(() => {
      const pair = backend.scope(() => {
        lost = backend.scalars(1, x, per);
        return { a: lost.plus(1), b: lost.plus(2) };
      });
      inner = pair.b;
      return [pair.a, pair.a.times(3)];
    });
    const values = await Promise.all(outer.map(async (s) => (await backend.readScalars(s))[0]));
    t.deepEqual(values, [2, 6]);
    for (const gone of [inner, lost]) t.throws(() => gone.plus(1), { code: 'BACKEND', message: /disposed scalars/ });
    const single = backend.scope(() => backend.scalars(4, x, per));
    t.is((await backend.readScalars(single))[0], 4);
    t.throws(() => backend.scope(() => Promise.resolve()), { code: 'ARGUMENT', message: /got a promise/ });
    t.throws(
      () =>
        backend.scope(() => {
          lost = backend.scalars(1, x, per);
          throw new RangeError('no');
        }),
      { message: 'no' },
    );
    t.throws(() => lost.plus(1), { code: 'BACKEND' });
    backend.scalars(1, x, per).dispose(); // outside again: nobody's
    for (const s of [...outer, single]) s.dispose();
    x.dispose();
  }
});

test('slab memories that no field uses are given back: forty slice counts hold little more than one', async (t) => {
  const backend = createBackend({ workers: 2 });
  const bytes = (slices: number): number => slices * 64 * 64 * 4;
  let most = 0;
  const kept = backend.field(image(5, 64, 64));
  const [, data] = await put(backend, image(5, 64, 64), 1);
  await backend.write(kept, data);
  for (let slices = 1; slices <= 40; slices++) {
    const [x, xs] = await put(backend, image(slices, 64, 64), slices);
    const sum = backend.dot(x, x, 'slice');
    t.deepEqual(await backend.read(x), xs);
    t.is((await backend.readScalars(sum)).length, slices);
    sum.dispose();
    x.dispose();
    most = Math.max(most, backend.memory().held);
  }
  await backend.flush();
  // 16 MiB may wait, and the last field with its staging and padding lanes may be on top
  t.true(most < 2 ** 24 + 6 * bytes(40), `${most}`);
  t.deepEqual(await backend.read(kept), data);
  // a count that was dropped comes again
  const [again, values] = await put(backend, image(2, 64, 64), 77);
  t.deepEqual(await backend.read(again), values);
  t.true(backend.memory().peak >= most);
  await backend.dispose();
});
