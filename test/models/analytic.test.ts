import { space } from '../../core/space.js';
import { identityPrior } from '../../models/analytic/identity.js';
import { totalVariationPrior } from '../../models/analytic/total-variation.js';
import { testArray } from '../support/backends.js';
import { add, norm, relativeError } from '../support/dense.js';
import { onEveryBackend } from '../support/every-backend.js';
import { gaussianProblem, joined, perSlice, randomField } from '../support/gaussian-problem.js';
import { concat, referenceDenoiser, slicesOf } from '../support/reference-solvers.js';
import { identity } from '../support/dense.js';
import { referenceTv, tvObjective, type TvProblem } from '../support/reference-tv.js';

for (const complex of [false, true]) {
  onEveryBackend(
    `the Gaussian denoiser is μ + C(C + σ²)⁻¹(x − μ), in place or not (${complex ? 'complex' : 'real'})`,
    async (t, { backend }) => {
      const p = await gaussianProblem({ complex, backend });
      const x = await randomField(p.backend, p.domain, 3);
      const out = p.backend.field(p.domain);
      const values = concat(perSlice(await p.backend.read(x), p.slices, complex));
      for (const sigma of [1e-3, 0.1, 1, 400]) {
        const wanted = joined(slicesOf(referenceDenoiser(p)(values, sigma), p.slices), complex);
        p.prior.denoise(x, sigma, out);
        t.true(relativeError(await p.backend.read(out), wanted) < 3e-6);
        const copy = p.backend.field(p.domain);
        p.backend.lincomb(copy, [1, x]);
        p.prior.denoise(copy, sigma, copy);
        t.deepEqual(await p.backend.read(copy), await p.backend.read(out));
      }
    },
  );
}

onEveryBackend('the identity prior gives back what it gets', async (t, { backend }) => {
  const domain = space(['slice', 'y', 'x'], [2, 3, 3]);
  const x = await randomField(backend, domain, 1);
  const out = backend.field(domain);
  identityPrior().denoise(x, 5, out);
  t.deepEqual(await backend.read(out), await backend.read(x));
});

onEveryBackend('the TV prior solves its proximal problem, as ADMM does in float64, each slice for itself', async (t, { backend }) => {
  const shape = [2, 4, 5] as const;
  const domain = space(['slice', 'y', 'x'], shape);
  const y = testArray(40, 5);
  const x = backend.field(domain);
  await backend.write(x, y);
  totalVariationPrior(backend, domain, { strength: 0.5, iterations: 400 }).denoise(x, 0.6, x);
  const dense: TvProblem = {
    shape,
    A: identity(20),
    y: Float64Array.from(y),
    axes: 'xy',
    zWeight: 1,
    lambda: 0.3,
    rho: 0.5,
    innerIterations: 30,
    low: -Infinity,
    high: Infinity,
  };
  const reference = referenceTv(dense);
  let wanted = new Float64Array();
  for (let k = 0; k < 300; k++) wanted = reference.next().value as Float64Array<ArrayBuffer>;
  const got = await backend.read(x);
  t.true(relativeError(got, wanted) < 2e-3, `${relativeError(got, wanted)}`);
  t.true(tvObjective(dense, got) < tvObjective(dense, wanted) * (1 + 1e-5));
});

onEveryBackend('the TV prior in thirty rounds takes most of the noise off a piecewise constant image', async (t, { backend }) => {
  const domain = space(['slice', 'y', 'x'], [1, 64, 64]);
  const clean = Float32Array.from({ length: 4096 }, (_, i) => {
    const [r, c] = [Math.floor(i / 64) - 32, (i % 64) - 32];
    return r * r + c * c < 400 ? (Math.abs(r) < 8 && c > 0 ? 0.2 : 0.7) : 0.1;
  });
  const [x, noise] = [backend.field(domain), backend.field(domain)];
  for (const [sigma, kept] of [
    [0.05, 0.45],
    [0.15, 0.45],
    [0.4, 0.45],
  ]) {
    await backend.write(x, clean);
    backend.noise(noise, { seed: 1, step: 0, stream: 0 });
    backend.lincomb(x, [1, x], [sigma, noise]);
    const before = norm(add([1, await backend.read(x)], [-1, clean]));
    const prior = totalVariationPrior(backend, domain);
    prior.denoise(x, sigma, x);
    const after = norm(add([1, await backend.read(x)], [-1, clean]));
    t.log(`σ ${sigma}: error ${(after / before).toFixed(3)} of what it was`);
    t.true(after / before < kept);
    await prior.dispose();
  }
});
