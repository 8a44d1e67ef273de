import test from 'ava';
import type { Backend } from '../../../compute/backend.js';
import { normals, philoxKey } from '../../../core/philox.js';
import {
  add,
  filled,
  fit,
  Fitting,
  given,
  Graph,
  multiply,
  reshape,
  scale,
  subtract,
  sum,
  sumOfSquares,
  uniform,
  type FitState,
} from '../../../models/fit/index.js';
import { createBackend } from '../../../src/node.js';
import { onWebGpu } from '../../support/every-backend.js';
import { fitGolden, goldenInputs, goldenNetwork } from '../../support/fit-network.js';

const { network } = fitGolden();
const SETTINGS = { learningRate: 0.01 };

async function losses(backend: Backend, steps: number, state?: FitState): Promise<{ losses: number[]; state: FitState }> {
  const fitting = await Fitting.open(backend, goldenNetwork(network), { ...SETTINGS, state });
  const found: number[] = [];
  for (let n = 0; n < steps; n++) found.push((await fitting.step(n === 0 ? goldenInputs(network) : {})).loss);
  const end = await fitting.state();
  await fitting.dispose();
  return { losses: found, state: end };
}

async function withWorkers<T>(workers: number, work: (backend: Backend) => Promise<T>): Promise<T> {
  const backend = createBackend({ workers });
  try {
    return await work(backend);
  } finally {
    await backend.dispose();
  }
}

const relative = (a: readonly number[], b: readonly number[]): number => Math.max(...a.map((value, n) => Math.abs(value / b[n] - 1)));

test('a network fits as in PyTorch’s float64: losses of 20 steps of Adam', async (t) => {
  const found = await withWorkers(1, (backend) => losses(backend, 20));
  const error = relative(found.losses, network.losses);
  t.log(`largest difference ${error.toExponential(1)}`);
  t.true(error < 2e-5);
  // weights drift apart where a gradient is 0 but for rounding: compared are those of the whole
  const distance = Math.hypot(...network.end.values.map((value, n) => value - found.state.parameters[n]));
  t.true(distance / Math.hypot(...network.end.values) < 1e-3);
});

test('the gradient of a whole network is PyTorch’s', async (t) => {
  // one step of Adam with ε far above the gradients is a step along the gradient
  const epsilon = 1e6;
  const found = await withWorkers(1, async (backend) => {
    const settings = { learningRate: epsilon, epsilon, firstDecay: 0, secondDecay: 0 };
    const fitting = await Fitting.open(backend, goldenNetwork(network), settings);
    const before = (await fitting.state()).parameters;
    await fitting.step(goldenInputs(network));
    const { parameters, mean } = await fitting.state();
    await fitting.dispose();
    return { moved: before.map((value, n) => value - parameters[n]), mean };
  });
  const size = Math.max(...network.gradient.values.map(Math.abs));
  const error = (values: Float32Array): number => Math.max(...network.gradient.values.map((g, n) => Math.abs(g - values[n]))) / size;
  t.true(error(found.mean) < 3e-6, `${error(found.mean)}`);
  t.true(error(found.moved) < 3e-6, `${error(found.moved)}`);
});

test('losses and parameters are the same bits for 1 and 3 workers', async (t) => {
  const [one, three] = [await withWorkers(1, (b) => losses(b, 5)), await withWorkers(3, (b) => losses(b, 5))];
  t.deepEqual(one, three);
});

test('a fit that goes on from its state ends with the bits of one that was not interrupted', async (t) => {
  await withWorkers(1, async (backend) => {
    const whole = await losses(backend, 8);
    const half = await losses(backend, 3);
    const rest = await losses(backend, 5, half.state);
    t.deepEqual([...half.losses, ...rest.losses], whole.losses);
    t.deepEqual(rest.state, whole.state);
  });
});

onWebGpu('losses of 20 steps are those of the CPU', async (t, gpu) => {
  const [cpu, there] = [await withWorkers(1, (backend) => losses(backend, 20)), await losses(gpu, 20)];
  const error = relative(there.losses, cpu.losses);
  t.log(`largest difference ${error.toExponential(1)}`);
  t.true(error < 1e-4);
  t.is(there.state.step, 20);
});

/** Adam in float64 as its paper has it, on a gradient that is known: that of Σ c (x − 1)²/2. */
function recursion(start: readonly number[], c: readonly number[], steps: number, rate: number): number[] {
  const [b1, b2] = [0.9, 0.999];
  return start.map((x, n) => {
    let [m, v] = [0, 0];
    for (let t = 1; t <= steps; t++) {
      const g = c[n] * (x - 1);
      m = b1 * m + (1 - b1) * g;
      v = b2 * v + (1 - b2) * g * g;
      x -= (rate * (m / (1 - b1 ** t))) / (Math.sqrt(v / (1 - b2 ** t)) + 1e-8);
    }
    return x;
  });
}

async function adamOn(backend: Backend, start: readonly number[], c: readonly number[], steps: number): Promise<Float32Array> {
  const graph = new Graph('squares');
  const x = graph.parameter([start.length], given(start));
  const loss = scale(sumOfSquares(subtract(x, graph.number(1)), graph.input('c', [start.length])), 0.5);
  const fitting = await Fitting.open(backend, { graph, loss: reshape(loss, []) }, { learningRate: 0.02 });
  for (let n = 0; n < steps; n++) await fitting.step(n === 0 ? { c: Float32Array.from(c) } : {});
  const { parameters } = await fitting.state();
  await fitting.dispose();
  return parameters;
}

// 7 numbers: no multiple of the kernel's four
const START = Array.from(normals(7, philoxKey(3), 0, 0, 0));
const WEIGHTS = [0.1, 1, 3, 0.5, 2, 10, 0.01];

test('Adam is its recursion in float64', async (t) => {
  const found = await withWorkers(1, (backend) => adamOn(backend, START, WEIGHTS, 50));
  recursion(START, WEIGHTS, 50, 0.02).forEach((wanted, n) => t.true(Math.abs(found[n] - wanted) < 2e-5, `${found[n]} ${wanted}`));
});

onWebGpu('Adam is its recursion in float64', async (t, gpu) => {
  const found = await adamOn(gpu, START, WEIGHTS, 50);
  recursion(START, WEIGHTS, 50, 0.02).forEach((wanted, n) => t.true(Math.abs(found[n] - wanted) < 2e-5, `${found[n]} ${wanted}`));
});

const x = Float32Array.from({ length: 9 }, (_, n) => n / 4 - 1);

test('fit finds the line through points, stops when asked to, and is the same for a seed', async (t) => {
  await withWorkers(1, async (backend) => {
    const line = (steps: number, more = {}) =>
      fit({
        backend,
        build(graph) {
          const [px, py] = [graph.input('x', [9]), graph.input('y', [9])];
          const [a, b] = [graph.parameter([1], uniform(1)), graph.parameter([1], filled(0))];
          const values = add(multiply(a, px), b);
          return { loss: sumOfSquares(subtract(values, py)), outputs: { values } };
        },
        inputs: { x, y: x.map((value) => 2 * value - 0.5) },
        steps,
        learningRate: 0.05,
        seed: 4,
        ...more,
      });
    const { state, outputs, losses: all } = await line(400);
    t.true(Math.abs(state.parameters[0] - 2) < 1e-3 && Math.abs(state.parameters[1] + 0.5) < 1e-3);
    t.true(Math.abs(outputs.values[8] - 1.5) < 1e-3);
    const stopped = await line(400, { onStep: ({ step }: { step: number }) => (step === 7 ? 'stop' : undefined) });
    t.deepEqual(stopped.losses, all.slice(0, 7));
    const resumed = await line(400, { state: stopped.state });
    t.deepEqual(resumed.state, state);
    await t.throwsAsync(line(9, { signal: AbortSignal.abort() }), { code: 'ABORTED' });
    await t.throwsAsync(line(2, { inputs: { x } }), { code: 'ARGUMENT', message: /'y'.*never given/ });
    await t.throwsAsync(line(2, { inputs: { x, y: x.subarray(1) } }), { code: 'ARGUMENT', message: /9 numbers for 'y'/ });
    await t.throwsAsync(line(2, { inputs: { x, y: x.map(() => NaN) } }), { code: 'MODEL', message: /no number any more/ });
  });
});

test('a graph without parameters, a loss that is no number, and a state of another graph are refused', async (t) => {
  await withWorkers(1, async (backend) => {
    const graph = new Graph();
    const value = graph.input('x', [3]);
    await t.throwsAsync(Fitting.open(backend, { graph, loss: sum(value) }, SETTINGS), { code: 'ARGUMENT', message: /no parameters/ });
    const w = graph.parameter([3], filled(1));
    await t.throwsAsync(Fitting.open(backend, { graph, loss: w }, SETTINGS), { code: 'ARGUMENT', message: /one number/ });
    const state: FitState = { step: 1, parameters: new Float32Array(2), mean: new Float32Array(2), square: new Float32Array(2) };
    await t.throwsAsync(Fitting.open(backend, { graph, loss: sum(w) }, { ...SETTINGS, state }), {
      code: 'ARGUMENT',
      message: /another graph/,
    });
    const [whole, short] = [new Float32Array(3), new Float32Array(0)];
    for (const part of ['mean', 'square']) {
      const torn = { step: 1, parameters: whole, mean: whole, square: whole, [part]: short };
      await t.throwsAsync(Fitting.open(backend, { graph, loss: sum(w) }, { ...SETTINGS, state: torn }), { message: /another graph/ });
    }
  });
});

test('no name of a user’s collides with one that is made, and those that would be two things are refused', async (t) => {
  await withWorkers(1, async (backend) => {
    const graph = new Graph();
    const given = ['weight_0', 'Mul_0', 'list_0', 'weight_0_flat'].map((name) => graph.input(name, [3]));
    const w = graph.parameter([3], filled(2));
    const product = given.reduce((a, b) => multiply(a, b), w);
    const fitting = await Fitting.open(backend, { graph, loss: sum(product), outputs: { constant_0: product } }, SETTINGS);
    const three = Float32Array.of(1, 2, 3);
    const { loss, outputs } = await fitting.evaluate(Object.fromEntries(graph.inputs.map(({ name }) => [name, three])));
    t.deepEqual([...outputs.constant_0], [2, 32, 162]);
    t.is(loss, 196);
    await fitting.dispose();
    for (const name of ['loss', 'gradient', 'parameters', '/Mul_0', 'Mul_0'])
      t.throws(() => graph.input(name, [1]), { code: 'ARGUMENT' }, name);
    t.throws(() => graph.encode({ Mul_0: product }), { code: 'ARGUMENT', message: /names of no input/ });
  });
});

test('constants that nothing needs are not in the file', (t) => {
  const bytes = (size: number): number => {
    const graph = new Graph();
    const unused = multiply(graph.constant(new Float32Array(size), [size]), graph.constant(new Float32Array(size), [size]));
    t.is(unused.shape[0], size);
    return graph.encode({ y: multiply(graph.input('x', [1]), graph.number(2)) }).length;
  };
  t.is(bytes(10), bytes(10_000));
});

test('weights of squares have their gradient: d Σ w r² / dw = r²', async (t) => {
  await withWorkers(1, async (backend) => {
    const graph = new Graph();
    const r = graph.input('r', [2, 3]);
    const w = graph.parameter([3], filled(5));
    // one step of Adam goes against the sign of the gradient, wherever that is not 0
    const fitting = await Fitting.open(backend, { graph, loss: sumOfSquares(r, w) }, { learningRate: 0.5 });
    await fitting.step({ r: Float32Array.of(1, 0, 2, -1, 0, 3) });
    const { parameters, mean } = await fitting.state();
    await fitting.dispose();
    t.true(Math.abs(parameters[0] - 4.5) < 1e-5 && parameters[1] === 5 && Math.abs(parameters[2] - 4.5) < 1e-5);
    // the mean of gradients after a step is a tenth of the first: 1 + 1 and 4 + 9
    t.true(Math.abs(mean[0] - 0.2) < 1e-6 && Math.abs(mean[2] - 1.3) < 1e-6);
  });
});

test('parameters stay those that the last finite loss is of', async (t) => {
  await withWorkers(1, async (backend) => {
    const graph = new Graph();
    const [x, w] = [graph.input('x', [2]), graph.parameter([2], filled(3))];
    const fitting = await Fitting.open(backend, { graph, loss: sum(multiply(x, w)) }, SETTINGS);
    await t.throwsAsync(fitting.step({ x: Float32Array.of(1, NaN) }), { code: 'MODEL' });
    const { parameters, step } = await fitting.state();
    await fitting.dispose();
    t.deepEqual([[...parameters], step], [[3, 3], 0]);
  });
});

onWebGpu('an input that was never given is an error that names it', async (t, gpu) => {
  const graph = new Graph();
  const [x, w] = [graph.input('x', [2]), graph.parameter([2], filled(3))];
  const fitting = await Fitting.open(gpu, { graph, loss: sum(multiply(x, w)) }, SETTINGS);
  await t.throwsAsync(fitting.step(), { code: 'ARGUMENT', message: /'x'.*never given/ });
  await fitting.dispose();
});
