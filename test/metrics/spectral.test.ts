import test from 'ava';
import { compareVolumes } from '../../src/metrics/index.js';
import { makeVolume, type Volume } from '../../volumes/index.js';
import { smallCube } from '../support/cube.js';

const like = (cube: Volume, data: Float32Array): Volume => makeVolume(data, cube.shape, cube);

test('MPSNR is the mean over bands, each with the range of its reference as peak', (t) => {
  const cube = smallCube([4, 12, 13]);
  const size = 12 * 13;
  const ranges = [0, 1, 2, 3].map((b) => {
    const band = cube.data.subarray(b * size, (b + 1) * size);
    return Math.max(...band) - Math.min(...band);
  });
  // an error of ± 1 % … 4 % of each band's range
  const data = cube.data.map((value, n) => {
    const b = Math.floor(n / size);
    return value + ((n % 2 ? 1 : -1) * (b + 1) * ranges[b]) / 100;
  });
  const { spectral } = compareVolumes(like(cube, data), cube);
  const wanted = [1, 2, 3, 4].map((percent) => 20 * Math.log10(100 / percent));
  spectral!.perBand.forEach(({ psnr, rmse, wavelength }, b) => {
    t.true(Math.abs(psnr! - wanted[b]) < 1e-3);
    t.true(Math.abs(rmse - ((b + 1) * ranges[b]) / 100) < 1e-4);
    t.is(wavelength, [400, 440, 600, 630][b]);
  });
  t.true(Math.abs(spectral!.mpsnr! - wanted.reduce((sum, value) => sum + value) / 4) < 1e-3);
  t.is(spectral!.peakSource, 'range of each band');
  const given = compareVolumes(like(cube, data), cube, { peak: 1000 }).spectral!;
  t.true(Math.abs(given.perBand[0].psnr! - 20 * Math.log10(1000 / (ranges[0] / 100))) < 1e-3);
});

test('SAM is the angle of spectra, which a factor does not change; ERGAS the relative error', (t) => {
  const axes = smallCube([2, 1, 3]).axes;
  const cube = makeVolume(Float32Array.from([1, 2, 0, 0, 0, 0]), [2, 1, 3], { axes });
  // the first spectrum by 30°, the second longer, the third has none
  const turned = Float32Array.from([Math.cos(Math.PI / 6), 5, 0, Math.sin(Math.PI / 6), 0, 0]);
  const { spectral } = compareVolumes(like(cube, turned), cube);
  t.true(Math.abs(spectral!.sam! - 15) < 1e-4);
  t.is(spectral!.darkPixels, 1);
  t.is(spectral!.constantBands, 1);
  t.is(spectral!.mssim, null);
  const flat = makeVolume(Float32Array.from([8, 12, 10, 40, 60, 50]), [2, 1, 3], { axes });
  const off = compareVolumes(
    like(
      flat,
      flat.data.map((value, n) => value + (n < 3 ? 1 : 10)),
    ),
    flat,
  ).spectral!;
  // RMSE/mean is 1/10 and 10/50
  t.true(Math.abs(off.ergas! - 100 * Math.sqrt((0.01 + 0.04) / 2)) < 1e-5);
});

test('equal cubes: no error, infinite PSNR is null, SSIM 1; other volumes have no spectral numbers', (t) => {
  const cube = smallCube([3, 12, 12]);
  const { spectral } = compareVolumes(cube, cube);
  t.like(spectral, { mpsnr: null, mssim: 1, ergas: 0 });
  t.true(spectral!.sam! < 1e-4);
  const plain = makeVolume(cube.data, cube.shape);
  t.is(compareVolumes(plain, plain).spectral, undefined);
});
