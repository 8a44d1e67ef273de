import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import type { Backend } from '../../compute/backend.js';
import { sliceSize, space, type Space } from '../../core/space.js';
import {
  blockPrior,
  functionPrior,
  gaussianPrior,
  identityPrior,
  loadModel,
  mixturePrior,
  openNetwork,
  parseCard,
  superpositionPrior,
  totalVariationPrior,
  type Prior,
} from '../../models/index.js';
import { matrixOperator } from '../../operators/algebra/matrix.js';
import { zoo } from '../../src/node.js';
import { onWebGpu } from '../support/every-backend.js';
import { network, type NetworkName } from '../support/networks.js';
import { backendsAgree, priorChecks, type PriorUnderTest } from '../support/prior-checks.js';
import { sources, unregistered } from '../support/unregistered.js';

/* Every prior there is: those that need no weights, those of functions and blocks, networks of test/golden, and the models of the zoo. */

/** Coefficients of an orthonormal basis (of pixels turned in pairs) whose variances differ. */
async function gaussian(backend: Backend, images: Space): Promise<Prior> {
  const n = sliceSize(images);
  const real = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const pair = i ^ 1;
    real[i * n + i] = i % 2 ? -0.6 : 0.6;
    if (pair < n) real[i * n + pair] = 0.8;
  }
  const basis = matrixOperator({ rows: n, columns: n, real }, space(['slice', 'mode'], [images.shape[0], n]), backend, images);
  const prior = await gaussianPrior(
    basis,
    Float64Array.from({ length: n }, (_, k) => 0.3 / (1 + k)),
    new Float32Array(n).fill(0.4),
  );
  const dispose = async (): Promise<void> => {
    await prior.dispose();
    basis.dispose();
  };
  return { ...prior, dispose };
}

const range = { unit: 'arbitrary', low: 0, high: 1 };
const shrinks = (sigma: [number, number]): Prior =>
  functionPrior({ name: 'shrinks', range, sigma, denoise: (images, _, level) => images.map((v) => v / (1 + level * level)) });
const real = { dtype: 'float32', size: [6, 8] } as const;

/** By the name of the function that makes them. */
const made: { readonly [name: string]: PriorUnderTest } = {
  gaussianPrior: { ...real, make: gaussian },
  identityPrior: { ...real, make: () => identityPrior() },
  totalVariationPrior: { ...real, make: (backend, images) => totalVariationPrior(backend, images, { iterations: 4 }) },
  functionPrior: {
    ...real,
    dtype: 'complex64',
    make: () =>
      functionPrior({
        ...{ name: 'shrinks', range, sigma: [0.01, 2] },
        denoise: async (images, _, sigma) => images.map((v) => v / (1 + sigma * sigma)),
      }),
  },
  mixturePrior: {
    ...real,
    make: (_, images) => {
      const n = sliceSize(images);
      const component = (weight: number, mean: number) => ({
        weight,
        mean: new Float64Array(n).fill(mean),
        variances: Float64Array.from({ length: n }, (__, k) => 0.3 / (1 + k)),
      });
      return mixturePrior([component(1, 0.2), component(2, 0.7)], images);
    },
  },
  superpositionPrior: {
    ...real,
    make: (backend, images) => superpositionPrior('or', [shrinks([0.01, 2]), totalVariationPrior(backend, images, { iterations: 4 })]),
  },
  blockPrior: {
    ...real,
    make: () =>
      blockPrior({
        ...{ name: 'shrinks blocks', range, sigma: [0.01, 2], tiling: { shape: [2, 4, 4], overlap: [1, 1, 2] }, lanes: 2, variance: false },
        denoise: (x, sigma) => ({ denoised: x.map((v) => v / (1 + sigma * sigma)) }),
      }),
  },
};

const ofNetwork = (name: NetworkName, dtype: Space['dtype']): PriorUnderTest => {
  const { card, weights } = network(name);
  return { dtype, size: [6, 7], cpuOnly: card.block !== undefined, make: (backend) => openNetwork(card, weights, backend) };
};
const networks: { readonly [name: string]: PriorUnderTest } = {
  'a real network': ofNetwork('real', 'float32'),
  'a complex network': ofNetwork('complex', 'complex64'),
  'a guided network': ofNetwork('guided', 'float32'),
  'a network of blocks': ofNetwork('blocks', 'float32'),
};

const ZOO = 'models/zoo';
const cards = readdirSync(ZOO)
  .filter((file) => file.endsWith('.json'))
  .map((file) => parseCard(JSON.parse(readFileSync(`${ZOO}/${file}`, 'utf8')), file));
const models: { readonly [name: string]: PriorUnderTest } = Object.fromEntries(
  cards.map(({ name, channels, sizeMultiple, block, precision }) => [
    `the model ${name}`,
    {
      dtype: channels === 2 ? 'complex64' : 'float32',
      size: [2 * sizeMultiple, sizeMultiple],
      cpuOnly: block !== undefined || precision === 'int8',
      make: async (backend) => {
        const { card, weights } = await loadModel(zoo(), name);
        return openNetwork(card, weights, backend);
      },
    } satisfies PriorUnderTest,
  ]),
);

for (const [name, under] of Object.entries({ ...made, ...networks, ...models })) {
  for (const [property, check] of Object.entries(priorChecks)) {
    test.serial(`${property}: ${name}`, async (t) => t.notThrowsAsync(check(under)));
  }
  if (!under.cpuOnly && !(name in models)) {
    // models are compared in webgpu.test.ts, over their noise levels
    onWebGpu(`what the CPU gives: ${name}`, async (t, gpu) => {
      await t.notThrowsAsync(backendsAgree(under, gpu));
    });
  }
}

const MADE = /export (?:async )?function (\w+Prior)\(/g;

test('every prior that can be made is among these; one that is not is found', (t) => {
  // made by openNetwork, or no makers
  const others = ['webGpuNetworkPrior', 'blockNetworkPrior', 'cpuNetworkPrior', 'networkPrior', 'checkedPrior', 'beginPrior'];
  t.deepEqual(unregistered(sources('models'), MADE, [...Object.keys(made), ...others]), []);
  const planted = new Map([['models/analytic/mine.ts', 'export function medianPrior(size: number): Prior {']]);
  t.deepEqual(unregistered(planted, MADE, Object.keys(made)), ['medianPrior (models/analytic/mine.ts)']);
  t.true(Object.keys(models).length > 0);
});

// ---- priors that are wrong, each of which one check must find ----

/** x/(1 + σ²), changed. */
const shrinkage = (change: Partial<Prior> = {}): Prior => ({
  ...{ name: 'shrinkage', sigmaMin: 0, sigmaMax: Infinity, range },
  denoise: (x, sigma, out) => x.backend.lincomb(out, [1 / (1 + sigma ** 2), x]),
  bytes: () => ({ items: [] }),
  describe: () => ({ name: 'shrinkage' }),
  dispose: async () => {},
  ...change,
});
const wrong = (change: Partial<Prior>): PriorUnderTest => ({ ...real, make: () => shrinkage(change) });

/** All slices see the first value of the first. */
const mixing: Prior['denoise'] = (x, _, out) =>
  x.backend.host({ name: 'mixing', inputs: [x], outputs: [out], run: ([values]) => [values.map((v) => v + values[0])] });

let calls = 0;
const faults: readonly (readonly [what: string, property: string, under: PriorUnderTest])[] = [
  [
    'one that is another in place',
    'D gives',
    wrong({
      denoise(x, sigma, out) {
        x.backend.fill(out, 0);
        x.backend.lincomb(out, [1, out], [1 / (1 + sigma ** 2), x]);
      },
    }),
  ],
  [
    'one that changes x',
    'D gives',
    wrong({
      denoise(x, sigma, out) {
        x.backend.lincomb(x, [1 / (1 + sigma ** 2), x]);
        x.backend.lincomb(out, [1, x]);
      },
    }),
  ],
  ['one that counts its calls', 'D gives', wrong({ denoise: (x, _, out) => x.backend.lincomb(out, [1 / ++calls, x]) })],
  ['one that takes any noise', 'noise levels', wrong({ sigmaMin: 0.01, sigmaMax: 2 })],
  ['a guide that nobody asks for', 'a guided prior', wrong({ guide: { kind: 'any', planes: 1 } })],
  [
    'other bits on other threads',
    'one, two',
    wrong({ denoise: (x, _, out) => x.backend.lincomb(out, [x.backend.workers > 1 ? 0.5000001 : 0.5, x]) }),
  ],
  ['slices that mix', 'scope is', wrong({ denoise: mixing })],
  ['memory that is not given back', 'what it allocates', { ...real, make: (backend, images) => (backend.field(images), shrinkage()) }],
  ['a description of the moment', 'its description', wrong({ describe: () => ({ name: 'shrinkage', made: ++calls }) })],
];

for (const [what, property, under] of faults) {
  test(`the suite finds ${what}`, async (t) => {
    const [, check] = Object.entries(priorChecks).find(([name]) => name.startsWith(property))!;
    await t.throwsAsync(async () => check(under));
  });
}

test('the suite lets a prior pass that is right', async (t) => {
  for (const check of Object.values(priorChecks)) await t.notThrowsAsync(check(wrong({})));
});
