import test from 'ava';
import { ddnm } from '../../src/solvers/ddnm.js';
import { ddrm } from '../../src/solvers/ddrm.js';
import { repaint } from '../../src/solvers/repaint.js';
import {
  CLOSE,
  HIGH,
  KINDS,
  LOW,
  NOISE,
  corrected,
  denoised,
  meanOf,
  moves,
  ofSingular,
  off,
  samplesOff,
} from '../support/affine-methods.js';
import { add, apply, combine, identity, relativeError, times } from '../support/dense.js';
import { gaussianProblem, perSlice, result, type GaussianProblem } from '../support/gaussian-problem.js';
import { after, ddimMove, denoiser, posteriorLaw, proximal, quadratic, whiteNoise, type Affine } from '../support/gaussian-recursions.js';

// Methods that go by the singular values of A, or by its mask, with a Gaussian prior: runs against recursions in dense
// float64 (support/affine-methods.ts).

// ---- DDNM ----

function ddnmSteps(p: GaussianProblem, steps: number, eta: number, noise: number): Affine[] {
  const trust = (next: number, s: number) => (noise === 0 ? 1 : Math.min(1, (next * s) / noise));
  const eye = identity(p.size);
  return moves(steps, (sigma, next) => {
    const image = corrected(p, sigma, (s) => trust(next, s) / s);
    const { K, k } = denoiser(p, sigma);
    // T: standard deviation of the noise, in the null space next
    const T = combine(
      [next, eye],
      [1, ofSingular(p, (s) => Math.sqrt(Math.max(0, next ** 2 - ((trust(next, s) * noise) / s) ** 2)) - next)],
    );
    const kept = combine([Math.sqrt(1 - eta ** 2) / sigma, T]);
    const rest = combine([1, eye], [-1, K]);
    return {
      F: combine([1, image.F], [1, times(kept, rest)]),
      f: add([1, image.f], [-1, apply(kept, k)]),
      Q: combine([eta ** 2, times(T, T)]),
    };
  });
}

for (const measured of KINDS) {
  for (const noise of [0, NOISE]) {
    test(`the mean of DDNM${noise ? '+' : ''} is the exact recursion (${measured})`, async (t) => {
      const p = await gaussianProblem({ measured, slices: 1 });
      const { mean } = after(whiteNoise(p.size, HIGH), ddnmSteps(p, 20, 0.85, noise));
      const got = await meanOf(ddnm, p, { steps: 20 }, noise);
      t.true(relativeError(got, mean) < CLOSE, `${relativeError(got, mean)}`);
      if (noise) t.true(relativeError(await meanOf(ddnm, p, { steps: 20, plus: false }, noise), mean) > 0.001, 'DDNM is another');
    });
  }

  test(`where A has no decomposition, A⁺ of DDNM is CG, to its tolerance (${measured})`, async (t) => {
    const p = await gaussianProblem({ measured, slices: 1 });
    const { decomposition: _, ...bare } = p.operator;
    const without = Object.assign(Object.create(Object.getPrototypeOf(p.operator) as object) as typeof p.operator, p.operator, bare, {
      decomposition: undefined,
      normal: p.operator.normal.bind(p.operator),
      apply: p.operator.apply.bind(p.operator),
      adjoint: p.operator.adjoint.bind(p.operator),
    });
    const { mean } = after(whiteNoise(p.size, HIGH), ddnmSteps(p, 20, 0.85, 0));
    const q = { ...p, problem: { ...p.problem, operator: without } };
    const exact = relativeError(await meanOf(ddnm, q, { steps: 20, innerIterations: 12 }), mean);
    t.true(exact < 1e-4, `${exact}`);
    if (measured === 'general') t.true(relativeError(await meanOf(ddnm, q, { steps: 20, innerIterations: 2 }), mean) > 1e-3);
  });
}

test('2000 samples of DDNM+ have the covariance of the recursion', async (t) => {
  const p = await gaussianProblem({ measured: 'general', slices: 2000, sameData: true });
  const one = { ...p, y: p.y.slice(0, 1) };
  const wanted = after(whiteNoise(p.size, HIGH), ddnmSteps(one, 20, 0.85, NOISE));
  const found = await samplesOff(ddnm, p, { steps: 20 }, wanted);
  t.true(found < 3, `${found} sampling errors`);
});

// ---- DDRM ----

function ddrmSteps(p: GaussianProblem, steps: number, noise: number, eta: number, etaData: number): Affine[] {
  const c = Math.sqrt(1 - eta ** 2);
  const eye = identity(p.size);
  const P = ofSingular(p, () => 1);
  return moves(steps, (sigma, next) => {
    const exact = (s: number) => next >= noise / s;
    const { K, k } = denoiser(p, sigma);
    const image = corrected(p, sigma, (s) => (exact(s) ? etaData / s : (c * next) / noise));
    const free = combine([1, eye], [-1, P]);
    const kept = combine([(c * next) / sigma, free]);
    const T = combine(
      [eta * next, free],
      [1, ofSingular(p, (s) => (exact(s) ? Math.sqrt(Math.max(0, next ** 2 - ((etaData * noise) / s) ** 2)) : eta * next))],
    );
    return {
      F: combine([1, image.F], [1, times(kept, combine([1, eye], [-1, K]))]),
      f: add([1, image.f], [-1, apply(kept, k)]),
      Q: times(T, T),
    };
  });
}

for (const measured of KINDS) {
  test(`O14: the mean of DDRM is the exact recursion (${measured})`, async (t) => {
    const p = await gaussianProblem({ measured, slices: 1 });
    for (const [eta, etaData] of [
      [0.85, 1],
      [0.5, 0.8],
    ]) {
      const { mean } = after(whiteNoise(p.size, HIGH), ddrmSteps(p, 20, NOISE, eta, etaData));
      const error = relativeError(await meanOf(ddrm, p, { steps: 20, eta, etaData }, NOISE), mean);
      t.true(error < CLOSE, `${error}`);
    }
  });
}

test('O14: with exact data the result of DDRM is y where it was measured', async (t) => {
  const p = await gaussianProblem({ measured: 'mask', slices: 2 });
  const x = perSlice(await result(ddrm, p.problem, { steps: 20, sigmaMax: HIGH, sigmaMin: LOW }), 2, false);
  x.forEach((slice, k) => t.true(relativeError(apply(p.A, slice), p.y[k]) < 1e-6));
});

test('2000 samples of DDRM have the covariance of the recursion', async (t) => {
  const p = await gaussianProblem({ measured: 'general', slices: 2000, sameData: true });
  const one = { ...p, y: p.y.slice(0, 1) };
  const found = await samplesOff(ddrm, p, { steps: 20 }, after(whiteNoise(p.size, HIGH), ddrmSteps(one, 20, NOISE, 0.85, 1)));
  t.true(found < 3, `${found} sampling errors`);
});

test('DDRM refuses an operator whose singular values are not known', async (t) => {
  const p = await gaussianProblem({ measured: 'general', complex: true, slices: 1 });
  await t.throwsAsync(meanOf(ddrm, p, { steps: 3 }), { message: /singular vectors.*ddnm/ });
});

// ---- RePaint ----

function repaintSteps(p: GaussianProblem, steps: number, eta?: number): Affine[] {
  const P = ofSingular(p, () => 1);
  const free = combine([1, identity(p.size)], [-1, P]);
  const known = proximal(p, 0).g;
  return moves(steps, (sigma, next) => {
    const fresh = eta ?? Math.sqrt(1 - (next / sigma) ** 2);
    const image = corrected(p, sigma, (s) => 1 / s);
    const move = ddimMove(image, denoised(p, sigma), { sigma, next, eta: fresh });
    // x with the measured values at this level
    return {
      F: times(move.F, free),
      f: add([1, apply(move.F, known)], [1, move.f]),
      Q: combine([1, move.Q], [sigma ** 2, quadratic(move.F, P)]),
    };
  });
}

test('the mean of RePaint is the exact recursion, and tends to that of the posterior of exact data', async (t) => {
  const p = await gaussianProblem({ measured: 'mask', slices: 1 });
  for (const eta of [undefined, 0.5]) {
    const { mean } = after(whiteNoise(p.size, HIGH), repaintSteps(p, 20, eta));
    const error = relativeError(await meanOf(repaint, p, { steps: 20, ...(eta !== undefined && { eta }) }), mean);
    t.true(error < CLOSE, `${error}`);
  }
  const limit = off(after(whiteNoise(p.size, HIGH), repaintSteps(p, 800, 1)), posteriorLaw(p, 0));
  t.log(limit);
  t.true(limit.mean < 0.01);
});

test('2000 samples of RePaint have the covariance of the recursion', async (t) => {
  const p = await gaussianProblem({ measured: 'mask', slices: 2000, sameData: true });
  const one = { ...p, y: p.y.slice(0, 1) };
  const found = await samplesOff(repaint, p, { steps: 20 }, after(whiteNoise(p.size, HIGH), repaintSteps(one, 20)));
  t.true(found < 3, `${found} sampling errors`);
});

test('RePaint leaves measured values as they are, with jumps as well, and refuses what mixes values', async (t) => {
  const p = await gaussianProblem({ measured: 'mask', slices: 2 });
  const x = perSlice(await result(repaint, p.problem, { steps: 12, jumps: 3, jumpLength: 4 }), 2, false);
  x.forEach((slice, k) => t.true(relativeError(apply(p.A, slice), p.y[k]) < 1e-6));
  const other = await gaussianProblem({ measured: 'general', slices: 1 });
  await t.throwsAsync(meanOf(repaint, other, { steps: 3 }), { message: /known values.*dds or ddnm/ });
});
