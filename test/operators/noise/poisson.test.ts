import test from 'ava';
import { philoxKey } from '../../../core/philox.js';
import { logFactorial, poisson } from '../../../operators/noise/poisson.js';

const draw = (mean: number, n: number, seed = 3): Float64Array => {
  const words = new Uint32Array(4);
  const key = philoxKey(seed);
  return Float64Array.from({ length: n }, (_, e) => poisson(mean, e, 5, 9, key, words));
};

test('Poisson numbers have the mean, variance, skewness and kurtosis of their distribution', (t) => {
  const n = 200_000;
  for (const mean of [0.05, 1, 4.2, 9.99, 10, 13.7, 60, 1e3, 1e5, 1e8]) {
    const x = draw(mean, n);
    const central = (k: number) => x.reduce((sum, v) => sum + (v - mean) ** k, 0) / n;
    // standard errors from the central moments μ2 = λ, μ3 = λ, μ4 = λ + 3λ², μ6 and μ8 to leading orders
    const [m2, m4] = [mean, mean + 3 * mean ** 2];
    const m6 = mean + 25 * mean ** 2 + 15 * mean ** 3;
    const m8 = mean + 119 * mean ** 2 + 490 * mean ** 3 + 105 * mean ** 4;
    t.true(Math.abs(central(1)) < 4.5 * Math.sqrt(m2 / n), `mean ${mean}`);
    t.true(Math.abs(central(2) - m2) < 4.5 * Math.sqrt((m4 - m2 ** 2) / n), `variance at ${mean}`);
    t.true(Math.abs(central(3) - mean) < 4.5 * Math.sqrt(m6 / n), `third moment at ${mean}`);
    t.true(Math.abs(central(4) - m4) < 4.5 * Math.sqrt((m8 - m4 ** 2) / n), `fourth moment at ${mean}`);
  }
});

test('the histogram is the Poisson distribution on both sides of the change of method (χ²)', (t) => {
  for (const mean of [0.7, 9.9, 10.1, 25]) {
    const n = 200_000;
    const x = draw(mean, n, 11);
    const top = Math.ceil(mean + 8 * Math.sqrt(mean) + 4);
    const counts = new Float64Array(top + 1);
    for (const k of x) counts[Math.min(k, top)]++;
    let [chi2, cells] = [0, 0];
    let probability = Math.exp(-mean); // p(k) by its recurrence, not by the sampler's ln k!
    for (let k = 0; k < top; k++, probability *= mean / k) {
      const expected = n * probability;
      if (expected < 8) continue;
      chi2 += (counts[k] - expected) ** 2 / expected;
      cells++;
    }
    // χ² of c cells: mean c, variance 2c
    t.true(chi2 < cells + 4.5 * Math.sqrt(2 * cells), `χ² ${chi2.toFixed(1)} of ${cells} cells at mean ${mean}`);
  }
});

test('mean 0 counts nothing, and a number does not depend on what else is drawn', (t) => {
  t.is(poisson(0, 3, 1, 1, philoxKey(1)), 0);
  const key = philoxKey(3);
  const all = draw(1e4, 50);
  t.is(poisson(1e4, 31, 5, 9, key), all[31]);
  t.not(poisson(1e4, 31, 6, 9, key), all[31]);
});

test('ln k! equals the sum of logarithms', (t) => {
  let sum = 0;
  for (let k = 1; k <= 400; k++) {
    sum += Math.log(k);
    t.true(Math.abs(logFactorial(k) - sum) < 1e-9 * (1 + sum), `k = ${k}`);
  }
});
