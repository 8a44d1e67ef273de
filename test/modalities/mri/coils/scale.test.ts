import test from 'ava';
import { normals, philoxKey } from '../../../../core/philox.js';
import { dataScale, quantile, tissueLevel } from '../../../../src/modalities/mri/coils/scale.js';

test('bright tissue is the 99.5th percentile of what is above a tenth of the 99.9th', (t) => {
  // 60 % background below a tenth, 40 % tissue uniform in 50 … 150, and one hot pixel of 10⁶ in 10⁴
  const n = 10_000;
  const magnitude = Float32Array.from({ length: n }, (_, i) => (i < 6000 ? i / 1000 : 50 + (100 * (i - 6000)) / 4000));
  magnitude[17] = 1e6;
  // 4000 tissue values and the hot one: the 0.995 × 4000th = 3980th, 50 + 3980/40
  t.true(Math.abs(tissueLevel(magnitude) - 149.5) < 1e-3);
  const image = new Float32Array(2 * n);
  magnitude.forEach((value, i) => image.set([value * Math.cos(i), value * Math.sin(i)], 2 * i));
  t.true(Math.abs(dataScale(image) - 149.5) < 1e-3);
});

test('the level follows the data’s unit and forgets order and empty slices in between', (t) => {
  const image = Float32Array.from(normals(4000, philoxKey(1), 0, 0, 1));
  const scale = dataScale(image);
  t.true(Math.abs(dataScale(image.map((v) => v * 1e-7)) / scale - 1e-7) < 1e-12);
  const turned = Float32Array.from({ length: 4000 }, (_, i) => image[i % 2 === 0 ? 3998 - i : 4000 - i]);
  t.is(dataScale(turned), scale);
});

test('quantiles are linear between values', (t) => {
  t.is(quantile([1, 2, 4], 0.5), 2);
  t.is(quantile([1, 2, 4], 0.75), 3);
  t.is(quantile([5], 0.99), 5);
  t.is(tissueLevel(Float32Array.of(...new Float32Array(5000), 3)), 3);
});

test('no signal and NaN are refused', (t) => {
  t.throws(() => dataScale(new Float32Array(10)), { code: 'GEOMETRY', message: /no scale/ });
  t.throws(() => dataScale(new Float32Array(0)), { code: 'GEOMETRY' });
  t.throws(() => dataScale(Float32Array.of(1, NaN)), { code: 'NOT_FINITE' });
});
