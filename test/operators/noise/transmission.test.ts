import test from 'ava';
import { addGaussianNoise, addPhotonNoise } from '../../../operators/noise/transmission.js';

const variance = (x: Float32Array, mean: number): number => x.reduce((s, v) => s + (v - mean) ** 2, 0) / x.length;

test('photon noise has variance e^p/I₀ and hardly any bias while counts are high', (t) => {
  const n = 100_000;
  for (const p of [0, 1.5, 4]) {
    const photons = 1e5;
    const y = addPhotonNoise(new Float32Array(n).fill(p), n, photons, 2);
    const want = Math.exp(p) / photons;
    const got = variance(y, p);
    // relative standard error of a variance √(2/n); the logarithm adds 5/(2·count) (second order): 0.14 % at p = 4
    t.true(Math.abs(got / want - 1) < 5 * Math.sqrt(2 / n) + 0.003, `p = ${p}: ${got / want}`);
    const mean = y.reduce((s, v) => s + v, 0) / n;
    t.true(Math.abs(mean - p - want / 2) < 5 * Math.sqrt(want / n), `bias at p = ${p}`); // E[−ln n] − p = 1/(2·count)
  }
});

test('a bin that no photon reaches reads half a photon', (t) => {
  const y = addPhotonNoise(Float32Array.of(60), 1, 1e4, 1);
  t.is(y[0], Math.fround(Math.log(1e4 / 0.5)));
});

test('Gaussian noise has its standard deviation, and slices and seeds differ', (t) => {
  const n = 50_000;
  const clean = new Float32Array(2 * n).fill(1);
  const y = addGaussianNoise(clean, n, 0.02, 4);
  t.true(Math.abs(variance(y, 1) / 4e-4 - 1) < 5 * Math.sqrt(1 / n));
  t.not(y[0], y[n]);
  t.not(y[0], addGaussianNoise(clean, n, 0.02, 5)[0]);
  t.deepEqual(addGaussianNoise(clean, n, 0.02, 4), y);
});

test('impossible noise is refused', (t) => {
  t.throws(() => addPhotonNoise(new Float32Array(1), 1, 0, 1), { name: 'SlicewiseError', message: /photons/ });
  t.throws(() => addGaussianNoise(new Float32Array(1), 1, -1, 1), { name: 'SlicewiseError' });
});
