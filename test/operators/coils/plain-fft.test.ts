import test from 'ava';
import { normals, philoxKey } from '../../../core/philox.js';
import { CentredInverse } from '../../../operators/coils/plain-fft.js';
import { transform } from './phantom.js';

test('the centred inverse is the direct sum: odd, even, prime, powers of two, a single row or column', (t) => {
  for (const [ny, nx] of [
    [8, 16],
    [1, 7],
    [12, 1],
    [1, 1],
    [2, 3],
    [15, 23],
    [18, 31],
    [20, 64],
  ] as const) {
    const values = normals(2 * ny * nx, philoxKey(1), 0, 0, 1);
    const want = transform(values, ny, nx, 1);
    const fft = new CentredInverse(ny, nx);
    for (let again = 0; again < 2; again++) {
      const got = values.slice();
      fft.transform(got);
      const worst = got.reduce((most, value, i) => Math.max(most, Math.abs(value - want[i])), 0);
      t.true(worst < 1e-13, `${ny} × ${nx}: ${worst}`);
    }
  }
});
