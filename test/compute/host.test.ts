import test, { type ExecutionContext } from 'ava';
import type { Backend } from '../../compute/backend.js';
import { space } from '../../core/space.js';
import { createBackend, createGpuBackend } from '../../src/node.js';
import { inlineBackend, testArray } from '../support/backends.js';
import { onEveryBackend, onWebGpu } from '../support/every-backend.js';

const image = (slices: number, dtype: 'float32' | 'complex64' = 'float32') => space(['slice', 'y', 'x'], [slices, 3, 5], dtype);

onEveryBackend('a host step reads, computes and writes at its place in the queue', async (t, { backend }) => {
  for (const slices of [1, 3, 17, 40]) {
    const s = image(slices);
    const [x, y] = [backend.field(s), backend.field(s)];
    const data = testArray(slices * 15, slices);
    await backend.write(x, data);
    backend.lincomb(x, [2, x]);
    backend.host({
      name: 'a function',
      inputs: [x],
      outputs: [y],
      run: async ([values]) => {
        await new Promise((resolve) => setTimeout(resolve, 2));
        return [values.map((v, i) => v + i)];
      },
    });
    backend.lincomb(y, [10, y]);
    backend.fill(x, 0);
    const got = await backend.read(y);
    t.deepEqual(
      got,
      data.map((v, i) => Math.fround(10 * Math.fround(Math.fround(2 * v) + i))),
    );
    t.true((await backend.read(x)).every((v) => v === 0));
    for (const f of [x, y]) f.dispose();
  }
});

onEveryBackend('a host step in batches sees every slice once, complex ones interleaved, whatever the batch', async (t, { backend }) => {
  for (const [slices, batch] of [
    [1, 4],
    [5, 2],
    [19, 3],
    [19, 16],
    [40, 7],
    [33, 33],
  ]) {
    const s = image(slices, 'complex64');
    const [x, y] = [backend.field(s), backend.field(s)];
    const data = testArray(slices * 30, batch);
    await backend.write(x, data);
    const seen: number[] = [];
    backend.host({
      name: 'a function',
      inputs: [x, x],
      outputs: [x, y],
      batch,
      run: ([a, b], { first, count }) => {
        t.deepEqual(a, data.slice(first * 30, (first + count) * 30));
        for (let k = first; k < first + count; k++) seen.push(k);
        return [a.map((v) => 2 * v), b.map((v) => v + first)];
      },
    });
    t.deepEqual(
      await backend.read(x),
      data.map((v) => 2 * v),
    );
    const first = (i: number): number => Math.floor(i / 30 / batch) * batch;
    t.deepEqual(
      await backend.read(y),
      data.map((v, i) => v + first(i)),
    );
    t.deepEqual(
      seen,
      Array.from({ length: slices }, (_, k) => k),
    );
    for (const f of [x, y]) f.dispose();
  }
});

onEveryBackend('two host steps run one after the other, and fields of other sizes go together whole', async (t, { backend }) => {
  const [x, y] = [backend.field(image(2)), backend.field(space(['view', 'row'], [7, 2]))];
  const order: string[] = [];
  const later = async (name: string, ms: number): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    order.push(name);
  };
  backend.host({
    name: 'first',
    inputs: [],
    outputs: [y],
    run: async () => {
      await later('first', 20);
      return [Float32Array.from({ length: 14 }, (_, i) => i)];
    },
  });
  backend.host({
    name: 'second',
    inputs: [y],
    outputs: [x],
    run: async ([values]) => {
      await later('second', 1);
      return [Float32Array.from({ length: 30 }, (_, i) => values[i % 14])];
    },
  });
  const got = await backend.read(x);
  t.deepEqual(order, ['first', 'second']);
  t.deepEqual(
    [...got],
    Array.from({ length: 30 }, (_, i) => i % 14),
  );
  t.deepEqual(
    await backend.read(y),
    Float32Array.from({ length: 14 }, (_, i) => i),
  );
});

/** Both backends, fresh: what fails ends them. */
const fresh: readonly (readonly [string, () => Promise<Backend>])[] = [
  ['cpu', async () => inlineBackend()],
  ['cpu with workers', async () => createBackend({ workers: 2 })],
];

const failing: readonly (readonly [string, unknown, string, RegExp])[] = [
  ['nothing', undefined, 'ARGUMENT', /the thing gave no array.*expected 1 Float32Array; got undefined/],
  ['an array instead of a list', new Float32Array(30), 'ARGUMENT', /got Float32Array/],
  ['numbers', [Array.from({ length: 30 }, () => 0)], 'ARGUMENT', /expected a Float32Array of 30 values.*got an array of 30/],
  ['too few', [new Float32Array(29)], 'SHAPE', /another size.*slice 2, y 3, x 5.*got 29 values/],
  ['NaN', [new Float32Array(30).fill(NaN, 17, 18)], 'NOT_FINITE', /the thing.*NaN at slice 1, value 2/],
];

async function refuses(t: ExecutionContext, open: () => Promise<Backend>): Promise<void> {
  for (const [what, given, code, message] of failing) {
    const backend = await open();
    const x = backend.field(image(2));
    backend.host({ name: 'the thing', inputs: [x], outputs: [x], run: () => given as Float32Array[] });
    await t.throwsAsync(backend.flush(), { code, message }, what);
    await t.throwsAsync(backend.read(x), { code }, `${what}: the queue has ended`);
    await backend.dispose();
  }
  const backend = await open();
  const x = backend.field(image(2));
  const cause = new RangeError('the server is away');
  backend.host({ name: 'the thing', inputs: [x], outputs: [x], run: () => Promise.reject(cause) });
  backend.lincomb(x, [2, x]);
  const error = await t.throwsAsync(backend.read(x), {
    code: 'BACKEND',
    message: /the thing failed: the server is away/,
  });
  t.is(error?.cause, cause);
  await backend.dispose();
}

async function stops(t: ExecutionContext, open: () => Promise<Backend>): Promise<void> {
  const backend = await open();
  const x = backend.field(image(2));
  const controller = new AbortController();
  const never = new Promise<Float32Array[]>(() => undefined);
  backend.host({
    name: 'the thing',
    inputs: [x],
    outputs: [x],
    signal: controller.signal,
    run: () => {
      controller.abort(new Error('enough'));
      return never;
    },
  });
  const error = await t.throwsAsync(backend.flush(), { code: 'ABORTED' });
  t.is((error?.cause as Error).message, 'enough');
  await backend.dispose();
}

for (const [name, open] of fresh) {
  test(`${name}: what a host step gives wrongly, or throws, rejects the flush with what was wrong`, (t) => refuses(t, open));
  test(`${name}: an abort ends the wait for a host step`, (t) => stops(t, open));
}
onWebGpu('what a host step gives wrongly, or throws, rejects the flush with what was wrong', (t) => refuses(t, () => createGpuBackend()));
onWebGpu('an abort ends the wait for a host step', (t) => stops(t, () => createGpuBackend()));

onEveryBackend('steps that cannot be are refused at once', (t, { backend }) => {
  const [x, y] = [backend.field(image(2)), backend.field(image(3))];
  const run = () => [];
  t.throws(() => backend.host({ name: 'it', inputs: [], outputs: [], run }), { code: 'ARGUMENT' });
  t.throws(() => backend.host({ name: 'it', inputs: [x], outputs: [], batch: 0.5, run }), { code: 'ARGUMENT' });
  t.throws(() => backend.host({ name: 'it', inputs: [x], outputs: [y], batch: 1, run }), { code: 'SHAPE' });
  x.dispose();
  t.throws(() => backend.host({ name: 'it', inputs: [x], outputs: [], run }), { code: 'BACKEND', message: /disposed/ });
});
