import test from 'ava';
import type { Backend, Field } from '../../compute/backend.js';
import { createWebGpuBackend, type WebGpuBackend } from '../../compute/webgpu/backend.js';
import { webGpuField } from '../../compute/webgpu/field.js';
import { kernel } from '../../compute/webgpu/kernel.js';
import { philoxWgsl } from '../../compute/webgpu/philox.wgsl.generated.js';
import { philox, philoxKey } from '../../core/philox.js';
import { componentsOf, sizeOf, space, type Space } from '../../core/space.js';
import { createGpuBackend } from '../../src/node.js';
import { conjugateGradients } from '../../src/solvers/conjugate-gradients.js';
import { inlineBackend, testArray } from '../support/backends.js';
import { onWebGpu } from '../support/every-backend.js';
import { openWebGpu } from '../support/webgpu-device.js';

const image = (z: number, h: number, w: number, dtype: Space['dtype'] = 'float32'): Space =>
  space(['slice', 'row', 'column'], [z, h, w], dtype);

async function put(backend: Backend, s: Space, seed: number): Promise<Field> {
  const field = backend.field(s);
  await backend.write(field, testArray(sizeOf(s) * componentsOf(s), seed));
  return field;
}

/** Every operation of the backend once, in an order where each result depends on those before: what is left of the fields and sums. */
async function everything(backend: Backend, s: Space): Promise<number[][]> {
  const plain = space(s.axes, s.shape);
  const [x, y, z, r] = [await put(backend, s, 1), await put(backend, s, 2), backend.field(s), await put(backend, plain, 3)];
  const [gx, gy] = [backend.field(s), backend.field(s)];
  const slice = backend.dot(x, y, 'slice');
  const volume = backend.dot(x, x, 'volume');
  backend.lincomb(z, [0.5, x], [slice, y], [volume.over(backend.norm1(x, 'volume')), x], [-1, z]);
  backend.multiply(z, y, z);
  backend.multiply(z, r, z);
  for (const boundary of ['replicate', 'periodic'] as const) {
    backend.dz(z, gx, boundary);
    backend.addDzAdjoint(0.3, gx, y, boundary);
    backend.addDzNormal(0.2, z, y, boundary);
  }
  backend.gradient(y, gx, gy);
  backend.shrinkVector([gx, gy, z], 0.2);
  backend.addGradientAdjoint(0.7, gx, gy, x);
  backend.addGradientNormal(0.1, x, z);
  backend.shrink(z, 0.1, z);
  backend.noise(gx, { seed: 5, step: 1, stream: 2 });
  backend.fill(gy, 0.25);
  backend.lincomb(z, [1, z], [1, gx], [1, gy]);
  backend.divide(r, await put(backend, plain, 4), r);
  backend.clamp(r, -0.5, 0.5, r);
  const answers: number[][] = [];
  for (const f of [x, y, z, r]) answers.push([...(await backend.read(f))]);
  for (const v of [slice, volume, backend.norm1(z, 'slice')]) answers.push([...(await backend.readScalars(v))]);
  return answers;
}

onWebGpu('fields in many chunks give the same bits as in one', async (t, whole) => {
  for (const dtype of ['float32', 'complex64'] as const) {
    const s = image(7, 3, 5, dtype);
    const want = await everything(whole, s);
    t.true(want.flat().every(Number.isFinite));
    // two slices of a complex field, then one; real fields have twice as many, so that chunks end at different slices
    for (const maxChunkBytes of [240, 130]) {
      const parts = await createWebGpuBackend({ device: whole.device, maxChunkBytes });
      t.true(parts.field(s).chunks.length > 1);
      t.deepEqual(await everything(parts, s), want);
      await parts.dispose();
    }
  }
});

onWebGpu('every operation agrees with the CPU backend', async (t, gpu) => {
  for (const dtype of ['float32', 'complex64'] as const) {
    const s = image(5, 4, 6, dtype);
    const want = await everything(inlineBackend(), s);
    const got = await everything(gpu, s);
    got.forEach((values, i) => {
      const scale = Math.max(1, ...want[i].map(Math.abs));
      const worst = Math.max(...values.map((v, e) => Math.abs(v - want[i][e]))) / scale;
      t.true(worst < 1e-5, `${dtype}, answer ${i}: ${worst}`); // noise differs by up to 1e-5, all else by roundings
    });
  }
});

onWebGpu('Philox gives the words of the CPU bit for bit', async (t, gpu) => {
  const words = kernel({
    name: 'philox words',
    code: `${philoxWgsl}
      @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
        if (id.x < arrayLength(&words)) { words[id.x] = philox(counters[id.x], params.seed); }
      }`,
    tables: { counters: 'read vec4<u32>', words: 'update vec4<u32>' },
    params: { seed: 'vec2<u32>' },
  });
  const counters = Uint32Array.from(testArray(4 * 200, 3), (v) => Math.floor((v + 1) * 2 ** 31));
  counters.fill(0xffffffff, 0, 4).fill(0, 4, 8);
  const [from, to] = [gpu.table(counters), gpu.table(counters.byteLength)];
  const seed = philoxKey(0x1234_5678_9abc_def0n);
  gpu.dispatch(words, { tables: { counters: from, words: to }, params: { seed }, workgroups: [4, 1, 1] });
  const got = new Uint32Array(await gpu.readTable(to));
  const want = new Uint32Array(4);
  for (let i = 0; i < counters.length; i += 4) {
    philox(want, counters[i], counters[i + 1], counters[i + 2], counters[i + 3], seed);
    t.deepEqual(got.slice(i, i + 4), want);
  }
  from.dispose();
  to.dispose();
});

onWebGpu('noise is the CPU’s to 1e-5, real and complex, for sizes that no block divides', async (t, gpu) => {
  for (const s of [image(9, 7, 11), image(3, 33, 5, 'complex64')]) {
    const read = async (backend: Backend): Promise<Float32Array> => {
      const f = backend.field(s);
      backend.noise(f, { seed: -12345678901n, step: 17, stream: 3 });
      return backend.read(f);
    };
    const want = await read(inlineBackend());
    const worst = (await read(gpu)).reduce((m, v, i) => Math.max(m, Math.abs(v - want[i])), 0);
    t.true(worst <= 1e-5, `${worst}`);
  }
});

onWebGpu('sums of a hundred thousand numbers are within 1e-6 of float64', async (t, gpu) => {
  const s = image(2, 250, 201);
  const [x, y] = [testArray(sizeOf(s), 1), testArray(sizeOf(s), 2)];
  const [fx, fy] = [gpu.field(s), gpu.field(s)];
  await gpu.write(fx, x);
  await gpu.write(fy, y);
  const n = sizeOf(s) / 2;
  const sums = [0, 1].map((k) => x.subarray(k * n, (k + 1) * n).reduce((a, v, i) => a + v * y[k * n + i], 0));
  const got = await gpu.readScalars(gpu.dot(fx, fy, 'slice'));
  sums.forEach((want, k) => t.true(Math.abs(got[k] - want) <= 1e-6 * Math.abs(want), `${got[k]} ${want}`));
  const total = x.reduce((a, v) => a + Math.abs(v), 0);
  const [norm] = await gpu.readScalars(gpu.norm1(fx, 'volume'));
  t.true(Math.abs(norm - total) <= 1e-6 * total);
});

onWebGpu('a new field is zero although its memory was used before', async (t, shared) => {
  const s = image(3, 5, 7);
  const gpu = await createWebGpuBackend({ device: shared.device, maxChunkBytes: 300 });
  const out = gpu.field(s);
  gpu.lincomb(out, [1, out]); // makes the buffer of scalars
  const uses: readonly ((fresh: Field) => void)[] = [
    (fresh) => gpu.lincomb(out, [1, fresh]),
    (fresh) => gpu.addDzNormal(1, out, fresh, 'periodic'), // 'update'
    (fresh) => gpu.shrink(fresh, 1, fresh), // 'write' and 'read' of one field
  ];
  for (const use of uses) {
    const used = gpu.field(s);
    gpu.fill(used, 3);
    await gpu.flush();
    const before = gpu.memory().current;
    used.dispose();
    const fresh = gpu.field(s);
    use(fresh);
    t.true((await gpu.read(fresh)).every((v) => v === 0));
    t.is(gpu.memory().current, before); // the memory is the same
    fresh.dispose();
  }
  t.true((await gpu.read(out)).every((v) => v === 0));
  await gpu.dispose();
});

onWebGpu('a field that is copied in portions is written and read whole', async (t, gpu) => {
  const s = image(3, 1500, 1500); // 9 MB a slice: two portions of 16 MiB in one chunk
  const x = gpu.field(s);
  const data = Float32Array.from({ length: sizeOf(s) }, (_, i) => i);
  await gpu.write(x, data);
  gpu.lincomb(x, [2, x]);
  const got = await gpu.read(x);
  t.is(
    got.findIndex((v, i) => v !== 2 * data[i]),
    -1,
  );
  x.dispose();
});

onWebGpu('thousands of queued operations hold no more memory than a few', async (t, shared) => {
  const gpu = await createWebGpuBackend({ device: shared.device });
  const s = image(4, 16, 16);
  const x = await put(gpu, s, 1);
  const round = (): void => {
    const p = gpu.field(s);
    gpu.lincomb(p, [0.999, x]);
    const squared = gpu.dot(p, p, 'slice');
    const scale = gpu.scalars(1, p, 'slice').over(squared);
    gpu.lincomb(x, [1, p], [scale, p], [-1, p], [scale.times(-1), p]);
    gpu.lincomb(x, [1, p]);
    for (const v of [squared, scale]) v.dispose();
    p.dispose();
  };
  for (let i = 0; i < 20; i++) round();
  await gpu.flush();
  const { peak } = gpu.memory();
  for (let i = 0; i < 500; i++) round(); // 5000 commands before the first is waited for
  await gpu.flush();
  const grown = gpu.memory().peak - peak;
  t.true(grown < 2 ** 17, `${grown} bytes`); // scalars that nobody disposed of: 4 of 16 bytes a round, and doubling
  const want = testArray(sizeOf(s), 1)[3] * 0.999 ** 520;
  t.true(Math.abs((await gpu.read(x))[3] - want) < 1e-4 * Math.abs(want));
  await gpu.dispose();
});

onWebGpu('scalars keep their values while their buffer grows', async (t, shared) => {
  const gpu = await createWebGpuBackend({ device: shared.device });
  const x = gpu.field(image(4, 1, 1));
  const kept = Array.from({ length: 3000 }, (_, i) => gpu.scalars(i, x, 'slice'));
  for (const i of [0, 1023, 1024, 2999]) t.deepEqual([...(await gpu.readScalars(kept[i].plus(0.5)))], new Array(4).fill(i + 0.5));
  kept[0].dispose();
  t.throws(() => kept[0].plus(1), { code: 'BACKEND', message: /disposed scalars/ });
  t.throws(() => kept[1].plus(gpu.scalars(1, x, 'volume')), { code: 'SHAPE', message: /cannot be combined/ });
  await gpu.dispose();
});

onWebGpu('conjugate gradients, queued whole, reach the solution of the CPU', async (t, gpu) => {
  for (const per of ['slice', 'volume'] as const) {
    const s = image(3, 6, 7, 'complex64');
    const solve = async (backend: Backend): Promise<Float32Array> => {
      const [residual, direction, scratch, x] = [await put(backend, s, 1), ...[1, 2, 3].map(() => backend.field(s))];
      const hessian = (p: Field, out: Field): void => {
        backend.lincomb(out, [1, p]);
        backend.addGradientNormal(0.5, p, out);
        if (per === 'volume') backend.addDzNormal(0.7, p, out, 'replicate');
      };
      const fields = { residual, direction, image: scratch };
      conjugateGradients(backend, hessian, x, fields, { iterations: 40, per }); // far beyond convergence: no NaN
      return backend.read(x);
    };
    const [want, got] = [await solve(inlineBackend()), await solve(gpu)];
    const worst = got.reduce((m, v, i) => Math.max(m, Math.abs(v - want[i])), 0);
    t.true(worst < 1e-5, `${per}: ${worst}`);
  }
});

onWebGpu('an asynchronous step runs at its place in the queue', async (t, gpu) => {
  const s = image(2, 3, 4);
  const x = gpu.field(s);
  const y = gpu.field(s);
  gpu.fill(x, 1);
  gpu.step(async ({ device, buffers, submit }) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffers(x)[0].buffer, 0, buffers(y, true)[0].buffer, 0, 96);
    submit();
    device.queue.submit([encoder.finish()]);
  });
  gpu.lincomb(y, [2, y], [1, x]);
  gpu.fill(x, 7);
  t.deepEqual([...(await gpu.read(y))], new Array(24).fill(3));
  t.deepEqual([...(await gpu.read(x))], new Array(24).fill(7));
});

onWebGpu('a kernel may be run on some slices only, and leaves the others', async (t, { device }) => {
  const mark = kernel({
    name: 'mark',
    code: `@compute @workgroup_size(4) fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) t: u32) {
      if (t < size_out()) { out[at_out(group.z) + t] = f32(params.first + group.z); }
    }`,
    fields: { out: 'write f32' },
  });
  const gpu = await createWebGpuBackend({ device, maxChunkBytes: 2 * 3 * 4 }); // two slices a chunk
  const filled = gpu.field(image(5, 1, 3));
  const fresh = gpu.field(image(5, 1, 3));
  gpu.fill(filled, 9);
  for (const out of [filled, fresh]) gpu.run(mark, { fields: { out }, workgroups: 1, slices: { first: 1, count: 3 } });
  const of = (rest: number): number[] => [rest, 1, 2, 3, rest].flatMap((v) => [v, v, v]);
  t.deepEqual([...(await gpu.read(filled))], of(9));
  t.deepEqual([...(await gpu.read(fresh))], of(0));
  for (const slices of [
    { first: 4, count: 2 },
    { first: -1, count: 1 },
    { first: 0, count: 0 },
  ]) {
    const outside = (): void => gpu.run(mark, { fields: { out: fresh }, workgroups: 1, slices });
    t.throws(outside, { code: 'ARGUMENT', message: /is given slices .* of 5/ });
  }
  await gpu.dispose();
});

onWebGpu('a kernel gets slices, tables, coefficients, parameters and constants', async (t, gpu) => {
  const scale = kernel({
    name: 'test',
    // one workgroup an element and two slices, so that the grid is spread over two dimensions
    code: `override offset: f32;
      @compute @workgroup_size(2) fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) t: u32) {
        let k = 2u * group.z + t;
        let e = group_of(group);
        if (k >= params.count || e >= size_out()) { return; }
        let v = x[at_x(k) + e] * scalar_c(params.first + k) + params.shift;
        out[at_out(k) + e] = v.x + 10.0 * v.y + offset + weights[e % 3u] + f32(params.first + k);
      }`,
    fields: { x: 'read vec2<f32>', out: 'write f32' },
    tables: { weights: 'read f32' },
    scalars: ['c'],
    params: { shift: 'vec2<f32>' },
  });
  const n = 70_000;
  const [sx, so] = [space(['slice', 'k'], [3, n], 'complex64'), space(['slice', 'k'], [3, n])];
  const cut = await createWebGpuBackend({ device: gpu.device, maxChunkBytes: 8 * n });
  for (const backend of [gpu, cut]) {
    const x = await put(backend, sx, 1);
    const out = backend.field(so);
    const weights = backend.table(Float32Array.of(100, 200, 300));
    const c = backend.dot(x, x, 'slice');
    backend.run(scale, {
      fields: { x: webGpuField(x, sx, backend), out },
      tables: { weights },
      scalars: { c },
      params: { shift: [0.5, 0.25] },
      constants: { offset: 1000 },
      workgroups: n,
      slicesPerGroup: 2,
    });
    const got = await backend.read(out);
    const cs = await backend.readScalars(c);
    const xs = await backend.read(x);
    const worst = got.reduce((m, v, i) => {
      const k = Math.floor(i / n);
      const want = xs[2 * i] * cs[k] + 0.5 + 10 * (xs[2 * i + 1] * cs[k] + 0.25) + 1000 + 100 * (1 + ((i % n) % 3)) + k;
      return Math.max(m, Math.abs(v - want) / (1000 + Math.abs(want)));
    }, 0);
    t.true(worst < 1e-5, `${worst}`);
    t.throws(
      () =>
        backend.run(scale, {
          fields: { x: out, out },
          tables: { weights },
          scalars: { c },
          params: { shift: [0, 0] },
          constants: { offset: 0 },
          workgroups: 1,
        }),
      { code: 'SHAPE' },
    );
    weights.dispose();
  }
  await cut.dispose();
});

onWebGpu('what would write a field under two names is refused', (t, gpu) => {
  const s = image(2, 3, 3);
  const [x, y] = [gpu.field(s), gpu.field(s)];
  t.throws(() => gpu.gradient(x, x, y), { code: 'ARGUMENT', message: /reads as x/ });
  t.throws(() => gpu.gradient(x, y, y), { code: 'ARGUMENT', message: /gx and gy/ });
  t.throws(() => gpu.dz(x, x, 'periodic'), { code: 'ARGUMENT' });
  t.throws(() => gpu.addGradientNormal(1, x, x), { code: 'ARGUMENT' });
});

onWebGpu('a slice or table beyond the limit of a buffer is a MEMORY error', async (t, gpu) => {
  const small = await createWebGpuBackend({ device: gpu.device, maxChunkBytes: 1024 });
  t.throws(() => small.field(image(1, 16, 17)), { code: 'MEMORY', message: /row 16, column 17.*CPU backend/ });
  t.notThrows(() => small.field(image(100, 16, 16)).dispose());
  t.throws(() => gpu.table(2 ** 40), { code: 'MEMORY' });
  await small.dispose();
});

/** A backend on a device of its own, to break. */
async function breakable(): Promise<{ gpu: WebGpuBackend; device: GPUDevice; close: () => void }> {
  const { device, close } = (await openWebGpu())!;
  return { gpu: await createWebGpuBackend({ device }), device, close };
}

onWebGpu('a lost device rejects what waits and what follows, with the reason', async (t) => {
  const { gpu, device, close } = await breakable();
  const x = gpu.field(image(2, 4, 4));
  gpu.step(async () => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    device.destroy();
  });
  const waiting = [gpu.flush(), gpu.read(x), gpu.readScalars(gpu.dot(x, x, 'volume'))];
  for (const promise of waiting) await t.throwsAsync(promise, { code: 'BACKEND', message: /device was closed|lost/ });
  gpu.fill(x, 1); // nothing happens, nothing hangs
  await t.throwsAsync(gpu.flush(), { code: 'BACKEND', message: /device was closed|lost/ });
  await t.throwsAsync(gpu.write(x, new Float32Array(32)), { code: 'BACKEND' });
  await gpu.dispose();
  close();
});

onWebGpu('a device out of memory is a MEMORY error that says what was asked', async (t) => {
  const { gpu, device, close } = await breakable();
  const [push, pop] = [device.pushErrorScope.bind(device), device.popErrorScope.bind(device)];
  const scopes: string[] = [];
  device.pushErrorScope = (filter) => {
    scopes.push(filter);
    return push(filter);
  };
  device.popErrorScope = async () => {
    const memory = scopes.pop() === 'out-of-memory';
    const real = await pop();
    return memory ? ({ message: 'no memory left' } as GPUError) : real;
  };
  gpu.fill(gpu.field(image(3, 64, 64)), 1);
  await t.throwsAsync(gpu.flush(), { code: 'MEMORY', message: /row 64, column 64.*no memory left.*fewer slices/ });
  await gpu.dispose();
  close();
});

onWebGpu('WGSL that does not compile and steps that fail end the queue with what was wrong', async (t) => {
  for (const cause of ['wgsl', 'step'] as const) {
    const { gpu, close } = await breakable();
    const out = gpu.field(image(1, 2, 2));
    const bad = kernel({ name: 'bad', code: 'fn main() { nonsense }', fields: { out: 'write f32' } });
    if (cause === 'wgsl') gpu.run(bad, { fields: { out }, workgroups: 1 });
    else gpu.step(() => Promise.reject(new Error('nonsense')));
    await t.throwsAsync(gpu.read(out), { code: 'BACKEND', message: /nonsense/ });
    await t.throwsAsync(gpu.flush(), { code: 'BACKEND', message: /nonsense/ });
    await gpu.dispose();
    close();
  }
});

onWebGpu('after dispose every promise says so', async (t) => {
  const { gpu, close } = await breakable();
  const x = gpu.field(image(1, 2, 2));
  await gpu.dispose();
  await t.throwsAsync(gpu.read(x), { code: 'BACKEND', message: /disposed of/ });
  close();
});

onWebGpu('an error of the device outside our commands ends a backend that opened it', async (t) => {
  const gpu = await createGpuBackend();
  const x = gpu.field(image(1, 2, 2));
  await gpu.flush();
  gpu.device.createBuffer({ size: 2 ** 50, usage: 128 });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await t.throwsAsync(gpu.read(x), { code: 'BACKEND', message: /reported an error/ });
  await gpu.dispose();
});

test('two parameters of one name in a kernel are refused', (t) => {
  t.throws(() => kernel({ name: 'twice', code: '', params: { count: 'u32' } }), { message: /twice.*count/ });
});
