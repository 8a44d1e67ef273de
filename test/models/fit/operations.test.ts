import test from 'ava';
import * as ort from 'onnxruntime-node';
import * as operations from '../../../models/fit/operations/index.js';
import { Graph, vectorJacobian, type Target, type Value } from '../../../models/fit/index.js';
import { onWebGpu } from '../../support/every-backend.js';
import { fitGolden, float32, type FitGolden, type Numbers } from '../../support/fit-network.js';
import { webRuntime } from '../../support/web-runtime.js';

type Case = FitGolden['operations'][number];
type Options = Readonly<Record<string, never>>;

/** Every operation as the golden file names it. */
const make: { readonly [name: string]: (x: readonly Value[], options: Options) => Value } = {
  add: ([a, b]) => operations.add(a, b),
  subtract: ([a, b]) => operations.subtract(a, b),
  multiply: ([a, b]) => operations.multiply(a, b),
  scale: ([x], { factor }) => operations.scale(x, factor),
  matmul: ([a, b]) => operations.matmul(a, b),
  reshape: ([x], { shape }) => operations.reshape(x, shape),
  transpose: ([x], { order }) => operations.transpose(x, order),
  concat: (parts, { axis }) => operations.concat(parts, axis),
  slice: ([x], { axis, from, to }) => operations.slice(x, axis, from, to),
  sum: ([x], { axes, keep }) => operations.sum(x, axes, keep),
  mean: ([x], { axes, keep }) => operations.mean(x, axes, keep),
  largest: ([x], { axes, keep }) => operations.largest(x, axes, keep),
  sumOfSquares: ([r]) => operations.sumOfSquares(r),
  relu: ([x]) => operations.relu(x),
  relu6: ([x]) => operations.relu6(x),
  leakyRelu: ([x], { slope }) => operations.leakyRelu(x, slope),
  sigmoid: ([x]) => operations.sigmoid(x),
  silu: ([x]) => operations.silu(x),
  batchNorm: ([x, factor, shift]) => operations.batchNorm(x, factor && { factor, shift }),
  instanceNorm: ([x, factor, shift]) => operations.instanceNorm(x, factor && { factor, shift }),
  padReflect: ([x], { size }) => operations.padReflect(x, size),
  meanPool: ([x]) => operations.meanPool(x),
  upsample: ([x]) => operations.upsample(x),
  convolution: ([x, w, bias], options) => operations.convolution(x, w, { ...(options as object), bias }),
  transposedConvolution: ([x, w], options) => operations.transposedConvolution(x, w, options as object),
};

const cases = fitGolden().operations;

/** The operation with Jᵀg by every input, as an ONNX file. */
function encoded({ name, options, inputs, g }: Case, target: Target): Uint8Array {
  const graph = new Graph(name);
  const x = inputs.map(({ shape }, n) => graph.input(`x${n}`, shape));
  const cotangent = graph.input('g', g.shape);
  const y = make[name](x, options);
  const found = vectorJacobian(y, cotangent, x, target);
  return graph.encode({ y, ...Object.fromEntries(found.map((gradient, n) => [`dx${n}`, gradient!])) });
}

type Runtime = Pick<typeof ort, 'InferenceSession' | 'Tensor'>;

async function largestErrors(runtime: Runtime, one: Case, provider: 'cpu' | 'webgpu'): Promise<{ [output: string]: number }> {
  const session = await runtime.InferenceSession.create(encoded(one, provider === 'cpu' ? 'cpu' : 'gpu'), {
    executionProviders: [provider],
  });
  const tensor = (numbers: Numbers): ort.Tensor => new runtime.Tensor('float32', float32(numbers), numbers.shape);
  const feeds = { g: tensor(one.g), ...Object.fromEntries(one.inputs.map((numbers, n) => [`x${n}`, tensor(numbers)])) };
  // what a linear operation's gradient does not need is no input
  const known = Object.fromEntries(Object.entries(feeds).filter(([name]) => session.inputNames.includes(name)));
  const results = await session.run(known);
  await session.release();
  const wanted: { [output: string]: Numbers } = { y: one.y };
  one.gradients.forEach((numbers, n) => (wanted[`dx${n}`] = numbers));
  return Object.fromEntries(
    Object.entries(wanted).map(([output, { values, shape }]) => {
      if (results[output].dims.join() !== shape.join()) return [output, Infinity];
      const size = Math.max(1, ...values.map(Math.abs));
      const found = results[output].data as Float32Array;
      return [output, Math.max(...values.map((value, n) => Math.abs(value - found[n]))) / size];
    }),
  );
}

test('every operation has a case', (t) => {
  t.deepEqual([...new Set(cases.map(({ name }) => name))].sort(), Object.keys(operations).sort());
});

test('values and gradients of every operation are those of central differences in float64', async (t) => {
  for (const one of cases) {
    const label = `${one.name} ${JSON.stringify(one.options)}`;
    for (const [output, error] of Object.entries(await largestErrors(ort, one, 'cpu'))) {
      t.true(error < 3e-6, `${label}, ${output}: ${error.toExponential(1)}`);
    }
  }
});

onWebGpu('values and gradients of every operation are those of central differences in float64', async (t, gpu) => {
  const runtime = (await webRuntime(gpu)) as unknown as Runtime;
  for (const one of cases) {
    const label = `${one.name} ${JSON.stringify(one.options)}`;
    for (const [output, error] of Object.entries(await largestErrors(runtime, one, 'webgpu'))) {
      t.true(error < 1e-5, `${label}, ${output}: ${error.toExponential(1)}`);
    }
  }
});
