import test from 'ava';
import { normals, philoxKey } from '../../../core/philox.js';
import { build, inverse } from '../../support/dense.js';
import { noiseByRegression } from '../../../src/modalities/spectral/noise/regression.js';

test('the noise of a band by regression is what the others cannot predict: 1/(C⁻¹)_bb of the true covariance', (t) => {
  const [bands, pixels] = [20, 4000];
  const key = philoxKey(2);
  const [w, z, noise] = [0, 1, 2].map((n) => normals(bands * pixels, key, n, 0, 1));
  const sigma = Array.from({ length: bands }, (_, b) => 0.01 * (1 + (b % 5)));
  const spectra = Float64Array.from({ length: bands * pixels }, (_, n) => {
    const [p, b] = [Math.floor(n / bands), n % bands];
    return w[b] * z[p] + w[bands + b] * z[pixels + p] + 5 + sigma[b] * noise[n];
  });
  const found = noiseByRegression(spectra, bands)!;
  const covariance = build(bands, bands, (i, j) => w[i] * w[j] + w[bands + i] * w[bands + j] + (i === j ? sigma[i] ** 2 : 0));
  const inverted = inverse(covariance);
  found.forEach((std, b) => {
    const wanted = Math.sqrt(1 / inverted[b][b]);
    // 4000 pixels know it to 1/√8000 = 1.1 %
    t.true(Math.abs(std / wanted - 1) < 0.045, `${b}: ${std}, ${wanted}`);
    // the noise of the others comes on top of the band's own
    t.true(wanted > sigma[b]);
  });
});

test('bands that do not vary have none, and too few pixels give no answer', (t) => {
  const spectra = Float64Array.from({ length: 3 * 100 }, (_, n) => (n % 3 === 1 ? 7 : Math.sin(n)));
  t.is(noiseByRegression(spectra, 3)![1], 0);
  t.is(noiseByRegression(new Float64Array(3 * 12), 3), undefined);
});
