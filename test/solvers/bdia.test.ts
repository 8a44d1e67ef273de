import test from 'ava';
import { bdia } from '../../src/samplers/bdia.js';
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
