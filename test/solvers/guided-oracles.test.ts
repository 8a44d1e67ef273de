import test from 'ava';
import { dps } from '../../src/solvers/dps.js';
import { flowchef } from '../../src/solvers/flowchef.js';
import { gdp } from '../../src/solvers/gdp.js';
import { momentMatching } from '../../src/solvers/moment-matching.js';
import { pigdm } from '../../src/solvers/pigdm.js';
import { flowSchedule } from '../../src/solvers/schedules.js';
import type { Solver } from '../../src/solvers/solver.js';
import { CLOSE, HIGH, KINDS, LOW, NOISE, levels, meanOf, moves, off, samplesOff } from '../support/affine-methods.js';
import { add, apply, combine, identity, inverse, relativeError, times, transpose, type Matrix } from '../support/dense.js';
import { gaussianProblem, perSlice, result, withoutNoise, type GaussianProblem } from '../support/gaussian-problem.js';
import { after, ddimMove, denoiser, posteriorLaw, quadratic, whiteNoise, type Affine } from '../support/gaussian-recursions.js';

// Methods that follow a gradient, through the denoiser or not, with a Gaussian prior: runs against recursions in dense
// float64 (support/affine-methods.ts).

/** x̂ = d + σ² Jᵀ Aᵀ (A V Aᵀ + σ_y²)⁻¹ (y − A d). */
function guidedSteps(p: GaussianProblem, steps: number, eta: number, V: (sigma: number, K: Matrix) => Matrix): Affine[] {
  return moves(steps, (sigma, next) => {
    const { K, k } = denoiser(p, sigma);
    const inner = inverse(combine([1, quadratic(p.A, V(sigma, K))], [NOISE ** 2, identity(p.A.length)]));
    const H = combine([sigma ** 2, times(times(transpose(K), transpose(p.A)), inner)]);
    const keep = combine([1, identity(p.size)], [-1, times(H, p.A)]);
    const image = { F: times(keep, K), f: add([1, apply(keep, k)], [1, apply(H, p.y[0])]) };
    return ddimMove(image, image, { sigma, next, eta });
  });
}

const SD = 0.25;

for (const measured of KINDS) {
  for (const complex of [false, true]) {
    const kind = `${measured}${complex ? ', complex' : ''}`;
    test(`ΠGDM: its mean is the exact recursion (${kind})`, async (t) => {
      const p = await gaussianProblem({ measured, complex, slices: 1 });
      const square = (sigma: number) => (sigma ** 2 * SD ** 2) / (sigma ** 2 + SD ** 2);
      const law = after(
        whiteNoise(p.size, HIGH),
        guidedSteps(p, 20, 0.85, (sigma) => combine([square(sigma), identity(p.size)])),
      );
      const error = relativeError(await meanOf(pigdm, p, { steps: 20, innerIterations: 16 }, NOISE), law.mean);
      t.true(error < 5 * CLOSE, `${error}`);
      t.log(off(law, posteriorLaw(p, NOISE)));
    });

    test(`O9: moment matching reaches the posterior's mean in 20 steps (${kind})`, async (t) => {
      const p = await gaussianProblem({ measured, complex, slices: 1 });
      const law = after(
        whiteNoise(p.size, HIGH),
        guidedSteps(p, 20, 0.85, (sigma, K) => combine([sigma ** 2, K])),
      );
      const got = await meanOf(momentMatching, p, { steps: 20, innerIterations: 14 }, NOISE);
      t.true(relativeError(got, law.mean) < 5 * CLOSE, `${relativeError(got, law.mean)}`);
      t.true(relativeError(got, posteriorLaw(p, NOISE).mean) < 1e-3);
    });
  }
}

test('DPS is its recursion, of a norm for every slice, and what lies beside a slice does not matter', async (t) => {
  const p = await gaussianProblem({ measured: 'general', slices: 2 });
  const sigma = levels(20);
  const x = perSlice(
    await result(dps, { ...p.problem, backend: withoutNoise(p.backend) }, { sigmaMax: HIGH, sigmaMin: LOW, steps: 20, guidance: 0.3 }),
    2,
    false,
  );
  p.y.forEach((y, slice) => {
    let state = new Float64Array(p.size);
    for (let i = 0; i < 20; i++) {
      const { K, k } = denoiser(p, sigma[i]);
      const d = add([1, apply(K, state)], [1, k]);
      const difference = add([1, y], [-1, apply(p.A, d)]);
      const gradient = apply(transpose(K), apply(transpose(p.A), difference));
      const r2 = (sigma[i + 1] / sigma[i]) ** 2;
      const length = Math.sqrt(difference.reduce((sum, v) => sum + v * v, 0));
      state = (i < 19 ? add([r2, state], [1 - r2, d], [0.3 / length, gradient]) : d) as Float64Array<ArrayBuffer>;
    }
    t.true(relativeError(x[slice], state) < 1e-4, `${relativeError(x[slice], state)}`);
  });
});

/** A reverse step of DDPM (or of the flow, without noise) and `weight` of the gradient, J or 1 before Aᵀ. */
function steered(p: GaussianProblem, sigma: number, [r2, noise, weight]: readonly [number, number, number], through: boolean): Affine {
  const { K, k } = denoiser(p, sigma);
  const H = combine([weight, through ? times(transpose(K), transpose(p.A)) : transpose(p.A)]);
  const keep = combine([1 - r2, identity(p.size)], [-1, times(H, p.A)]);
  return {
    F: combine([r2, identity(p.size)], [1, times(keep, K)]),
    f: add([1, apply(keep, k)], [1, apply(H, p.y[0])]) as Float64Array,
    Q: combine([noise ** 2, identity(p.size)]),
  };
}

function gdpSteps(p: GaussianProblem, steps: number, guidance: number, gradient: 'x0' | 'xt', limit = 1): Affine[] {
  return moves(steps, (sigma, next) => {
    const variance = next ** 2 * (1 - (next / sigma) ** 2);
    return steered(p, sigma, [(next / sigma) ** 2, Math.sqrt(variance), Math.min(guidance * variance, limit)], gradient === 'xt');
  });
}

for (const measured of KINDS) {
  for (const gradient of ['x0', 'xt'] as const) {
    test(`GDP is its recursion, by the gradient of ${gradient} (${measured})`, async (t) => {
      const p = await gaussianProblem({ measured, slices: 1 });
      const { mean } = after(whiteNoise(p.size, HIGH), gdpSteps(p, 20, 20, gradient));
      const error = relativeError(await meanOf(gdp, p, { steps: 20, guidance: 20, gradient }), mean);
      t.true(error < 5 * CLOSE, `${error}`);
      const bold = after(whiteNoise(p.size, HIGH), gdpSteps(p, 20, 20, gradient, 1e6));
      t.true(relativeError(await meanOf(gdp, p, { steps: 20, guidance: 20, gradient, limit: 1e6 }), bold.mean) < 5 * CLOSE);
      const many = off(after(whiteNoise(p.size, HIGH), gdpSteps(p, 200, 100, gradient)), posteriorLaw(p, NOISE));
      t.log(many);
      // no posterior limit: near it at best
      t.true(many.mean > 1e-3 && many.mean < 0.6);
    });
  }

  test(`FlowChef is its recursion, on levels of a flow (${measured})`, async (t) => {
    const p = await gaussianProblem({ measured, slices: 1 });
    for (const rate of [1, 0.3]) {
      const sigma = flowSchedule(20, HIGH);
      const steps = sigma.slice(1).map((next, i) => steered(p, sigma[i], [next / sigma[i], 0, (1 + next) * rate], false));
      const { mean } = after(whiteNoise(p.size, HIGH), steps);
      const got = await meanOf(flowchef, p, { steps: 20, rate, sigmaMin: undefined });
      t.true(relativeError(got, mean) < 5 * CLOSE, `${relativeError(got, mean)}`);
    }
  });
}

test('FlowChef in σ is Euler’s rule in the time of the flow, with the shift before it', async (t) => {
  const p = await gaussianProblem({ measured: 'general', slices: 1 });
  const rate = 0.4;
  const first = HIGH / (1 + HIGH);
  let state: Float64Array = new Float64Array(p.size); // x_t of a start without noise
  for (let i = 0; i < 10; i++) {
    const [time, next] = [(first * (10 - i)) / 10, (first * (9 - i)) / 10];
    const { K, k } = denoiser(p, time / (1 - time));
    const end = add([1, apply(K, add([1 / (1 - time), state]))], [1, k]);
    const velocity = add([1 / time, state], [-1 / time, end]);
    const gradient = apply(transpose(p.A), add([1, p.y[0]], [-1, apply(p.A, end)]));
    state = add([1, state], [rate, gradient], [next - time, velocity]) as Float64Array;
  }
  const error = relativeError(await meanOf(flowchef, p, { steps: 10, rate, sigmaMin: undefined }), state);
  t.true(error < 5 * CLOSE, `${error}`);
});

test('2000 samples of GDP have the covariance of its recursion', async (t) => {
  const p = await gaussianProblem({ measured: 'general', slices: 2000, sameData: true });
  const one = { ...p, y: p.y.slice(0, 1) };
  const found = await samplesOff(gdp, p, { steps: 20, guidance: 20 }, after(whiteNoise(p.size, HIGH), gdpSteps(one, 20, 20, 'x0')));
  t.true(found < 3, `${found} sampling errors`);
});

test('methods that are guided through the denoiser refuse a prior without its derivative', async (t) => {
  const p = await gaussianProblem({ slices: 1 });
  const prior = { ...p.prior, vjp: undefined };
  for (const solver of [pigdm, momentMatching, dps] as Solver<never>[]) {
    await t.throwsAsync(meanOf(solver, { ...p, problem: { ...p.problem, prior } }, { steps: 3 }, NOISE), {
      code: 'MODEL',
      message: /derivative of the denoiser.*gaussian/,
    });
  }
  const without = { ...p, problem: { ...p.problem, prior } };
  await t.throwsAsync(meanOf(gdp, without, { steps: 3, gradient: 'xt' }), { message: /derivative of the denoiser/ });
  await t.notThrowsAsync(meanOf(gdp, without, { steps: 3 }));
});
