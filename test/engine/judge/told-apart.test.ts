import test from 'ava';
import { normals, philoxKey } from '../../../core/philox.js';
import { byChance } from '../../../src/modalities/held-out.js';
import { notToldApart } from '../../../src/engine/judge/told-apart.js';

test('methods whose errors scatter more than they differ are not told from the best', (t) => {
  const best = [-4, -5, -3, -6, -4, -5];
  const worse = best.map((error) => error + 2 + 0.01 * Math.cos(error));
  const mixed = best.map((error, n) => error + (n % 2 ? 3 : -2));
  t.deepEqual(notToldApart([best, mixed, worse]), [0, 1]);
  // a constant lead of 1 in 6 trials that scatter by s: told apart where 1 > 2.571 s/√6
  const lead = (s: number) => best.map((error, n) => error + 1 + s * [1, -1, 1, -1, 1, -1][n] * Math.sqrt(5 / 6));
  t.deepEqual(notToldApart([best, lead(0.94)]), [0]);
  t.deepEqual(notToldApart([best, lead(0.97)]), [0, 1]);
});

test('the same prediction counts once, and fewer than three trials tell nothing apart', (t) => {
  t.deepEqual(
    notToldApart([
      [-1, -2, -3],
      [-1, -2, -3],
      [-3, -1, -2],
    ]),
    [0, 2],
  );
  t.deepEqual(
    notToldApart([
      [-1, -2],
      [-2, -1],
    ]),
    [0],
  );
  t.deepEqual(notToldApart([[-1, -2, -3]]), [0]);
  // what counts as the same may be said: the third as the first, not as the second
  const alike = (one: number, other: number): boolean => one === 0 && other === 2;
  const errors = [
    [-1, -2, -3],
    [-3, -1, -1.8],
    [-1, -2.1, -2.7],
  ];
  t.deepEqual(notToldApart(errors), [0, 1, 2]);
  t.deepEqual(notToldApart(errors, alike), [0, 1]);
});

test('what a weight gains by chance is half of what a blend must', (t) => {
  const [values, draws] = [200, 2000];
  const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((sum, v, n) => sum + v * b[n], 0);
  let sum = 0;
  for (let draw = 0; draw < draws; draw++) {
    // noise, told by other noise with the best weight
    const [x, y] = [0, 1].map((stream) => normals(values, philoxKey(draw), 0, 0, stream));
    sum -= 10 * Math.log10(1 - dot(x, y) ** 2 / (dot(x, x) * dot(y, y)));
  }
  const ratio = byChance(values, 1) / (sum / draws);
  t.true(ratio > 1.85 && ratio < 2.15, `${ratio}`);
  t.true(Math.abs(byChance(400, 3) / byChance(200, 1) - 1.5) < 1e-12);
});
