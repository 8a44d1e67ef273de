import test from 'ava';
import fc from 'fast-check';
import { normals, philoxKey } from '../../../../core/philox.js';
import { noiseCovariance, prewhiten, whitening, type ComplexMatrix } from '../../../../src/modalities/mri/noise/coil-noise.js';

const coils = 4;
/** Independent unit noise in both parts, mixed by a fixed complex matrix: [coil, sample]. */
const mixing = Array.from({ length: coils * coils }, (_, n) => [Math.cos(3 * n) + (n % 5 === 0 ? 2 : 0), Math.sin(7 * n)]);

function scan(count: number, seed: number, offset = 0): Float32Array {
  const white = normals(2 * coils * count, philoxKey(seed), 0, 0, 1);
  const out = new Float32Array(2 * coils * count);
  for (let a = 0; a < coils; a++) {
    for (let n = 0; n < count; n++) {
      let [re, im] = [offset * a, -offset];
      for (let b = 0; b < coils; b++) {
        const [mr, mi] = mixing[a * coils + b];
        const [wr, wi] = [white[2 * (b * count + n)], white[2 * (b * count + n) + 1]];
        re += mr * wr - mi * wi;
        im += mr * wi + mi * wr;
      }
      out[2 * (a * count + n)] = re;
      out[2 * (a * count + n) + 1] = im;
    }
  }
  return out;
}

/** M Mᴴ, the covariance that `mixing` gives to noise of unit variance in each part. */
function exact(): Float64Array {
  const out = new Float64Array(2 * coils * coils);
  for (let a = 0; a < coils; a++)
    for (let b = 0; b < coils; b++)
      for (let k = 0; k < coils; k++) {
        const [p, q] = [mixing[a * coils + k], mixing[b * coils + k]];
        out[2 * (a * coils + b)] += p[0] * q[0] + p[1] * q[1];
        out[2 * (a * coils + b) + 1] += p[1] * q[0] - p[0] * q[1];
      }
  return out;
}

const COUNT = 40000;

test('the covariance is that of the mixing, half the complex second moment', (t) => {
  const { data } = noiseCovariance(scan(COUNT, 1), coils);
  const truth = exact();
  const largest = Math.max(...truth);
  // standard error of an entry ≤ largest / √(samples): 0.5 %; four of them
  t.true(data.every((value, n) => Math.abs(value - truth[n]) < (4 * largest) / Math.sqrt(COUNT)));
});

test('a constant signal is no noise', (t) => {
  const [plain, shifted] = [noiseCovariance(scan(2000, 2), coils), noiseCovariance(scan(2000, 2, 50), coils)];
  // float32 samples around 150 keep 1e-5
  t.true(plain.data.every((value, n) => Math.abs(value - shifted.data[n]) < 1e-3));
});

test('whitened noise has unit standard deviation in each part and no correlation, to sampling error', (t) => {
  const w = whitening(noiseCovariance(scan(COUNT, 3), coils));
  const other = prewhiten(scan(COUNT, 4), [1, coils, COUNT], w); // noise the matrix was not made of
  const { data } = noiseCovariance(other, coils);
  for (let a = 0; a < coils; a++)
    for (let b = 0; b < coils; b++) {
      const [re, im] = [data[2 * (a * coils + b)], data[2 * (a * coils + b) + 1]];
      t.true(Math.abs(re - (a === b ? 1 : 0)) < 8 / Math.sqrt(COUNT) && Math.abs(im) < 8 / Math.sqrt(COUNT), `${a} ${b}`);
    }
  let real = 0;
  for (let n = 0; n < COUNT; n++) real += other[2 * n] ** 2 / COUNT;
  t.true(Math.abs(Math.sqrt(real) - 1) < 0.02);
});

test('W Ψ Wᴴ = 1 exactly, and W is lower triangular', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), (seed) => {
      const psi = noiseCovariance(scan(20, seed), coils);
      const w = whitening(psi);
      return distanceToIdentity(w, psi) < 1e-8 && upper(w) === 0;
    }),
    { seed: 3, numRuns: 50 },
  );
  t.pass();
});

function distanceToIdentity(w: ComplexMatrix, psi: ComplexMatrix): number {
  const at = ({ data, size }: ComplexMatrix, a: number, b: number) => [data[2 * (a * size + b)], data[2 * (a * size + b) + 1]];
  let worst = 0;
  for (let a = 0; a < coils; a++)
    for (let b = 0; b < coils; b++) {
      let [re, im] = [a === b ? -1 : 0, 0];
      for (let j = 0; j < coils; j++)
        for (let k = 0; k < coils; k++) {
          const [[pr, pi], [mr, mi], [qr, qi]] = [at(w, a, j), at(psi, j, k), at(w, b, k)];
          const [tr, ti] = [pr * mr - pi * mi, pr * mi + pi * mr];
          re += tr * qr + ti * qi;
          im += ti * qr - tr * qi;
        }
      worst = Math.max(worst, Math.hypot(re, im));
    }
  return worst;
}

const upper = ({ data, size }: ComplexMatrix): number => {
  let sum = 0;
  for (let a = 0; a < size; a++) for (let b = a + 1; b < size; b++) sum += Math.abs(data[2 * (a * size + b)]);
  return sum;
};

test('twice the bandwidth is twice the variance', (t) => {
  const [one, two] = [noiseCovariance(scan(100, 5), coils), noiseCovariance(scan(100, 5), coils, 2)];
  t.true(two.data.every((value, n) => Math.abs(value - 2 * one.data[n]) < 1e-12));
});

test('slices are whitened alike', (t) => {
  const w = whitening(noiseCovariance(scan(100, 6), coils));
  const a = scan(3, 7);
  const both = prewhiten(Float32Array.from([...a, ...a]), [2, coils, 3], w);
  t.deepEqual(both.slice(0, a.length), both.slice(a.length));
  t.deepEqual(both.slice(0, a.length), prewhiten(a, [1, coils, 3], w));
});

test('a silent coil, a copy of another, too few samples and wrong shapes are refused', (t) => {
  const silent = scan(50, 8);
  silent.fill(0, 2 * 50, 4 * 50);
  t.throws(() => whitening(noiseCovariance(silent, coils)), { code: 'ARGUMENT', message: /coil 1/ });
  const copy = scan(50, 8);
  copy.copyWithin(2 * 50 * 3, 0, 2 * 50);
  t.throws(() => whitening(noiseCovariance(copy, coils)), { code: 'ARGUMENT', message: /coil 3/ });
  t.throws(() => noiseCovariance(scan(4, 8), coils), { code: 'ARGUMENT', message: /4 coils/ });
  t.throws(() => noiseCovariance(new Float32Array(2 * 7), coils), { code: 'SHAPE' });
  const w = whitening(noiseCovariance(scan(50, 8), coils));
  t.throws(() => prewhiten(scan(3, 1), [1, 3, 4], w), { code: 'SHAPE' });
});
