import { placed } from '../../../../core/placement.js';
import test from 'ava';
import { projectCone, projectFan, projectParallel, type Phantom } from '../../../../src/modalities/ct/phantoms/index.js';
import type { Grid } from '../../../../volumes/measurement.js';

const MU = 0.02;
const ball = (centre: [number, number, number], radius: number): Phantom => ({
  name: 'ball',
  combine: 'add',
  size: [200, 200, 200],
  ellipsoids: [{ centre, semiAxes: [radius, radius, radius], mu: MU }],
});

const grid = (slices: number, spacing = 10, up = 1): Grid => ({
  shape: [slices, 8, 8],
  ...placed({ spacing: [1, 1, spacing], direction: [1, 0, 0, 0, 1, 0, 0, 0, up] }),
  units: '1/mm',
  modality: 'CT',
});
const radians = (deg: number) => (deg * Math.PI) / 180;
const parallel = { angles: [0, 37, 90, 141, -60], detectorCount: 33, detectorPitch: 3, detectorOffset: 1.7 };
const fan = { ...parallel, sourceToAxis: 300, sourceToDetector: 520 };
const binCentre = (bin: number) => (bin - 16) * 3 + 1.7;

test('parallel: a ball casts its chord, 2√(r² − d²), at s = x cos θ + y sin θ', (t) => {
  const [x, y, z, r] = [12, -23, 4, 19];
  const { data, shape } = projectParallel(ball([x, y, z], r), parallel, grid(5));
  t.deepEqual(shape, [5, 5, 33]);
  eachBin(shape, (slice, view, bin, at) => {
    const theta = radians(parallel.angles[view]);
    const across = binCentre(bin) - (x * Math.cos(theta) + y * Math.sin(theta));
    const d2 = across ** 2 + ((slice - 2) * 10 - z) ** 2;
    t.true(Math.abs(data[at] - MU * 2 * Math.sqrt(Math.max(r * r - d2, 0))) < 1e-6);
  });
});

test('slices stored from head to feet are projected from head to feet', (t) => {
  const phantom = ball([0, 0, 15], 12);
  const up = projectParallel(phantom, parallel, grid(4)).data;
  const down = projectParallel(phantom, parallel, grid(4, 10, -1)).data;
  const perSlice = up.length / 4;
  for (let k = 0; k < 4; k++) {
    t.deepEqual(up.slice(k * perSlice, (k + 1) * perSlice), down.slice((3 - k) * perSlice, (4 - k) * perSlice));
  }
});

test('parallel: a rotated ellipse has the projection of Kak and Slaney (eq. 3.6)', (t) => {
  const [x, y, a, b, alpha] = [9, 14, 31, 12, 25];
  const phantom: Phantom = {
    ...ball([0, 0, 0], 1),
    ellipsoids: [{ centre: [x, y, 0], semiAxes: [a, b, Infinity], rotation: [0, 0, alpha], mu: MU }],
  };
  const { data, shape } = projectParallel(phantom, parallel, grid(1));
  eachBin(shape, (_slice, view, bin, at) => {
    const theta = radians(parallel.angles[view]);
    const turned = theta - radians(alpha);
    const a2 = (a * Math.cos(turned)) ** 2 + (b * Math.sin(turned)) ** 2;
    const s = binCentre(bin) - (x * Math.cos(theta) + y * Math.sin(theta));
    const expected = a2 > s * s ? (2 * MU * a * b * Math.sqrt(a2 - s * s)) / a2 : 0;
    t.true(Math.abs(data[at] - expected) < 1e-6);
  });
});

test('fan: the chord of a ball at its distance from the line source → bin', (t) => {
  const [x, y, r] = [12, -23, 19];
  const { data, shape } = projectFan(ball([x, y, 0], r), fan, grid(1));
  eachBin(shape, (_slice, view, bin, at) => {
    const theta = radians(fan.angles[view]);
    const source = [300 * Math.sin(theta), -300 * Math.cos(theta)];
    const end = [0, 1].map((c) => {
      const axis = [-Math.sin(theta), Math.cos(theta)][c];
      return 220 * axis + binCentre(bin) * [Math.cos(theta), Math.sin(theta)][c];
    });
    const [ex, ey] = [end[0] - source[0], end[1] - source[1]];
    const distance = ((x - source[0]) * ey - (y - source[1]) * ex) / Math.hypot(ex, ey);
    t.true(Math.abs(data[at] - MU * 2 * Math.sqrt(Math.max(r * r - distance ** 2, 0))) < 1e-6);
  });
});

test('cone: the shadow of a small ball is where similar triangles put it, rows along +z', (t) => {
  const [x, y, z, r] = [14, -21, 17, 3];
  const cone = {
    angles: [0, 55, 200],
    rows: 41,
    columns: 61,
    rowPitch: 2,
    columnPitch: 2,
    rowOffset: 3,
    columnOffset: -4,
    sourceToAxis: 300,
    sourceToDetector: 520,
  };
  const { data, shape } = projectCone(ball([x, y, z], r), cone);
  t.deepEqual(shape, [3, 41, 61]);
  cone.angles.forEach((angle, view) => {
    const theta = radians(angle);
    const depth = 300 - x * Math.sin(theta) + y * Math.cos(theta);
    const u = (520 * (x * Math.cos(theta) + y * Math.sin(theta))) / depth;
    const v = (520 * z) / depth;
    let mass = 0;
    let meanU = 0;
    let meanV = 0;
    let peak = 0;
    for (let row = 0; row < 41; row++) {
      for (let column = 0; column < 61; column++) {
        const value = data[(view * 41 + row) * 61 + column];
        mass += value;
        meanU += value * ((column - 30) * 2 - 4);
        meanV += value * ((row - 20) * 2 + 3);
        peak = Math.max(peak, value);
      }
    }
    // The shadow of a ball is very nearly centred on the shadow of its centre; a bin is 2 mm.
    t.true(Math.abs(meanU / mass - u) < 0.2, `u ${meanU / mass} for ${u}`);
    t.true(Math.abs(meanV / mass - v) < 0.2, `v ${meanV / mass} for ${v}`);
    t.true(peak <= MU * 2 * r + 1e-6 && peak > MU * 2 * r * 0.9);
  });
});

test('averaging sub-rays is integrating over the bin', (t) => {
  const coarse = projectFan(ball([5, 8, 0], 20), fan, grid(1), { subRays: 4 }).data;
  const fine = projectFan(ball([5, 8, 0], 20), { ...fan, detectorCount: 4 * 33, detectorPitch: 3 / 4 }, grid(1)).data;
  coarse.forEach((value, n) => {
    const mean = (fine[4 * n] + fine[4 * n + 1] + fine[4 * n + 2] + fine[4 * n + 3]) / 4;
    t.true(Math.abs(value - mean) < 1e-6);
  });
});

test('a geometry that is not one is refused by the field', (t) => {
  const phantom = ball([0, 0, 0], 1);
  t.throws(() => projectParallel(phantom, { ...parallel, angles: [] }, grid(1)), { message: /'angles'/ });
  t.throws(() => projectParallel(phantom, { ...parallel, detectorPitch: -1 }, grid(1)), { message: /'detectorPitch'/ });
  t.throws(() => projectFan(phantom, parallel, grid(1)), { message: /'sourceToAxis'/ });
  t.throws(() => projectFan(phantom, { ...fan, sourceToDetector: 100 }, grid(1)), { message: /at least sourceToAxis/ });
  t.throws(() => projectCone(phantom, fan), { message: /'rows'/ });
});

function eachBin(shape: readonly number[], visit: (slice: number, view: number, bin: number, at: number) => void): void {
  let at = 0;
  for (let k = 0; k < shape[0]; k++) for (let v = 0; v < shape[1]; v++) for (let b = 0; b < shape[2]; b++) visit(k, v, b, at++);
}
