import test from 'ava';
import { bytesOf, space } from '../../core/space.js';
import type { VariancePrior } from '../../models/block/learned-variance.js';
import { hasVariance } from '../../models/block/learned-variance.js';
import { cardProblems, type Card } from '../../models/card/card.js';
import { networkMemory } from '../../models/network/network-memory.js';
import { openNetwork } from '../../models/network/open-network.js';
import { modelDigest } from '../../models/sources/zoo.js';
import { tryModel } from '../../models/sources/trial.js';
import { createBackend } from '../../src/node.js';
import { inlineBackend, testArray } from '../support/backends.js';
import { onWebGpu } from '../support/every-backend.js';
import { cardJson, network } from '../support/networks.js';

/* The closed form of test/golden/scripts/blocks.py, cut, padded and blended in float64 without the product's help. */

interface ClosedForm {
  readonly w: readonly number[];
  readonly m: readonly number[];
  readonly u: readonly number[];
  readonly v: readonly (readonly number[])[];
}

type Sides = readonly [number, number, number];
const { w, m, u, v } = cardJson('blocks').closedForm as ClosedForm;
const [BLOCK, OVERLAP, MULTIPLE] = [
  [3, 4, 8],
  [1, 1, 2],
  [1, 2, 4],
] as const;

/** Begin, end and weights of the blocks of one axis, by counting. */
function cuts(length: number, axis: number): { first: number; size: number; weight(k: number): number }[] {
  const [size, overlap] = [Math.min(length, BLOCK[axis]), OVERLAP[axis]];
  let count = 1;
  while (count * size - (count - 1) * overlap < length) count++;
  return Array.from({ length: count }, (_, i) => {
    const first = count === 1 ? 0 : Math.round((i * (length - size)) / (count - 1));
    const weight = (k: number): number => {
      const fromFirst = first === 0 ? 1 : (k - first + 1) / (overlap + 1);
      const toLast = first + size === length ? 1 : (first + size - k) / (overlap + 1);
      return Math.min(1, fromFirst, toLast);
    };
    return { first, size, weight };
  });
}

/** D and v of a volume. */
function reference(x: Float32Array, planes: readonly Float32Array[], [A, B, C]: Sides, sigma: number, t: number, centre?: Float32Array) {
  const sums = [0, 1].map(() => new Float64Array(x.length));
  const weights = new Float64Array(x.length);
  const scale = 1 / Math.sqrt(1 + sigma ** 2);
  const at = (i: number, j: number, k: number): number => (i * B + j) * C + k;
  const about = (e: number): number => x[e] - (centre?.[e] ?? 0);
  for (const a of cuts(A, 0)) {
    for (const b of cuts(B, 1)) {
      for (const c of cuts(C, 2)) {
        const inside: [number, number][] = [];
        for (let i = a.first; i < a.first + a.size; i++)
          for (let j = b.first; j < b.first + b.size; j++)
            for (let k = c.first; k < c.first + c.size; k++) inside.push([at(i, j, k), a.weight(i) * b.weight(j) * c.weight(k)]);
        const padded = [a, b, c].reduce((n, { size }, axis) => n * Math.ceil(size / MULTIPLE[axis]) * MULTIPLE[axis], 1);
        const mean = (scale * inside.reduce((s, [e]) => s + about(e), 0)) / padded;
        for (const [e, weight] of inside) {
          const f = [0, 1].map((o) => w[o] * scale * about(e) + m[o] * mean + u[o] * t + v[o][0] * planes[0][e] + v[o][1] * planes[1][e]);
          sums[0][e] += weight * ((centre?.[e] ?? 0) + about(e) - sigma * f[0]);
          sums[1][e] += (weight * (f[1] + 1)) / 2;
          weights[e] += weight;
        }
      }
    }
  }
  return sums.map((sum) => sum.map((value, e) => value / weights[e]));
}

const worst = (got: Float32Array, wanted: Float64Array): number =>
  got.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i])), 0);

async function run(card: Card, workers: number, shape: Sides, sigma: number) {
  const { weights } = network('blocks');
  const backend = createBackend({ workers });
  try {
    const prior = (await openNetwork(card, weights, backend)) as VariancePrior;
    const domain = space(['inline', 'crossline', 'time'], shape);
    const arrays = [1, 2, 3].map((seed) => testArray(bytesOf(domain) / 4, seed));
    const [x, a, b, d, fraction, again] = [1, 2, 3, 4, 5, 6].map(() => backend.field(domain));
    for (const [i, field] of [x, a, b].entries()) await backend.write(field, arrays[i]);
    prior.denoiseWithVariance(x, sigma, d, fraction, { guide: [a, b] });
    prior.denoise(x, sigma, again, { guide: [a, b] });
    const got = { d: await backend.read(d), fraction: await backend.read(fraction), again: await backend.read(again) };
    await prior.dispose();
    return { ...got, arrays };
  } finally {
    await backend.dispose();
  }
}

for (const shape of [
  [5, 9, 20],
  [2, 3, 5],
  [1, 4, 30],
] as const) {
  test(`a network of blocks gives its closed form, and the same bits on one worker and three: ${shape.join(' × ')}`, async (t) => {
    const { card } = network('blocks');
    const sigma = 1; // half-way between the levels .5 and 2 in ln σ: t = 1.5
    const one = await run(card, 1, shape, sigma);
    const [d, fraction] = reference(one.arrays[0], one.arrays.slice(1), shape, sigma, 1.5);
    t.true(worst(one.d, d) < 1e-5, `${worst(one.d, d)}`); // float32
    t.true(worst(one.fraction, fraction) < 1e-5);
    t.deepEqual(one.again, one.d);
    const three = await run(card, 3, shape, sigma);
    t.deepEqual(three.d, one.d);
    t.deepEqual(three.fraction, one.fraction);
  });
}

test('a network of blocks that works about a plane of its guide', async (t) => {
  const { card } = network('blocks');
  const centred: Card = { ...card, guide: { ...card.guide!, centre: 1 } };
  const { d, arrays } = await run(centred, 1, [4, 5, 11], 2);
  const [wanted] = reference(arrays[0], arrays.slice(1), [4, 5, 11], 2, 2, arrays[2]);
  t.true(worst(d, wanted) < 1e-5);
});

test('cards of blocks are checked, and what is said of blocks belongs to what a checkpoint must have in common', async (t) => {
  const json = cardJson('blocks');
  t.deepEqual(cardProblems(json), []);
  const problem = (block: object, more: object = {}): string =>
    cardProblems({ ...json, block, ...more })
      .map(({ field, text }) => `${field}: ${text}`)
      .join('; ');
  t.regex(problem({ shape: [3, 4, 8], overlap: [1, 4, 2] }), /block\.overlap: expected less than the block/);
  t.regex(problem({ shape: [3, 4, 8], overlap: [1, 1, 2], multiple: [1, 3, 4] }), /block\.shape: expected multiples of 1, 3, 4/);
  t.regex(problem({ shape: [3, 4], overlap: [1, 1, 2] }), /block\.shape/);
  t.regex(problem(json.block as object, { channels: 2 }), /channels: expected 1 for a network of blocks/);
  const entry = network('blocks');
  const other = { ...entry, card: { ...entry.card, block: { ...entry.card.block!, overlap: [0, 0, 0] as [number, number, number] } } };
  t.not(await modelDigest(entry), await modelDigest(other));
});

test('a graph of slices under a card of blocks, other providers and a backend without threads are named', async (t) => {
  const { card, weights } = network('blocks');
  const backend = createBackend({ workers: 1 });
  try {
    const slices = network('guided').weights;
    await t.throwsAsync(openNetwork(card, slices, backend), { message: /not what its card says.*dynamic N, A, B and C/ });
    await t.throwsAsync(openNetwork(card, weights, backend, { provider: 'cuda' }), { message: /runs on the CPU/ });
  } finally {
    await backend.dispose();
  }
  await t.throwsAsync(openNetwork(card, weights, inlineBackend()), { message: /at least one worker/ });
});

onWebGpu('networks of blocks are refused with the way out', async (t, gpu) => {
  const { card, weights } = network('blocks');
  await t.throwsAsync(openNetwork(card, weights, gpu), { message: /run on the CPU only.*--backend cpu/s });
});

test('the trial of a new model runs it, its memory is planned, and without learned variance it has none', async (t) => {
  const { card, weights } = network('blocks');
  const backend = createBackend({ workers: 2 });
  try {
    const trials = await tryModel(card, weights, backend);
    t.deepEqual(
      trials.map(({ sigma }) => sigma),
      [0.1, 2, 10],
    );
    const volume = space(['inline', 'crossline', 'time'], [50, 60, 70]);
    const [small, large] = [1, 4].map((workers) => networkMemory(card, volume, workers).items[0].bytes);
    t.true(small > 6 * bytesOf(volume) && large > small);
    const prior = await openNetwork(card, weights, backend);
    t.true(hasVariance(prior));
    await prior.dispose();
  } finally {
    await backend.dispose();
  }
});
