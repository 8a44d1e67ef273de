import { readFileSync } from 'node:fs';
import test from 'ava';
import { MU_WATER, huToMu } from '../../../../core/units.js';
import { phantomGrid, phantoms, projectParallel, rasterise, type Phantom } from '../../../../src/modalities/ct/phantoms/index.js';
import { rayTracer, lineIntegral } from '../../../../src/modalities/ct/phantoms/ray.js';
import { rotationOf, type Ellipsoid } from '../../../../src/modalities/ct/phantoms/phantom.js';
import type { Grid } from '../../../../volumes/measurement.js';
import { type Volume } from '../../../../volumes/volume.js';
import { toNdarray } from '../../../../volumes/ndarray.js';
import { affineOf, spacingOf, placed } from '../../../../core/placement.js';

test('the 2D phantom is that of scikit-image', (t) => {
  // Means of 10×10 blocks of its 400² image (test/golden/scripts/shepp-logan.py), row 0 at +y.
  const golden: number[][] = JSON.parse(readFileSync('test/golden/shepp-logan.json', 'utf8'));
  const phantom = phantoms.get('shepp-logan-2d').make();
  const grid: Grid = {
    ...phantomGrid(phantom, [1, 40, 40]),
    units: 'arbitrary',
    placement: { origin: [0, 0, 0], direction: [1, 0, 0, 0, -1, 0, 0, 0, 1] },
  };
  const { data } = rasterise(phantom, grid, 8);
  let worst = 0;
  let mean = 0;
  golden.flat().forEach((value, n) => {
    worst = Math.max(worst, Math.abs(data[n] - value));
    mean += (data[n] - value) / 1600;
  });
  // Their pixels are in or out; at the edge of a block (10 pixels) that is up to a pixel row of the skull: 0.1.
  t.true(worst < 0.11, `${worst}`);
  t.true(Math.abs(mean) < 2e-3, `${mean}`);
});

test('each phantom: mass of every projection = mass of the rasterised slice', (t) => {
  for (const [name, { make }] of phantoms.entries()) {
    const phantom = make();
    const grid: Grid = { ...phantomGrid(phantom, [3, 96, 96]), units: '1/mm' };
    const volume = rasterise(phantom, grid, 6);
    const pitch = 0.5;
    const geometry = { angles: [0, 31, 90, 163], detectorCount: 1100, detectorPitch: pitch, detectorOffset: 0 };
    const { data } = projectParallel(phantom, geometry, grid, { subSlices: 6 });
    for (let slice = 0; slice < 3; slice++) {
      let expected = 0;
      for (let n = 0; n < 96 * 96; n++) expected += volume.data[slice * 96 * 96 + n];
      const [dx, dy] = spacingOf(grid);
      expected *= dx * dy;
      for (let view = 0; view < 4; view++) {
        let mass = 0;
        for (let bin = 0; bin < 1100; bin++) mass += data[(slice * 4 + view) * 1100 + bin] * pitch;
        // Sampling across rows (6 lines a voxel) and across bins leaves some 1e-4.
        t.true(Math.abs(mass / expected - 1) < 1e-3, `${name}, slice ${slice}, view ${view}: ${mass} for ${expected}`);
      }
    }
  }
});

test('summing the rasterised thorax along rays gives the analytic projection', (t) => {
  const phantom = phantoms.get('thorax').make();
  // Rows from front to back, slices from head to feet: the direction matrix must be honoured.
  const grid: Grid = {
    ...phantomGrid(phantom, [2, 240, 240]),
    ...placed({ spacing: [1.5, 1.5, 4], direction: [1, 0, 0, 0, -1, 0, 0, 0, -1] }),
    units: '1/mm',
  };
  const volume = rasterise(phantom, grid, 3);
  const geometry = { angles: [20, 110, 200], detectorCount: 90, detectorPitch: 4, detectorOffset: 1 };
  const { data } = projectParallel(phantom, geometry, grid, { subRays: 8, subSlices: 3 });
  let square = 0;
  let error = 0;
  let at = 0;
  for (let slice = 0; slice < 2; slice++) {
    for (const angle of geometry.angles) {
      for (let bin = 0; bin < 90; bin++, at++) {
        const numeric = marched(volume, slice, angle, (bin - 44.5) * 4 + 1, 4);
        square += data[at] ** 2;
        error += (numeric - data[at]) ** 2;
      }
    }
  }
  // Voxels of 1.5 mm, bins of 4 mm, no interpolation: 1 %.
  t.true(Math.sqrt(error / square) < 0.01, `${Math.sqrt(error / square)}`);
});

test('a painted phantom has, at every point, the attenuation of the last ellipsoid there', (t) => {
  const phantom = phantoms.get('thorax').make();
  const trace = rayTracer(phantom);
  const tests = phantom.ellipsoids.map(containment).reverse();
  // Points and directions from a small linear congruential generator: 12 lines through the trunk.
  let state = 7;
  const random = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648 - 0.5;
  for (let line = 0; line < 12; line++) {
    const origin = [200 * random(), 120 * random(), 200 * random()];
    const raw = [random(), random(), 0.3 * random()];
    const norm = Math.hypot(...raw);
    const direction = raw.map((c) => c / norm);
    const [ox, oy, oz] = origin;
    const found = lineIntegral(trace(ox, oy, oz, direction[0], direction[1], direction[2]));
    let sum = 0;
    const step = 0.1;
    for (let tt = -600; tt < 600; tt += step) {
      const [x, y, z] = origin.map((o, c) => o + (tt + step / 2) * direction[c]);
      const last = tests.findIndex((contains) => contains(x, y, z));
      if (last >= 0) sum += step * phantom.ellipsoids[tests.length - 1 - last].mu;
    }
    // A step of 0.1 mm misplaces each of some ten boundaries by at most that: 0.02 · 0.1 each.
    t.true(Math.abs(found - sum) < 0.01, `${found} for ${sum}`);
  }
});

test('units: HU, attenuation and water-relative are one object', (t) => {
  const phantom: Phantom = {
    name: 'water',
    combine: 'add',
    size: [10, 10, 10],
    ellipsoids: [{ centre: [0, 0, 0], semiAxes: [100, 100, 100], mu: MU_WATER }],
  };
  const value = (units: Grid['units']) => rasterise(phantom, { ...phantomGrid(phantom, [1, 1, 1]), units }).data[0];
  t.true(Math.abs(value('HU')) < 1e-4);
  t.true(Math.abs(value('1/mm') - huToMu(0)) < 1e-9);
  t.true(Math.abs(value('arbitrary') - 1) < 1e-6);
  t.throws(() => value('reflectance'), { message: /X-ray/ });
});

test('the grid of a phantom is centred on the isocentre', (t) => {
  for (const [, { make }] of phantoms.entries()) {
    const grid = phantomGrid(make(), [7, 20, 31]);
    const m = affineOf(grid);
    for (let c = 0; c < 3; c++) {
      const centre = m[4 * c] * 15 + m[4 * c + 1] * 9.5 + m[4 * c + 2] * 3 + m[4 * c + 3];
      t.true(Math.abs(centre) < 1e-9);
    }
  }
});

/** Whether a point lies in the ellipsoid. */
function containment(e: Ellipsoid): (x: number, y: number, z: number) => boolean {
  const r = rotationOf(e);
  return (x, y, z) => {
    const [dx, dy, dz] = [x - e.centre[0], y - e.centre[1], z - e.centre[2]];
    const along = (a: number) => (r[a] * dx + r[3 + a] * dy + r[6 + a] * dz) / e.semiAxes[a];
    return along(0) ** 2 + along(1) ** 2 + along(2) ** 2 <= 1;
  };
}

/** Nearest-voxel sums along rays over one bin, in world x and y about the grid's centre. */
function marched(volume: Volume, slice: number, angle: number, s: number, width: number): number {
  const theta = (angle * Math.PI) / 180;
  const [n, pixel] = [volume.shape[1], spacingOf(volume)[0]];
  let sum = 0;
  for (let m = 0; m < 16; m++) {
    const across = s + ((m + 0.5) / 16 - 0.5) * width;
    for (let along = -260; along < 260; along += 0.5) {
      const x = across * Math.cos(theta) - along * Math.sin(theta);
      const y = across * Math.sin(theta) + along * Math.cos(theta);
      const i = Math.round(x / pixel + (n - 1) / 2);
      const j = Math.round(-y / pixel + (n - 1) / 2);
      if (i >= 0 && i < n && j >= 0 && j < n) sum += toNdarray(volume).get(slice, j, i) * 0.5;
    }
  }
  return sum / 16;
}
