import { readFileSync } from 'node:fs';
import test from 'ava';
import { compareVolumes, errorSummary, percentileInPlace, psnr, ssim2d } from '../../src/metrics/index.js';
import { placed } from '../../core/placement.js';
import { makeVolume, type Units } from '../../volumes/volume.js';

// scikit-image and NumPy on the same closed formulas, in float64: test/golden/scripts/metrics.py
const golden = JSON.parse(readFileSync('test/golden/metrics.json', 'utf8'));
const shape = golden.shape as [number, number, number];

function sample(formula: (k: number, j: number, i: number) => number): Float32Array {
  const [nk, nj, ni] = shape;
  return Float32Array.from({ length: nk * nj * ni }, (_, n) => formula(Math.floor(n / (nj * ni)), Math.floor(n / ni) % nj, n % ni));
}
const truth = (k: number, j: number, i: number) => 900 * Math.sin(0.31 * i + 0.11 * j) * Math.cos(0.23 * j - 0.4 * k) + 40 * k - 150;
const guess = (k: number, j: number, i: number) =>
  1.03 * truth(k, j, i) + 25 + 90 * Math.sin(2.1 * i + 1.3 * j * j + 0.7 * k) + 60 * Math.cos(3.7 * j + 5 * k);
const pair = (units: Units) => [guess, truth].map((f) => makeVolume(sample(f), shape, { units, modality: 'CT' })) as [never, never];

test('PSNR, SSIM of each plane and HU errors are those of scikit-image and NumPy', (t) => {
  const { psnr: decibel, ssim, ssimByPlane, error, peak, clip } = compareVolumes(...pair('HU'));
  t.is(peak, 2000);
  t.deepEqual(clip, { low: -1000, high: 1000 });
  // 1e-6: our volumes are float32, scikit-image was given float64.
  near(t, decibel!, golden.hu.psnr, 1e-6);
  t.is(ssim, ssimByPlane.axial);
  for (const plane of ['axial', 'coronal', 'sagittal'] as const) {
    near(t, ssimByPlane[plane]!, golden.hu.ssimByPlane[plane], 1e-6);
  }
  for (const key of ['mean', 'mae', 'rmse', 'p95'] as const) near(t, error[key], golden.hu[key], 1e-6 * golden.hu[key]);
});

test('without HU the peak is the range of the reference, said so, and nothing is clipped', (t) => {
  const record = compareVolumes(...pair('arbitrary'));
  t.is(record.peakSource, 'range of the reference');
  t.is(record.clip, null);
  near(t, record.peak, golden.arbitrary.peak, 1e-3);
  near(t, record.psnr!, golden.arbitrary.psnr, 1e-5);
  near(t, record.ssimByPlane.coronal!, golden.arbitrary.ssimByPlane.coronal, 1e-6);
});

test('planes follow the world axes, not the array order', (t) => {
  // The same data stored with slices along x, rows along z and columns along y: (i, j, k) → (y, z, x).
  const direction = [0, 0, 1, 1, 0, 0, 0, 1, 0];
  const [a, b] = [guess, truth].map((f) => makeVolume(sample(f), shape, { units: 'HU', ...placed({ direction }) }));
  const { ssimByPlane } = compareVolumes(a, b);
  near(t, ssimByPlane.sagittal!, golden.hu.ssimByPlane.axial, 1e-6);
  near(t, ssimByPlane.axial!, golden.hu.ssimByPlane.coronal, 1e-6);
  near(t, ssimByPlane.coronal!, golden.hu.ssimByPlane.sagittal, 1e-6);
});

test('equal volumes: SSIM 1, no error, PSNR infinite and so null', (t) => {
  const [, b] = pair('HU');
  const record = compareVolumes(b, b);
  t.is(record.psnr, null);
  near(t, record.ssim!, 1, 1e-12);
  t.deepEqual(record.error, { mean: 0, mae: 0, rmse: 0, p95: 0 });
});

test('a plane thinner than the 11×11 window has no SSIM', (t) => {
  const data = Float32Array.from({ length: 4 * 16 * 16 }, (_, n) => n % 97);
  const volume = makeVolume(data, [4, 16, 16], { units: 'HU' });
  const { ssimByPlane } = compareVolumes(volume, volume);
  near(t, ssimByPlane.axial!, 1, 1e-12);
  t.is(ssimByPlane.coronal, null);
  t.is(ssimByPlane.sagittal, null);
});

test('clipping comes before the difference', (t) => {
  t.is(psnr([3000, 0], [1000, 0], { peak: 2000, clip: { low: -1000, high: 1000 } }), Infinity);
  near(t, psnr([3000, 0], [1000, 0], { peak: 2000 }), 10 * Math.log10(2), 1e-12); // mse = 2000²/2
});

test('percentiles interpolate between order statistics', (t) => {
  t.is(percentileInPlace(Float64Array.from([5, 1, 4, 2, 3]), 50), 3);
  near(t, percentileInPlace(Float64Array.from([40, 10, 30, 20]), 95), 38.5, 1e-12); // 10 + 0.95·3·10
  t.is(errorSummary([2, 2], [1, 1]).p95, 1);
});

test('volumes that cannot be compared are refused', (t) => {
  const [a] = pair('HU');
  const [b] = pair('1/mm');
  t.throws(() => compareVolumes(a, b), { message: /different units/ });
  t.throws(() => compareVolumes(a, makeVolume(new Float32Array(8), [2, 2, 2], { units: 'HU' })), { message: /grids/ });
  const holed = makeVolume(sample(guess), shape, { units: 'HU' });
  holed.data[17] = NaN;
  t.throws(() => compareVolumes(holed, a), { message: /NaN or Inf at element 17/ });
  t.throws(() => ssim2d(new Float32Array(100), new Float32Array(100), 10, 10, { dataRange: 1 }), { message: /11×11/ });
  const flat = makeVolume(new Float32Array(8), [2, 2, 2]);
  t.throws(() => compareVolumes(flat, flat), { message: /constant/ });
});

function near(t: { true(v: boolean, m?: string): unknown }, got: number, expected: number, tolerance: number): void {
  t.true(Math.abs(got - expected) <= tolerance, `${got} is not ${expected} ± ${tolerance}`);
}
