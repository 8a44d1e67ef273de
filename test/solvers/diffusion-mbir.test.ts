import test from 'ava';
import { diffusionMbir, type DiffusionMbirOptions } from '../../src/solvers/diffusion-mbir.js';
import { geometricSchedule } from '../../src/solvers/schedules.js';
import { add, relativeError } from '../support/dense.js';
import { drawNoise, gaussianProblem, perSlice, record, type GaussianProblemOptions } from '../support/gaussian-problem.js';
import { concat, referenceMbir } from '../support/reference-solvers.js';

const NOISE = 0.1;
const settings = { steps: 12, sigmaMax: 3, sigmaMin: 0.02, rho: 0.05, lambda: 0.004 } as const;

const cases: { name: string; problem: GaussianProblemOptions; options: Partial<DiffusionMbirOptions> }[] = [
  { name: '3D, published', problem: {}, options: { finalDenoise: false } },
  { name: '3D, periodic, own end', problem: { slices: 4 }, options: { boundary: 'periodic' } },
  { name: '3D, complex', problem: { complex: true, rows: 3, columns: 3 }, options: {} },
  { name: '3D, mask, expected step', problem: { measured: 'mask' }, options: { step: 'expected' } },
  { name: '3D, no coupling, M = 3', problem: {}, options: { rho: 0, innerIterations: 3, finalCorrection: false } },
  { name: '3D, γ from the noise', problem: {}, options: { gamma: 'noise', innerIterations: 3 } },
  { name: '2D, complex, γ from the noise', problem: { complex: true }, options: { gamma: 'noise', mode: '2d' } },
  { name: '2D, complex', problem: { complex: true, rows: 3, columns: 4 }, options: { mode: '2d' } },
  { name: '2D, from σ = 378', problem: { slices: 1 }, options: { mode: '2d', sigmaMax: 378, sigmaMin: 0.01 } },
];

for (const { name, problem: shape, options } of cases) {
  test(`every step equals a dense float64 reference with the same noise: ${name}`, async (t) => {
    const p = await gaussianProblem(shape);
    const given = { ...settings, ...options };
    const full = diffusionMbir.options(given);
    const sigma = geometricSchedule(12, given.sigmaMax!, given.sigmaMin!);
    const draw = async (step: number, stream: number) => concat(await drawNoise(p, { seed: 7, step, stream }));
    const start = add([sigma[0], await draw(0, 0)]);
    const wanted = {
      ...full,
      periodic: full.boundary === 'periodic',
      sigma,
      noise: full.gamma === 'noise' ? NOISE : 0,
      finalCorrection: full.finalCorrection && !p.complex,
    };
    const reference = referenceMbir(p, wanted, draw, start);
    const steps = await record(diffusionMbir, { ...p.problem, noiseLevel: NOISE }, given);
    t.is(steps.length, 12);
    for (const { estimate } of steps) {
      const error = relativeError(concat(perSlice(estimate, p.slices, p.complex)), (await reference.next()).value!);
      t.true(error < 1e-4, `off by ${error}`);
    }
  });
}
