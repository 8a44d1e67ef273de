import test from 'ava';
import { identityPrior } from '../../models/analytic/identity.js';
import { dds } from '../../src/solvers/dds.js';
import { diffusionMbir } from '../../src/solvers/diffusion-mbir.js';
import { ddsSchedule, geometricSchedule, requireInRange } from '../../src/solvers/schedules.js';
import { gaussianProblem, record } from '../support/gaussian-problem.js';

const near = (a: number, b: number, digits: number) => Math.abs(a - b) < 0.5 * 10 ** -digits;

test('the VP grid has the published levels and counts', (t) => {
  const grid = ddsSchedule(50);
  t.is(grid.length, 51); // 50 levels and 0
  t.true(near(grid[0], 130.14, 2)); // t = 980
  t.true(near(grid[48], 0.0794, 4)); // t = 20
  t.true(near(grid[49], 0.01, 4)); // t = 0
  t.is(grid[50], 0);
  t.is(ddsSchedule(49).length - 1, 50);
  t.is(ddsSchedule(99).length - 1, 100);
  const [s2, s1, s0] = ddsSchedule(1000).slice(-4);
  t.true(near(s0, 0.01, 4) && near(s1, 0.0148, 4) && near(s2, 0.019, 4));
});

test('the geometric schedule meets both ends exactly, falls by a constant ratio, and ends at 0', (t) => {
  const grid = geometricSchedule(2000, 378, 0.01);
  t.is(grid.length, 2001);
  t.deepEqual([grid[0], grid[1999], grid[2000]], [378, 0.01, 0]);
  for (let i = 1; i < 2000; i++) t.true(Math.abs(grid[i] / grid[i - 1] / (0.01 / 378) ** (1 / 1999) - 1) < 1e-12);
  t.deepEqual(geometricSchedule(1, 0.3, 0.1), [0.3, 0]);
});

test('a schedule outside the card is an error that names both ranges', (t) => {
  const prior = { name: 'ct', sigmaMin: 0.002, sigmaMax: 3 };
  const error = t.throws(() => requireInRange(ddsSchedule(50), prior));
  t.regex(error.message, /'ct'.*\[0\.002, 3\].*130\.1.* down to 0\.0100/);
  t.is((error as { code?: string }).code, 'SIGMA_RANGE');
  t.throws(() => requireInRange(geometricSchedule(5, 1, 0.001), prior), { message: /0\.001/ });
  t.notThrows(() => requireInRange(geometricSchedule(7, 3, 0.002), prior));
});

test('a default start is lowered to what the prior can do; a published or asked one is an error', async (t) => {
  const p = await gaussianProblem({ slices: 1 });
  const problem = { ...p.problem, prior: { ...identityPrior(), sigmaMax: 0.5, sigmaMin: 0.05 } };
  for (const [solver, options] of [
    [dds, { steps: 3 }],
    [diffusionMbir, { steps: 3 }],
  ] as const) {
    const levels = (await record<never>(solver as never, problem, options as never)).map(({ event }) => event.sigma!);
    t.is(levels[0], 0.5);
    t.is(levels[2], 0.05);
  }
  await t.throwsAsync(record(dds, problem, { compat: 'ct-sparse-view' }), { message: /130/ });
  await t.throwsAsync(record(diffusionMbir, problem, { compat: 'ct-sparse-view' }), { message: /378/ });
  await t.throwsAsync(record(dds, problem, { sigmaMax: 1 }), { message: /\[0\.05, 0\.5\]/ });
});
