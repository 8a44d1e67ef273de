import test from 'ava';
import type { LinearOperator } from '../../operators/operator.js';
import { operators } from '../../operators/registry.js';
import { kinds } from '../../volumes/kinds/registry.js';
import { inlineBackend } from '../support/backends.js';
import { relativeError } from '../support/dense.js';
import { onWebGpu } from '../support/every-backend.js';
import { everything, operatorChecks, type OperatorUnderTest } from '../support/operator-checks.js';

/* Every registered operator, on the example that its kind carries. */

test('every registered operator has a kind with an example, and every kind an operator', (t) => {
  t.deepEqual([...operators.names()].sort(), [...kinds.names()].sort());
  for (const [name, { example }] of kinds.entries()) t.is(example?.(2).kind, name, name);
});

for (const [name, build] of operators.entries()) {
  const example = (slices: number) => kinds.get(name).example!(slices);
  for (const [property, check] of Object.entries(operatorChecks)) {
    test(`${property}: ${name}`, async (t) => t.notThrowsAsync(check({ build, example })));
  }
  onWebGpu(`what the CPU gives: ${name}`, async (t, gpu) => {
    const here = await everything({ build, example }, 3, inlineBackend());
    for (const [i, values] of (await everything({ build, example }, 3, gpu)).entries()) {
      t.true(relativeError(values, here[i]) < 1e-5, `${relativeError(values, here[i])}`);
    }
  });
}

// ---- operators that are wrong, each of which one check must find ----

/** The operator of a kind, changed. */
function wrong(kind: string, change: (a: LinearOperator) => Partial<LinearOperator>): OperatorUnderTest {
  return {
    example: (slices) => kinds.get(kind).example!(slices),
    async build(scan, grid, backend) {
      const right = await operators.get(kind)(scan, grid, backend);
      return { ...right, ...change(right) };
    },
  };
}

const faults: readonly (readonly [what: string, property: string, under: OperatorUnderTest])[] = [
  [
    'an adjoint of 0.1 % too much',
    'adjoint is',
    wrong('radon.fan', (a) => ({
      adjoint(y, x) {
        a.adjoint(y, x);
        a.backend.lincomb(x, [1.001, x]);
      },
    })),
  ],
  [
    'an adjoint that is added to what was there',
    'adjoint is',
    wrong('radon.parallel', (a) => ({
      adjoint(y, x) {
        const before = a.backend.field(a.domain);
        a.backend.lincomb(before, [1, x]);
        a.adjoint(y, x);
        a.backend.lincomb(x, [1, x], [1, before]);
        before.dispose();
      },
    })),
  ],
  [
    'a transpose where it should be conjugated',
    'adjoint is',
    wrong('fourier.cartesian', (a) => ({
      adjoint(y, x) {
        conjugate(a, y);
        a.adjoint(y, x);
        conjugate(a, x);
      },
    })),
  ],
  [
    'data with something constant in them',
    'apply is',
    wrong('radon.cone', (a) => ({
      apply(x, y) {
        const ones = a.backend.field(a.range);
        a.backend.fill(ones, 1);
        a.apply(x, y);
        a.backend.lincomb(y, [1, y], [1, ones]);
        ones.dispose();
      },
    })),
  ],
  [
    'a normal that forgets the mask',
    'normal is',
    wrong('fourier.cartesian', (a) => ({ normal: (x, out) => a.backend.lincomb(out, [1, x]) })),
  ],
  ['a norm of 2 % too much', 'norm is', wrong('fourier.noncartesian', (a) => ({ norm: async () => 1.02 * (await a.norm()) }))],
  ['slices said to be apart that are not', 'coupling is', wrong('radon.cone', () => ({ coupling: 'slice' }))],
  ['memory that is not given back', 'what it allocates', wrong('radon.fan', (a) => ({ dispose: () => void a.backend.field(a.domain) }))],
  [
    'a geometry that nobody checks',
    'a geometry with',
    {
      ...wrong('radon.fan', () => ({})),
      build: (_, grid, backend) => operators.get('radon.fan')(kinds.get('radon.fan').example!(3), grid, backend),
    },
  ],
  [
    'other bits on other threads',
    'one, two and three',
    wrong('radon.parallel', (a) => ({
      apply(x, y) {
        a.apply(x, y);
        a.backend.lincomb(y, [(a.backend as { workers?: number }).workers ? 1 + 1e-6 : 1, y]);
      },
    })),
  ],
];

/** z ← z̄, on the host. */
function conjugate({ backend }: LinearOperator, field: Parameters<LinearOperator['apply']>[0]): void {
  backend.host({
    name: 'conjugate',
    inputs: [field],
    outputs: [field],
    run: ([values]) => [values.map((v, i) => (i % 2 ? -v : v))],
  });
}

for (const [what, property, under] of faults) {
  test(`the suite finds ${what}`, async (t) => {
    const [, check] = Object.entries(operatorChecks).find(([name]) => name.startsWith(property))!;
    await t.throwsAsync(async () => check(under));
  });
}

test('the suite lets an operator pass that is right', async (t) => {
  for (const check of Object.values(operatorChecks)) await t.notThrowsAsync(check(wrong('radon.fan', () => ({}))));
});
