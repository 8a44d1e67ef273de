import test from 'ava';
import { bdia } from '../../src/samplers/bdia.js';
import { samplerStep, type SamplerName } from '../../src/samplers/registry.js';
import type { Evaluate } from '../../src/samplers/sampler.js';
import { risingLevels } from '../../src/engine/trust/code.js';
import { testNumbers } from '../support/backends.js';
import { relativeError } from '../support/dense.js';
import { onEveryBackend } from '../support/every-backend.js';
import { gaussianProblem } from '../support/gaussian-problem.js';

onEveryBackend('O7: a path of BDIA goes back to where it came from, which that of DDIM does not', async (t, { backend }) => {
  const { prior, domain } = await gaussianProblem({ backend });
  const [before, at, scratch] = [0, 1, 2].map(() => backend.field(domain));
  const up = risingLevels(20, 0.02, 10);
  const down = [...up].reverse();
  const next = testNumbers(9);
  const image = Float32Array.from({ length: domain.shape.reduce((a, n) => a * n, 1) }, () => 0.3 + 0.2 * next());
  await backend.write(at, image);
  bdia(prior, { before, at }, scratch, up, true);
  const code = await backend.read(at);
  t.true(relativeError(code, image) > 3); // it went somewhere
  // the pair in the other order is where the way down begins
  bdia(prior, { before: at, at: before }, scratch, down, false);
  const largest = Math.max(...(await backend.read(before)).map((v, i) => Math.abs(v - image[i])));
  t.true(largest < 1e-3, `${largest}`); // rounding of float32, which the path carries along

  // DDIM up and down again: ε is asked at other points on the way back
  const ddim = (levels: readonly number[]): void =>
    levels.slice(1).forEach((to, i) => {
      prior.denoise(at, levels[i], scratch);
      backend.lincomb(at, [to / levels[i], at], [1 - to / levels[i], scratch]);
    });
  await backend.write(at, image);
  ddim(up);
  ddim(down);
  const lost = Math.max(...(await backend.read(at)).map((v, i) => Math.abs(v - image[i])));
  t.true(lost > 0.02, `${lost}`);
});

onEveryBackend(
  'O7: the sampler edict is undone line by line; bdia and edict come back from a code, ddim does not',
  async (t, { backend }) => {
    const { prior, domain } = await gaussianProblem({ backend });
    const [x, d, noise, before, ahead, e] = Array.from({ length: 6 }, () => backend.field(domain));
    const up = risingLevels(20, 0.02, 10);
    const sigma = [...up].reverse();
    const next = testNumbers(9);
    const image = Float32Array.from({ length: domain.shape.reduce((a, n) => a * n, 1) }, () => 0.3 + 0.2 * next());
    const evaluate: Evaluate = (at, level, out) => {
      prior.denoise(at, level, out);
      backend.lincomb(at, [1, at], [-1, out]);
    };
    /** Down from step `first` on; the state is there. */
    const decode = (sampler: SamplerName, first: number): void => {
      const fields = { x, d, noise, before: [before], ahead };
      for (let i = first; i < 20; i++) samplerStep({ backend, seed: 1, sampler, eta: 0, sigma, sigmaMax: 10, fields }, i, evaluate);
    };
    const lost = async (): Promise<number> => Math.max(...(await backend.read(x)).map((v, i) => Math.abs(v - image[i])));
    /** e ← ε(from; σ) */
    const slope = (from: typeof x, level: number): void => {
      prior.denoise(from, level, e);
      backend.lincomb(e, [1 / level, from], [-1 / level, e]);
    };

    // EDICT (algorithm 1 of the paper, from below): y ← (y − (1 − p)x)/p; x ← (x − (1 − p)y)/p; then both slopes back
    await backend.write(x, image);
    await backend.write(before, image);
    const p = 0.93;
    for (let i = 19; i >= 0; i--) {
      const [high, low] = [sigma[i], sigma[i + 1]];
      backend.lincomb(before, [1 / p, before], [-(1 - p) / p, x]);
      backend.lincomb(x, [1 / p, x], [-(1 - p) / p, before]);
      slope(x, high);
      backend.lincomb(before, [1, before], [high - low, e]);
      slope(before, high);
      backend.lincomb(x, [1, x], [high - low, e]);
    }
    t.true(relativeError(await backend.read(x), image) > 3);
    // the code is two states, so that the way down does not begin with one
    const fields = { x, d, noise, before: [before], ahead };
    for (let i = 0; i < 20; i++)
      samplerStep({ backend, seed: 1, sampler: 'edict', eta: 0, sigma, sigmaMax: 10, fields, since: i + 1 }, i, evaluate);
    const byEdict = await lost();
    t.true(byEdict < 1e-3, `${byEdict}`);

    // BDIA up by its rule in z = x/√(1 + σ²) from the last pair: z of the higher level from those of the two below
    const alpha = (s: number): number => 1 / Math.sqrt(1 + s * s);
    await backend.write(x, image);
    slope(x, sigma[20]);
    backend.lincomb(before, [1, x], [sigma[19] - sigma[20], e]); // x at σ_19, x at σ_20 in x
    for (let i = 19; i >= 1; i--) {
      const [high, level, low] = [sigma[i - 1], sigma[i], sigma[i + 1]];
      slope(before, level); // the middle of three
      const ratio = alpha(low) / alpha(high);
      // z_high = z_low − Δ(low) + Δ(high), Δ(s) = α_s (x + (s − σ) ε)
      const own = 1 - ratio;
      const ofSlope = high - level - ratio * (low - level);
      backend.lincomb(x, [ratio, x], [own, before], [ofSlope, e]);
      backend.lincomb(ahead, [1, x]);
      backend.lincomb(x, [1, before]);
      backend.lincomb(before, [1, ahead]);
    }
    // before holds x at σ_0, x that at σ_1: step 1 goes on from both
    decode('bdia', 1);
    const byBdia = await lost();
    t.true(byBdia < 1e-3, `${byBdia}`);

    // ddim up by slopes of the lower ends, and down: not the same points
    await backend.write(x, image);
    for (let i = 0; i < 20; i++) {
      slope(x, up[i]);
      backend.lincomb(x, [1, x], [up[i + 1] - up[i], e]);
    }
    decode('ddim', 0);
    const byDdim = await lost();
    t.log({ byEdict, byBdia, byDdim });
    t.true(byDdim > 0.02, `${byDdim}`);
  },
);

test('a path of two levels is one step of Euler', async (t) => {
  const { prior, domain, backend } = await gaussianProblem();
  const [before, at, scratch] = [0, 1, 2].map(() => backend.field(domain));
  backend.fill(at, 0.5);
  bdia(prior, { before, at }, scratch, [0.1, 0.2], true);
  backend.fill(before, 0.5);
  prior.denoise(before, 0.1, scratch);
  backend.lincomb(scratch, [2, before], [-1, scratch]); // x + (.2 − .1)/.1 (x − D)
  t.true(relativeError(await backend.read(at), await backend.read(scratch)) < 1e-6);
});
