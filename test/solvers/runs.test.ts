import test from 'ava';
import type { Backend } from '../../compute/backend.js';
import { bytesOf, type Space } from '../../core/space.js';
import type { SlicewiseError } from '../../core/errors.js';
import { solvers } from '../../src/solvers/registry.js';
import type { Problem, Solver, SolverState } from '../../src/solvers/solver.js';
import { gaussianProblem, randomField, record } from '../support/gaussian-problem.js';

/** Every registered method in a short form; a new one must be added here. */
const SHORT: { readonly [name: string]: readonly object[] } = {
  sirt: [{ iterations: 6 }, { iterations: 6, low: 0 }],
  cgls: [{ iterations: 6 }, { iterations: 6, damping: 0.1 }],
  'admm-tv': [{ iterations: 6 }, { iterations: 6, axes: 'xy', low: 0, high: 1 }, { iterations: 6, axes: 'z' }],
  sense: [{ iterations: 6 }, { iterations: 6, lambda: 0 }],
  'cs-wavelet': [
    { iterations: 6 },
    { iterations: 6, extension: 'zero', wavelet: 'db2' },
    { iterations: 6, monotone: true, lambda: 0.1 },
  ],
  'cs-tv': [{ iterations: 6 }, { iterations: 6, axes: '3d', lambda: 0.01 }],
  dds: [
    { steps: 6, sigmaMax: 2 },
    { steps: 6, start: 'classical', mode: '2d' },
    { compat: 'ct-sparse-view', steps: 6 },
    { steps: 6, sigmaMax: 2, quadrature: 0.3, air: 0.5, edges: 1.4 },
    { steps: 6, sigmaMax: 2, quadrature: 0.3, air: 0.5, tail: 0.5, phase: 'random' },
  ],
  'diffusion-mbir': [
    { steps: 6, sigmaMax: 2 },
    { steps: 6, start: 'classical', mode: '2d', corrections: 2 },
    { compat: 'mri', steps: 6 },
  ],
};

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as in the registry
type AnySolver = Solver<any>;

/** Complex for what only complex images have. */
async function problemFor(solver: AnySolver, given: object = {}): Promise<Problem> {
  const p = await gaussianProblem({ measured: 'mask', slices: 5, complex: 'quadrature' in given });
  const initial = await randomField(p.backend, p.domain, 2);
  return { ...p.problem, initial, prior: solver.needsPrior ? p.prior : undefined };
}

for (const [name, solver] of solvers.entries()) {
  for (const given of SHORT[name] ?? [undefined]) {
    const title = `${name} ${JSON.stringify(given)}`;

    test(`a run resumed from any step gives the same bits: ${title}`, async (t) => {
      const problem = await problemFor(solver, given);
      const all = await record(solver, problem, given!);
      t.deepEqual(all.map(({ event }) => [event.step, event.steps]), all.map((_, i) => [i + 1, all.length])); // prettier-ignore
      for (const at of [1, 3, all.length - 1]) {
        const again = await record(solver, { ...problem, resume: all[at - 1].state }, given!);
        t.is(again.length, all.length - at);
        t.is(again[0].event.step, at + 1);
        t.deepEqual(again.at(-1)!.estimate, all.at(-1)!.estimate);
        t.deepEqual(again.at(-1)!.state, all.at(-1)!.state);
        t.deepEqual(again.map(({ event }) => event.residual), all.slice(at).map(({ event }) => event.residual)); // prettier-ignore
      }
    });

    test(`a run resumed at its end gives its result: ${title}`, async (t) => {
      const problem = await problemFor(solver, given);
      const end = (await record(solver, problem, given!)).at(-1)!;
      const again = await record(solver, { ...problem, resume: end.state }, given!);
      t.deepEqual(again.map(({ event }) => [event.step, event.steps]), [[end.event.steps, end.event.steps]]); // prettier-ignore
      t.deepEqual(again[0].estimate, end.estimate);
    });

    test(`the memory plan is what is allocated: ${title}`, async (t) => {
      const problem = await problemFor(solver, given);
      const { domain, range } = problem.operator;
      let bytes = 0;
      const backend = new Proxy(problem.backend, {
        get(target, key) {
          if (key === 'field') return (space: Space) => ((bytes += bytesOf(space)), target.field(space));
          const value = Reflect.get(target, key, target) as unknown;
          return typeof value === 'function' ? value.bind(target) : value;
        },
      }) as Backend;
      await record(solver, { ...problem, backend }, given!);
      const plan = solver.memory(domain, range, solver.options(given!));
      t.is(plan.items.reduce((sum, item) => sum + item.bytes, 0), bytes); // prettier-ignore
    });
  }

  test(`${name}: an abort ends the run after the step that was going on, and the state then resumes it`, async (t) => {
    const problem = await problemFor(solver);
    const options = solver.options(SHORT[name][0]);
    const whole = await record(solver, problem, SHORT[name][0]);
    const controller = new AbortController();
    let state: SolverState | undefined;
    const error = await t.throwsAsync(async () => {
      for await (const event of solver.run({ ...problem, signal: controller.signal }, options)) {
        state = await event.state();
        if (event.step === 2) controller.abort();
      }
    });
    t.is((error as SlicewiseError).code, 'ABORTED');
    t.is(state!.step, 2);
    const rest = await record(solver, { ...problem, resume: state }, SHORT[name][0]);
    t.deepEqual(rest.at(-1)!.estimate, whole.at(-1)!.estimate);
  });

  test(`${name}: nothing stays allocated when the run ends, is left early, or fails`, async (t) => {
    const problem = await problemFor(solver);
    await problem.operator.norm(); // lets the operator make its own scratch
    await record(solver, problem, SHORT[name][0]);
    const before = problem.backend.memory().current;
    await record(solver, problem, SHORT[name][0]);
    for await (const event of solver.run(problem, solver.options(SHORT[name][0]))) if (event.step === 1) break;
    await t.throwsAsync(record(solver, { ...problem, signal: AbortSignal.abort() }, SHORT[name][0]));
    t.is(problem.backend.memory().current, before);
  });

  test(`${name}: mistakes are named`, async (t) => {
    t.throws(() => solver.options({ nonsense: 1 }), { message: new RegExp(`${name} has no option 'nonsense'`) });
    const steps = 'iterations' in solver.schema.shape ? 'iterations' : 'steps';
    t.throws(() => solver.options({ [steps]: 0 }), { message: new RegExp(`'${steps}'.*got 0`) });
    const problem = await problemFor(solver);
    const y = problem.backend.field(problem.operator.domain);
    await t.throwsAsync(record(solver, { ...problem, y }, SHORT[name][0]), {
      message: /measured data.*expected.*row 6.*got.*y 4/,
    });
    const bad: SolverState = { step: 1, fields: { x: new Float32Array(3) } };
    await t.throwsAsync(record(solver, { ...problem, resume: bad }, SHORT[name][0]), {
      message: /checkpoint.*'x'.*80 values.*3/,
    });
    if (solver.needsPrior) {
      await t.throwsAsync(record(solver, { ...problem, prior: undefined }, SHORT[name][0]), {
        message: /needs a prior/,
      });
      t.throws(() => solver.options({ compat: 'nonsense' }), { message: /no preset 'nonsense'.*ct-sparse-view/ });
    }
    const broken = await problem.backend.read(problem.y);
    broken[4] = NaN;
    await problem.backend.write(problem.y, broken);
    const error = await t.throwsAsync(record(solver, problem, SHORT[name][0]));
    t.is((error as SlicewiseError).code, 'NOT_FINITE');
  });

  test(`${name}: every option has a description for the help`, (t) => {
    for (const [option, type] of Object.entries(solver.schema.shape)) {
      t.truthy((type as { description?: string }).description, option);
    }
  });
}
