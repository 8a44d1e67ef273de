import test from 'ava';
import { defineRegulariser } from '../../src/regularisers/define.js';
import { boundsRegulariser } from '../../src/regularisers/bounds.js';
import { regularisers } from '../../src/regularisers/registry.js';
import type { Regulariser } from '../../src/regularisers/regulariser.js';
import { totalVariation } from '../../src/regularisers/total-variation.js';
import { inlineBackend } from '../support/backends.js';
import { relativeError } from '../support/dense.js';
import { onWebGpu } from '../support/every-backend.js';
import { everything, exampleDomains, regulariserChecks } from '../support/regulariser-checks.js';
import { sources, unregistered } from '../support/unregistered.js';

/* Every registered regulariser with the examples that it carries, real and complex. */

const [real, complex] = exampleDomains;

for (const [name, { make, examples, parameters }] of regularisers.entries()) {
  test(`${name}: it has examples, and its name`, (t) => {
    t.true(examples.length > 0);
    for (const example of examples) t.is(make(example).name, name);
    for (const example of examples) t.true(Object.keys(example).every((key) => parameters.includes(key as never)));
  });

  for (const example of examples) {
    for (const domain of exampleDomains) {
      const title = `${name} ${JSON.stringify(example)}, ${domain.dtype}`;
      for (const [property, check] of Object.entries(regulariserChecks)) {
        test(`${property}: ${title}`, async (t) => t.notThrowsAsync(check(make(example), domain)));
      }
      onWebGpu(`what the CPU gives: ${title}`, async (t, gpu) => {
        const here = await everything(make(example), domain, inlineBackend());
        for (const [i, values] of (await everything(make(example), domain, gpu)).entries()) {
          t.true(relativeError(values, here[i]) < 1e-5, `${relativeError(values, here[i])}`);
        }
      });
    }
  }
}

// ones that have no name for flags: bounds, and one by K, Kᴴ and prox with nothing fused
const byHand = defineRegulariser({
  name: 'plain tv-z',
  coupling: 'volume',
  operator: {
    components: (domain) => [domain],
    apply: (x, [out]) => x.backend.dz(x, out, 'replicate'),
    adjoint([d], x) {
      d.backend.lincomb(x);
      d.backend.addDzAdjoint(1, d, x, 'replicate');
    },
  },
  prox: ([v], threshold, [out]) => v.backend.shrink(v, threshold, out),
  penalty: totalVariation({ axes: 'z' }).penalty,
});
for (const [regulariser, domains] of [
  [boundsRegulariser(-0.2, 0.5), [real]],
  [byHand, exampleDomains],
] as const) {
  for (const domain of domains) {
    for (const [property, check] of Object.entries(regulariserChecks)) {
      test(`${property}: ${regulariser.name}, ${domain.dtype}`, async (t) => t.notThrowsAsync(check(regulariser, domain)));
    }
  }
}

const MADE = /name: '([a-z][a-z0-9-]*)',\s*\n\s*(?:parameters|coupling)/g;

test('every regulariser of the folder is registered; one that is not is found', (t) => {
  // bounds belong to the methods that have them
  t.deepEqual(unregistered(sources('src/regularisers'), MADE, [...regularisers.names(), 'bounds']), []);
  const planted = new Map([['src/regularisers/mine.ts', "export const mine: Regulariser = {\n  name: 'mine',\n  coupling: 'slice',"]]);
  t.deepEqual(unregistered(planted, MADE, regularisers.names()), ['mine (src/regularisers/mine.ts)']);
});

// ---- regularisers that are wrong, each of which one check must find ----

const tv = totalVariation({ axes: '3d' });
const wrong = (change: (bound: ReturnType<Regulariser['bind']>) => Partial<ReturnType<Regulariser['bind']>>): Regulariser => ({
  ...tv,
  bind: (domain, backend, fields) => {
    const bound = tv.bind(domain, backend, fields);
    return { ...bound, ...change(bound) };
  },
});

for (const [what, regulariser, property] of [
  ['an adjoint of the other sign', wrong(({ addAdjoint }) => ({ addAdjoint: (w, d, x, n) => addAdjoint(-w, d, x, n) })), 'addAdjoint is'],
  [
    'a normal without the square of its weight',
    wrong(({ addNormal }) => ({ addNormal: (w, x, out, n) => addNormal(1.1 * w, x, out, n) })),
    'addNormal is',
  ],
  [
    'an anisotropic prox for an isotropic penalty',
    wrong(() => ({ prox: (v, t, out) => v.forEach((c, i) => c.backend.shrink(c, t, out[i])) })),
    'prox minimises',
  ],
  ['a prox with half the threshold', wrong(({ prox }) => ({ prox: (v, t, out) => prox(v, t / 2, out) })), 'prox minimises'],
  ['slices said to be independent that are not', { ...tv, coupling: 'slice' } as Regulariser, 'coupling is'],
  [
    'fields that are not planned',
    {
      ...tv,
      bind: (domain, backend, fields) => (backend.field(domain), tv.bind(domain, backend, fields)),
    } as Regulariser,
    'what it allocates',
  ],
] as const) {
  test(`the suite finds ${what}`, async (t) => {
    const [, check] = Object.entries(regulariserChecks).find(([name]) => name.startsWith(property))!;
    await t.throwsAsync(async () => check(regulariser, complex));
  });
}
