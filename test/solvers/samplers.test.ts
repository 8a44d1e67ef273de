import test from 'ava';
import { space } from '../../core/space.js';
import { exponentialWeights, slopeWeights } from '../../src/samplers/multistep.js';
import { evaluatesTwice, keptFields, samplerNames, samplerStep, type SamplerName } from '../../src/samplers/registry.js';
import { land, type Sampler, type SamplerSettings } from '../../src/samplers/sampler.js';
import { dds } from '../../src/solvers/dds.js';
import { diffpir } from '../../src/solvers/diffpir.js';
import { geometricSchedule } from '../../src/solvers/schedules.js';
import type { Solver } from '../../src/solvers/solver.js';
import { inlineBackend } from '../support/backends.js';
import { add, apply, relativeError, type Vector } from '../support/dense.js';
import { gaussianProblem, perSlice, result, withoutNoise } from '../support/gaussian-problem.js';
import { denoiser, proximal } from '../support/gaussian-recursions.js';

/* The samplers of the loop against the rules of their papers in float64, written with x and slopes where ours has the noise e. */

interface Asked {
  /** What noise is taken from, and the image that x moves towards. */
  readonly reference: Vector;
  readonly image: Vector;
}
type Ask = (x: Vector, sigma: number) => Asked;

/** ∫ e^l L_j dl σ' by 400 Simpson intervals, for the weights of exponential integrators. */
function quadrature(nodes: readonly number[], from: number, to: number): number[] {
  const [l0, l1] = [-Math.log(from), -Math.log(to)];
  const at = nodes.map((sigma) => -Math.log(sigma));
  return at.map((own, j) => {
    const f = (l: number) =>
      Math.exp(l) * at.reduce((product, other, i) => (i === j ? product : (product * (l - other)) / (own - other)), 1);
    const h = (l1 - l0) / 400;
    let sum = f(l0) + f(l1);
    for (let n = 1; n < 400; n++) sum += (n % 2 ? 4 : 2) * f(l0 + n * h);
    return (to * sum * h) / 3;
  });
}

/** ∫ L_j dσ by 400 Simpson intervals, L_j through f(σ_j). */
function slopeQuadrature(nodes: readonly number[], from: number, to: number, f: (sigma: number) => number): number[] {
  return nodes.map((own, j) => {
    const value = (s: number) =>
      nodes.reduce((product, other, i) => (i === j ? product : (product * (f(s) - f(other))) / (f(own) - f(other))), 1);
    const h = (to - from) / 400;
    let sum = value(from) + value(to);
    for (let n = 1; n < 400; n++) sum += (n % 2 ? 4 : 2) * value(from + n * h);
    return (sum * h) / 3;
  });
}

/** From σ_0 through all levels; ends with x̂ at 0. Noise is 0. */
function reference(name: SamplerName, sigma: readonly number[], start: Vector, ask: Ask): Vector {
  if (name === 'edict') return referenceOfTwo(sigma, start, ask);
  let x = start;
  const slopes: Vector[] = [];
  const images: Vector[] = [];
  const at: number[] = [];
  let before = start; // x of the step before, as it was left: x̂ + the rest of its noise
  for (let i = 0; i + 1 < sigma.length; i++) {
    const next = sigma[i + 1];
    const level = name === 'edm' ? sigma[i] * Math.SQRT2 : sigma[i];
    const { reference: d, image } = ask(x, level);
    if (next === 0) return image;
    // the data's correction of d first, then the differential equation
    let moved = add([1, x], [1, image], [-1, d]);
    const slope = add([1 / level, x], [-1 / level, d]);
    images.unshift(image);
    slopes.unshift(slope);
    at.unshift(level);
    if (name === 'heun' || name === 'edm') {
      const guess = add([1, moved], [next - level, slope]);
      const end = add([1 / next, guess], [-1 / next, ask(guess, next).reference]);
      x = add([1, moved], [(next - level) / 2, slope], [(next - level) / 2, end]);
      continue;
    }
    if (name === 'plms') {
      const c = [[1], [1.5, -0.5], [23 / 12, -4 / 3, 5 / 12], [55 / 24, -59 / 24, 37 / 24, -3 / 8]][Math.min(i, 3)];
      x = c.reduce<Vector>((sum, w, j) => add([1, sum], [(next - level) * w, slopes[j]]), moved);
      continue;
    }
    if (name === 'deis') {
      const w = slopeQuadrature(at.slice(0, 3), level, next, Math.log);
      x = w.reduce<Vector>((sum, each, j) => add([1, sum], [each, slopes[j]]), moved);
      continue;
    }
    if (name === 'bdia') {
      // in z = αx, α = 1/√(1 + σ²): Δ(next) of x as the data have it, and z of the step before − Δ(last)
      const alpha = (s: number) => 1 / Math.sqrt(1 + s * s);
      const last = sigma[i - 1];
      let z = add([alpha(next), moved], [alpha(next) * (next - level), slope]);
      if (i > 0) z = add([1, z], [alpha(last), before], [-alpha(last), x], [-alpha(last) * (last - level), slope]);
      before = moved;
      x = add([1 / alpha(next), z]);
      continue;
    }
    if (name === 'unipc' && i > 0) {
      // the step before once more, with the image at its end
      const nodes = [level, ...at.slice(1, 3)];
      const corrected = step(before, sigma[i - 1], level, nodes, images.slice(0, 3));
      moved = add([1, moved], [1, corrected], [-1, x]);
    }
    before = moved;
    if (name === 'dpm++2m') {
      const q = i > 0 ? Math.log(level / next) / Math.log(sigma[i - 1] / level) / 2 : 0;
      const ahead = add([1 + q, image], [-q, images[1] ?? image]);
      x = add([next / level, moved], [1 - next / level, ahead]);
      continue;
    }
    const order = { ddim: 1, ancestral: 1, 'dpm++3m': 3, unipc: 2 }[name];
    x = step(moved, level, next, at.slice(0, order), images.slice(0, order));
  }
  return x;
}

/** EDICT: two states, p = .93. */
function referenceOfTwo(sigma: readonly number[], start: Vector, ask: Ask): Vector {
  let [x, y] = [start, start];
  for (let i = 0; i + 1 < sigma.length; i++) {
    const [level, next] = [sigma[i], sigma[i + 1]];
    if (next === 0) return add([0.5, ask(x, level).image], [0.5, ask(y, level).image]);
    const moves = (state: Vector, other: Vector): Vector => {
      const { reference: d, image } = ask(other, level);
      return add([1, state], [1, image], [-1, d], [(next - level) / level, other], [(level - next) / level, d]);
    };
    x = moves(x, y);
    y = moves(y, x);
    x = add([0.93, x], [0.07, y]);
    y = add([0.93, y], [0.07, x]);
  }
  return x;
}

function step(x: Vector, from: number, to: number, nodes: readonly number[], images: readonly Vector[]): Vector {
  return quadrature(nodes, from, to).reduce<Vector>((sum, w, j) => add([1, sum], [w, images[j]]), add([to / from, x]));
}

test('weights of exponential integrators are the integrals of Lagrange polynomials', (t) => {
  for (const nodes of [[1], [1, 2.3], [1, 1.4, 3], [0.5, 1, 1.7]]) {
    exponentialWeights(nodes, 1, 0.5).forEach((w, j) => t.true(Math.abs(w - quadrature(nodes, 1, 0.5)[j]) < 1e-9));
  }
});

test('weights of slopes are the integrals of Lagrange polynomials in the level, or its logarithm', (t) => {
  for (const nodes of [[1], [1, 2.3], [1, 1.4, 3], [1, 1.2, 2, 2.5]]) {
    slopeWeights(nodes, 1, 0.5, 'log').forEach((w, j) => t.true(Math.abs(w - slopeQuadrature(nodes, 1, 0.5, Math.log)[j]) < 1e-8));
    slopeWeights(nodes, 1, 0.5, 'sigma').forEach((w, j) => t.true(Math.abs(w - slopeQuadrature(nodes, 1, 0.5, (s) => s)[j]) < 1e-8));
  }
});

for (const name of samplerNames) {
  for (const measured of ['mask', 'general'] as const) {
    test(`${name} with a data step is the rule of its paper, with the noise of x̂ (diffpir) and of d (dds) (${measured})`, async (t) => {
      const p = await gaussianProblem({ measured, slices: 1 });
      const sigma = geometricSchedule(12, 10, 0.01);
      const options = { sigmaMax: 10, sigmaMin: 0.01, steps: 12, sampler: name, innerIterations: 12 };
      const run = async <O>(solver: Solver<O>, own: object): Promise<Vector> => {
        const problem = { ...p.problem, backend: withoutNoise(p.backend), noiseLevel: 0.05 };
        return perSlice(await result(solver, problem, { ...options, ...own } as unknown as Partial<O>), 1, false)[0];
      };
      const ask =
        (pull: (sigma: number) => number, ofImage: boolean): Ask =>
        (x, level) => {
          const { K, k } = denoiser(p, level);
          const { G, g } = proximal(p, pull(level));
          const d = add([1, apply(K, x)], [1, k]);
          const image = add([1, apply(G, d)], [1, g]);
          return { reference: ofImage ? image : d, image };
        };
      const zero = new Float64Array(p.size);
      const ofImage = reference(
        name,
        sigma,
        zero,
        ask((level) => (0.05 / level) ** 2, true),
      );
      const one = relativeError(await run(diffpir, { zeta: 0 }), ofImage);
      t.true(one < 3e-5, `${one}`);
      const ofDenoised = reference(
        name,
        sigma,
        zero,
        ask(() => 1 / 3, false),
      );
      const other = relativeError(await run(dds, { mode: '2d', eta: 0, gamma: 3 }), ofDenoised);
      t.true(other < 3e-5, `${other}`);
    });
  }
}

/**
 * O6: rms relative error of the end state at σ = .01 over 12 modes with variances l, from σ = 10. The exact flow is √((l + σ'²)/(l +
 * σ²)).
 */
async function flowError(settings: SamplerSettings, steps: number): Promise<number> {
  const backend = inlineBackend();
  const domain = space(['slice', 'mode'], [1, 12]);
  const variances = Float64Array.from({ length: 12 }, (_, k) => 0.25 ** 2 * 0.1 * 60 ** (k / 11));
  const sigma = Array.from({ length: steps + 1 }, (_, i) => 10 * 1e-3 ** (i / steps));
  const [x, d, noise, ahead, factor] = Array.from({ length: 5 }, () => backend.field(domain));
  const before = Array.from({ length: keptFields(settings) }, () => backend.field(domain));
  const factors = new Map<number, Float32Array>();
  for (const level of sigma)
    factors.set(
      level,
      Float32Array.from(variances, (l) => l / (l + level ** 2)),
    );
  await backend.write(
    x,
    Float32Array.from(variances, (l) => Math.sqrt(l + 100)),
  );
  const table = new Map<number, typeof x>();
  for (const [level, values] of factors) {
    const field = backend.field(domain);
    await backend.write(field, values);
    table.set(level, field);
  }
  const run = { ...settings, backend, seed: 1, churn: 0, sigma, sigmaMax: 10, fields: { x, d, noise, before, ahead } };
  for (let i = 0; i < steps; i++) {
    samplerStep(run, i, (at, level, image) => {
      backend.multiply(at, table.get(level) ?? factor, image);
      backend.lincomb(at, [1, at], [-1, image]);
    });
  }
  // of two states the mean is meant
  if (settings.sampler === 'edict') backend.lincomb(x, [0.5, x], [0.5, before[0]]);
  const end = await backend.read(x);
  return Math.sqrt(variances.reduce((sum, l, k) => sum + (end[k] / Math.sqrt(l + 1e-4) - 1) ** 2, 0) / 12);
}

/** Figures of a float64 trial in NumPy, at 10, 20 and 50 evaluations. */
const ERRORS: readonly (readonly [settings: { sampler: SamplerName } & Partial<SamplerSettings>, errors: readonly number[]])[] = [
  [{ sampler: 'ddim' }, [0.158, 0.082, 0.034]],
  [{ sampler: 'ancestral' }, [0.158, 0.082, 0.034]],
  [{ sampler: 'heun' }, [0.35, 0.072, 0.01]],
  [{ sampler: 'dpm++2m' }, [0.02, 0.0068, 0.0012]],
  [{ sampler: 'dpm++3m' }, [0.021, 0.001, 0.00003]],
  // the last point is predicted and not corrected, which would be one evaluation more
  [{ sampler: 'unipc' }, [0.0349, 0.00449, 0.000284]],
  [{ sampler: 'unipc', samplerOrder: 3 }, [0.00533, 0.000206, 0.0000123]],
  [{ sampler: 'plms' }, [0.021, 0.00524, 0.000793]],
  [{ sampler: 'deis' }, [0.00725, 0.000658, 0.0000296]],
  [{ sampler: 'deis', samplerOrder: 3 }, [0.00209, 0.000309, 0.0000145]],
  [{ sampler: 'deis', samplerOrder: 3, deisVariable: 'sigma' }, [0.063, 0.00999, 0.00048]],
  [{ sampler: 'bdia' }, [0.0446, 0.0112, 0.0018]],
  [{ sampler: 'bdia', bdiaGamma: 0.5 }, [0.0206, 0.0189, 0.00988]],
  // few steps are far too few for it
  [{ sampler: 'edict' }, [21.2, 12.9, 2.75]],
];

for (const [settings, errors] of ERRORS) {
  const { sampler, ...rest } = settings;
  const told = Object.entries(rest).map(([name, value]) => ` ${name} ${value}`);
  test(`O6: ${sampler}${told.join('')} has the error of its order on the flow of Gaussian modes`, async (t) => {
    const found = [];
    for (const evaluations of [10, 20, 50]) {
      found.push(await flowError({ eta: 0, ...settings }, evaluatesTwice(sampler) ? evaluations / 2 : evaluations));
    }
    t.log(found);
    // the last digit of the figures; float32 adds about 1e-6
    found.forEach((error, n) => t.true(Math.abs(error - errors[n]) < 0.06 * errors[n] + 6e-6, `${error} for ${errors[n]}`));
  });
}

test('samplers that draw no noise refuse eta, levels that repeat and order 2', async (t) => {
  t.throws(() => dds.options({ sampler: 'heun', eta: 0.5 }), { message: /'heun' of dds draws no noise.*eta 0/ });
  t.throws(() => diffpir.options({ sampler: 'unipc', zeta: 1 }), { message: /'unipc' of diffpir draws no noise.*zeta 0/ });
  t.throws(() => dds.options({ sampler: 'unipc', order: 2 }), { message: /order 2/ });
  t.is(dds.options({ sampler: 'heun' }).eta, 0);
  t.is(diffpir.options({ sampler: 'edm' }).zeta, 0);
  const p = await gaussianProblem({ slices: 1 });
  await t.throwsAsync(result(dds, p.problem, { sampler: 'dpm++3m', tail: 0.5, steps: 4 }), { message: /noise levels that fall/ });
  await t.throwsAsync(result(diffpir, p.problem, { sampler: 'dpm++2m', sigmaMax: 1, sigmaMin: 1, steps: 4 }), {
    message: /noise levels that fall/,
  });
});

test('dpm++2m with fresh noise is order 2 of dds, bit for bit', async (t) => {
  const p = await gaussianProblem({ slices: 2 });
  const options = { sigmaMax: 10, sigmaMin: 0.01, steps: 8 };
  t.deepEqual(await result(dds, p.problem, { ...options, sampler: 'dpm++2m' }), await result(dds, p.problem, { ...options, order: 2 }));
});

test("ancestral draws η √(1 − σ'²/σ²) of the level, which goes down the law of the prior as DDPM does", async (t) => {
  // no data: each mode of a Gaussian prior keeps its variance along the reverse diffusion, in the limit of many steps
  const backend = inlineBackend();
  const domain = space(['slice', 'mode'], [400, 8]);
  const [x, d, noise] = [0, 1, 2].map(() => backend.field(domain));
  const variance = 0.09;
  const sigma = geometricSchedule(60, 3, 0.02);
  backend.noise(x, { seed: 3, step: 0, stream: 0 });
  backend.lincomb(x, [Math.sqrt(variance + 9), x]);
  const run = { backend, seed: 3, sampler: 'ancestral', eta: 1, sigma, sigmaMax: 3, fields: { x, d, noise, before: [] } };
  for (let i = 0; i < 60; i++) {
    samplerStep(run, i, (at, level, image) => {
      backend.lincomb(image, [variance / (variance + level ** 2), at]);
      backend.lincomb(at, [1, at], [-1, image]);
    });
  }
  const values = await backend.read(x);
  const found = values.reduce((sum, v) => sum + v * v, 0) / values.length / variance;
  // the variance by its recursion, written with the ancestral step of DDPM: x' = r² x + (1 − r²) d + σ' √(1 − r²) n
  const recursion = (levels: readonly number[]): number =>
    levels.slice(1).reduce((v, next, i) => {
      const [share, r2] = [variance / (variance + levels[i] ** 2), (next / levels[i]) ** 2];
      return (r2 + (1 - r2) * share) ** 2 * v + next ** 2 * (1 - r2);
    }, variance + 9);
  const wanted = recursion(sigma) / variance;
  t.log(found, wanted);
  t.true(Math.abs(found / wanted - 1) < 0.1, `${found} for ${wanted}`); // 3200 samples: a standard error of 2.5 %
  t.true(Math.abs(recursion(geometricSchedule(4000, 3, 0.02)) / variance - 1) < 0.01);
});

test("a sampler of one's own is handed over as an object, with fields of its own in checkpoints", async (t) => {
  const p = await gaussianProblem({ slices: 2 });
  // Adams-Bashforth of two steps, which plms is with order 2
  const mine: Sampler = {
    name: 'mine',
    evaluations: 1,
    drawsNoise: false,
    kept: () => 1,
    move(step, evaluate) {
      const { backend, level, next, known, fields } = step;
      const { x, d, noise, before } = fields;
      evaluate(x, level, d);
      if (next === 0) land(step, 0);
      else {
        const [a, b] = known > 0 ? [1.5, -0.5] : [1, 0];
        backend.lincomb(noise, [1 / level, x]);
        backend.lincomb(x, [1 + ((next - level) * a) / level, x], [1, d], [(next - level) * b, before[0]]);
        backend.lincomb(before[0], [1, noise]);
      }
      return undefined;
    },
  };
  const options = { sigmaMax: 10, sigmaMin: 0.01, steps: 8 };
  const own = await result(dds, p.problem, { ...options, sampler: mine });
  t.true(relativeError(own, await result(dds, p.problem, { ...options, sampler: 'plms', samplerOrder: 2 })) < 1e-6);
  t.true(relativeError(own, await result(dds, p.problem, { ...options, sampler: 'plms' })) > 1e-4);
  t.is((dds.options({ sampler: mine }).sampler as Sampler).name, 'mine');
  t.throws(() => dds.options({ sampler: mine, eta: 0.5 }), { message: /'mine' of dds draws no noise/ });
  t.throws(() => dds.options({ sampler: {} as Sampler }), { message: /sampler/ });
});

test('orders that a sampler has not are refused', async (t) => {
  const p = await gaussianProblem({ slices: 1 });
  const run = (options: object) => result(dds, p.problem, { steps: 4, ...options });
  await t.throwsAsync(run({ sampler: 'unipc', samplerOrder: 4 }), { message: /'unipc' has no order 4.*samplerOrder 2 to 3/s });
  await t.throwsAsync(run({ samplerOrder: 2 }), { message: /'ddim' has no order 2/ });
  await t.throwsAsync(result(diffpir, p.problem, { steps: 4, sampler: 'heun', samplerOrder: 2 }), { message: /'heun' has no order/ });
});
