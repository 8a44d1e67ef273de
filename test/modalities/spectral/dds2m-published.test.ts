import test from 'ava';
import { createBackend } from '../../../src/node.js';
import { maskDecomposition, type Decomposition } from '../../../operators/decomposition.js';
import { reductionMatrix } from '../../../operators/sampling/reduction/kernels.js';
import { separableDecomposition } from '../../../operators/sampling/reduction/separable.js';
import { Graph } from '../../../models/fit/index.js';
import { ddrmStep, drawnStart, plainSteps, signalShares } from '../../../src/modalities/spectral/dds2m/published/ddrm.js';
import {
  networkSides,
  publishedCube,
  PUBLISHED_SHAPE,
  type PublishedShape,
} from '../../../src/modalities/spectral/dds2m/published/network.js';
import { definePublished, publishedSample, type Given } from '../../../src/modalities/spectral/dds2m/published/sample.js';
import { publishedProblem, restoredAsPublished } from '../../../src/modalities/spectral/dds2m/published/method.js';
import type { SolverState } from '../../../src/solvers/solver.js';
import { simulateSpectral } from '../../../src/modalities/spectral/simulation/simulate.js';
import { reconstruct, type ReconstructOptions } from '../../../src/index.js';
import { smallCube } from '../../support/cube.js';
import { golden } from '../../support/golden.js';
import { centred, hashed } from '../../support/hashed.js';

interface Reference {
  readonly size: readonly [number, number, number];
  readonly steps: number;
  readonly eta: number;
  readonly shape: PublishedShape;
  readonly sides: readonly number[];
  readonly parameters: number;
  readonly losses: readonly number[];
  readonly average: readonly number[];
}

const reference = golden<Reference>('dds2m-published.json');

/** Weights as the reference has them: uniform within the bound that the parameter starts from. */
function weights(): Float32Array {
  const { graph } = definePublished(reference.size, reference.shape);
  const out = new Float32Array(graph.size);
  graph.parameters.forEach(({ shape, offset, initial }, n) => {
    const draws = centred(
      shape.reduce((product, side) => product * side, 1),
      100 + n,
    );
    out.set(
      initial(shape, () => draws.map((value) => 2 * value)),
      offset,
    );
  });
  return out;
}

test('losses of the first 20 steps are those of PyTorch in float64, with the same weights and noise', async (t) => {
  const { size, shape, steps, eta, losses, sides } = reference;
  const count = size.reduce((product, side) => product * side, 1);
  t.deepEqual(networkSides(size.slice(1), shape), sides);
  const parameters = weights();
  t.is(parameters.length, reference.parameters);
  const zeros = (): Float32Array => new Float32Array(parameters.length);
  const y = Float32Array.from(centred(count, 3), (value) => 1.6 * value);
  const mask = Float32Array.from(hashed(count, 4), (value) => Number(value < 0.5));
  const decomposition = maskDecomposition(mask);
  const given: Given = {
    map: Float32Array.from(centred(sides[0] * sides[1], 1)),
    spectrum: Float32Array.from(centred(size[0], 2)),
    state: { step: 0, parameters, mean: zeros(), square: zeros() },
    noise: (step) => Float32Array.from(centred(count, 1000 + (step === 'start' ? 0 : step)), (value) => Math.sqrt(12) * value),
  };
  const found: number[] = [];
  const stop = new AbortController();
  const backend = createBackend({ workers: 1 });
  const onStep = (step: number, of: number, loss: number): void => {
    t.is(of, steps / 2 + 1);
    found.push(loss);
    if (step === losses.length) stop.abort();
  };
  const problem = { size, decomposition, measured: decomposition.ofData(y), noise: new Float32Array(count).fill(0.2) };
  const options = { backend, seed: 0, steps, eta, shape, given, onStep, signal: stop.signal };
  await t.throwsAsync(publishedSample(problem, options), { code: 'ABORTED' });
  await backend.dispose();
  const error = Math.max(...losses.map((loss, n) => Math.abs(found[n] / loss - 1)));
  t.log(`largest difference ${error.toExponential(1)}`);
  t.is(found.length, losses.length);
  t.true(error < 1e-3);
});

test('a network of a map has the published 2.59 million parameters, without the biases that a norm takes away', (t) => {
  const graph = new Graph('one');
  const sides = networkSides([64, 90], PUBLISHED_SHAPE);
  t.deepEqual(sides, [128, 128]);
  const [map, spectrum] = [graph.input('map', [1, 1, ...sides]), graph.input('spectrum', [181, 1])];
  t.deepEqual(publishedCube(graph, { map, spectrum }, [64, 90], { ...PUBLISHED_SHAPE, rank: 1 }).shape, [181, 64 * 90]);
  const perceptron = 181 * 128 + 128 + (128 * 256 + 256) + (256 * 256 + 256) + (256 * 128 + 128) + 128 * 181 + 181;
  // at every scale two convolutions down, two up, and the skips have a bias there
  const biases = 4 * (16 + 32 + 64 + 3 * 128) + 4 * 4;
  t.is(Math.round((graph.size - perceptron + biases) / 1e4), 259);
});

/** Small problems whose operators mask, and reduce 7 × 6 pixels to 4 × 3 (a kernel with small and with no singular values). */
const problems = (): { name: string; decomposition: Decomposition; count: number; data: number }[] => {
  const mask = Float32Array.from(hashed(84, 7), (value) => Number(value < 0.4));
  const separable = {
    rows: reductionMatrix(7, 2, { type: 'gaussian', std: 1.5 }),
    columns: reductionMatrix(6, 2, { type: 'bicubic' }),
  };
  return [
    { name: 'mask', decomposition: maskDecomposition(mask), count: 84, data: 84 },
    { name: 'reduction', decomposition: separableDecomposition(2, separable), count: 84, data: 24 },
  ];
};

const far = (a: ArrayLike<number>, b: ArrayLike<number>): number => Math.max(...Array.from(a, (value, n) => Math.abs(value - b[n])));

for (const { name, decomposition, count, data } of problems()) {
  const measured = decomposition.ofData(Float32Array.from(centred(data, 1)));
  const levels = Float32Array.from({ length: data }, (_, n) => 0.15 + 0.1 * (n % 3));
  const problem = { decomposition, measured, noise: levels };
  const none = new Float32Array(count);

  test(`${name}: steps without networks drawn at once have mean and variance of the steps one by one`, (t) => {
    const [steps, eta] = [60, 0.8];
    const alphas = signalShares(steps);
    const half = 20;
    const shares = Array.from({ length: steps - 1 - half }, (_, n) => alphas[steps - 1 - n]);
    // x → √ᾱ' (…) is linear in x, in the data and in its noise, and coefficients do not mix: unit responses say all
    const run = (noiseAt: number, draw: ArrayLike<number>, withData: boolean): Float32Array => {
      const given = withData ? problem : { ...problem, measured: new Float32Array(data) };
      const largest = Math.sqrt((1 - shares[0]) / shares[0]);
      const { singular, coefficients, image } = decomposition;
      const first = Float32Array.from(noiseAt === 0 ? draw : none);
      const start = coefficients(first);
      for (let n = 0; n < data; n++) {
        const seen = singular[n] > 0 && singular[n] * largest > levels[n];
        const drawn = start[n];
        start[n] = 0;
        if (!seen) continue;
        const ratio = levels[n] / singular[n] / largest;
        start[n] = given.measured[n] / singular[n] / largest + (Math.sqrt(1 - ratio * ratio) - 1) * drawn;
      }
      const moved = image(start);
      let x: Float32Array = first.map((value, n) => value + moved[n]);
      shares.forEach((alpha, n) => {
        x = ddrmStep(given, x, x, { alpha, next: alphas[steps - 2 - n], eta }, noiseAt === n + 1 ? draw : none);
      });
      return x;
    };
    const mean = run(-1, none, true);
    t.true(far(drawnStart(problem, shares, alphas[half], eta, none), mean) < 2e-5);
    // of a draw d: Σ over the steps of (response)² per coefficient, against that of drawnStart
    const draw = Float32Array.from(centred(count, 5));
    const response = drawnStart({ ...problem, measured: new Float32Array(data) }, shares, alphas[half], eta, draw);
    const each = Array.from({ length: shares.length + 1 }, (_, n) => run(n, draw, false));
    const own = decomposition.coefficients(draw);
    const [sum, once] = [new Float64Array(data), decomposition.coefficients(response)];
    for (const one of each) decomposition.coefficients(one).forEach((value, n) => (sum[n] += value * value));
    for (let n = 0; n < data; n++) {
      if (Math.abs(own[n]) < 1e-3) continue;
      t.true(Math.abs(Math.sqrt(sum[n]) / Math.abs(once[n]) - 1) < 1e-4);
    }
    const rest = (x: Float32Array): number => {
      const seen = decomposition.image(decomposition.coefficients(x));
      return x.reduce((total, value, n) => total + (value - seen[n]) ** 2, 0);
    };
    const unseen = each.reduce((total, one) => total + rest(one), 0);
    t.true(Math.abs(unseen / rest(response) - 1) < 1e-4);
  });

  test(`${name}: a run with a Gaussian's denoiser is its closed recursion`, (t) => {
    // x₀ ~ N(μ, k), k of a known spectrum in the operator's own basis: E[x₀ | x_t] = μ + k √ᾱ/(k ᾱ + 1 − ᾱ) (x_t − √ᾱ μ)
    const { singular, coefficients, image } = decomposition;
    const variance = (n: number): number => 0.2 + 0.05 * (n % 4);
    const unseenVariance = 0.3;
    const mu = Float32Array.from(centred(count, 6));
    const eta = 0.7;
    const gain = (k: number, alpha: number): number => (k * Math.sqrt(alpha)) / (k * alpha + 1 - alpha);
    const denoise = (x: Float32Array, alpha: number): Float32Array => {
      const centredX = x.map((value, n) => value - Math.sqrt(alpha) * mu[n]);
      const c = coefficients(centredX);
      const seen = image(c);
      const other = image(c.map((value, n) => (singular[n] > 0 ? gain(variance(n), alpha) * value : 0)));
      return mu.map((value, n) => value + other[n] + gain(unseenVariance, alpha) * (centredX[n] - seen[n]));
    };
    const alphas = signalShares(500);
    const draws = (step: number): Float32Array => Float32Array.from(centred(count, 50 + step), (value) => 3.4 * value);
    let x: Float32Array = Float32Array.from(centred(count, 8));
    // the recursion: each coefficient by itself, in float64; what the operator does not see as one
    const c = Float64Array.from(coefficients(x));
    const unseen = (values: Float32Array): Float32Array => {
      const seen = image(coefficients(values));
      return values.map((value, n) => value - seen[n]);
    };
    const m = coefficients(mu);
    const [free, freeMu] = [Float64Array.from(unseen(x)), unseen(mu)];
    const cases = new Set<string>();
    for (let step = 499; step >= 0; step -= 20) {
      const alpha = alphas[step];
      const next = step >= 20 ? alphas[step - 20] : 1;
      const noise = draws(step);
      x = ddrmStep(problem, denoise(x, alpha), x, { alpha, next, eta }, noise);
      const s1 = Math.sqrt((1 - next) / next);
      const kept = Math.sqrt(1 - eta ** 2) * s1;
      const [n1, n2] = [coefficients(noise), unseen(noise)];
      for (let n = 0; n < data; n++) {
        if (singular[n] === 0) continue;
        const ratio = levels[n] / singular[n];
        const x0 = m[n] + gain(variance(n), alpha) * (c[n] - Math.sqrt(alpha) * m[n]);
        cases.add(s1 > ratio ? 'noisier' : 'cleaner');
        const z = measured[n] / singular[n];
        c[n] = s1 > ratio ? z + Math.sqrt(s1 ** 2 - ratio ** 2) * n1[n] : x0 + (kept / ratio) * (z - x0) + eta * s1 * n1[n];
        c[n] *= Math.sqrt(next);
      }
      free.forEach((value, n) => {
        const x0 = freeMu[n] + gain(unseenVariance, alpha) * (value - Math.sqrt(alpha) * freeMu[n]);
        const e = (value - Math.sqrt(alpha) * x0) / Math.sqrt(1 - alpha);
        free[n] = Math.sqrt(next) * (x0 + kept * e + eta * s1 * n2[n]);
      });
    }
    t.deepEqual([...cases].sort(), ['cleaner', 'noisier']);
    const seen = image(Float32Array.from(c, (value, n) => (singular[n] > 0 ? value : 0)));
    t.true(
      far(
        x,
        seen.map((value, n) => value + free[n]),
      ) < 5e-5,
    );
  });
}

test('nothing of the data is in entries that were not measured before the networks begin', (t) => {
  const shares = Array.from(signalShares(3000)).reverse().slice(0, 1498);
  t.is(plainSteps(0, 0, shares, 0.137, 0.95).gain, 0);
  // measured ones are the data and fresh noise: nothing of what was drawn before
  const alpha = 0.137;
  const { gain, variance } = plainSteps(1, 0.2, shares, alpha, 0.95);
  t.true(Math.abs(gain - Math.sqrt(alpha)) < 1e-12);
  t.true(Math.abs(variance - (1 - alpha - alpha * 0.04)) < 1e-12);
});

const SMALL: PublishedShape = {
  ...PUBLISHED_SHAPE,
  rank: 2,
  channels: [4, 8],
  kernels: [5, 3],
  skips: [0, 4],
  attention: [1],
  hidden: [8, 8],
};

test('entries that were not measured are not looked at, whatever the sides; every step is told', async (t) => {
  const scan = simulateSpectral(smallCube([6, 13, 17]), { missing: 0.5, noiseStd: 0.1, seed: 2 });
  const mask = scan.arrays!.mask.data;
  const backend = createBackend({ workers: 1 });
  const told: number[] = [];
  const progress = (_: string, done: number, total: number): void => {
    t.is(total, 16);
    told.push(done);
  };
  const found = await restoredAsPublished(scan, { backend, progress }, { shape: SMALL, steps: 30 });
  t.deepEqual(
    told,
    Array.from({ length: 16 }, (_, n) => n + 1),
  );
  const other = { ...scan, data: scan.data.map((value, n) => (mask[n] === 1 ? value : 1e5)) };
  const again = await restoredAsPublished(other, { backend }, { shape: SMALL, steps: 30 });
  t.deepEqual(again.data, found.data);
  t.notDeepEqual((await restoredAsPublished(scan, { backend, seed: 1 }, { shape: SMALL, steps: 30 })).data, found.data);
  t.like(found.found, { steps: 30, eta: 0.95, rank: 2 });
  await backend.dispose();
});

test('compat leaves no other option open, and knows no other name', async (t) => {
  const scan = simulateSpectral(smallCube([6, 13, 17]), { noiseStd: 0.1 });
  const backend = createBackend({ workers: 1 });
  const run = (methodOptions: object): Promise<unknown> =>
    reconstruct(scan, { method: 'dds2m', methodOptions, backend } as ReconstructOptions).result();
  for (const other of [{ rank: 10 }, { networks: 2 }, { steps: 250 }, { learningRate: 5e-4 }]) {
    const error = await t.throwsAsync(run({ compat: 'published', ...other }), { code: 'ARGUMENT' });
    t.true(error.message.includes('leaves no option open'));
  }
  await t.throwsAsync(run({ compat: 'ours' }), { code: 'ARGUMENT' });
  await backend.dispose();
});

test('a run is aborted between two steps', async (t) => {
  const scan = simulateSpectral(smallCube([6, 13, 17]), { noiseStd: 0.1 });
  const backend = createBackend({ workers: 1 });
  const stop = new AbortController();
  const steps: number[] = [];
  const progress = (_: string, done: number): void => {
    steps.push(done);
    if (done === 2) stop.abort();
  };
  const run = restoredAsPublished(scan, { backend, signal: stop.signal, progress }, { shape: SMALL, steps: 30 });
  await t.throwsAsync(run, { code: 'ABORTED' });
  t.deepEqual(steps, [1, 2]);
  await backend.dispose();
});

test('a run that was stopped goes on from its state and ends with the same bits', async (t) => {
  const scan = simulateSpectral(smallCube([6, 13, 17]), { missing: 0.5, noiseStd: 0.1, seed: 3 });
  const backend = createBackend({ workers: 1 });
  const whole = await restoredAsPublished(scan, { backend }, { shape: SMALL, steps: 24 });
  const stop = new AbortController();
  const told: number[] = [];
  const states: SolverState[] = [];
  const progress = (_: string, done: number): void => {
    told.push(done);
    if (done === 5) stop.abort();
  };
  const after = async (state: () => Promise<SolverState>): Promise<void> => {
    if (stop.signal.aborted) states.push(await state());
  };
  const stopped = restoredAsPublished(scan, { backend, signal: stop.signal, progress, kept: { after } }, { shape: SMALL, steps: 24 });
  await t.throwsAsync(stopped, { code: 'ABORTED' });
  t.deepEqual(
    states.map(({ step }) => step),
    [5],
  );
  const kept = { from: states[0], after: async () => undefined };
  const again = await restoredAsPublished(scan, { backend, kept, progress }, { shape: SMALL, steps: 24 });
  t.deepEqual(again.data, whole.data);
  t.deepEqual(again.found, whole.found);
  // 13 steps with networks, the sixth after the fifth
  t.deepEqual(told, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  await backend.dispose();
});

test('the units of the published method: bands from 0 to 1, σ₀ twice the noise in them, and back again', (t) => {
  const scan = simulateSpectral(smallCube([4, 10, 12]), { missing: 0.3, noiseStd: 0.05, seed: 3 });
  const mask = scan.arrays!.mask.data;
  const { problem, inUnits } = publishedProblem(scan);
  const back = inUnits(problem.measured.map((v) => (v + 1) / 2));
  const [zeros, ones] = [0, 1].map((v) => inUnits(new Float32Array(mask.length).fill(v)));
  mask.forEach((one, n) => {
    const span = ones[n] - zeros[n];
    if (one === 1) t.true(Math.abs(back[n] - scan.data[n]) < 1e-5 * span, `entry ${n}`);
    // σ of x from 0 to 1 is σ / span; the data are 2x − 1, whose noise is twice that
    const std = scan.arrays!.noise.data[Math.floor(n / 120)];
    t.true(Math.abs((problem.noise[n] * span) / 2 - std) < 1e-5 * std, `noise ${n}`);
  });
  const exact = publishedProblem({ ...scan, noise: { type: 'none' }, arrays: { mask: scan.arrays!.mask } });
  t.true(exact.problem.noise.every((std) => std === 0));
});

test('all entries measured: the settings of denoising, as many steps as were asked for, and numbers without noise too', async (t) => {
  const whole = simulateSpectral(smallCube([4, 10, 12]), { noiseStd: 0.05, seed: 3 });
  const backend = createBackend({ workers: 1 });
  try {
    const shape = { ...reference.shape, rank: 2 };
    const scans = [whole, { ...whole, noise: { type: 'none' }, arrays: { mask: whole.arrays!.mask } } as const];
    for (const scan of scans) {
      const { data, found } = await restoredAsPublished(scan, { backend, seed: 1 }, { shape, steps: 8 });
      t.like(found, { eta: 1, steps: 8 });
      t.true(data.every(Number.isFinite));
    }
  } finally {
    await backend.dispose();
  }
});
