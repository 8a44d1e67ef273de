import { IDENTITY_DIRECTION, type Lattice, placed } from '../../../core/placement.js';
import fc from 'fast-check';
import { sizeOf } from '../../../core/space.js';
import { coneRadon } from '../../../operators/radon/cone/cone.js';
import { projectCone, rasterise } from '../../../src/modalities/ct/phantoms/index.js';
import { volumeData } from '../../../volumes/volume.js';
import type { Backend } from '../../../compute/backend.js';
import type { Phantom } from '../../../src/modalities/ct/phantoms/phantom.js';
import type { Grid } from '../../../volumes/measurement.js';
import { testArray } from '../../support/backends.js';
import { onEveryBackend } from '../../support/every-backend.js';
import { adjointError } from '../../support/operators.js';

const grid = (shape: Grid['shape'], spacing: Lattice['spacing'] = [1, 1, 1], direction: readonly number[] = IDENTITY_DIRECTION): Grid => ({
  shape,
  ...placed({ spacing, direction }),
  units: '1/mm',
  modality: 'CT',
});

onEveryBackend('adjoint is the transpose for any shape, spacing, offsets, flips and slabs', async (t, { backend, runs }) => {
  let worst = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        slices: fc.constantFrom(1, 2, 5, 17, 20, 40),
        views: fc.constantFrom(1, 5, 20, 33),
        h: fc.integer({ min: 1, max: 15 }),
        w: fc.integer({ min: 1, max: 15 }),
        spacing: fc.tuple(...[0, 1, 2].map(() => fc.double({ min: 0.4, max: 2, noNaN: true }))),
        rows: fc.integer({ min: 1, max: 40 }),
        columns: fc.integer({ min: 1, max: 23 }),
        rowPitch: fc.double({ min: 0.2, max: 6, noNaN: true }),
        offsets: fc.tuple(fc.double({ min: -5, max: 5, noNaN: true }), fc.double({ min: -5, max: 5, noNaN: true })),
        start: fc.double({ min: -400, max: 400, noNaN: true }),
        flips: fc.tuple(fc.constantFrom(1, -1), fc.constantFrom(1, -1), fc.constantFrom(1, -1)),
        climb: fc.constantFrom(0, 0.7),
      }),
      async ({ slices, views, h, w, spacing, rows, columns, rowPitch, offsets, start, flips, climb }) => {
        const angles = Array.from({ length: views }, (_, v) => start + 17.3 * v);
        const geometry = {
          angles,
          rows,
          columns,
          rowPitch,
          columnPitch: 1.3,
          rowOffset: offsets[0],
          columnOffset: offsets[1],
          sourceToAxis: 40,
          sourceToDetector: 70,
          sourceZ: angles.map((_, v) => climb * (v - views / 2)),
        };
        const direction = [flips[0], 0, 0, 0, flips[1], 0, 0, 0, flips[2]];
        const a = coneRadon(geometry, grid([slices, h, w], spacing as [number, number, number], direction), backend);
        const error = await adjointError(a, 5);
        a.dispose();
        if (Number.isFinite(error)) worst = Math.max(worst, error); // 0/0: no ray meets the image
        return !(error >= 1e-5);
      },
    ),
    { numRuns: 2 * runs },
  );
  t.log(`worst relative error ${worst.toExponential(1)}`);
  t.true(worst > 0 && worst < 1e-5);
});

/** Three unlike ellipsoids, none of them in the middle. */
const phantom: Phantom = {
  name: 'three',
  ellipsoids: [
    { centre: [4, -3, 2], semiAxes: [28, 20, 24], rotation: [10, 20, 30], mu: 0.02 },
    { centre: [14, 4, 9], semiAxes: [6, 5, 8], mu: 0.03 },
    { centre: [-10, -6, -7], semiAxes: [5, 7, 4], mu: -0.015 },
  ],
  combine: 'add',
  size: [70, 70, 70],
};

const circle = {
  rows: 40,
  columns: 60,
  rowPitch: 3,
  columnPitch: 2.5,
  rowOffset: 2,
  columnOffset: -4,
  sourceToAxis: 150,
  sourceToDetector: 240,
  angles: [0, 33, 90, 145, 260],
};

/** Relative RMS difference. */
function difference(a: Float32Array, b: Float32Array): number {
  let [d, s] = [0, 0];
  a.forEach((v, i) => ((d += (v - b[i]) ** 2), (s += b[i] ** 2)));
  return Math.sqrt(d / s);
}

async function projected(geometry: object, image: Grid, backend: Backend): Promise<Float32Array> {
  const a = coneRadon(geometry, image, backend);
  const [x, y] = [a.backend.field(a.domain), a.backend.field(a.range)];
  await a.backend.write(x, volumeData(rasterise(phantom, image, 3)));
  a.apply(x, y);
  return a.backend.read(y);
}

onEveryBackend('ellipsoids project to their closed form; a turned, mirrored or shifted convention does not', async (t, { backend }) => {
  const { data } = projectCone(phantom, circle);
  const at = (spacing: Lattice['spacing'], direction: readonly number[] = IDENTITY_DIRECTION): Grid =>
    grid(spacing.map((s) => Math.ceil(70 / s)).reverse() as [number, number, number], spacing, direction);
  // voxels cut the ellipsoids' edges into steps; the error falls with the voxels' size
  const coarse = difference(await projected(circle, at([2, 2, 2]), backend), data);
  const fine = difference(await projected(circle, at([1, 1, 1]), backend), data);
  t.log(`relative RMS error ${(100 * coarse).toFixed(2)} % with voxels of 2 mm, ${(100 * fine).toFixed(2)} % of 1 mm`);
  t.true(coarse < 0.06 && fine < 0.025 && fine < 0.5 * coarse);
  // the object is rasterised in the world, so an axis of the grid may run either way
  const flipped = difference(await projected(circle, at([0.8, 1.2, 1.5], [-1, 0, 0, 0, 1, 0, 0, 0, -1]), backend), data);
  t.true(flipped < 0.03, `${flipped}`);
  const wrong: [string, object][] = [
    ['clockwise', { angles: circle.angles.map((a) => -a) }],
    ['half a turn', { angles: circle.angles.map((a) => a + 180) }],
    ['column offset', { columnOffset: 4 }],
    ['row offset', { rowOffset: -2 }],
    ['source and detector swapped', { sourceToAxis: 90 }],
  ];
  for (const [name, change] of wrong) {
    const error = difference(projectCone(phantom, { ...circle, ...change }).data, data);
    t.log(`${name}: ${(100 * error).toFixed(0)} %`);
    t.true(error > 0.1, `${name}: ${error}`); // what the lines above would have seen
  }
});

onEveryBackend('a helical scan equals circular scans of the object moved the other way', async (t, { backend }) => {
  const image = grid([40, 30, 30], [2, 2, 2]);
  const data = new Float32Array(40 * 900);
  data.set(testArray(20 * 900, 3), 10 * 900);
  const shift = 3; // slices
  const moved = new Float32Array(40 * 900);
  moved.set(data.subarray(10 * 900, 30 * 900), (10 - shift) * 900);
  const project = async (geometry: object, x: Float32Array): Promise<Float32Array> => {
    const a = coneRadon(geometry, image, backend);
    const [f, y] = [backend.field(a.domain), backend.field(a.range)];
    await backend.write(f, x);
    a.apply(f, y);
    return backend.read(y);
  };
  const helical = await project({ ...circle, angles: [0, 77], sourceZ: [0, shift * 2] }, data);
  const still = await project({ ...circle, angles: [0, 77] }, data);
  const lowered = await project({ ...circle, angles: [0, 77] }, moved);
  const half = helical.length / 2;
  t.true(difference(helical.subarray(0, half), still.subarray(0, half)) < 1e-6);
  t.true(difference(helical.subarray(half), lowered.subarray(half)) < 1e-5);
});

onEveryBackend('one voxel spreads over the detector as trilinear interpolation along the rays says', async (t, { backend }) => {
  // Independent of the kernel: every ray sampled where it crosses the voxel's rows (its main axis is y here), weight = hat(x) · hat(z).
  const geometry = { ...circle, angles: [8], columnOffset: 0, rowOffset: 0 };
  const image = grid([6, 7, 8], [2, 3, 2.5]);
  const a = coneRadon(geometry, image, backend);
  const [x, y] = [backend.field(a.domain), backend.field(a.range)];
  const data = new Float32Array(sizeOf(a.domain));
  const [k, j, i] = [4, 5, 2];
  data[(k * 7 + j) * 8 + i] = 1;
  await backend.write(x, data);
  a.apply(x, y);
  const got = await backend.read(y);
  const theta = (8 * Math.PI) / 180;
  const [c, s] = [Math.cos(theta), Math.sin(theta)];
  const source = [150 * s, -150 * c];
  const expected = new Float32Array(got.length);
  for (let row = 0; row < 40; row++) {
    for (let column = 0; column < 60; column++) {
      const [u, v] = [(column - 29.5) * 2.5, (row - 19.5) * 3];
      const bin = [-90 * s + u * c, 90 * c + u * s];
      const [dx, dy] = [bin[0] - source[0], bin[1] - source[1]];
      const part = ((j - 3) * 3 - source[1]) / dy;
      const [px, pz] = [(source[0] + part * dx) / 2 + 3.5, (part * v) / 2.5 + 2.5];
      const hat = (q: number): number => Math.max(0, 1 - Math.abs(q));
      expected[row * 60 + column] = hat(px - i) * hat(pz - k) * Math.hypot(dx, dy, v) * (3 / Math.abs(dy));
    }
  }
  t.true(expected.some((value) => value > 1));
  t.true(difference(got, expected) < 1e-5);
});

onEveryBackend('the norm agrees with that of the matrix, column by column', async (t, { backend }) => {
  const geometry = {
    ...circle,
    rows: 6,
    columns: 7,
    rowPitch: 4,
    columnPitch: 4,
    angles: [0, 40, 130],
    rowOffset: 0,
    columnOffset: 0,
  };
  const a = coneRadon(geometry, grid([3, 4, 5], [3, 3, 3]), backend);
  const [x, y] = [backend.field(a.domain), backend.field(a.range)];
  const n = sizeOf(a.domain);
  const matrix: Float32Array[] = [];
  for (let i = 0; i < n; i++) {
    await backend.write(
      x,
      Float32Array.from({ length: n }, (_, m) => (m === i ? 1 : 0)),
    );
    a.apply(x, y);
    matrix.push(await backend.read(y));
  }
  const gram = matrix.map((p) => matrix.map((q) => p.reduce((sum, value, m) => sum + value * q[m], 0)));
  let vector = new Array<number>(n).fill(1);
  let square = 0;
  for (let step = 0; step < 2000; step++) {
    const next = gram.map((row) => row.reduce((sum, value, m) => sum + value * vector[m], 0));
    square = Math.hypot(...next);
    vector = next.map((value) => value / square);
  }
  t.true(Math.abs((await a.norm()) / Math.sqrt(square) - 1) < 1e-3);
});
