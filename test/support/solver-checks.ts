import assert from 'node:assert/strict';
import type { Backend } from '../../compute/backend.js';
import { bytesOf, type Space } from '../../core/space.js';
import { isSlicewiseError } from '../../core/errors.js';
import { createBackend } from '../../src/node.js';
import type { AnySolver } from '../../src/solvers/registry.js';
import type { Problem, SolverState } from '../../src/solvers/solver.js';
import { relativeError } from './dense.js';
import { gaussianProblem, randomField, record } from './gaussian-problem.js';

/**
 * What every method must do, as functions that throw: the registry is driven through them, and so are methods that
 * are wrong on purpose.
 */

/** An example of a method, in its own options. */
type Given = object;

/** Complex for what only complex images have. */
async function problemFor(solver: AnySolver, given: Given, backend?: Backend, slices = 5): Promise<Problem> {
  const p = await gaussianProblem({ measured: 'mask', slices, complex: 'quadrature' in given, backend });
  const initial = await randomField(p.backend, p.domain, 2);
  return { ...p.problem, initial, noiseLevel: 0.05, prior: solver.needsPrior ? p.prior : undefined };
}

const last = <T>(list: readonly T[]): T => list[list.length - 1];

export type ExampleCheck = (solver: AnySolver, given: Given) => Promise<void>;

/** Checks of every example. */
export const exampleChecks: { readonly [property: string]: ExampleCheck } = {
  async 'a run resumed from any step gives the same bits'(solver, given) {
    const problem = await problemFor(solver, given);
    const all = await record(solver, problem, given);
    assert.deepEqual(
      all.map(({ event }) => [event.step, event.steps]),
      all.map((_, i) => [i + 1, all.length]),
    );
    for (const at of [1, 3, all.length - 1]) {
      const again = await record(solver, { ...problem, resume: all[at - 1].state }, given);
      assert.equal(again.length, all.length - at);
      assert.equal(again[0].event.step, at + 1);
      assert.deepEqual(last(again).estimate, last(all).estimate);
      assert.deepEqual(last(again).state, last(all).state);
      assert.deepEqual(
        again.map(({ event }) => event.residual),
        all.slice(at).map(({ event }) => event.residual),
      );
    }
  },

  async 'a run resumed at its end gives its result'(solver, given) {
    const problem = await problemFor(solver, given);
    const end = last(await record(solver, problem, given));
    const again = await record(solver, { ...problem, resume: end.state }, given);
    assert.deepEqual(
      again.map(({ event }) => [event.step, event.steps]),
      [[end.event.steps, end.event.steps]],
    );
    assert.deepEqual(again[0].estimate, end.estimate);
  },

  async 'the memory plan is what is allocated'(solver, given) {
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
    await record(solver, { ...problem, backend }, given);
    const plan = solver.memory(domain, range, solver.options(given));
    const onBackend = plan.items.filter(({ where }) => where !== 'host');
    assert.equal(
      onBackend.reduce((sum, item) => sum + item.bytes, 0),
      bytes,
    );
  },

  async 'two and three worker threads give the bits of none'(solver, given) {
    // three slabs, so that every thread has one
    const here = await record(solver, await problemFor(solver, given, undefined, 34), given);
    for (const workers of [2, 3]) {
      const threads = createBackend({ workers });
      try {
        const there = await record(solver, await problemFor(solver, given, threads, 34), given);
        assert.deepEqual(last(there).estimate, last(here).estimate, `${workers} workers`);
        assert.deepEqual(
          there.map(({ event }) => event.residual),
          here.map(({ event }) => event.residual),
        );
      } finally {
        await threads.dispose();
      }
    }
  },
};

/** Checks of a method, made with its first example. */
export const methodChecks: { readonly [property: string]: (solver: AnySolver) => Promise<void> } = {
  async 'an abort ends the run after the step that was going on, and the state then resumes it'(solver) {
    const given = firstOf(solver);
    const problem = await problemFor(solver, given);
    const whole = await record(solver, problem, given);
    const controller = new AbortController();
    let state: SolverState | undefined;
    const error = await failure(async () => {
      for await (const event of solver.run({ ...problem, signal: controller.signal }, solver.options(given))) {
        state = await event.state();
        if (event.step === 2) controller.abort();
      }
    });
    assert.equal(error.code, 'ABORTED');
    assert.equal(state!.step, 2);
    const rest = await record(solver, { ...problem, resume: state }, given);
    assert.deepEqual(last(rest).estimate, last(whole).estimate);
  },

  async 'nothing stays allocated when the run ends, is left early, or fails'(solver) {
    const given = firstOf(solver);
    const problem = await problemFor(solver, given);
    await problem.operator.norm(); // lets the operator make its own scratch
    await record(solver, problem, given);
    const before = problem.backend.memory().current;
    await record(solver, problem, given);
    for await (const event of solver.run(problem, solver.options(given))) if (event.step === 1) break;
    await failure(() => record(solver, { ...problem, signal: AbortSignal.abort() }, given));
    assert.equal(problem.backend.memory().current, before);
  },

  async 'mistakes are named'(solver) {
    const { name } = solver;
    const given = firstOf(solver);
    const steps = 'iterations' in solver.schema.shape ? 'iterations' : 'steps';
    assert.throws(() => solver.options({ nonsense: 1 }), { message: new RegExp(`${name} has no option 'nonsense'`) });
    assert.throws(() => solver.options({ [steps]: 0 }), { message: new RegExp(`'${steps}'.*got 0`) });
    const problem = await problemFor(solver, given);
    const y = problem.backend.field(problem.operator.domain);
    const wrong = await failure(() => record(solver, { ...problem, y }, given));
    assert.match(wrong.message, /measured data.*expected.*row 6.*got.*y 4/);
    const bad: SolverState = { step: 1, fields: { x: new Float32Array(3) } };
    const misfit = await failure(() => record(solver, { ...problem, resume: bad }, given));
    assert.match(misfit.message, /checkpoint.*'x'.*80 values.*3/);
    if (solver.needsPrior) {
      const lacking = await failure(() => record(solver, { ...problem, prior: undefined }, given));
      assert.match(lacking.message, /needs a prior/);
    }
    const [preset] = Object.keys(solver.presets ?? {});
    if (preset) {
      const message = new RegExp(`no preset 'nonsense'.*${preset}`);
      assert.throws(() => solver.options({ compat: 'nonsense' }), { message });
    }
    const broken = await problem.backend.read(problem.y);
    broken[4] = NaN;
    await problem.backend.write(problem.y, broken);
    assert.equal((await failure(() => record(solver, problem, given))).code, 'NOT_FINITE');
  },

  async 'every option has a description for the help'(solver) {
    for (const [option, type] of Object.entries(solver.schema.shape)) {
      assert.ok((type as { description?: string }).description, option);
    }
  },
};

/** The GPU gives what the CPU gives, to the rounding of its float32 sums over a short run. */
export async function backendsAgree(solver: AnySolver, given: Given, gpu: Backend): Promise<void> {
  const [here, there] = [await problemFor(solver, given), await problemFor(solver, given, gpu)];
  const [cpu, other] = [await record(solver, here, given), await record(solver, there, given)];
  const off = relativeError(last(other).estimate, last(cpu).estimate);
  assert.ok(off < 1e-3, `off by ${off}`);
}

/** @throws where a method has none to be tested by */
export function firstOf({ name, examples = [] }: AnySolver): Given {
  assert.ok(examples.length > 0, `${name} has no examples`);
  return examples[0] as Given;
}

async function failure(run: () => Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await run();
  } catch (error) {
    assert.ok(isSlicewiseError(error), String(error));
    return error;
  }
  assert.fail('did not fail');
}
