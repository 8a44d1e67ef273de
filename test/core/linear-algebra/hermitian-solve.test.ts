import test from 'ava';
import { normals, philoxKey } from '../../../core/philox.js';
import { solveHermitian } from '../../../core/linear-algebra/hermitian-solve.js';

test('A x = b to rounding, two right-hand sides; the upper triangle is not read', (t) => {
  const n = 9;
  const draw = (count: number, stream: number) => Float64Array.from(normals(count, philoxKey(3), 0, 0, stream));
  const b = draw(4 * n * n, 1); // [n, 2n] complex
  const [re, im] = [new Float64Array(n * n), new Float64Array(n * n)];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      for (let k = 0; k < 2 * n; k++) {
        const [p, q] = [2 * (2 * n * i + k), 2 * (2 * n * j + k)];
        re[i * n + j] += b[p] * b[q] + b[p + 1] * b[q + 1];
        im[i * n + j] += b[p + 1] * b[q] - b[p] * b[q + 1];
      }
  const [xRe, xIm] = [draw(2 * n, 2), draw(2 * n, 3)];
  const [rightRe, rightIm] = [new Float64Array(2 * n), new Float64Array(2 * n)];
  for (let r = 0; r < 2 * n; r += n)
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        rightRe[r + i] += re[i * n + j] * xRe[r + j] - im[i * n + j] * xIm[r + j];
        rightIm[r + i] += re[i * n + j] * xIm[r + j] + im[i * n + j] * xRe[r + j];
      }
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) re[i * n + j] = im[i * n + j] = NaN;
  solveHermitian(n, re, im, rightRe, rightIm);
  const worst = Math.max(...rightRe.map((v, i) => Math.hypot(v - xRe[i], rightIm[i] - xIm[i])));
  t.true(worst < 1e-10, `${worst}`); // condition about 50
});
