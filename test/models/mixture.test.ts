import test from 'ava';
import { space } from '../../core/space.js';
import { mixturePrior } from '../../models/index.js';
import { dds } from '../../src/solvers/dds.js';
import { momentMatching } from '../../src/solvers/moment-matching.js';
import type { Solver } from '../../src/solvers/solver.js';
import { inlineBackend, testNumbers } from '../support/backends.js';
import { add, eigen, relativeError, type Vector } from '../support/dense.js';
import { onEveryBackend } from '../support/every-backend.js';
import { gaussianProblem, perSlice, result } from '../support/gaussian-problem.js';
import { posteriorLaw } from '../support/gaussian-recursions.js';
import { posteriorOfMixture, threeModes, type Mixture } from '../support/three-modes.js';

/* The analytic prior that is not Gaussian: three modes (METHODS-2, O15). */

/** log Σ π_k N(x; m_k, C_k + σ²), but for a constant, written with the bases that the components are given. */
function logDensity({ components }: Mixture, x: Vector, sigma: number): number {
  const logs = components.map(({ weight, mean, variances, basis }) => {
    let log = Math.log(weight);
    for (let j = 0; j < x.length; j++) {
      let c = 0;
      for (let i = 0; i < x.length; i++) c += basis![i * x.length + j] * (x[i] - mean[i]);
      const variance = variances[j] + sigma ** 2;
      log -= 0.5 * (Math.log(variance) + (c * c) / variance);
    }
    return log;
  });
  const most = Math.max(...logs);
  return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0));
}

const image = Float64Array.from({ length: 16 }, (_, i) => 0.3 + 0.1 * Math.sin(i / 2));
const measured = Array.from({ length: 16 }, (_, i) => Number(i % 3 === 0));
const images = (slices: number) => space(['slice', 'y', 'x'], [slices, 4, 4]);

onEveryBackend('D of a mixture is x + σ² ∇ log q, and its J what D does to a small step', async (t, { backend }) => {
  const mixture = threeModes(image, measured);
  const domain = images(3);
  const prior = mixturePrior(mixture.components, domain);
  const [x, out, v, moved] = [0, 1, 2, 3].map(() => backend.field(domain));
  const next = testNumbers(4);
  const values = Float32Array.from({ length: 48 }, (_, i) => image[i % 16] + 0.3 * next());
  const direction = Float32Array.from({ length: 48 }, () => next());
  await backend.write(x, values);
  await backend.write(v, direction);
  for (const sigma of [0.05, 0.3, 2]) {
    prior.denoise(x, sigma, out);
    const found = perSlice(await backend.read(out), 3, false);
    perSlice(values, 3, false).forEach((slice, k) => {
      const h = 1e-5;
      const gradient = slice.map((_, i) => {
        const [up, down] = [slice.slice(), slice.slice()];
        up[i] += h;
        down[i] -= h;
        return (logDensity(mixture, up, sigma) - logDensity(mixture, down, sigma)) / (2 * h);
      });
      const error = relativeError(found[k], add([1, slice], [sigma ** 2, gradient]));
      t.true(error < 1e-5, `σ ${sigma}: ${error}`);
    });
    // J v by differences of D in float32: h large enough for its digits
    const h = 0.02 * Math.min(1, sigma);
    const at = async (sign: number): Promise<Float32Array> => {
      backend.lincomb(moved, [1, x], [sign * h, v]);
      prior.denoise(moved, sigma, out);
      return backend.read(out);
    };
    const [up, down] = [await at(1), await at(-1)];
    prior.vjp!(x, sigma, v, out);
    const error = relativeError(
      await backend.read(out),
      up.map((value, i) => (value - down[i]) / (2 * h)),
    );
    t.true(error < 0.03, `σ ${sigma}: ${error}`);
  }
  // no noise: nothing to take away
  prior.denoise(x, 0, out);
  t.deepEqual(await backend.read(out), values);
});

test('a mixture of one component is the Gaussian prior', async (t) => {
  const p = await gaussianProblem({ slices: 2 });
  const { backend, domain } = p;
  const { values, vectors } = eigen(p.C);
  const basis = Float64Array.from(vectors.flatMap((row) => [...row]));
  const prior = mixturePrior([{ weight: 3, mean: p.mean, variances: values, basis }], domain);
  const [x, a, b] = [0, 1, 2].map(() => backend.field(domain));
  backend.noise(x, { seed: 1, step: 0, stream: 0 });
  for (const sigma of [0.01, 0.4]) {
    prior.denoise(x, sigma, a);
    p.prior.denoise(x, sigma, b);
    t.true(relativeError(await backend.read(a), await backend.read(b)) < 1e-5);
    prior.vjp!(a, sigma, x, a);
    p.prior.vjp!(b, sigma, x, b);
    t.true(relativeError(await backend.read(a), await backend.read(b)) < 1e-5);
  }
});

test('components that do not fit are refused', (t) => {
  const one = { weight: 1, mean: new Float64Array(16), variances: new Float64Array(16) };
  t.throws(() => mixturePrior([], images(1)), { message: /no components/ });
  t.throws(() => mixturePrior([{ ...one, weight: 0 }], images(1)), { message: /weight above 0/ });
  t.throws(() => mixturePrior([{ ...one, mean: new Float64Array(3) }], images(1)), { message: /the mean.*16 numbers.*3/s });
  t.throws(() => mixturePrior([{ ...one, basis: new Float64Array(16) }], images(1)), { message: /the basis.*256/s });
});

test('O15: the posterior of a prior with three modes: moment matching and order 2 sample it, order 1 is too narrow', async (t) => {
  const [slices, noise] = [400, 0.05];
  const p = await gaussianProblem({ measured: 'mask', slices, sameData: true });
  // about an image that the data agree with
  const known = image.map((v, i) => (measured[i] ? p.y[0][i / 3] : v));
  const mixture = threeModes(known, measured);
  const wanted = posteriorOfMixture(mixture, p.A, p.y[0], noise);
  const trace = wanted.P.reduce((sum, row, i) => sum + row[i], 0);
  t.log('weights', wanted.shares);
  t.true(wanted.shares.filter((w) => w > 0.2).length >= 2, 'more than one mode is left');
  const run = async <O>(solver: Solver<O>, options: object): Promise<{ mean: number; variance: number }> => {
    const prior = mixturePrior(mixture.components, p.domain);
    const given = { sigmaMax: 10, sigmaMin: 0.01, innerIterations: 12, ...options } as unknown as Partial<O>;
    const samples = perSlice(await result(solver, { ...p.problem, prior, noiseLevel: noise }, given), slices, false);
    const mean = add(...samples.map((sample): [number, Vector] => [1 / slices, sample]));
    const variance = samples.reduce((sum, sample) => sum + sample.reduce((s, v, i) => s + (v - mean[i]) ** 2, 0), 0) / slices / trace;
    return { mean: Math.sqrt(mean.reduce((sum, v, i) => sum + (v - wanted.mean[i]) ** 2, 0) / trace), variance };
  };
  const exact = await run(momentMatching, { steps: 30, eta: 1, sampler: 'dpm++2m' });
  const second = await run(dds, { mode: '2d', steps: 40, eta: 1, gamma: 'noise', order: 2 });
  const first = await run(dds, { mode: '2d', steps: 40, eta: 1, gamma: 'noise' });
  t.log({ exact, second, first });
  // 400 samples: .05 of the mean in deviations of the posterior, and about .06 of its variance, two modes being most of it
  t.true(exact.mean < 0.15 && Math.abs(exact.variance - 1) < 0.2);
  t.true(second.mean < 0.2 && Math.abs(second.variance - 1) < 0.25);
  t.true(first.variance < 0.8 && first.variance < second.variance);
  // and a Gaussian prior of another law would not do
  t.true(relativeError(posteriorLaw(p, noise).mean, wanted.mean) > 0.05);
});

test('a mixture takes no memory of the backend', async (t) => {
  const backend = inlineBackend();
  const prior = mixturePrior(threeModes(image, measured).components, images(1));
  t.true(prior.bytes(images(1)).items.every(({ where }) => where === 'host'));
  await prior.dispose();
  t.is(backend.memory().current, 0);
});
