import test from 'ava';
import * as z from 'zod';
import { defineSolver } from '../../src/solvers/define.js';
import { scratch, state } from '../../src/solvers/fields.js';
import { solvers, type AnySolver } from '../../src/solvers/registry.js';
import { onWebGpu } from '../support/every-backend.js';
import { backendsAgree, exampleChecks, firstOf, methodChecks } from '../support/solver-checks.js';
import { sources, unregistered } from '../support/unregistered.js';

/* Every registered method, with the examples that it carries. */

for (const [name, solver] of solvers.entries()) {
  for (const [property, check] of Object.entries(methodChecks)) {
    test(`${name}: ${property}`, async (t) => t.notThrowsAsync(check(solver)));
  }
  for (const given of [firstOf(solver), ...(solver.examples ?? []).slice(1)] as object[]) {
    for (const [property, check] of Object.entries(exampleChecks)) {
      test(`${property}: ${name} ${JSON.stringify(given)}`, async (t) => t.notThrowsAsync(check(solver, given)));
    }
  }
  onWebGpu(`${name}: the image of the CPU`, async (t, gpu) => {
    await t.notThrowsAsync(backendsAgree(solver, firstOf(solver), gpu));
  });
}

const MADE = /(?:defineSolver|defineLoop|admmSolver)\(\{\s*name: '([^']+)'/g;

test('every method of the folder is registered; one that is not is found', (t) => {
  const files = sources('src/solvers');
  // the two that are told in docblocks and forms: `landweber` is the example of defineSolver
  t.deepEqual(unregistered(files, MADE, [...solvers.names(), 'landweber']), []);
  const planted = new Map([['src/solvers/mine.ts', "export const mine = defineSolver({\n  name: 'mine',"]]);
  t.deepEqual(unregistered(planted, MADE, solvers.names()), ['mine (src/solvers/mine.ts)']);
  const files2 = [...files.values()].join('\n');
  for (const name of solvers.names()) t.true(files2.includes(`name: '${name}'`), name);
});

// ---- methods that are wrong, each of which one check must find ----

const schema = z.strictObject({ iterations: z.int().positive().default(6).describe('steps') });
interface Fault {
  /** Momentum that is not in the checkpoint. */
  readonly forgets?: boolean;
  /** A field that is not in the memory plan. */
  readonly hides?: boolean;
  /** A field that is not given back. */
  readonly leaks?: boolean;
  /** An option without words for the help. */
  readonly mute?: boolean;
  /** Goes on where values are not numbers. */
  readonly swallows?: boolean;
}

const gradientDescent = (fault: Fault): AnySolver =>
  defineSolver({
    name: 'gradient-descent',
    schema: fault.mute ? z.strictObject({ iterations: z.int().positive().default(6) }) : schema,
    examples: [{ iterations: 6 }],
    steps: ({ iterations }) => iterations,
    fields: () => ({
      x: state('domain'),
      momentum: fault.forgets ? scratch('domain') : state('domain'),
      gradient: scratch('domain'),
    }),
    prepare({ workspace, backend, operator }) {
      if (fault.hides) workspace.field(operator.domain);
      if (fault.leaks) backend.field(operator.domain);
    },
    step({ backend, operator, y, projection, misfit, fields: { x, momentum, gradient } }) {
      operator.apply(x, projection);
      backend.lincomb(projection, [1, y], [-1, projection]);
      const residual = fault.swallows ? backend.scalars(0, x, 'volume') : misfit.ofDifference(projection);
      operator.adjoint(projection, gradient);
      backend.lincomb(momentum, [0.5, momentum], [1, gradient]);
      backend.lincomb(x, [1, x], [1, momentum]);
      return { residual };
    },
  });

test('the suite lets a method pass that is right', async (t) => {
  const solver = gradientDescent({});
  for (const check of Object.values(methodChecks)) await t.notThrowsAsync(check(solver));
  for (const check of Object.values(exampleChecks)) await t.notThrowsAsync(check(solver, firstOf(solver)));
});

for (const [fault, property] of [
  [{ forgets: true }, 'a run resumed from any step gives the same bits'],
  [{ hides: true }, 'the memory plan is what is allocated'],
  [{ leaks: true }, 'nothing stays allocated when the run ends, is left early, or fails'],
  [{ mute: true }, 'every option has a description for the help'],
  [{ swallows: true }, 'mistakes are named'],
] as [Fault, string][]) {
  test(`the suite finds a method that ${Object.keys(fault)[0]}`, async (t) => {
    const solver = gradientDescent(fault);
    const check = methodChecks[property] ?? ((s: AnySolver) => exampleChecks[property](s, firstOf(s)));
    await t.throwsAsync(async () => check(solver));
  });
}

test('a method without examples is an error', (t) => {
  t.throws(() => firstOf({ ...gradientDescent({}), examples: [] }), { message: /no examples/ });
});
