import test from 'ava';
import { daps } from '../../src/solvers/daps.js';
import { pnpDm } from '../../src/solvers/pnp-dm.js';
import { geometricSchedule } from '../../src/solvers/schedules.js';
import { CLOSE, HIGH, KINDS, LOW, NOISE, denoised, meanOf, moves, ofSingular, off, samplesOff, trace } from '../support/affine-methods.js';
import { add, apply, combine, diagonal, eigen, identity, inverse, relativeError, times, transpose } from '../support/dense.js';
import { gaussianProblem, type GaussianProblem } from '../support/gaussian-problem.js';
import {
  after,
  ddimMove,
  denoiser,
  posteriorFor,
  posteriorLaw,
  proximal,
  whiteNoise,
  type Affine,
  type Law,
} from '../support/gaussian-recursions.js';

// Methods that draw x₀ from a posterior, with a Gaussian prior: runs against recursions in dense
// float64 (support/affine-methods.ts).

// ---- DAPS ----

function dapsSteps(p: GaussianProblem, steps: number, { flow = false, spread = 1 } = {}): Affine[] {
  return moves(steps, (sigma, next) => {
    const { G, g } = proximal(p, (NOISE / (spread * sigma)) ** 2);
    let { K, k } = denoiser(p, sigma);
    if (flow) {
      const { values, vectors } = eigen(p.C);
      K = times(times(vectors, diagonal(values.map((l) => Math.sqrt(l / (l + sigma ** 2))))), transpose(vectors));
      k = add([1, p.mean], [-1, apply(K, p.mean)]);
    }
    // covariance of x₀ given x and y, plus fresh noise
    const S = inverse(combine([1 / (spread * sigma) ** 2, identity(p.size)], [1 / NOISE ** 2, times(transpose(p.A), p.A)]));
    return { F: times(G, K), f: add([1, apply(G, k)], [1, g]), Q: combine([1, S], [next ** 2, identity(p.size)]) };
  });
}

for (const measured of KINDS) {
  test(`DAPS: its mean is the exact recursion, which tends to the posterior (${measured})`, async (t) => {
    const p = await gaussianProblem({ measured, slices: 1 });
    for (const spread of [1, 0.3]) {
      const { mean } = after(whiteNoise(p.size, HIGH), dapsSteps(p, 20, { spread }));
      const error = relativeError(await meanOf(daps, p, { steps: 20, innerIterations: 12, spread }, NOISE), mean);
      t.true(error < CLOSE, `${spread}: ${error}`);
    }
    const limit = off(after(whiteNoise(p.size, HIGH), dapsSteps(p, 800)), posteriorLaw(p, NOISE));
    t.log(limit);
    t.true(limit.mean < 0.01 && Math.abs(limit.variance - 1) < 0.03);
  });
}

test('2000 samples of DAPS have the covariance of the recursion: perturbed least squares samples the Gaussian', async (t) => {
  const p = await gaussianProblem({ measured: 'general', slices: 2000, sameData: true });
  const one = { ...p, y: p.y.slice(0, 1) };
  for (const spread of [1, 0.3]) {
    const wanted = after(whiteNoise(p.size, HIGH), dapsSteps(one, 20, { spread }));
    const found = await samplesOff(daps, p, { steps: 20, innerIterations: 12, spread }, wanted);
    t.true(found < 3, `${spread}: ${found} sampling errors`);
  }
});

test('O10: with the end of the probability flow DAPS has twice the variance where the data say nothing', async (t) => {
  const p = await gaussianProblem({ measured: 'mask', slices: 1 });
  const free = combine([1, identity(p.size)], [-1, ofSingular(p, () => 1)]);
  const inNull = ({ P }: Law): number => trace(times(times(free, P), free));
  const ratio = inNull(after(whiteNoise(p.size, HIGH), dapsSteps(p, 800, { flow: true }))) / inNull(posteriorLaw(p, NOISE));
  t.true(Math.abs(ratio - 2) < 0.1, `${ratio}`);
});

test("with several evaluations a level, DAPS follows the flow by Euler's steps", async (t) => {
  const p = await gaussianProblem({ measured: 'general', slices: 1 });
  const steps = moves(10, (sigma, next) => {
    const level = (j: number) => sigma * (LOW / sigma) ** (j / 4);
    let { K: F, k: f } = denoiser(p, sigma);
    let [u, v] = [identity(p.size), new Float64Array(p.size)];
    for (let j = 1; j < 4; j++) {
      const share = level(j) / level(j - 1);
      [u, v] = [combine([share, u], [1 - share, F]), add([share, v], [1 - share, f]) as Float64Array<ArrayBuffer>];
      const { K, k } = denoiser(p, level(j));
      [F, f] = [times(K, u), add([1, apply(K, v)], [1, k])];
    }
    const { G, g } = proximal(p, (NOISE / sigma) ** 2);
    return { F: times(G, F), f: add([1, apply(G, f)], [1, g]), Q: combine([next ** 2, identity(p.size)]) };
  });
  const { mean } = after(whiteNoise(p.size, HIGH), steps);
  const error = relativeError(await meanOf(daps, p, { steps: 10, innerEvaluations: 4, innerIterations: 12, spread: 1 }, NOISE), mean);
  t.true(error < CLOSE, `${error}`);
});

// ---- PnP-DM ----

for (const measured of KINDS) {
  test(`O11: PnP-DM is its recursion, whose law at a fixed ρ tends to the posterior of the noise σ_y² + ρ²AAᴴ (${measured})`, async (t) => {
    const p = await gaussianProblem({ measured, slices: 1 });
    const [rho, inner] = [0.1, 5];
    const sweep = (exactly: boolean): Affine[] => {
      const { G, g } = proximal(p, (NOISE / rho) ** 2);
      const S = inverse(combine([1 / rho ** 2, identity(p.size)], [1 / NOISE ** 2, times(transpose(p.A), p.A)]));
      const solve: Affine = { F: G, f: g, Q: S };
      if (exactly) {
        const { K, k } = denoiser(p, rho);
        return [solve, { F: K, f: k, Q: combine([rho ** 2, K]) }];
      }
      const inside = geometricSchedule(inner, rho, rho / 20);
      return [
        solve,
        ...inside.slice(1).map((next, j) => {
          const sigma = inside[j];
          return ddimMove(denoised(p, sigma), denoised(p, sigma), { sigma, next, eta: Math.sqrt(1 - (next / sigma) ** 2) });
        }),
      ];
    };
    const sweeps = (count: number, exactly: boolean) => Array.from({ length: count }, () => sweep(exactly)).flat();
    const got = await meanOf(
      pnpDm,
      p,
      { steps: 10, innerEvaluations: inner, averaged: 0, sigmaMax: rho, sigmaMin: rho, innerIterations: 12 },
      NOISE,
    );
    const { mean } = after(whiteNoise(p.size, rho), sweeps(10, false));
    t.true(relativeError(got, mean) < CLOSE, `${relativeError(got, mean)}`);
    const own = posteriorFor(p, p.y[0], combine([NOISE ** 2, identity(p.A.length)], [rho ** 2, times(p.A, transpose(p.A))]));
    const limit = off(after(whiteNoise(p.size, rho), sweeps(150, true)), own);
    t.log(limit);
    t.true(limit.mean < 2e-3 && limit.spread < 2e-3);
  });
}

test('2000 samples of PnP-DM have the covariance of its recursion', async (t) => {
  const p = await gaussianProblem({ measured: 'general', slices: 2000, sameData: true });
  const one = { ...p, y: p.y.slice(0, 1) };
  const rho = geometricSchedule(6, 1, 0.1).slice(0, 6);
  const steps = rho.flatMap((r) => {
    const { G, g } = proximal(one, (NOISE / r) ** 2);
    const S = inverse(combine([1 / r ** 2, identity(p.size)], [1 / NOISE ** 2, times(transpose(p.A), p.A)]));
    const inside = geometricSchedule(3, r, r / 20);
    return [
      { F: G, f: g, Q: S },
      ...inside.slice(1).map((next, j) => {
        const sigma = inside[j];
        return ddimMove(denoised(one, sigma), denoised(one, sigma), { sigma, next, eta: Math.sqrt(1 - (next / sigma) ** 2) });
      }),
    ];
  });
  const options = { steps: 6, innerEvaluations: 3, averaged: 0, sigmaMax: 1, sigmaMin: 0.1, innerIterations: 12 };
  const found = await samplesOff(pnpDm, p, options, after(whiteNoise(p.size, 1), steps));
  t.true(found < 3, `${found} sampling errors`);
});
