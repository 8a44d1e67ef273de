import test, { type ExecutionContext } from 'ava';
import type { Backend, Field } from '../../compute/backend.js';
import { sizeOf, space, type Space } from '../../core/space.js';
import { parseCard, type Card } from '../../models/card/card.js';
import { loadModel, openNetwork, networkPrior, type DenoiseOptions, type Prior } from '../../models/index.js';
import { encodeModel, type NodeDescription, type TensorDescription } from '../../models/fit/onnx/model.js';
import { createBackend, zoo } from '../../src/node.js';
import { testArray } from '../support/backends.js';
import { onWebGpu } from '../support/every-backend.js';
import { floatsOf, golden } from '../support/golden.js';
import { cardJson, network, type NetworkName } from '../support/networks.js';

/* vjp of networks is the transpose of the derivative of what `denoise` gives: by closed forms, differences, and PyTorch's autograd. */

const workers = createBackend({ workers: 1 });
test.after.always(() => workers.dispose());

/** On the CPU, and on the GPU. */
function onBoth(title: string, body: (t: ExecutionContext, backend: Backend) => Promise<void>): void {
  test.serial(`cpu: ${title}`, (t) => body(t, workers));
  onWebGpu(title, body);
}

const images = (shape: readonly number[], complex: boolean): Space => space(['slice', 'y', 'x'], shape, complex ? 'complex64' : 'float32');

async function written(backend: Backend, of: Space, data: Float32Array): Promise<Field> {
  const field = backend.field(of);
  await backend.write(field, data);
  return field;
}
const randomIn = (backend: Backend, of: Space, seed: number): Promise<Field> =>
  written(backend, of, testArray(sizeOf(of) * (of.dtype === 'complex64' ? 2 : 1), seed));

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, v, i) => sum + v * b[i], 0);
const length = (a: Float32Array): number => Math.sqrt(dot(a, a));
const distance = (a: Float32Array, b: Float32Array): number => length(a.map((v, i) => v - b[i])) / length(b);

/** ⟨u, (D(x + hv) − D(x − hv))/2h⟩ and ⟨Jᴴu, v⟩, over ‖u‖‖v‖. */
async function bothSides(backend: Backend, prior: Prior, of: Space, sigma: number, step: number, options: DenoiseOptions = {}) {
  const [x, u, v] = await Promise.all([1, 2, 3].map((seed) => randomIn(backend, of, seed)));
  const [moved, before, back] = [backend.field(of), backend.field(of), backend.field(of)];
  backend.lincomb(moved, [1, x], [step, v]);
  prior.denoise(moved, sigma, moved, options);
  backend.lincomb(before, [1, x], [-step, v]);
  prior.denoise(before, sigma, before, options);
  backend.lincomb(moved, [0.5 / step, moved], [-0.5 / step, before]);
  prior.vjp!(x, sigma, u, back, options);
  const [Jv, Ju, vs, us] = await Promise.all([moved, back, v, u].map((field) => backend.read(field)));
  backend.lincomb(moved, [1, u]);
  prior.vjp!(x, sigma, moved, moved, options);
  const inPlace = await backend.read(moved);
  for (const field of [x, u, v, moved, before, back]) field.dispose();
  const scale = length(us) * length(vs);
  return { left: dot(us, Jv) / scale, right: dot(Ju, vs) / scale, product: Ju, inPlace };
}

const CLOSED: readonly { readonly name: NetworkName; readonly complex: boolean; readonly sigma: number; readonly phase?: number }[] = [
  { name: 'real', complex: false, sigma: 0.7 },
  { name: 'complex', complex: true, sigma: 0.7, phase: 1.1 },
  { name: 'complex', complex: false, sigma: 0.7 },
  { name: 'complex-edge', complex: true, sigma: 0.7 },
  { name: 'learned-variance', complex: true, sigma: 0.3, phase: 0.4 },
  { name: 'whole-steps', complex: true, sigma: 0.5 },
  { name: 'guided', complex: false, sigma: 0.7 },
  { name: 'guided-complex', complex: true, sigma: 0.7, phase: 2 },
];

for (const { name, complex, sigma, phase } of CLOSED) {
  onBoth(`⟨u, Jv⟩ = ⟨Jᴴu, v⟩ of '${name}'${complex ? ', complex' : ''}, odd sides padded`, async (t, backend) => {
    const { card, weights } = network(name);
    const of = images([5, 7, 6], complex);
    const prior = await networkPrior(card, weights, backend, { batch: 2, derivative: true });
    const guide = await Promise.all(Array.from({ length: card.guide?.planes ?? 0 }, (_, p) => randomIn(backend, of, 20 + p)));
    // D is affine in x: differences have no rest
    const { left, right, product, inPlace } = await bothSides(backend, prior, of, sigma, 1, { phase, ...(card.guide && { guide }) });
    t.true(Math.abs(left - right) < 1e-6 && Math.abs(left) > 1e-4, `${left} ${right}`);
    t.deepEqual(inPlace, product, 'v and out may be one field');
    await prior.dispose();
    for (const plane of guide) plane.dispose();
  });
}

// ---- the zoo ----

interface Product {
  readonly sigma: number;
  readonly product: string;
}
const reference = golden<{ side: number; networks: { [name: string]: { channels: 1 | 2; levels: readonly Product[] } } }>(
  'derivative.json',
);

/** Sums of sines, as test/golden/scripts/derivative.py has them: [channel, row, column]. */
const sines = (channels: number, seed: number): Float32Array =>
  Float32Array.from({ length: channels * reference.side ** 2 }, (_, n) => {
    const column = n % reference.side;
    return 0.3 * Math.sin(n / (7 + seed)) + 0.2 * Math.sin((column * (1 + seed)) / 3) + 0.1 * Math.sin(n * (0.37 + seed));
  });
const interleaved = (planes: Float32Array, channels: number): Float32Array => {
  const plane = planes.length / channels;
  return planes.map((_, i) => planes[(i % channels) * plane + Math.floor(i / channels)]);
};

for (const [name, { channels, levels }] of Object.entries(reference.networks)) {
  onBoth(`Jᴴv of '${name}' is that of PyTorch's autograd`, async (t, backend) => {
    const { card, weights } = await loadModel(zoo(), name);
    const prior = await openNetwork(card, weights, backend, { derivative: true });
    const of = images([1, reference.side, reference.side], channels === 2);
    const [x, v] = await Promise.all([0, 1].map((seed) => written(backend, of, interleaved(sines(channels, seed), channels))));
    const out = backend.field(of);
    for (const { sigma, product } of levels) {
      prior.vjp!(x, sigma, v, out);
      const error = distance(await backend.read(out), interleaved(floatsOf(product), channels));
      t.true(error < 1e-5, `σ ${sigma}: ${error}`);
    }
    await prior.dispose();
    for (const field of [x, v, out]) field.dispose();
  });
}

for (const name of ['seismic-2d', 'ct-guided']) {
  test.serial(`⟨u, Jv⟩ = ⟨Jᴴu, v⟩ of the guided '${name}'`, async (t) => {
    const backend = workers;
    const { card, weights } = await loadModel(zoo(), name);
    const prior = await openNetwork(card, weights, backend, { derivative: true });
    const of = images([1, 29, 37], false);
    const guide = await Promise.all(Array.from({ length: card.guide!.planes }, (_, p) => randomIn(backend, of, 20 + p)));
    const { left, right } = await bothSides(backend, prior, of, 0.5, 2e-3, { guide });
    t.true(Math.abs(left - right) < 2e-3 * Math.abs(left) + 1e-5, `${left} ${right}`);
    await prior.dispose();
  });
}

test.serial('the same bits for every number of workers and every batch', async (t) => {
  const { card, weights } = await loadModel(zoo(), 'ct');
  const of = images([19, 18, 32], false);
  let first: Float32Array | undefined;
  for (const [count, batch] of [
    [1, 1],
    [2, 5],
  ]) {
    const backend = createBackend({ workers: count });
    const prior = await networkPrior(card, weights, backend, { batch, derivative: true });
    const [x, v] = await Promise.all([1, 2].map((seed) => randomIn(backend, of, seed)));
    prior.vjp!(x, 0.3, v, v);
    const product = await backend.read(v);
    first ??= product;
    t.deepEqual(product, first);
    await backend.dispose();
  }
});

test.serial('without being asked for, a network has no derivative; what has none is refused by name', async (t) => {
  const open = async (name: string, derivative: boolean): Promise<Prior> => {
    const { card, weights } = await loadModel(zoo(), name);
    return openNetwork(card, weights, workers, { derivative });
  };
  t.is((await open('ct', false)).vjp, undefined);
  await t.throwsAsync(open('ct-fast', true), { code: 'MODEL', message: /8-bit layers.*use the float network.*'ct'/i });
  await t.throwsAsync(open('seismic-3d', true), { code: 'MODEL', message: /three-dimensional blocks.*derivative/ });
  const { card, weights } = network('no-gpu');
  await t.throwsAsync(openNetwork(card, weights, workers, { derivative: true }), {
    code: 'MODEL',
    message: /have none here: Hardmax; expected/,
  });
});

// ---- operation by operation ----

interface Graph {
  readonly nodes: readonly (readonly [type: string, inputs: readonly string[], attributes?: NodeDescription['attributes']])[];
  /** Of differences: where there are kinks it is short. */
  readonly step?: number;
  readonly constants?: { readonly [name: string]: readonly [shape: readonly number[], values?: readonly number[]] };
}

/** x [N, 2, H, W] → f likewise; the output of node k is named k. Constants without values are random, those of whole numbers are int64. */
const GRAPHS: { readonly [what: string]: Graph } = {
  'Sub, Div by what hangs on x, Neg': {
    nodes: [
      ['Mul', ['x', 'x']],
      ['Add', ['0', 'one']],
      ['Div', ['x', '1']],
      ['Neg', ['2']],
      ['Sub', ['3', 'x']],
    ],
    constants: { one: [[], [1]] },
  },
  'Tanh, Exp, Log, Sqrt, Reciprocal, Pow': {
    nodes: [
      ['Tanh', ['x']], ['Exp', ['0']], ['Add', ['1', 'one']], ['Log', ['2']], ['Sqrt', ['2']], ['Reciprocal', ['4']], ['Pow', ['2', 'p']],
      ['Add', ['3', '5']], ['Add', ['7', '6']],
    ],
    constants: { one: [[], [1]], p: [[], [1.7]] },
  }, // prettier-ignore
  'Sin, Cos, Floor, Identity': {
    nodes: [
      ['Sin', ['x']], ['Cos', ['x']], ['Mul', ['0', '1']], ['Mul', ['x', 'small']], ['Add', ['3', 'half']], ['Floor', ['4']],
      ['Add', ['2', '5']], ['Identity', ['6']],
    ],
    constants: { small: [[], [0.01]], half: [[], [0.5]] },
  }, // prettier-ignore
  'LeakyRelu, Relu': {
    step: 1e-4,
    nodes: [
      ['LeakyRelu', ['x'], { alpha: { float: 0.2 } }],
      ['Relu', ['x']],
      ['Add', ['0', '1']],
    ],
  },
  'broadcast sums: a mean of each plane times x, planes of their own weight': {
    nodes: [
      ['ReduceMean', ['x', 'hw'], { keepdims: 1 }], ['Sigmoid', ['0']], ['Mul', ['x', '1']], ['Mul', ['2', 'w']],
      ['ReduceSum', ['x', 'c'], { keepdims: 0 }], ['Unsqueeze', ['4', 'c']], ['Add', ['3', '5']],
    ],
    constants: { hw: [[2], [2, 3]], c: [[1], [1]], w: [[2, 1, 1]] },
  }, // prettier-ignore
  'Conv with stride 1, dilated, padded unevenly': {
    nodes: [['Conv', ['x', 'w', 'b'], { dilations: [2, 1], pads: [1, 2, 3, 0] }]],
    constants: { w: [[2, 2, 3, 3]], b: [[2]] },
  },
  'Conv in groups': { nodes: [['Conv', ['x', 'w'], { group: 2, pads: [1, 1, 1, 1] }]], constants: { w: [[2, 1, 3, 3]] } },
  'Conv with stride 2 of an odd kernel, and ConvTranspose': {
    nodes: [
      ['Conv', ['x', 'w'], { strides: [2, 2], pads: [1, 1, 1, 1] }],
      ['ConvTranspose', ['0', 'v'], { strides: [2, 2] }],
    ],
    constants: { w: [[3, 2, 3, 3]], v: [[3, 2, 2, 2]] },
  },
  'DepthToSpace (DCR, CRD) and SpaceToDepth': {
    nodes: [
      ['SpaceToDepth', ['x'], { blocksize: 2 }], ['Mul', ['0', 'w']], ['DepthToSpace', ['1'], { blocksize: 2, mode: 'DCR' }],
      ['DepthToSpace', ['1'], { blocksize: 2, mode: 'CRD' }], ['Add', ['2', '3']],
    ],
    constants: { w: [[8, 1, 1]] },
  }, // prettier-ignore
  'Concat, Split with a part unused, Pad, Transpose': {
    nodes: [
      ['Concat', ['x', 'x'], { axis: 1 }], ['Mul', ['0', 'w']], ['Pad', ['1', 'pads']], ['Transpose', ['2'], { perm: [0, 1, 3, 2] }],
      ['Transpose', ['3'], { perm: [0, 1, 3, 2] }], ['Slice two', ['4', 'sizes']],
    ],
    constants: { w: [[4, 1, 1]], pads: [[8], [0, 1, 0, 0, 0, 1, 0, 0]], sizes: [[2], [4, 2]] },
  }, // prettier-ignore
  'Softmax over planes, Gather of planes': {
    nodes: [
      ['Softmax', ['x'], { axis: 1 }],
      ['Gather', ['0', 'order'], { axis: 1 }],
      ['Mul', ['1', 'w']],
    ],
    constants: { order: [[2], [1, 1]], w: [[2, 1, 1]] },
  },
};

function modelOf({ nodes, constants = {} }: Graph): Uint8Array {
  const last = nodes.length - 1;
  const tensors = Object.entries(constants).map(([name, [shape, values]], i): TensorDescription => {
    const count = shape.reduce((n, side) => n * side, 1);
    if (!values) return { name, shape, values: testArray(count, 40 + i) };
    return { name, shape, values: shape.length === 0 ? Float32Array.from(values) : values };
  });
  const described = nodes.map(([type, inputs, attributes], i): NodeDescription => {
    const output = i === last ? 'y' : `${i}`;
    // of the planes of a split the first are not looked at
    return type === 'Slice two'
      ? { type: 'Split', inputs, outputs: ['rest', output], attributes: { axis: 1 } }
      : { type, inputs, outputs: [output], attributes };
  });
  // the noise level must be of some use to a network of a card
  const noise: NodeDescription[] = [
    { type: 'Unsqueeze', inputs: ['t', 'chw'], outputs: ['level'] },
    { type: 'Add', inputs: ['y', 'level'], outputs: ['f'] },
  ];
  return encodeModel({
    name: 'operations',
    nodes: [...described, ...noise],
    constants: [...tensors, { name: 'chw', shape: [3], values: [1, 2, 3] }],
    inputs: [
      { name: 'x', shape: ['N', 2, 'H', 'W'] },
      { name: 't', shape: ['N'] },
    ],
    outputs: [{ name: 'f', shape: ['N', 2, 'H', 'W'] }],
  });
}

for (const [what, graph] of Object.entries(GRAPHS)) {
  test.serial(`the rule is the transpose of differences: ${what}`, async (t) => {
    const { closedForm: _, ...json } = cardJson('complex') as { closedForm: unknown } & object;
    const card: Card = parseCard({ ...json, sizeMultiple: 4 }, 'operations');
    const prior = await networkPrior(card, modelOf(graph), workers, { derivative: true });
    const { left, right } = await bothSides(workers, prior, images([2, 8, 12], true), 0.4, graph.step ?? 1e-2);
    t.true(Math.abs(left - right) < 2e-3 * Math.abs(left) + 2e-5 && Math.abs(left) > 1e-4, `${left} ${right}`);
    await prior.dispose();
  });
}
