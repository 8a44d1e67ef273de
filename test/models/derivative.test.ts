import test from 'ava';
import type { Field } from '../../compute/backend.js';
import { identityPrior } from '../../models/analytic/index.js';
import { checkedPrior, type Prior } from '../../models/prior.js';
import { heldPrior } from '../../src/solvers/support.js';
import { onEveryBackend } from '../support/every-backend.js';
import { gaussianProblem, randomField } from '../support/gaussian-problem.js';

/* vjp is the transpose of the derivative. Denoisers here are affine, so that D(x + v) − D(x) is J v without rest. */

const SIGMA = 0.3;

for (const complex of [false, true]) {
  onEveryBackend(`⟨u, J v⟩ = ⟨Jᴴ u, v⟩${complex ? ', complex' : ''}`, async (t, { backend }) => {
    const { prior: gaussian, domain } = await gaussianProblem({ complex, backend });
    const support = await randomField(backend, { ...domain, dtype: 'float32' }, 9);
    await backend.write(
      support,
      (await backend.read(support)).map((v) => Number(v > 0)),
    );
    const [x, u, v] = await Promise.all([1, 2, 3].map((seed) => randomField(backend, domain, seed)));
    const [moved, still, back] = [backend.field(domain), backend.field(domain), backend.field(domain)];
    const product = async (a: Field, b: Field): Promise<number> => (await backend.readScalars(backend.dot(a, b, 'volume')))[0];

    const held = (prior: Prior) => heldPrior(prior, { backend, support });
    for (const prior of [gaussian, identityPrior(), checkedPrior(gaussian), held(gaussian), held(checkedPrior(identityPrior()))]) {
      backend.lincomb(moved, [1, x], [1, v]);
      prior.denoise(moved, SIGMA, moved);
      prior.denoise(x, SIGMA, still);
      backend.lincomb(moved, [1, moved], [-1, still]);
      prior.vjp!(x, SIGMA, u, back);
      const [left, right] = [await product(u, moved), await product(back, v)];
      t.true(Math.abs(left - right) < 1e-4 * Math.sqrt((await product(u, u)) * (await product(v, v))), `${left} ${right}`);
      t.true(Math.abs(left) > 1e-3);
      backend.lincomb(moved, [1, u]);
      prior.vjp!(x, SIGMA, moved, moved);
      backend.lincomb(moved, [1, moved], [-1, back]);
      t.is(await product(moved, moved), 0, 'v and out may be one field');
    }
  });
}

test('a prior without a derivative has none when it is checked or held', async (t) => {
  const { prior, backend, domain } = await gaussianProblem();
  const without = { ...prior, vjp: undefined };
  t.is(checkedPrior(without).vjp, undefined);
  const support = await randomField(backend, domain, 1);
  t.is(heldPrior(without, { backend, support }).vjp, undefined);
});
