import test from 'ava';
import { diffpir } from '../../src/solvers/diffpir.js';
import { redDiff } from '../../src/solvers/red-diff.js';
import { redProx } from '../../src/solvers/red-prox.js';
import { CLOSE, HIGH, KINDS, NOISE, levels, meanOf, moves, off } from '../support/affine-methods.js';
import { add, apply, combine, identity, relativeError, times, transpose } from '../support/dense.js';
import { gaussianProblem, type GaussianProblem } from '../support/gaussian-problem.js';
import { after, ddimMove, denoiser, posteriorLaw, proximal, whiteNoise, type Affine, type Law } from '../support/gaussian-recursions.js';

// Methods that solve a proximal problem in every step, with a Gaussian prior: runs against recursions in dense
// float64 (support/affine-methods.ts).

// ---- DiffPIR ----

function diffpirSteps(p: GaussianProblem, steps: number, zeta: number, weight = 1): Affine[] {
  return moves(steps, (sigma, next) => {
    const { G, g } = proximal(p, weight * (NOISE / sigma) ** 2);
    const { K, k } = denoiser(p, sigma);
    const image = { F: times(G, K), f: add([1, apply(G, k)], [1, g]) };
    return ddimMove(image, image, { sigma, next, eta: Math.sqrt(zeta) });
  });
}

for (const measured of KINDS) {
  for (const complex of [false, true]) {
    test(`the mean of DiffPIR is the exact recursion (${measured}${complex ? ', complex' : ''})`, async (t) => {
      const p = await gaussianProblem({ measured, complex, slices: 1 });
      for (const zeta of [1, 0.3]) {
        const { mean } = after(whiteNoise(p.size, HIGH), diffpirSteps(p, 20, zeta));
        const error = relativeError(await meanOf(diffpir, p, { steps: 20, zeta, innerIterations: 12 }, NOISE), mean);
        t.true(error < CLOSE, `${error}`);
      }
    });
  }

  test(`O12: DiffPIR tends to the posterior's mean and ½(1 + √(1 − ζ)) of its covariance; not with λ 7 (${measured})`, async (t) => {
    const p = await gaussianProblem({ measured, slices: 1 });
    const wanted = posteriorLaw(p, NOISE);
    const law = after(whiteNoise(p.size, HIGH), diffpirSteps(p, 1000, 0.5));
    const half = { ...wanted, P: combine([0.5 * (1 + Math.sqrt(0.5)), wanted.P]) };
    t.log(off(law, half));
    t.true(off(law, half).mean < 0.025 && off(law, half).spread < 0.05);
    const got = await meanOf(diffpir, p, { steps: 1000, zeta: 0.5, innerIterations: 12 }, NOISE);
    t.true(relativeError(got, wanted.mean) < 0.025, `${relativeError(got, wanted.mean)}`);
    t.true(off(after(whiteNoise(p.size, HIGH), diffpirSteps(p, 300, 0.5, 7)), wanted).mean > 0.02);
  });
}

// ---- RED ----

function redProxSteps(p: GaussianProblem, steps: number, theta: number): Affine[] {
  return moves(steps, (sigma) => {
    const { G, g } = proximal(p, (NOISE / sigma) ** 2 / theta);
    const { K, k } = denoiser(p, sigma);
    const GK = times(G, K);
    return {
      F: combine([1 - theta, G], [theta, GK]),
      f: add([theta, apply(G, k)], [1, g]),
      Q: combine([(theta * sigma) ** 2, times(GK, transpose(GK))]),
    };
  });
}

/** A⁺y, from which both start. */
const fromPseudoInverse = (p: GaussianProblem): Law => ({
  mean: proximal(p, 0).g,
  P: combine([0, identity(p.size)]),
});

for (const measured of KINDS) {
  test(`O13: proximal RED is its recursion, with the posterior's mean and θ/2 of its covariance in the limit (${measured})`, async (t) => {
    const p = await gaussianProblem({ measured, slices: 1 });
    const wanted = posteriorLaw(p, NOISE);
    for (const theta of [1, 0.5]) {
      const { mean } = after(fromPseudoInverse(p), redProxSteps(p, 20, theta));
      const error = relativeError(await meanOf(redProx, p, { steps: 20, theta, innerIterations: 12 }, NOISE), mean);
      t.true(error < CLOSE, `${error}`);
      const limit = off(after(fromPseudoInverse(p), redProxSteps(p, 800, theta)), { ...wanted, P: combine([theta / 2, wanted.P]) });
      t.log(theta, limit);
      t.true(limit.mean < 0.02 && Math.abs(limit.variance - 1) < 0.03);
    }
  });

  test(`O13: RED-diff with plain descent is the exact recursion (${measured})`, async (t) => {
    const p = await gaussianProblem({ measured, slices: 1 });
    const [weight, rate] = [0.25, 0.5];
    const AtA = times(transpose(p.A), p.A);
    const steps = moves(50, (sigma) => {
      const { K, k } = denoiser(p, sigma);
      const rest = combine([1, identity(p.size)], [-1, K]);
      const F = combine([1, identity(p.size)], [-rate, AtA], [-rate * weight, rest]);
      const f = add([rate, apply(transpose(p.A), p.y[0])], [rate * weight, k]);
      return { F, f, Q: combine([0, AtA]) };
    });
    const { mean } = after(fromPseudoInverse(p), steps);
    const error = relativeError(
      await meanOf(redDiff, p, { steps: 50, optimiser: 'descent', priorWeight: weight, learningRate: rate }),
      mean,
    );
    t.true(error < CLOSE, `${error}`);
  });
}

test('RED-diff follows the published Adam: β .9 and .99, bias corrected, 1e-8', async (t) => {
  const p = await gaussianProblem({ measured: 'general', slices: 1 });
  const sigma = levels(12);
  let [mu, m, v] = [proximal(p, 0).g, new Float64Array(p.size), new Float64Array(p.size)];
  for (let i = 0; i < 12; i++) {
    const { K, k } = denoiser(p, sigma[i]);
    const residual = add([1, apply(p.A, mu)], [-1, p.y[0]]);
    const g = add([1, apply(transpose(p.A), residual)], [0.25, mu], [-0.25, apply(K, mu)], [-0.25, k]);
    m = add([0.9, m], [0.1, g]) as Float64Array<ArrayBuffer>;
    v = v.map((value, n) => 0.99 * value + 0.01 * g[n] ** 2);
    mu = mu.map((value, n) => value - (0.1 * m[n]) / (1 - 0.9 ** (i + 1)) / (Math.sqrt(v[n] / (1 - 0.99 ** (i + 1))) + 1e-8));
  }
  const error = relativeError(await meanOf(redDiff, p, { steps: 12 }), mu);
  t.true(error < 1e-4, `${error}`); // Adam divides by small gradients
});
