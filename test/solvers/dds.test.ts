import test from 'ava';
import { functionPrior } from '../../models/index.js';
import { dds, type DdsOptions } from '../../src/solvers/dds.js';
import { ddsSchedule, geometricSchedule } from '../../src/solvers/schedules.js';
import { add, apply, combine, identity, inverse, relativeError, times, transpose, type Vector } from '../support/dense.js';
import {
  drawNoise,
  gaussianProblem,
  joined,
  perSlice,
  randomField,
  record,
  result,
  type GaussianProblemOptions,
} from '../support/gaussian-problem.js';
import { concat, referenceDds, slicesOf } from '../support/reference-solvers.js';

const settings = {
  steps: 12,
  sigmaMax: 3,
  sigmaMin: 0.02,
  eta: 0.85,
  innerIterations: 3,
  rho: 0.05,
  lambda: 0.004,
} as const;

interface Case {
  readonly name: string;
  readonly problem: GaussianProblemOptions;
  readonly options: Partial<DdsOptions>;
  readonly pull?: (sigma: number) => number;
}

const NOISE = 0.05;
const rule = (sigma: number) => NOISE ** 2 / ((1 - Math.sqrt(1 - 0.85 ** 2)) * sigma ** 2);
const cases: Case[] = [
  { name: '3D, replicate', problem: {}, options: {} },
  { name: '3D, periodic', problem: { slices: 4 }, options: { boundary: 'periodic' } },
  { name: '3D, complex', problem: { complex: true, rows: 3, columns: 3 }, options: {} },
  { name: '3D, mask, 2 slices', problem: { measured: 'mask', slices: 2 }, options: {} },
  { name: '3D, γ from the noise level', problem: {}, options: { gamma: 'noise' }, pull: rule },
  {
    name: '3D, complex, γ from the noise level',
    problem: { complex: true, rows: 3, columns: 3, slices: 4 },
    options: { gamma: 'noise', boundary: 'periodic' },
    pull: rule,
  },
  {
    name: '2D, complex, γ from the noise level',
    problem: { complex: true, rows: 3, columns: 4 },
    options: { mode: '2d', gamma: 'noise' },
    pull: rule,
  },
  { name: '3D, no coupling', problem: {}, options: { rho: 0 } },
  { name: '2D, normal equations', problem: {}, options: { mode: '2d' } },
  {
    name: '2D, complex, γ = 1',
    problem: { complex: true, rows: 3, columns: 4 },
    options: { mode: '2d', gamma: 1 },
    pull: () => 1,
  },
  { name: '2D, γ = 390', problem: {}, options: { mode: '2d', gamma: 390 }, pull: () => 1 / 390 },
  {
    name: '2D, VP grid',
    problem: { slices: 1 },
    options: { mode: '2d', schedule: 'vp', sigmaMax: undefined, sigmaMin: undefined },
  },
  {
    // σ_0 is 3.4 here, so that a start of that width is far from √(1 + σ_0²)
    name: '2D, VP grid of two levels',
    problem: { slices: 1 },
    options: { mode: '2d', schedule: 'vp', steps: 2, sigmaMax: undefined, sigmaMin: undefined },
  },
  { name: '3D, a tail of a quarter', problem: { slices: 4 }, options: { tail: 0.25 } },
  { name: '3D, second order', problem: {}, options: { order: 2 } },
  { name: '3D, second order, complex, a tail', problem: { complex: true, rows: 3, columns: 3 }, options: { order: 2, tail: 0.25 } },
  { name: '2D, second order, γ from the noise', problem: { slices: 2 }, options: { order: 2, mode: '2d', gamma: 'noise' }, pull: rule },
  {
    name: '2D, second order, VP grid',
    problem: { slices: 1 },
    options: { order: 2, mode: '2d', schedule: 'vp', sigmaMax: undefined, sigmaMin: undefined },
  },
  { name: '3D, less fresh noise', problem: {}, options: { temperature: 0.6 } },
  { name: '3D, second order, less fresh noise', problem: { slices: 4 }, options: { temperature: 0.3, order: 2 } },
  { name: '3D, smooth errors', problem: { rows: 3, columns: 4 }, options: { detail: 0.3 } },
  {
    name: '3D, complex, smooth errors, twice γ',
    problem: { complex: true, rows: 3, columns: 3 },
    options: { detail: 0.5, gamma: 'noise', gammaScale: 2 },
    pull: (sigma) => rule(sigma) / 2,
  },
  {
    name: '3D, complex, random phases, which an exact prior does not care about',
    problem: { complex: true, rows: 3, columns: 3 },
    options: { phase: 'random' },
  },
];

for (const { name, problem: shape, options, pull } of cases) {
  test(`every step equals a dense float64 reference with the same noise: ${name}`, async (t) => {
    const p = await gaussianProblem(shape);
    const given = { ...settings, ...options };
    const vp = given.schedule === 'vp';
    const tail = given.tail ? 3 : 1;
    const falling = geometricSchedule(13 - tail, 3, 0.02).slice(0, -2);
    const sigma = vp ? ddsSchedule(given.steps) : [...falling, ...new Array<number>(tail).fill(0.02), 0];
    const draw = async (step: number, stream: number) => concat(await drawNoise(p, { seed: 7, step, stream }));
    const width = vp ? Math.sqrt(1 + sigma[0] ** 2) : sigma[0];
    const start = add([width, await draw(0, 0)]);
    const mode = given.mode ?? '3d';
    const periodic = given.boundary === 'periodic';
    const reference = referenceDds(p, { ...given, rho: given.rho, mode, periodic, sigma, pull }, draw, start);
    const steps = await record(dds, { ...p.problem, noiseLevel: NOISE }, given);
    t.is(steps.length, sigma.length - 1);
    const last: Float64Array[] = [];
    for (const [i, { estimate, state }] of steps.entries()) {
      const wanted = (await reference.next()).value!;
      if (i >= steps.length - tail) last.push(wanted.clean);
      const mean = last.length > 0 ? add(...last.map((image) => [1 / last.length, image] as [number, Float64Array])) : wanted.clean;
      const read = (data: Float32Array) => concat(perSlice(data, p.slices, p.complex));
      t.true(relativeError(read(estimate), mean) < 1e-4, `x̂ off by ${relativeError(read(estimate), mean)}`);
      t.true(relativeError(read(state.fields.x), wanted.x) < 1e-4);
      if (state.fields.w) {
        // w = Dx + u of the sweep just done = z + u after it
        const w = add([1, wanted.z], [1, wanted.u]);
        t.true(relativeError(read(state.fields.w), w) < 1e-3);
      }
    }
  });
}

/**
 * A Gaussian prior that is shown c = ½(x₀ + μ) + noise of variance .01, so that x₀ | c is Gaussian as well: C_c = (C⁻¹ + 25)⁻¹, m = μ +
 * 50 C_c (c − μ), D(x; σ, c) = m + C_c(C_c + σ²)⁻¹(x − m). As a plain function, and in float64.
 */
async function conditional(shape: GaussianProblemOptions, start: { plane: number; noise: boolean }) {
  const p = await gaussianProblem(shape);
  const Cc = inverse(combine([1, inverse(p.C)], [25, identity(p.size)]));
  const denoise = (x: Vector, c: Vector, sigma: number): Vector => {
    const m = add([1, p.mean], [50, apply(Cc, add([1, c], [-1, p.mean]))]);
    const K = times(Cc, inverse(combine([1, Cc], [sigma ** 2, identity(p.size)])));
    return add([1, m], [1, apply(K, add([1, x], [-1, m]))]);
  };
  const prior = functionPrior({
    ...{ range: { unit: 'arbitrary', low: 0, high: 1 }, sigma: [0.02, 3] as const, complex: 'planes' as const },
    guide: { kind: 'half', planes: 1, start },
    denoise: (images, [count], sigma, { guide: [shown] }) => {
      const parts = (data: Float32Array) => slicesOf(Float64Array.from(data), count);
      const cs = parts(shown);
      return Float32Array.from(parts(images).flatMap((x, k) => [...denoise(x, cs[k], sigma)]));
    },
  });
  const plane = await randomField(p.backend, p.domain, 5);
  const c = perSlice(await p.backend.read(plane), p.slices, p.complex);
  const problem = { ...p.problem, prior, guide: [plane], initial: plane };
  const reference = (x: Vector, sigma: number) => concat(slicesOf(x, p.slices).map((v, k) => denoise(v, c[k], sigma)));
  return { p, problem, c: concat(c), reference };
}

for (const complex of [false, true]) {
  const kind = complex ? 'complex' : 'real';
  const shape = complex ? { complex, rows: 3, columns: 3 } : {};
  for (const noise of [false, true]) {
    const what = noise ? 'noised' : 'as it is';
    for (const order of [1, 2]) {
      test(`from its guide ${what} every step equals a dense float64 reference (order ${order}, ${kind})`, async (t) => {
        const { p, problem, c, reference: denoise } = await conditional(shape, { plane: 0, noise });
        const { sigmaMax, ...rest } = settings;
        const given = { ...rest, start: 'guide', order, ...(noise && { sigmaMax: 1 }) } as const;
        const sigma = geometricSchedule(12, noise ? 1 : sigmaMax, 0.02);
        const draw = async (step: number, stream: number) => concat(await drawNoise(p, { seed: 7, step, stream }));
        const start = noise ? add([1, c], [sigma[0], await draw(0, 0)]) : c;
        const more = { ...given, mode: '3d', sigma, denoise, noiseless: !noise } as const;
        const steps = referenceDds(p, more, draw, start);
        for (const { estimate, state } of await record(dds, problem, given)) {
          const wanted = (await steps.next()).value!;
          const read = (data: Float32Array) => concat(perSlice(data, p.slices, p.complex));
          t.true(relativeError(read(estimate), wanted.clean) < 1e-4, `x̂ off by ${relativeError(read(estimate), wanted.clean)}`);
          t.true(relativeError(read(state.fields.x), wanted.x) < 1e-4);
        }
        t.true((await steps.next()).done);
      });
    }
  }
}

test('one step from the guide as it is: the data step of D(c; σ_max, c), whatever the seed', async (t) => {
  const { p, problem, c, reference } = await conditional({}, { plane: 0, noise: false });
  const options = { start: 'guide', steps: 1, gamma: 1, mode: '2d', innerIterations: 16 } as const;
  const one = await result(dds, problem, options);
  t.deepEqual(await result(dds, { ...problem, seed: 8 }, options), one);
  // min ½‖Ax − y‖² + ½‖x − d‖²
  const At = transpose(p.A);
  const H = inverse(combine([1, times(At, p.A)], [1, identity(p.size)]));
  const d = slicesOf(reference(c, 3), p.slices);
  const wanted = p.y.map((y, k) => apply(H, add([1, apply(At, y)], [1, d[k]])));
  t.true(relativeError(one, joined(wanted, false)) < 1e-5);
});

test('one step of a guided prior from noise is made at its greatest noise level', async (t) => {
  const { problem } = await conditional({}, { plane: 0, noise: true });
  for (const start of ['noise', 'guide'] as const) {
    const [{ event }] = await record(dds, problem, { start, steps: 1 });
    t.is(event.sigma, 3);
  }
  const [{ event }] = await record(dds, { ...problem, prior: (await gaussianProblem()).prior }, { steps: 1 });
  t.is(event.sigma, 0.5);
});

test('a guide as it is belongs to the greatest noise level, and a start from the guide to a guided prior', async (t) => {
  const { p, problem } = await conditional({}, { plane: 0, noise: false });
  const lower = result(dds, problem, { start: 'guide', sigmaMax: 1 });
  await t.throwsAsync(lower, { code: 'ARGUMENT', message: /shown its guide as it is.*first noise level of 3.*got 1/ });
  await t.throwsAsync(result(dds, p.problem, { start: 'guide' }), {
    code: 'ARGUMENT',
    message: /needs the guide of a guided prior/,
  });
  await t.throwsAsync(result(dds, { ...problem, guide: undefined }, {}), {
    code: 'MODEL',
    message: /was given no guide/,
  });
});

test('presets say evaluations, order and fresh noise where they are not given, fewer evaluations for what begins at a guide', (t) => {
  const said = (options: Partial<DdsOptions>) => {
    const { steps, order, eta } = dds.options(options);
    return { steps, order, eta };
  };
  t.deepEqual(said({}), said({ preset: 'default' }));
  t.deepEqual(said({ preset: 'fast' }), { steps: 10, order: 2, eta: 1 });
  t.deepEqual(said({ preset: 'fast', start: 'estimate' }), { steps: 5, order: 2, eta: 1 });
  t.deepEqual(said({ preset: 'best', start: 'guide' }), { steps: 20, order: 2, eta: 1 });
  t.deepEqual(said({ preset: 'best', steps: 7, eta: 0.5 }), { steps: 7, order: 2, eta: 0.5 });
  t.deepEqual(said({ preset: 'fast', compat: 'mri' }), { steps: 50, order: 1, eta: 0.85 });
  t.deepEqual(said({ preset: 'fast', sampler: 'unipc' }), { steps: 10, order: 1, eta: 0 });
});

test('levels may be given themselves: those of the schedule give its bits, and steps follow from them', async (t) => {
  const { problem } = await gaussianProblem();
  const schedule = geometricSchedule(6, 2, 0.02).slice(0, -1);
  const [byName, byLevels] = [
    await result(dds, problem, { steps: 6, sigmaMax: 2, sigmaMin: 0.02 }),
    await result(dds, problem, { sigmas: schedule }),
  ];
  t.deepEqual(byLevels, byName);
  const repeated = [...schedule, 0.02, 0.02];
  const tail = { steps: 8, tail: 3 / 8, sigmaMax: 2, sigmaMin: 0.02 };
  t.deepEqual(await result(dds, problem, { sigmas: repeated, tail: 0.5 }), await result(dds, problem, tail));
  t.is(dds.options({ sigmas: [1, 0.1], start: 'estimate' }).steps, 3);
  t.throws(() => dds.options({ sigmas: [0.1, 1] }), { code: 'ARGUMENT', message: /σ_0 ≥ σ_1/ });
  t.throws(() => dds.options({ sigmas: [1, 0.1], steps: 5 }), { code: 'ARGUMENT', message: /steps 2.*got steps 5/ });
  for (const name of ['sigmaMax', 'sigmaMin']) {
    const message = new RegExp(`sigmas and ${name}.*Leave ${name} out`, 's');
    t.throws(() => dds.options({ sigmas: [1, 0.1], [name]: 0.5 }), { code: 'ARGUMENT', message });
  }
});
