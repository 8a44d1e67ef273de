import test from 'ava';
import type { Field } from '../../compute/backend.js';
import { space } from '../../core/space.js';
import { drawPlace, drawSteps } from '../../src/solvers/loop/draws.js';
import { samplerStep } from '../../src/samplers/registry.js';
import { dds } from '../../src/solvers/dds.js';
import { ddnm } from '../../src/solvers/ddnm.js';
import { diffpir } from '../../src/solvers/diffpir.js';
import { geometricSchedule } from '../../src/solvers/schedules.js';
import type { Solver } from '../../src/solvers/solver.js';
import { inlineBackend } from '../support/backends.js';
import { relativeError, times } from '../support/dense.js';
import { gaussianProblem, perSlice, record, result, withoutNoise } from '../support/gaussian-problem.js';
import { after, ddimMove, denoiser, posteriorLaw, proximal, whiteNoise, type Affine } from '../support/gaussian-recursions.js';

/* Several draws of one run (DMCMC): after each, noise of a level is added and the levels below are gone down again. */

test('the places of draws: all levels once, then those from the chosen one on', (t) => {
  const levels = [1, 0.5, 0.25, 0.1, 0];
  const draws = { draws: 3, drawLevel: 0.3 };
  t.is(drawSteps(levels, draws), 4 + 2 * 2);
  t.deepEqual(
    Array.from({ length: 8 }, (_, i) => drawPlace(levels, draws, i)).map(({ draw, k, since, ends }) => [draw, k, since, Number(ends)]),
    [
      [0, 0, 0, 0],
      [0, 1, 1, 0],
      [0, 2, 2, 0],
      [0, 3, 3, 1],
      [1, 2, 0, 0],
      [1, 3, 1, 1],
      [2, 2, 0, 0],
      [2, 3, 1, 1],
    ],
  );
  t.is(drawSteps(levels, { draws: 1 }), 4);
  t.throws(() => drawSteps(levels, { draws: 2, drawLevel: 0.05 }), { message: /below all noise levels.*0\.1/s });
});

test('O18: neighbouring draws of a Gaussian mode of variance λ have the correlation λ/(λ + σ_r²), and its variance', async (t) => {
  // the way down is the reverse diffusion (the sampler ancestral, many levels); slices are independent chains
  const backend = inlineBackend();
  const [chains, modes] = [1500, 3];
  const domain = space(['slice', 'mode'], [chains, modes]);
  const variances = [0.01, 0.06, 0.3];
  const [level, steps, seed] = [0.3, 40, 5];
  const sigma = geometricSchedule(steps, level, 0.003);
  const fields = { x: backend.field(domain), d: backend.field(domain), noise: backend.field(domain), before: [] };
  const { x, noise } = fields;
  const shares: Field[] = [];
  for (const s of sigma.slice(0, steps)) {
    const field = backend.field(domain);
    await backend.write(
      field,
      Float32Array.from({ length: chains * modes }, (_, n) => variances[n % modes] / (variances[n % modes] + s * s)),
    );
    shares.push(field);
  }
  const draw = async (n: number): Promise<Float32Array> => {
    backend.noise(noise, { seed, step: n, stream: 9 });
    backend.lincomb(x, [1, x], [level, noise]);
    for (let i = 0; i < steps; i++) {
      const run = { backend, seed, sampler: 'ancestral', eta: 1, sigma, sigmaMax: 1, fields, step: 100 * (n + 1) + i };
      samplerStep(run, i, (at, _, image) => {
        backend.multiply(at, shares[i], image);
        backend.lincomb(at, [1, at], [-1, image]);
      });
    }
    return backend.read(x);
  };
  // from a sample of the prior
  backend.noise(x, { seed, step: 0, stream: 0 });
  const start = (await backend.read(x)).map((v, n) => v * Math.sqrt(variances[n % modes]));
  await backend.write(x, start);
  const first = await draw(0);
  const second = await draw(1);
  variances.forEach((variance, mode) => {
    const of = (values: Float32Array, other: Float32Array): number =>
      values.reduce((sum, v, n) => sum + (n % modes === mode ? v * other[n] : 0), 0) / chains;
    const correlation = of(first, second) / Math.sqrt(of(first, first) * of(second, second));
    const wanted = 1 / (1 + level ** 2 / variance);
    t.log({ variance, correlation, wanted, spread: of(second, second) / variance });
    // 1500 chains: a standard error of .026 at most, and .04 of the variance
    t.true(Math.abs(correlation - wanted) < 0.08, `${correlation} for ${wanted}`);
    t.true(Math.abs(of(second, second) / variance - 1) < 0.14, `${of(second, second) / variance}`);
  });
  // by the flow (ddim, η 0) it is the root of that, which is another: draws forget less
  t.true(Math.sqrt(1 / (1 + level ** 2 / variances[1])) - 1 / (1 + level ** 2 / variances[1]) > 0.1);
});

test('the mean of a run with draws is its exact recursion: diffpir, η 1', async (t) => {
  const p = await gaussianProblem({ measured: 'general', slices: 1 });
  const [steps, noise] = [12, 0.05];
  const sigma = geometricSchedule(steps, 10, 0.01);
  const step = (level: number, next: number): Affine => {
    const { K, k } = denoiser(p, level);
    const { G, g } = proximal(p, (noise / level) ** 2);
    const image = { F: times(G, K), f: Float64Array.from(g, (v, i) => v + G[i].reduce((sum, w, j) => sum + w * k[j], 0)) };
    return ddimMove(image, image, { sigma: level, next, eta: 1 });
  };
  const down = (from: number): Affine[] => sigma.slice(from + 1).map((next, i) => step(sigma[from + i], next));
  const ends = [down(0), down(6), down(6)];
  let law = whiteNoise(p.size, 10);
  const means = ends.map((moves) => {
    law = after(law, moves);
    return law.mean;
  });
  const wanted = means[0].map((_, i) => (means[0][i] + means[1][i] + means[2][i]) / 3);
  const options = { steps, sigmaMax: 10, sigmaMin: 0.01, draws: 3, innerIterations: 12 };
  const events = await record(diffpir, { ...p.problem, backend: withoutNoise(p.backend), noiseLevel: noise }, options);
  t.is(events.length, 12 + 6 + 6);
  const error = relativeError(perSlice(events.at(-1)!.estimate, 1, false)[0], wanted);
  t.true(error < 3e-5, `${error}`);
});

test('draws near the mean of the posterior, of which one draw alone is a sample', async (t) => {
  const p = await gaussianProblem({ measured: 'general', slices: 40, sameData: true });
  const noise = 0.05;
  const { mean } = posteriorLaw(p, noise);
  const options = { steps: 20, sigmaMax: 10, sigmaMin: 0.01, zeta: 1, innerIterations: 12 };
  const spread = async (draws: number): Promise<number> => {
    const x = await result(diffpir, { ...p.problem, noiseLevel: noise }, { ...options, draws });
    return Math.sqrt(perSlice(x, 40, false).reduce((sum, slice) => sum + relativeError(slice, mean) ** 2, 0) / 40);
  };
  const [one, eight] = [await spread(1), await spread(8)];
  t.log(one, eight);
  t.true(eight < 0.6 * one);
});

test('draws of dds are those of the loop: a first draw is the run without, bit for bit', async (t) => {
  const p = await gaussianProblem({ slices: 2 });
  for (const [solver, options] of [
    [dds, { order: 2, mode: '2d' }],
    [dds, { sampler: 'deis', mode: '2d' }],
    [ddnm, {}],
  ] as [Solver<never>, object][]) {
    const given = { steps: 6, sigmaMax: 2, ...options } as never;
    const once = await record(solver, p.problem, given);
    const twice = await record(solver, p.problem, { ...(given as object), draws: 2, drawLevel: 0.5 } as never);
    t.deepEqual(twice[5].estimate, once[5].estimate);
    t.is(twice.length, 6 + 4); // of six levels from 2 to .02 four are not above .5
    t.true(relativeError(twice.at(-1)!.estimate, once[5].estimate) > 1e-3);
  }
});

test('draws beside a tail or jumps, and a level for one draw, are refused', async (t) => {
  t.throws(() => dds.options({ draws: 2, tail: 0.5 }), { message: /draws or a tail/ });
  t.throws(() => ddnm.options({ draws: 2, jumps: 2, jumpLength: 2 }), { message: /draws or jumps/ });
  t.throws(() => dds.options({ drawLevel: 0.1 }), { message: /several draws/ });
  const p = await gaussianProblem({ slices: 1 });
  await t.throwsAsync(result(diffpir, p.problem, { drawLevel: 0.1, steps: 3 }), { message: /several draws/ });
});
