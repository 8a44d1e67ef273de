import test, { type ExecutionContext } from 'ava';
import type { Backend } from '../../compute/backend.js';
import { space } from '../../core/space.js';
import { networkMemory } from '../../models/network/network-memory.js';
import { networkPrior } from '../../models/network/network-prior.js';
import { tryModel } from '../../models/sources/trial.js';
import { createBackend } from '../../src/node.js';
import { testArray } from '../support/backends.js';
import { onWebGpu } from '../support/every-backend.js';
import { guidedReference, guidedRun } from '../support/guided-images.js';
import { difference, planesOf } from '../support/network-images.js';
import { network } from '../support/networks.js';

// float32 sums of up to eight terms, and of means over up to 64 pixels in any order
const ROUNDING = 3e-6;

/** Networks run on workers: one test for the CPU with one, one for the GPU. */
function onBoth(title: string, body: (t: ExecutionContext, backend: Backend) => Promise<void>): void {
  test(`cpu: ${title}`, async (t) => {
    const backend = createBackend({ workers: 1 });
    await body(t, backend).finally(() => backend.dispose());
  });
  onWebGpu(title, body);
}

/** Odd sides, in one slab and in several. */
const SHAPES = [
  [1, 5, 7],
  [5, 8, 3],
  [19, 7, 6],
] as const;

const CASES = [
  { title: 'about a plane, zeros beside it', name: 'guided', options: { complex: false } },
  { title: 'about a plane, the edge repeated', name: 'guided', options: { complex: false, changes: { padding: 'edge' } } },
  { title: 'complex, turned by a phase', name: 'guided-complex', options: { complex: true, phase: 1.1 } },
  {
    title: 'complex and about a plane, turned by a phase',
    name: 'guided-complex',
    options: {
      ...{ complex: true, phase: 1.1 },
      changes: {
        parametrisation: { kind: 'edm', sigmaData: 0.5 },
        padding: 'constant',
        guide: { ...network('guided-complex').card.guide!, centre: 1 },
      },
    },
  },
  { title: 'real images and planes through a complex network', name: 'guided-complex', options: { complex: false } },
] as const;

const slicesOf = (d: Float32Array, [slices, rows, columns]: readonly number[], parts: number): Float64Array[][] =>
  Array.from({ length: slices }, (_, k) => planesOf(d, k, rows * columns, parts));

for (const { title, name, options } of CASES) {
  const parts = options.complex ? 2 : 1;

  test(`cpu: a guided network gives its closed form, with the same bits for every worker and batch: ${title}`, async (t) => {
    for (const shape of SHAPES) {
      let first: Float32Array | undefined;
      for (const [workers, batch, inPlace] of [
        [1, 1, false],
        [2, 3, true],
        [3, 16, false],
      ] as const) {
        const backend = createBackend({ workers });
        const run = await guidedRun(backend, name, shape, 0.7, { ...options, batch, inPlace });
        await backend.dispose();
        const error = difference(run.d, guidedReference(name, run, shape, 0.7, options), parts);
        t.true(error < ROUNDING, `${shape.join('×')}, ${workers} workers, batch ${batch}: ${error}`);
        t.deepEqual(run.after, run.guide, 'the guide is read only');
        first ??= run.d;
        t.deepEqual(run.d, first);
      }
    }
  });

  onWebGpu(`a guided network gives its closed form, for every batch, and what the CPU gives: ${title}`, async (t, gpu) => {
    for (const shape of SHAPES) {
      const cpu = createBackend({ workers: 1 });
      const ours = await guidedRun(cpu, name, shape, 0.7, options);
      await cpu.dispose();
      for (const [batch, inPlace] of [
        [1, false],
        [3, true],
        [undefined, false],
      ] as const) {
        const run = await guidedRun(gpu, name, shape, 0.7, { ...options, batch, inPlace });
        const error = difference(run.d, guidedReference(name, run, shape, 0.7, options), parts);
        t.true(error < ROUNDING, `${shape.join('×')}, batch ${batch}: ${error}`);
        t.true(difference(run.d, slicesOf(ours.d, shape, parts), parts) < ROUNDING);
        t.deepEqual(run.after, run.guide, 'the guide is read only');
      }
    }
  });
}

onBoth('what the network is shown matters, plane by plane', async (t, backend) => {
  const shape = [2, 5, 6] as const;
  const run = await guidedRun(backend, 'guided', shape, 0.7, { complex: false });
  for (const p of [0, 1, 2]) {
    const guide = run.guide.map((plane, q) => (q === p ? plane.map((v) => v + 0.1) : plane));
    const other = guidedReference('guided', { ...run, guide }, shape, 0.7, { complex: false });
    t.true(difference(run.d, other, 1) > 1e-3, `plane ${p}`);
  }
});

onBoth('an image that is the centre stays what it is where the network gives nothing, bit for bit', async (t, backend) => {
  // at σ → 0 out → 0: D(g) = g + out F
  const { card, weights } = network('guided', { sigmaMin: 1e-30 });
  const prior = await networkPrior(card, weights, backend);
  const domain = space(['slice', 'y', 'x'], [3, 5, 7]);
  const [x, d] = [backend.field(domain), backend.field(domain)];
  const guide = [backend.field(domain), x, backend.field(domain)];
  const g = testArray(105, 3);
  await backend.write(x, g);
  prior.denoise(x, 1e-30, d, { guide });
  t.deepEqual(await backend.read(d), g);
  await prior.dispose();
});

onBoth('without its guide, or with another number or kind of planes, a guided prior refuses', async (t, backend) => {
  const { card, weights } = network('guided');
  const prior = await networkPrior(card, weights, backend);
  const domain = space(['slice', 'y', 'x'], [2, 4, 4]);
  const [x, out, a, b, c] = Array.from({ length: 5 }, () => backend.field(domain));
  const other = backend.field(space(['slice', 'y', 'x'], [2, 4, 5]));
  const ask = (guide?: (typeof x)[]) => () => prior.denoise(x, 1, out, { guide });
  t.throws(ask(), { code: 'MODEL', message: /prior 'guided' is a guided one, and was given no guide.*3 planes of the kind 'shown'/ });
  t.throws(ask([a, b]), { code: 'SHAPE', message: /guide of the prior 'guided' \(shown\).*expected 3 planes.*got 2/ });
  t.throws(ask([a, b, other]), { code: 'SHAPE', message: /differ.*x 4\].*x 5\]/ });
  t.throws(ask([a, b, out]), { code: 'ARGUMENT', message: /overwritten/ });
  t.notThrows(ask([a, b, c]));
  await backend.flush();
  await prior.dispose();
});

test('a graph whose condition is not the card’s is refused when it is loaded', async (t) => {
  const backend = createBackend({ workers: 1 });
  const load = async (changes: object, name: 'guided' | 'real' = 'guided'): Promise<string> => {
    const { card, weights } = network(name, changes);
    const error = (await t.throwsAsync(networkPrior(card, weights, backend))) as { code?: string; message: string };
    t.is(error.code, 'MODEL');
    return error.message;
  };
  const guide = network('guided').card.guide!;
  t.regex(await load({ guide: { ...guide, planes: 2 } }), /input 'c': expected float32 \[N, 2, H, W\], got float32 \[N, 3, H, W\]/);
  t.regex(await load({ guide: { ...guide, input: 'condition' } }), /no input 'condition'.*input 'c' that the card does not name/);
  t.regex(await load({ guide: undefined }), /input 'c' that the card does not name/);
  t.regex(await load({ guide }, 'real'), /no input 'c', the graph has 'x', 't'/);
  await backend.dispose();
});

test('a trial shows a guided network its guide', async (t) => {
  const backend = createBackend({ workers: 2 });
  for (const name of ['guided', 'guided-complex'] as const) {
    const { card, weights } = network(name);
    t.is((await tryModel(card, weights, backend)).length, 3);
  }
  await backend.dispose();
});

test('the memory plan counts the planes of the condition', (t) => {
  const { card } = network('guided-complex');
  const images = space(['slice', 'y', 'x'], [4, 64, 64], 'complex64');
  const bytes = (guide: typeof card.guide) => networkMemory({ ...card, guide }, images, 1).items[0].bytes;
  const planes = 2 * 2;
  t.true(bytes(card.guide) - bytes(undefined) >= planes * 64 * 64 * 4);
});
