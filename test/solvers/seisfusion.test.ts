import test from 'ava';
import type { Backend, Field } from '../../compute/backend.js';
import { gaussianPrior } from '../../models/analytic/gaussian.js';
import type { VariancePrior } from '../../models/block/learned-variance.js';
import type { DenoiseOptions, Prior } from '../../models/prior.js';
import { matrixOperator } from '../../operators/algebra/matrix.js';
import { space } from '../../core/space.js';
import { cosineAlphaBar, respaced } from '../../src/solvers/cosine-schedule.js';
import { repaintTimes, type Jumps } from '../../src/solvers/jump-schedule.js';
import { seisfusion } from '../../src/solvers/seisfusion.js';
import { geometricSchedule } from '../../src/solvers/schedules.js';
import {
  add,
  apply,
  combine,
  eigen,
  frobenius,
  identity,
  inverse,
  pseudoInverse,
  relativeError,
  times,
  transpose,
  type Matrix,
  type Vector,
} from '../support/dense.js';
import { gaussianProblem, perSlice, randomField, record, result, withoutNoise, type GaussianProblem } from '../support/gaussian-problem.js';

/*
 * The method on Gaussian priors, for which every step is affine, against a float64 reference in the paper's own variables x_t = √ᾱ
 * x₀ + √(1−ᾱ) n: mean and covariance of the chain. The solver works on x_t/√ᾱ_t.
 */

const quadratic = (F: Matrix, P: Matrix): Matrix => times(times(F, P), transpose(F));

interface Moments {
  readonly m: Vector;
  readonly P: Matrix;
  /** √ᾱ of the level that the chain is at. */
  readonly scale: number;
}

/** A Gaussian x₀ ~ N(mean, C), or x₀ given the data. */
interface Law {
  readonly mean: Vector;
  readonly C: Matrix;
}

/**
 * RePaint's chain on a respaced cosine schedule as guided-diffusion writes it: β' of the kept steps, q_sample for the measured
 * values, posterior_mean_coef1 and 2, variance v ln β + (1 − v) ln β̃, and noising step by step where it rises. One entry an
 * evaluation.
 */
function* repaintMoments(p: GaussianProblem, law: Law, levels: number, jumps: Jumps, v = 0): Generator<Moments> {
  const { A, y, size } = p;
  const eye = identity(size);
  const M = times(transpose(A), A);
  const rest = combine([1, eye], [-1, M]);
  const measured = apply(transpose(A), y[0]);
  const all = cosineAlphaBar();
  const bar = respaced(1000, levels).map((t) => all[t]);
  const before = (t: number): number => (t > 0 ? bar[t - 1] : 1);
  const beta = bar.map((a, t) => 1 - a / before(t));
  let m: Vector = new Float64Array(size);
  let P = eye;
  const sequence = repaintTimes(levels, jumps);
  for (let i = 0; i + 1 < sequence.length; i++) {
    const [t, next] = [sequence[i], sequence[i + 1]];
    if (next > t) {
      m = add([Math.sqrt(1 - beta[next]), m]);
      P = combine([1 - beta[next], P], [beta[next], eye]);
      continue;
    }
    m = add([Math.sqrt(bar[t]), measured], [1, apply(rest, m)]);
    P = combine([1, quadratic(rest, P)], [1 - bar[t], M]);
    const K = times(law.C, inverse(combine([1, law.C], [(1 - bar[t]) / bar[t], eye])));
    const clean = add([1, law.mean], [1, apply(K, add([1 / Math.sqrt(bar[t]), m], [-1, law.mean]))]);
    const coefficient1 = (beta[t] * Math.sqrt(before(t))) / (1 - bar[t]);
    const coefficient2 = ((1 - before(t)) * Math.sqrt(1 - beta[t])) / (1 - bar[t]);
    const posterior = (beta[t] * (1 - before(t))) / (1 - bar[t]);
    const variance = t === 0 ? 0 : Math.exp(v * Math.log(beta[t]) + (1 - v) * Math.log(posterior));
    const F = combine([coefficient1 / Math.sqrt(bar[t]), K], [coefficient2, eye]);
    m = add([coefficient1, clean], [coefficient2, m]);
    P = combine([1, quadratic(F, P)], [variance, eye]);
    if (next === -1) {
      m = add([1, measured], [1, apply(rest, m)]);
      P = quadratic(rest, P);
    }
    yield { m, P, scale: Math.sqrt(before(t)) };
  }
}

const last = <T>(all: Iterable<T>): T => [...all].at(-1)!;

/** The law of x₀ given y. */
function posterior({ A, C, mean, y }: GaussianProblem): Law {
  const gain = times(times(C, transpose(A)), inverse(quadratic(A, C)));
  return {
    mean: add([1, mean], [1, apply(gain, add([1, y[0]], [-1, apply(A, mean)]))]),
    C: combine([1, C], [-1, times(gain, times(A, C))]),
  };
}

/** Its denoiser: what a conditional network learns. */
async function conditionalPrior({ backend, domain }: GaussianProblem, { mean, C }: Law): Promise<Prior> {
  const { values, vectors } = eigen(C);
  const coefficients = space(['slice', 'mode'], [domain.shape[0], values.length]);
  const basis = {
    rows: values.length,
    columns: values.length,
    real: Float64Array.from(vectors.flatMap((r) => [...r])),
  };
  const operator = matrixOperator(basis, coefficients, backend, domain);
  return gaussianPrior(
    operator,
    values.map((l) => Math.max(0, l)),
    Float32Array.from(mean),
  );
}

/** The same with a learned variance that is v everywhere. */
const withVariance = (prior: Prior, v: number): VariancePrior => ({
  ...prior,
  denoiseWithVariance(x, sigma, out, fraction, options) {
    x.backend.fill(fraction, v);
    return prior.denoise(x, sigma, out, options);
  },
});

/** ‖S − P‖_F in units of its expectation for Gaussian samples, which the slices are: E‖S − P‖² = (tr(P)² + tr(P²))/samples. */
function covarianceError(p: GaussianProblem, x: Float32Array, mean: Vector, P: Matrix): number {
  const deviations = perSlice(x, p.slices, false).map((d) => add([1, d], [-1, mean]));
  const S = P.map((_, i) => Float64Array.from(P, (_, j) => deviations.reduce((s, d) => s + d[i] * d[j], 0) / p.slices));
  const trace = P.reduce((s, row, i) => s + row[i], 0);
  return frobenius(combine([1, S], [-1, P])) / Math.sqrt((trace ** 2 + frobenius(P) ** 2) / p.slices);
}

const published = { compat: 'published' } as const;
/** Without the clamp, which is not affine: ± what these images never reach. */
const WIDE = 1e6;

for (const conditional of [false, true]) {
  const kind = conditional ? 'x₀ given the data' : 'x₀';
  test(`the mean of the published chain is that of its equations in x_t at every evaluation (prior of ${kind})`, async (t) => {
    const p = await gaussianProblem({ measured: 'mask', sameData: true, slices: 2 });
    const law = conditional ? posterior(p) : { mean: p.mean, C: p.C };
    const prior = conditional ? await conditionalPrior(p, law) : p.prior;
    const jumps = { jumpLength: 5, jumps: 3 };
    const reference = repaintMoments(p, law, 30, jumps);
    const problem = { ...p.problem, prior, backend: withoutNoise(p.backend) };
    const steps = await record(seisfusion, problem, { ...published, clamp: WIDE, steps: 30, ...jumps });
    t.is(steps.length, 30 + 5 * 2 * 5); // jumps at 0, 5, … 20, two more of 5 each
    for (const { state } of steps) {
      const { m, scale } = reference.next().value as Moments;
      const error = relativeError(perSlice(state.fields.x, 2, false)[1], add([1 / scale, m]));
      t.true(error < 2e-5, `off by ${error}`); // float32
    }
  });
}

for (const v of [0, 0.4, 1]) {
  test(`1000 samples of the published chain have the covariance of its equations (learned variance ${v})`, async (t) => {
    const p = await gaussianProblem({ measured: 'mask', sameData: true, slices: 1000 });
    const jumps = { jumpLength: 4, jumps: 2 };
    const prior = v === 0 ? p.prior : withVariance(p.prior, v);
    // an evaluation before the end, where the variance of the last step still shows
    const { m, P, scale } = [...repaintMoments(p, p, 16, jumps, v)].at(-2)!;
    const steps = await record(seisfusion, { ...p.problem, prior }, { ...published, clamp: WIDE, steps: 16, ...jumps });
    const x = steps.at(-2)!.state.fields.x;
    const error = covarianceError(p, x, add([1 / scale, m]), combine([scale ** -2, P]));
    t.true(error < 3, `${error} sampling errors`);
    const other = last([...repaintMoments(p, p, 16, jumps, v === 1 ? 0 : 1)].slice(0, -1)).P;
    t.true(covarianceError(p, x, add([1 / scale, m]), combine([scale ** -2, other])) > 3, 'another variance would not pass');
  });
}

test('with the ideal conditional denoiser the published chain of 250 levels samples x₀ given the data', async (t) => {
  const p = await gaussianProblem({ measured: 'mask', sameData: true, slices: 1 });
  const law = posterior(p);
  const { m, P } = last(repaintMoments(p, law, 250, { jumpLength: 10, jumps: 1 }));
  const mean = relativeError(m, law.mean);
  const covariance = frobenius(combine([1, P], [-1, law.C])) / frobenius(law.C);
  t.log(`mean off by ${mean.toExponential(1)}, covariance by ${(100 * covariance).toFixed(1)} %`);
  t.true(mean < 1e-6 && covariance < 0.1);
  // and the solver's own run has that mean
  const prior = await conditionalPrior(p, law);
  const problem = { ...p.problem, prior, backend: withoutNoise(p.backend) };
  t.true(relativeError(await result(seisfusion, problem, { ...published, clamp: WIDE, jumps: 1 }), m) < 1e-5);
});

test('with the denoiser of x₀ alone, jumps bring the chain nearer to x₀ given the data', async (t) => {
  const p = await gaussianProblem({ measured: 'mask', sameData: true, slices: 1 });
  const law = posterior(p);
  const off = (jumps: number): number => {
    const { m } = last(repaintMoments(p, p, 100, { jumpLength: 10, jumps }));
    return relativeError(m, law.mean);
  };
  t.log(`mean off by ${off(1).toFixed(4)} without, ${off(10).toFixed(4)} with 10 jumps`);
  t.true(off(10) < 0.5 * off(1));
});

/** Ours: m' = x̂ + r √(1 − η²) (I − K)(m − μ), x̂ = A⁺y + (I − M)(μ + K(m − μ)). */
function* ddimMoments(p: GaussianProblem, law: Law, sigma: readonly number[], eta: number, first: Vector): Generator<Moments> {
  const eye = identity(p.size);
  const plus = pseudoInverse(p.A);
  const rest = combine([1, eye], [-1, times(plus, p.A)]);
  let m = first;
  let P = combine([sigma[0] ** 2, eye]);
  for (let i = 0; i + 1 < sigma.length; i++) {
    const K = times(law.C, inverse(combine([1, law.C], [sigma[i] ** 2, eye])));
    const a = (sigma[i + 1] / sigma[i]) * Math.sqrt(1 - eta ** 2);
    const other = combine([1, eye], [-1, K]);
    const shift = add([1, m], [-1, law.mean]);
    const clean = add([1, apply(plus, p.y[0])], [1, apply(rest, add([1, law.mean], [1, apply(K, shift)]))]);
    m = add([1, clean], [a, apply(other, shift)]);
    P = combine([1, quadratic(combine([1, times(rest, K)], [a, other]), P)], [(eta * sigma[i + 1]) ** 2, eye]);
    yield { m, P, scale: 1 };
  }
}

for (const eta of [0, 0.6]) {
  test(`ours from a classical image: mean and covariance are those of its equations (η ${eta})`, async (t) => {
    const p = await gaussianProblem({ measured: 'mask', sameData: true, slices: 1000 });
    const law = posterior(p);
    const prior = await conditionalPrior(p, law);
    const initial = await randomField(p.backend, p.domain, 3);
    const classical = perSlice(await p.backend.read(initial), p.slices, false)[0];
    await p.backend.write(
      initial,
      Float32Array.from({ length: 1000 * p.size }, (_, i) => classical[i % p.size]),
    );
    const sigma = geometricSchedule(8, 0.3, 0.02);
    const moments = [...ddimMoments(p, law, sigma, eta, classical)];
    const options = { steps: 8, eta, sigmaMax: 0.3, sigmaMin: 0.02 };
    const still = { ...p.problem, initial, prior, backend: withoutNoise(p.backend) };
    const steps = await record(seisfusion, still, options);
    for (const [i, { state }] of steps.entries()) {
      const error = relativeError(perSlice(state.fields.x, p.slices, false)[7], moments[i].m);
      t.true(error < 2e-5, `off by ${error}`);
    }
    const x = (await record(seisfusion, { ...p.problem, initial, prior }, options)).at(-2)!.state.fields.x;
    const { m, P } = moments.at(-2)!;
    t.true(covarianceError(p, x, m, P) < 3, `${covarianceError(p, x, m, P)} sampling errors`);
  });
}

test('ours of second order: the mean is that of its equations, and a jump begins anew', async (t) => {
  const p = await gaussianProblem({ measured: 'mask', sameData: true, slices: 1 });
  const law = posterior(p);
  const prior = await conditionalPrior(p, law);
  const initial = await randomField(p.backend, p.domain, 3);
  const eta = 0.6;
  const sigma = geometricSchedule(5, 0.3, 0.02);
  const rest = combine([1, identity(p.size)], [-1, times(transpose(p.A), p.A)]);
  let m: Vector = Float64Array.from(await p.backend.read(initial));
  let before: Vector | undefined;
  const wanted: Vector[] = [];
  // levels 0 1, back to 0, 1 2 3, back to 2, 3 4
  for (const [i, raised] of [
    [0, false],
    [1, false],
    [0, true],
    [1, false],
    [2, false],
    [3, false],
    [2, true],
    [3, false],
    [4, false],
  ] as const) {
    if (raised) before = undefined;
    const K = times(law.C, inverse(combine([1, law.C], [sigma[i] ** 2, identity(p.size)])));
    const d = add([1, law.mean], [1, apply(K, add([1, m], [-1, law.mean]))]);
    const clean = add([1, apply(transpose(p.A), p.y[0])], [1, apply(rest, d)]);
    const r = (sigma[i + 1] / sigma[i]) * Math.sqrt(1 - eta ** 2);
    const q = before && i < 4 ? Math.min(0.5, Math.log(sigma[i] / sigma[i + 1]) / (2 * Math.log(sigma[i - 1] / sigma[i]))) : 0;
    m = add([1, clean], [(1 - r) * q, clean], [-(1 - r) * q, before ?? clean], [r, m], [-r, d]);
    before = clean;
    wanted.push(m);
  }
  const problem = { ...p.problem, initial, prior, backend: withoutNoise(p.backend) };
  const options = { steps: 5, jumps: 2, jumpLength: 2, order: 2, eta, sigmaMax: 0.3, sigmaMin: 0.02 };
  const steps = await record(seisfusion, problem, options);
  t.is(steps.length, wanted.length);
  for (const [i, { state }] of steps.entries()) t.true(relativeError(state.fields.x, wanted[i]) < 2e-5);
});

for (const options of [{ steps: 5 }, { ...published, steps: 12, jumps: 2, jumpLength: 3 }, { steps: 5, eta: 1, start: 'noise' }] as const) {
  test(`what was measured comes out bit for bit: ${JSON.stringify(options)}`, async (t) => {
    const p = await gaussianProblem({ measured: 'mask', slices: 3 });
    const initial = await randomField(p.backend, p.domain, 2);
    const x = await result(seisfusion, { ...p.problem, initial }, options);
    const y = await p.backend.read(p.problem.y);
    for (let k = 0; k < 3; k++) for (let i = 0; i < 6; i++) t.is(x[16 * k + 3 * i], y[6 * k + i]);
  });
}

test('a guided prior is shown the measured values alone in the published setting, and all of its guide in ours', async (t) => {
  const p = await gaussianProblem({ measured: 'mask', slices: 2 });
  const shown: (readonly Field[] | undefined)[] = [];
  const prior: Prior = {
    ...p.prior,
    guide: { kind: 'test', planes: 3 },
    denoise(x: Field, sigma: number, out: Field, options: DenoiseOptions = {}) {
      shown.push(options.guide);
      return p.prior.denoise(x, sigma, out);
    },
  };
  const initial = await randomField(p.backend, p.domain, 2);
  const contents: Float32Array[][] = [];
  const run = seisfusion.run({ ...p.problem, prior, initial }, seisfusion.options({ ...published, steps: 2, jumps: 1 }));
  for await (const { step } of run) if (step === 1) contents.push(await Promise.all(shown[0]!.map((f) => p.backend.read(f))));
  const [[measured, ...others]] = contents;
  const y = await p.backend.read(p.problem.y);
  t.deepEqual(
    [...measured],
    Array.from({ length: 32 }, (_, i) => ((i % 16) % 3 === 0 ? y[6 * (i >> 4) + (i % 16) / 3] : 0)),
  );
  t.is(others.length, 2);
  for (const plane of others) t.true(plane.every((value) => value === 0));
  shown.length = 0;
  const guide = await Promise.all([4, 5, 6].map((seed) => randomField(p.backend, p.domain, seed)));
  await result(seisfusion, { ...p.problem, prior, initial, guide }, { steps: 2 });
  t.deepEqual(shown, [guide, guide]);
});

test('operators that are no mask, complex images and impossible chains are named', async (t) => {
  const general = await gaussianProblem({ measured: 'general', slices: 1 });
  const initial = await randomField(general.backend, general.domain, 2);
  await t.throwsAsync(result(seisfusion, { ...general.problem, initial }, { steps: 2 }), {
    message: /fills in what a mask left out.*[Uu]se dds/,
  });
  const complex = await gaussianProblem({ measured: 'mask', complex: true, slices: 1 });
  await t.throwsAsync(result(seisfusion, complex.problem, { steps: 2, start: 'noise' }), {
    message: /takes real images/,
  });
  const p = await gaussianProblem({ measured: 'mask', slices: 1 });
  await t.throwsAsync(result(seisfusion, p.problem, { steps: 2 }), { message: /classical/ });
  t.throws(() => seisfusion.options({ steps: 10, jumps: 2 }), { message: /a jump is longer than the chain/ });
  t.throws(() => seisfusion.options({ schedule: 'cosine', sigmaMax: 3 }), { message: /'cosine' has its own levels/ });
  const narrow = { ...p.prior, sigmaMax: 3 };
  await t.throwsAsync(result(seisfusion, { ...p.problem, prior: narrow }, { ...published, steps: 4, jumps: 1 }), {
    message: /leaves the range/,
  });
});

/** An operator that mixes values although A*A has 0 and 1 on A*A 1: each pair of neighbours is exchanged. */
test('a permutation is no mask', async (t) => {
  const p = await gaussianProblem({ measured: 'mask', slices: 1 });
  const swap = (x: Field, out: Field, backend: Backend): void =>
    backend.host({
      name: 'swap',
      inputs: [x],
      outputs: [out],
      run: ([values]) => [values.map((_, i) => values[i ^ 1])],
    });
  const operator = {
    ...p.problem.operator,
    domain: p.domain,
    range: p.problem.operator.range,
    normal: (x: Field, out: Field) => swap(x, out, p.backend),
  };
  const initial = await randomField(p.backend, p.domain, 2);
  await t.throwsAsync(result(seisfusion, { ...p.problem, operator, initial }, { steps: 2 }), {
    message: /mixes values/,
  });
});
