import test from 'ava';
import { continueToBorder, reachesBorder } from '../../../../src/modalities/mri/coils/border.js';
import { cutCalibration, type Calibration } from '../../../../src/modalities/mri/coils/calibration.js';
import { espiritMaps } from '../../../../src/modalities/mri/coils/espirit.js';
import { coilEnergy, lowResolutionImages } from '../../../../src/modalities/mri/coils/low-resolution.js';
import { differenceUpToPhase, gaussianCoil, polar, roundObject, scan, type Scan } from './phantom.js';

const [COILS, NY, NX] = [6, 72, 60];
const SIZE = [NY, NX] as const;

/** Tissue from the upper edge of the image to the lower one. */
const column = scan(
  [COILS, NY, NX],
  (u, v) => polar(Math.abs(v) < 0.6 ? 1 + 0.3 * Math.sin(4 * u + 3 * v) : 0, 0.5 * u),
  gaussianCoil(COILS),
);
const round = scan([COILS, NY, NX], (u, v) => roundObject(u, 0.8 * v), gaussianCoil(COILS));

const calibrate = ({ kspace, shape }: Scan): Calibration =>
  cutCalibration(kspace, shape, { ky: NY / 2 - 12, kx: NX / 2 - 12, height: 24, width: 24 });

function mapsOf(object: Scan) {
  const calibration = calibrate(object);
  const { maps } = espiritMaps(calibration, { crop: 0 });
  return { maps, energy: coilEnergy(lowResolutionImages(calibration), 1, COILS) };
}

const tissue =
  ({ image }: Scan) =>
  (pixel: number): boolean =>
    Math.hypot(image[2 * pixel], image[2 * pixel + 1]) > 0.1;

test('the object reaches the border along the axes on which it does', (t) => {
  t.deepEqual(reachesBorder(mapsOf(column).energy, SIZE), { y: true, x: false });
  t.deepEqual(reachesBorder(mapsOf(round).energy, SIZE), { y: false, x: false });
});

test('maps continued to the border are nearer to the true ones there, and unchanged inside', (t) => {
  const { maps, energy } = mapsOf(column);
  const periodic = maps.slice();
  continueToBorder(maps, energy, SIZE, { y: true, x: false });
  const error = (m: Float32Array): number => differenceUpToPhase(m, column.maps, COILS, tissue(column));
  t.log(`‖difference‖ ${error(periodic).toFixed(4)} → ${error(maps).toFixed(4)}`);
  t.true(error(maps) < error(periodic) / 2);
  const pixels = NY * NX;
  for (let c = 0; c < COILS; c++) {
    const inner = (m: Float32Array): Float32Array => m.slice(2 * (c * pixels + 12 * NX), 2 * (c * pixels + (NY - 12) * NX));
    t.deepEqual(inner(maps), inner(periodic));
  }
  for (let i = 0; i < pixels; i++) {
    let squares = 0;
    for (let c = 0; c < COILS; c++) squares += maps[2 * (c * pixels + i)] ** 2 + maps[2 * (c * pixels + i) + 1] ** 2;
    t.true(Math.abs(squares - 1) < 1e-5);
  }
});

test('pixels without a map, and slices without signal, stay empty', (t) => {
  const { maps, energy } = mapsOf(column);
  const pixels = NY * NX;
  for (let c = 0; c < COILS; c++) maps.fill(0, 2 * c * pixels, 2 * (c * pixels + 3 * NX + 7));
  continueToBorder(maps, energy, SIZE, { y: true, x: true });
  for (let c = 0; c < COILS; c++) t.true(maps.slice(2 * c * pixels, 2 * (c * pixels + 3 * NX + 7)).every((v) => v === 0));
  // one column of pixels that the fit does not look at: nothing to continue from
  const thin = mapsOf(column);
  for (let i = 0; i < pixels; i++) {
    if (i % NX === 30) continue;
    for (let c = 0; c < COILS; c++) thin.maps.fill(0, 2 * (c * pixels + i), 2 * (c * pixels + i) + 2);
  }
  const before = thin.maps.slice();
  continueToBorder(thin.maps, thin.energy, SIZE, { y: true, x: false });
  t.true(thin.maps.every((v, i) => Math.abs(v - before[i]) < 1e-6));
  const nothing = new Float32Array(2 * COILS * pixels);
  continueToBorder(nothing, new Float32Array(pixels), SIZE, { y: true, x: true });
  t.true(nothing.every((v) => v === 0));
});
