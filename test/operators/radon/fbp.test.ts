import { filteredBackprojection } from '../../../operators/radon/fbp/fbp.js';
import type { FilterName } from '../../../operators/radon/fbp/filters.js';
import { projectCone, projectFan, projectParallel } from '../../../src/modalities/ct/phantoms/index.js';
import type { Ellipsoid, Phantom } from '../../../src/modalities/ct/phantoms/phantom.js';
import type { Geometry, Grid } from '../../../volumes/measurement.js';
import { IDENTITY_DIRECTION, latticeOf, placed } from '../../../core/placement.js';
import { onEveryBackend } from '../../support/every-backend.js';

/*
 * Oracle: closed-form projections of ellipsoids (src/modalities/ct/phantoms), and the ellipsoids' own values. A wide smooth body, an
 * off-centre insert, so that a wrong turn, flip or offset puts the insert where it is not.
 */
const body: Ellipsoid = { centre: [0, 0, 0], semiAxes: [40, 34, 50], mu: 0.02 };
const insert: Ellipsoid = { centre: [17, 9, 0], semiAxes: [10, 10, 30], mu: 0.01 };
const phantom: Phantom = { name: 'disc', ellipsoids: [body, insert], combine: 'add', size: [100, 100, 100] };

const grid = (
  shape: [number, number, number],
  spacing: [number, number, number],
  direction: readonly number[] = IDENTITY_DIRECTION,
): Grid => ({
  shape,
  ...placed({ spacing, direction }),
  units: '1/mm',
  modality: 'CT',
});

const range = (from: number, step: number, n: number): number[] => Array.from({ length: n }, (_, i) => from + i * step);

/** Mean of slice `k` within `radius` mm of world (x, y). */
function meanAt(image: Float32Array, g: Grid, k: number, x: number, y: number, radius: number): number {
  const [, rows, columns] = g.shape;
  const { spacing, direction } = latticeOf(g);
  let [sum, count] = [0, 0];
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) {
      const px = (i - (columns - 1) / 2) * spacing[0] * direction[0];
      const py = (j - (rows - 1) / 2) * spacing[1] * direction[4];
      if (Math.hypot(px - x, py - y) > radius) continue;
      sum += image[(k * rows + j) * columns + i];
      count++;
    }
  }
  return sum / count;
}

const bins = { detectorCount: 161, detectorPitch: 0.7, detectorOffset: 1.3 };
const fan = { sourceToAxis: 200, sourceToDetector: 330, detectorCount: 201, detectorPitch: 1, detectorOffset: -2.2 };
const curved = { ...fan, detectorShape: 'curved' as const };
/** A fan of 70°: where a flat detector's weights would be far off. */
const near = { ...curved, sourceToAxis: 80, sourceToDetector: 140, detectorCount: 201, detectorPitch: 0.86, detectorOffset: 2 };
const square = grid([2, 110, 110], [1, 1, 1]);

const scans: [string, Geometry & { angles: number[] }, Grid][] = [
  ['parallel, 180°', { ...bins, angles: range(7, 1, 180) }, square],
  ['parallel, 360°', { ...bins, angles: range(0, 2, 180) }, square],
  ['parallel, clockwise, two spacings of views', { ...bins, angles: [...range(0, -0.5, 180), ...range(-90, -1.5, 60)] }, square],
  [
    'parallel, anisotropic and flipped pixels',
    { ...bins, angles: range(0, 1, 180) },
    grid([2, 90, 150], [0.7, 1.2, 1], [1, 0, 0, 0, -1, 0, 0, 0, 1]),
  ],
  ['parallel, 360°, half detector', { ...bins, detectorCount: 81, detectorOffset: 20, angles: range(0, 1, 360) }, square],
  ['fan, 360°', { ...fan, angles: range(0, 1, 360) }, square],
  ['fan, clockwise', { ...fan, angles: range(0, -1, 360) }, square],
  ['fan, short scan 180° + fan', { ...fan, angles: range(33, 1, 216) }, square],
  ['fan, 300°', { ...fan, angles: range(0, -1, 300) }, square],
  ['fan, 360°, half detector', { ...fan, detectorCount: 110, detectorOffset: 32, angles: range(0, 1, 360) }, square],
  ['curved fan, 360°', { ...curved, angles: range(0, 1, 360) }, square],
  ['curved fan, wide, clockwise, short scan', { ...near, angles: range(33, -1, 300) }, square],
  ['curved fan, 360°, half detector', { ...curved, detectorCount: 105, detectorOffset: 32, angles: range(0, 1, 360) }, square],
  ['fan, flipped', { ...fan, angles: range(0, 1, 360) }, grid([2, 110, 110], [1, 1, 1], [-1, 0, 0, 0, -1, 0, 0, 0, 1])],
];

for (const [name, geometry, image] of scans) {
  onEveryBackend(`FBP gives the value of a disc and of its insert within 1 %: ${name}`, async (t, { backend }) => {
    const isFan = 'sourceToAxis' in geometry;
    const kind = isFan ? 'radon.fan' : 'radon.parallel';
    const { data } = (isFan ? projectFan : projectParallel)(phantom, geometry, image);
    const got = await filteredBackprojection({ kind, data, geometry, grid: image }, backend);
    for (const k of [0, 1]) {
      const middle = meanAt(got, image, k, -8, -6, 8);
      const inserted = meanAt(got, image, k, 17, 9, 5);
      const outside = meanAt(got, image, k, -17, 9, 3);
      t.log(`slice ${k}: ${(middle / 0.02).toFixed(4)}, ${(inserted / 0.03).toFixed(4)}`);
      t.true(Math.abs(middle / 0.02 - 1) < 0.01);
      t.true(Math.abs(inserted / 0.03 - 1) < 0.01);
      t.true(Math.abs(outside / 0.02 - 1) < 0.02); // the mirrored place has no insert
    }
  });
}

onEveryBackend('a limited arc keeps the place and roughly the contrast of the insert, parallel and fan', async (t, { backend }) => {
  for (const [kind, geometry, project] of [
    ['radon.parallel', { ...bins, angles: range(0, 1, 140) }, projectParallel],
    ['radon.fan', { ...fan, angles: range(0, 1, 140) }, projectFan],
  ] as const) {
    const { data } = project(phantom, geometry, square);
    const got = await filteredBackprojection({ kind, data, geometry, grid: square }, backend);
    const contrast = meanAt(got, square, 0, 17, 9, 5) - meanAt(got, square, 0, -17, 9, 5);
    t.log(`${kind}: contrast ${(contrast / 0.01).toFixed(2)} of the true one over 140°`);
    t.true(Math.abs(contrast / 0.01 - 1) < 0.35);
  }
});

onEveryBackend(
  'FDK gives the values in the plane of the source within 1 %, full circle and short scan, and nearly so above it',
  async (t, { backend }) => {
    const cone = {
      rows: 40,
      columns: 101,
      rowPitch: 2,
      columnPitch: 2,
      rowOffset: 1,
      columnOffset: -2,
      sourceToAxis: 200,
      sourceToDetector: 330,
    };
    const image = grid([20, 56, 56], [2, 2, 2.1], [1, 0, 0, 0, 1, 0, 0, 0, -1]);
    const tilted: Phantom = {
      ...phantom,
      ellipsoids: [body, { ...insert, centre: [17, 9, 6], semiAxes: [10, 10, 9] }],
    };
    for (const angles of [range(0, 2, 180), range(20, 2, 110)]) {
      const geometry = { ...cone, angles };
      const { data } = projectCone(tilted, geometry);
      const got = await filteredBackprojection({ kind: 'radon.cone', data, geometry, grid: image }, backend);
      for (const k of [9, 10]) {
        const middle = meanAt(got, image, k, -8, -6, 8);
        const inserted = meanAt(got, image, k, 17, 9, 4);
        t.log(`${angles.length} views, slice ${k}: ${(middle / 0.02).toFixed(4)}, ${(inserted / 0.03).toFixed(4)}`);
        t.true(Math.abs(middle / 0.02 - 1) < 0.01);
        t.true(Math.abs(inserted / 0.03 - 1) < 0.01);
      }
      // z runs downwards here: slice 7 lies at z = +5.25, slice 12 at −5.25, where there is no insert
      t.true(Math.abs(meanAt(got, image, 7, 17, 9, 4) / 0.03 - 1) < 0.02);
      t.true(Math.abs(meanAt(got, image, 12, 17, 9, 4) / 0.02 - 1) < 0.02);
    }
  },
);

onEveryBackend('a window lowers noise and keeps the mean; a cutoff of Nyquist changes nothing', async (t, { backend }) => {
  const geometry = { ...bins, angles: range(0, 1, 180) };
  const { data } = projectParallel(phantom, geometry, grid([1, 110, 110], [1, 1, 1]));
  data.forEach((v, i) => (data[i] = v + 0.02 * Math.sin(12.9898 * i * i)));
  const image = grid([1, 110, 110], [1, 1, 1]);
  const spread: number[] = [];
  for (const filter of ['ramp', 'shepp-logan', 'cosine', 'hamming', 'hann'] as FilterName[]) {
    const got = await filteredBackprojection({ kind: 'radon.parallel', data, geometry, grid: image }, backend, {
      filter,
    });
    const mean = meanAt(got, image, 0, -8, -6, 8);
    const square = got.map((v) => (v - mean) ** 2);
    spread.push(meanAt(square, image, 0, -8, -6, 8));
    t.true(Math.abs(mean / 0.02 - 1) < 0.01, filter);
  }
  // Shepp-Logan damps least, Hann most
  t.true(
    spread.every((v, i) => i === 0 || v < spread[i - 1]),
    spread.join(' '),
  );
});

onEveryBackend('a filter that does not exist, and data of another size, are refused by name', async (t, { backend }) => {
  const geometry = { ...bins, angles: [0, 90] };
  const scan = { kind: 'radon.parallel', data: new Float32Array(2 * 2 * 161), geometry, grid: square };
  await t.throwsAsync(filteredBackprojection(scan, backend, { filter: 'han' as never }), {
    message: /hann.*'han'/s,
  });
  await t.throwsAsync(filteredBackprojection({ ...scan, data: new Float32Array(5) }, backend), {
    message: /view, detector\] = \[2, 2, 161\].*5 values/,
  });
});

onEveryBackend('FBP and FDK refuse what they would get wrong, with a method that does not', async (t, { backend }) => {
  const angles = range(0, 2, 180);
  const cone = {
    rows: 4,
    columns: 11,
    rowPitch: 2,
    columnPitch: 2,
    rowOffset: 0,
    columnOffset: 0,
    sourceToAxis: 200,
    sourceToDetector: 330,
  };
  const vectors = angles.map(() => [0, -200, 0, 0, 130, 0, 2, 0, 0, 0, 0, 2]);
  const data = new Float32Array(180 * 4 * 11);
  for (const [kind, geometry] of [
    ['radon.cone', { ...cone, angles, sourceZ: angles }],
    ['radon.cone', { ...cone, angles, detectorShape: 'curved' }],
    ['radon.cone-vec', { vectors, rows: 4, columns: 11 }],
  ] as const) {
    const image = grid([4, 11, 11], [1, 1, 1]);
    await t.throwsAsync(filteredBackprojection({ kind, data, geometry, grid: image }, backend), { code: 'GEOMETRY', message: /cgls/ });
  }
});
