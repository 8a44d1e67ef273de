import test from 'ava';
import { cutCalibration } from '../../../../src/modalities/mri/coils/calibration.js';
import { lowResolutionImages, lowResolutionMaps } from '../../../../src/modalities/mri/coils/low-resolution.js';
import { differenceUpToPhase, gaussianCoil, roundObject, scan, transform } from './phantom.js';

const [ny, nx, coils] = [37, 30, 4];
const object = scan([coils, ny, nx], roundObject, gaussianCoil(coils));
const region = { ky: 18 - 6, kx: 15 - 5, height: 13, width: 10 };
const calibration = cutCalibration(object.kspace, object.shape, region);

test('low-resolution images are the windowed centre of k-space, transformed', (t) => {
  const got = lowResolutionImages(calibration);
  for (let c = 0; c < coils; c++) {
    const centre = new Float64Array(2 * ny * nx);
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++) {
        const [j, k] = [y - 18, x - 15];
        if (Math.abs(j) > 6 || k < -5 || k > 4) continue;
        const weight = Math.cos((Math.PI * j) / 13) ** 2 * Math.cos((Math.PI * k) / 10) ** 2;
        for (const part of [0, 1]) {
          const at = 2 * (y * nx + x) + part;
          centre[at] = weight * object.kspace[2 * c * ny * nx + at];
        }
      }
    }
    const want = transform(centre, ny, nx, 1);
    want.forEach((value, i) => t.true(Math.abs(value - got[2 * c * ny * nx + i]) < 1e-6));
  }
});

test('low-resolution maps are near those of the phantom, of unit sum of squares inside and 0 outside', (t) => {
  const { maps, magnitude } = lowResolutionMaps(calibration);
  const signal = (i: number) => Math.hypot(object.image[2 * i], object.image[2 * i + 1]) > 0.1;
  const difference = differenceUpToPhase(maps, object.maps, coils, signal);
  t.log(`NRMSE ${difference.toFixed(3)}`);
  t.true(difference < 0.12); // a window of 13 × 10 samples blurs over some 5 pixels of 37
  const pixels = ny * nx;
  let outside = 0;
  for (let i = 0; i < pixels; i++) {
    let sum = 0;
    for (let c = 0; c < coils; c++) sum += maps[2 * (c * pixels + i)] ** 2 + maps[2 * (c * pixels + i) + 1] ** 2;
    if (sum === 0) outside++;
    else t.true(Math.abs(sum - 1) < 1e-6);
    t.is(magnitude[i] > 0 && sum > 0, sum > 0);
    if (signal(i)) t.true(sum > 0);
  }
  t.true(outside > 0);
});

test('one coil has a map of 1; a dead coil has a map of 0; a slice without signal has none', (t) => {
  const one = scan([1, 16, 16], roundObject, () => [1, 0]);
  const plane = one.kspace.length;
  const kspace = new Float32Array(4 * plane); // two slices of two coils: signal, dead; nothing, nothing
  kspace.set(one.kspace);
  const { maps } = lowResolutionMaps(cutCalibration(kspace, [2, 2, 16, 16], { ky: 4, kx: 4, height: 8, width: 8 }));
  const inside = maps.subarray(0, plane).filter((_, i) => i % 2 === 0);
  t.true(inside.every((value) => value === 0 || Math.abs(value - 1) < 1e-6) && inside[8 * 16 + 8] > 0);
  t.true(maps.subarray(plane).every((value) => value === 0));
});

test('a crop out of range is refused', (t) => {
  t.throws(() => lowResolutionMaps(calibration, { crop: 1 }), { code: 'ARGUMENT' });
});
