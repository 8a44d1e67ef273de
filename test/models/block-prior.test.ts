import test from 'ava';
import fc from 'fast-check';
import { space } from '../../core/space.js';
import { Blend, gather } from '../../models/block/blend.js';
import { blockPrior, type BlockDenoiser } from '../../models/block/block-prior.js';
import { inOrder } from '../../models/block/in-order.js';
import { hasVariance } from '../../models/block/learned-variance.js';
import { blocksOf, rampOf, startsOf, type Three, type Tiling } from '../../models/block/tiling.js';
import { createBackend } from '../../src/node.js';
import { seisfusion } from '../../src/solvers/seisfusion.js';
import { functionOperator } from '../../operators/algebra/function-operator.js';
import { inlineBackend, testNumbers } from '../support/backends.js';
import { randomField, result } from '../support/gaussian-problem.js';

const axis = fc
  .record({ length: fc.integer({ min: 1, max: 40 }), size: fc.integer({ min: 1, max: 16 }), part: fc.nat(99) })
  .map(({ length, size, part }) => ({ length, size, overlap: Math.floor((size * part) / 100) }));

test('the blocks of an axis cover it, overlap as far as asked, and lie inside of it', (t) => {
  fc.assert(
    fc.property(axis, ({ length, size, overlap }) => {
      const starts = startsOf(length, size, overlap);
      const long = Math.min(length, size);
      if (starts[0] !== 0 || starts.at(-1)! + long !== length) return false;
      return starts.slice(1).every((start, i) => start > starts[i] && starts[i] + long - start >= overlap);
    }),
  );
  t.deepEqual(startsOf(100, 32, 8), [0, 23, 45, 68]);
  t.deepEqual(startsOf(10, 16, 4), [0]);
});

test('weights are positive, 1 at the faces of the volume, and fall over the overlap', (t) => {
  t.deepEqual([...rampOf(40, 0, 8, 3)], [1, 1, 1, 1, 1, 0.75, 0.5, 0.25]);
  t.deepEqual([...rampOf(40, 32, 8, 3)], [0.25, 0.5, 0.75, 1, 1, 1, 1, 1]);
  t.deepEqual([...rampOf(8, 0, 8, 3)], [1, 1, 1, 1, 1, 1, 1, 1]);
});

const volumes = fc.record({
  axes: fc.tuple(axis, axis, axis).filter((axes) => axes.reduce((n, { length }) => n * length, 1) <= 4000),
  seed: fc.integer({ min: 1, max: 1e6 }),
});

test('blending blocks of a volume gives the volume, bit for bit', (t) => {
  fc.assert(
    fc.property(volumes, ({ axes, seed }) => {
      const shape = axes.map(({ length }) => length) as unknown as Three;
      const tiling = { shape: axes.map(({ size }) => size), overlap: axes.map(({ overlap }) => overlap) } as unknown as Tiling;
      const next = testNumbers(seed);
      const volume = Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, next);
      const blend = new Blend(shape, tiling, 1);
      for (const block of blocksOf(shape, tiling)) blend.add(block, [gather(volume, shape, block)]);
      return blend.volumes[0].every((value, i) => value === volume[i]);
    }),
    { numRuns: 60 },
  );
  t.pass();
});

test('where blocks differ their weighted mean is taken', (t) => {
  const shape: Three = [1, 1, 12];
  const tiling: Tiling = { shape: [1, 1, 8], overlap: [0, 0, 4] };
  const blocks = blocksOf(shape, tiling);
  t.deepEqual(
    blocks.map(({ origin }) => origin[2]),
    [0, 4],
  );
  const blend = new Blend(shape, tiling, 2);
  blocks.forEach((block, i) => blend.add(block, [new Float32Array(8).fill(i), new Float32Array(8).fill(10 * i)]));
  const [weights, others] = [rampOf(12, 0, 8, 4), rampOf(12, 4, 8, 4)];
  for (let k = 4; k < 8; k++) {
    const mean = others[k - 4] / (weights[k] + others[k - 4]);
    t.true(Math.abs(blend.volumes[0][k] - mean) < 1e-7);
    t.true(Math.abs(blend.volumes[1][k] - 10 * mean) < 1e-6);
  }
  t.deepEqual([...blend.volumes[0].slice(8)], [1, 1, 1, 1]);
});

test('results are taken in order, no more than `lanes` at once, and a failure is the first one', async (t) => {
  let going = 0;
  let most = 0;
  const taken: number[] = [];
  const ends: (() => void)[] = [];
  const run = async (job: number): Promise<number> => {
    most = Math.max(most, ++going);
    await new Promise<void>((end) => ends.push(end));
    going--;
    return job;
  };
  const all = inOrder(7, 3, run, (job, value) => taken.push(job === value ? job : -1));
  while (taken.length < 7) {
    ends.pop()?.(); // the last begun ends first
    await new Promise((soon) => setImmediate(soon));
  }
  await all;
  t.deepEqual(taken, [0, 1, 2, 3, 4, 5, 6]);
  t.is(most, 3);
  const failing = async (job: number): Promise<number> => {
    if (job >= 2) throw new Error(`job ${job}`);
    return job;
  };
  await t.throwsAsync(
    inOrder(6, 4, failing, () => undefined),
    { message: 'job 2' },
  );
});

/** A prior that looks at every element alone, the guide's too. */
const pointwise: BlockDenoiser = (x, sigma, { guide: [a, b] }) => ({
  denoised: x.map((value, i) => Math.fround(value / (1 + sigma ** 2)) + 0.25 * a[i] - 0.5 * b[i]),
  fraction: x.map((value) => 0.5 + 0.5 * Math.tanh(value)),
});

const SHAPE: Three = [5, 9, 20];
const TILINGS: readonly Tiling[] = [
  { shape: [5, 9, 20], overlap: [0, 0, 0] },
  { shape: [4, 4, 8], overlap: [1, 2, 3] },
  { shape: [2, 7, 16], overlap: [1, 0, 15] },
];

const priorOf = (tiling: Tiling, lanes = 1, denoise = pointwise) =>
  blockPrior({
    name: 'pointwise',
    range: { unit: 'amplitude', low: 0, high: 1 },
    sigma: [0, 1e6],
    tiling,
    lanes,
    guide: { kind: 'test', planes: 2 },
    variance: true,
    denoise,
  });

for (const options of [
  { steps: 3, eta: 0.7, start: 'noise' },
  { compat: 'published', steps: 6, jumps: 2, jumpLength: 2 },
] as const) {
  test(`with a prior that looks at elements alone no bit depends on blocks, lanes or workers: ${JSON.stringify(options)}`, async (t) => {
    const domain = space(['inline', 'crossline', 'time'], SHAPE);
    let first: Float32Array | undefined;
    for (const [i, tiling] of TILINGS.entries()) {
      const backend = i === 1 ? createBackend({ workers: 2 }) : inlineBackend();
      try {
        const live = (trace: number): number => Number(trace % 3 !== 1);
        const mask = (values: Float32Array) => values.map((v, e) => v * live(Math.floor(e / SHAPE[2])));
        const traces = { name: 'traces', coupling: 'volume', domain, range: domain, apply: mask, adjoint: mask } as const;
        const operator = functionOperator(traces, backend);
        const y = await randomField(backend, domain, 1);
        await backend.write(y, mask(await backend.read(y)));
        const guide = [await randomField(backend, domain, 2), await randomField(backend, domain, 3)];
        const prior = priorOf(tiling, i + 1);
        const got = await result(seisfusion, { backend, operator, y, prior, guide, seed: 3 }, options);
        first ??= got;
        t.deepEqual(got, first, JSON.stringify(tiling));
      } finally {
        await backend.dispose();
      }
    }
  });
}

test('a block is told its place, its part of x and of the guide, and v is blended as D is', async (t) => {
  const backend = inlineBackend();
  const domain = space(['inline', 'crossline', 'time'], SHAPE);
  const [x, a, b, d, v] = await Promise.all([1, 2, 3, 4, 5].map((seed) => randomField(backend, domain, seed)));
  const values = await backend.read(x);
  const guide = await backend.read(a);
  const places: Three[] = [];
  const prior = priorOf(TILINGS[1], 2, (block, _, { origin, shape, guide: [first], variance }) => {
    places.push(origin);
    t.deepEqual(block, gather(values, SHAPE, { origin, shape }));
    t.deepEqual(first, gather(guide, SHAPE, { origin, shape }));
    t.true(variance);
    return { denoised: block, fraction: first };
  });
  t.true(hasVariance(prior));
  prior.denoiseWithVariance(x, 0.5, d, v, { guide: [a, b] });
  t.deepEqual(await backend.read(d), values);
  t.deepEqual(await backend.read(v), guide);
  t.deepEqual(
    places,
    blocksOf(SHAPE, TILINGS[1]).map(({ origin }) => origin),
  );
});

test('a guided prior without its guide, of other numbers or shapes, and answers of another size are named', async (t) => {
  const backend = inlineBackend();
  const domain = space(['inline', 'crossline', 'time'], SHAPE);
  const [x, a, d] = await Promise.all([1, 2, 3].map((seed) => randomField(backend, domain, seed)));
  const other = await randomField(backend, space(['inline', 'crossline', 'time'], [5, 9, 19]), 1);
  const prior = priorOf(TILINGS[0]);
  t.throws(() => prior.denoise(x, 1, d), { message: /was given no guide.*2 planes of the kind 'test'/ });
  t.throws(() => prior.denoise(x, 1, d, { guide: [a] }), { message: /2 planes; got 1/ });
  t.throws(() => prior.denoise(x, 1, d, { guide: [a, other] }), { message: /time 20.*time 19/ });
  t.throws(() => prior.denoise(x, 1, d, { guide: [a, d] }), { message: /overwritten/ });
  t.throws(() => prior.denoise(x, 2e6, d, { guide: [a, a] }), { code: 'SIGMA_RANGE' });
  t.throws(() => priorOf({ shape: [4, 4, 4], overlap: [0, 4, 0] }), { message: /overlaps from 0 to less/ });
  const short = priorOf(TILINGS[1], 1, (block) => ({ denoised: block.subarray(1) }));
  short.denoise(x, 1, d, { guide: [a, a] });
  await t.throwsAsync(backend.read(d), { message: /block of another size/ });
});
