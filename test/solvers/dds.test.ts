import test from 'ava';
import { dds, type DdsOptions } from '../../src/solvers/dds.js';
import { ddsSchedule, geometricSchedule } from '../../src/solvers/schedules.js';
import { relativeError } from '../support/dense.js';
import {
  drawNoise,
  gaussianProblem,
  perSlice,
  record,
  type GaussianProblemOptions,
} from '../support/gaussian-problem.js';
import { concat, referenceDds } from '../support/reference-solvers.js';
import { add } from '../support/dense.js';

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
  { name: '3D, complex, random phases, which an exact prior does not care about', problem: { complex: true, rows: 3, columns: 3 }, options: { phase: 'random' } }, // prettier-ignore
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
      const mean =
        last.length > 0
          ? add(...last.map((image) => [1 / last.length, image] as [number, Float64Array]))
          : wanted.clean;
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
