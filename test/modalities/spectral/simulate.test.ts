import test from 'ava';
import { simulateSpectral } from '../../../src/modalities/spectral/simulation/simulate.js';
import { makeVolume } from '../../../volumes/index.js';
import { smallCube } from '../../support/cube.js';

const cube = smallCube();
const [bands, lines, samples] = cube.shape;
const pixels = lines * samples;
const counts = (mask: Float32Array) => ({
  all: mask.reduce((sum, m) => sum + m, 0),
  band: Array.from({ length: bands }, (_, b) => mask.subarray(b * pixels, (b + 1) * pixels).reduce((sum, m) => sum + m, 0)),
  pixel: Array.from({ length: pixels }, (_, p) => Array.from({ length: bands }, (_, b) => mask[b * pixels + p]).reduce((a, m) => a + m, 0)),
});

test('shares and counts that are missing are exact; nothing stays of what is missing', (t) => {
  const missing = counts(simulateSpectral(cube, { missing: 0.9 }).arrays!.mask.data);
  t.true(missing.band.every((n) => n === pixels - Math.round(0.9 * pixels)));
  const some = counts(simulateSpectral(cube, { missingPixels: 0.3 }).arrays!.mask.data);
  t.is(some.pixel.filter((n) => n === 0).length, Math.round(0.3 * pixels));
  t.is(some.all, bands * (pixels - Math.round(0.3 * pixels)));
  const stripes = simulateSpectral(cube, { lines: 3, bands: 2 });
  const { band, pixel } = counts(stripes.arrays!.mask.data);
  t.is(band.filter((n) => n === 0).length, 2);
  t.is(pixel.filter((n) => n === 0).length, 3 * samples);
  t.true(stripes.data.every((value, n) => (stripes.arrays!.mask.data[n] === 1 ? value === cube.data[n] : value === 0)));
  t.deepEqual(stripes.noise, { type: 'none' });
});

test('noise is a share of the range of each band, or of the cube, and told band by band', (t) => {
  for (const scale of ['band', 'cube'] as const) {
    const scan = simulateSpectral(smallCube([8, 60, 60]), { noiseStd: 0.1, scale });
    const truth = smallCube([8, 60, 60]).data;
    const range = (from: number, to: number): number => {
      const part = truth.subarray(from, to);
      return Math.max(...part) - Math.min(...part);
    };
    for (let b = 0; b < 8; b++) {
      const wanted = 0.1 * (scale === 'band' ? range(b * 3600, (b + 1) * 3600) : range(0, truth.length));
      t.true(Math.abs(scan.arrays!.noise.data[b] / wanted - 1) < 1e-6);
      let squares = 0;
      for (let n = b * 3600; n < (b + 1) * 3600; n++) squares += (scan.data[n] - truth[n]) ** 2 / 3600;
      // 3600 values know their deviation to 1/√7200 = 1.2 %
      t.true(Math.abs(Math.sqrt(squares) / wanted - 1) < 0.05, `${scale} ${b}`);
    }
  }
});

test('the same seed is the same scan, another seed another; the scan holds no truth', (t) => {
  const [a, b, c] = [1, 1, 2].map((seed) => simulateSpectral(cube, { missing: 0.5, noiseStd: 0.1, seed }));
  t.deepEqual(a.data, b.data);
  t.notDeepEqual(a.arrays!.mask.data, c.arrays!.mask.data);
  t.deepEqual(Object.keys(a.arrays!).sort(), ['mask', 'noise']);
  t.deepEqual(a.grid.axes, cube.axes);
});

test('no data and bad bands of the cube stay gaps; axes of a plain array are named', (t) => {
  const data = cube.data.slice();
  data[5] = -1;
  data[pixels + 7] = NaN;
  const scan = simulateSpectral(makeVolume(data, cube.shape, { ...cube, meta: { bands: { noData: -1, bad: [3] } } }));
  const { data: mask } = scan.arrays!.mask;
  t.is(
    mask.reduce((sum, m) => sum + m, 0),
    (bands - 1) * pixels - 2,
  );
  t.deepEqual([mask[5], mask[pixels + 7], mask[3 * pixels]], [0, 0, 0]);
  const turned = makeVolume(
    Float32Array.from({ length: data.length }, (_, n) => cube.data[(n % bands) * pixels + Math.floor(n / bands)]),
    [lines, samples, bands],
  );
  t.deepEqual(simulateSpectral(turned, { axes: 'line,sample,band' }).data, cube.data);
  t.throws(() => simulateSpectral(turned, { axes: 'line,sample' }), { code: 'ARGUMENT' });
});

test('more than there is cannot be taken away', (t) => {
  t.throws(() => simulateSpectral(cube, { bands: 16 }), { code: 'ARGUMENT', message: /fewer than the 16/ });
  t.throws(() => simulateSpectral(cube, { lines: 30 }), { code: 'ARGUMENT' });
});
