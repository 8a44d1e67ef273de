import test from 'ava';
import { packNpy } from '../../volumes/formats/npy/array.js';
import { packZip } from '../../volumes/formats/npy/zip.js';
import { readMeasurement } from '../../volumes/open.js';
import type { ScanOptions } from '../../volumes/scan-options.js';
import { directSamples, trajectoryGolden, trajectoryTruth } from '../support/golden-trajectories.js';
import { spacingOf } from '../../core/placement.js';
import { relativeError } from '../support/kspace.js';

const npz = (entries: { [name: string]: Uint8Array }) => [
  {
    name: 'k.npz',
    bytes: packZip(Object.fromEntries(Object.entries(entries).map(([name, bytes]) => [`${name}.npy`, bytes]))),
  },
];

test('SigPy: coord is (ky, kx) in cycles per field of view, and its samples the sum of our docs', async (t) => {
  const file = trajectoryGolden('sigpy.npz');
  const scan = await readMeasurement([file], { axes: 'coil,spoke,readout', size: [24, 20] });
  t.deepEqual([...scan.shape], [1, 2, 60 * 12]);
  t.deepEqual(scan.grid.shape, [1, 20, 24]);
  t.deepEqual(scan.geometry, { trajectory: 'radial', readouts: 60 });
  const rows = (data: readonly number[]) => data.slice(2 * 2 * 24, 2 * 22 * 24);
  const maps = trajectoryTruth('maps').data;
  const both = [...rows(maps), ...rows(maps.slice(maps.length / 2))];
  const points = scan.arrays!.trajectory.data;
  const expected = directSamples(rows(trajectoryTruth('image').data), both, [20, 24], points);
  // SigPy's own gridding is good to 1e-5 with these settings
  t.true(relativeError(scan.data, expected) < 1e-4);
});

/** Three readouts of five samples in two coils: every number different; points too. */
const data = Float32Array.from({ length: 2 * 30 }, (_, n) => n + 1);
const ksp = packNpy(data, [2, 3, 5], true);
const points = Float32Array.from({ length: 2 * 15 }, (_, i) => (i % 2 ? 1 : -1) * (0.5 * i - 6)); // (ky, kx)
const read = (entries: { [name: string]: Uint8Array }, options: ScanOptions = {}) =>
  readMeasurement(npz({ ksp, ...entries }), { axes: 'coil,spoke,sample', ...options });
const swapped = Float32Array.from(points, (_, i) => points[i ^ 1]);

test('a trajectory is read in every form whose order is known', async (t) => {
  const forms: [{ [name: string]: Uint8Array }, ScanOptions][] = [
    [{ coord: packNpy(points, [3, 5, 2]) }, {}],
    [{ traj: packNpy(points, [3, 5, 2]) }, { trajectoryOrder: 'ky,kx' }],
    [{ trajectory: packNpy(swapped, [3, 5, 2]) }, { trajectoryOrder: 'kx,ky' }],
    [{ coord: packNpy(swapped, [3, 5, 2]) }, { trajectoryOrder: 'kx,ky' }],
    [{ ktraj: packNpy(swapped, [3, 5], true) }, {}], // kx + i ky
    [{ mine: packNpy(swapped, [3, 5], true) }, { trajectory: '@mine' }],
    [{ traj: packNpy(first(3), [3, 3, 5]) }, {}], // BART's: kx, ky, kz
    [{ traj: packNpy(first(2), [2, 3, 5]) }, { trajectoryOrder: 'kx,ky' }],
  ];
  for (const [entries, options] of forms) {
    const scan = await read(entries, options);
    t.deepEqual(scan.arrays!.trajectory.data, points, `${Object.keys(entries).join()} ${JSON.stringify(options)}`);
    t.deepEqual([...scan.data], [...data]);
    t.deepEqual(scan.geometry, { trajectory: 'custom', readouts: 3 });
  }

  /** Coordinates along the first axis: kx, ky, and zeros. */
  function first(coordinates: number): Float32Array {
    return Float32Array.from({ length: 15 * coordinates }, (_, i) => {
      const [c, s] = [Math.floor(i / 15), i % 15];
      return c === 2 ? 0 : points[2 * s + 1 - c];
    });
  }
});

test('samples may come before readouts and coils; the data are put in the order slice, coil, sample', async (t) => {
  const turned = new Float32Array(60);
  const k = new Float32Array(30);
  for (let c = 0; c < 2; c++)
    for (let r = 0; r < 3; r++)
      for (let s = 0; s < 5; s++)
        for (const part of [0, 1]) {
          turned[2 * ((s * 3 + r) * 2 + c) + part] = data[2 * ((c * 3 + r) * 5 + s) + part];
          k[2 * (s * 3 + r) + part] = points[2 * (r * 5 + s) + part];
        }
  const entries = { ksp: packNpy(turned, [1, 5, 3, 2], true), coord: packNpy(k, [5, 3, 2]) };
  const scan = await readMeasurement(npz(entries), { axes: '-,readout,interleave,coil' });
  t.deepEqual([...scan.data], [...data]);
  t.deepEqual(scan.arrays!.trajectory.data, points);
  const square = { ksp: packNpy(turned.slice(0, 36), [3, 3, 2], true), coord: packNpy(k.slice(0, 18), [3, 3, 2]) };
  const own = await readMeasurement(npz(square), { axes: 'sample,spoke,coil' });
  // as many samples as readouts: the order is that of the data's axes
  t.is(own.arrays!.trajectory.data[2], k[6]);
});

test('one list of samples, in slices', async (t) => {
  const entries = { ksp: packNpy(data, [2, 1, 15], true), coord: packNpy(points, [15, 2]) };
  const scan = await readMeasurement(npz(entries), { axes: 'slice,coil,sample', size: [40] });
  t.deepEqual([...scan.shape], [2, 1, 15]);
  t.deepEqual(scan.grid.shape, [2, 40, 40]);
  t.is(scan.geometry.readouts, 1);
});

test('nothing is guessed: axes, order, unit, which array', async (t) => {
  const coord = packNpy(points, [3, 5, 2]);
  const asks = async (work: Promise<unknown>, code: string, message: RegExp) => void (await t.throwsAsync(work, { code, message }));
  await asks(readMeasurement(npz({ ksp, coord })), 'ARGUMENT', /2×3×5, complex.*--axes, e\.g\. coil,spoke,sample/s);
  await asks(read({ traj: coord }), 'ARGUMENT', /order of the coordinates.*--trajectory-order/s);
  await asks(read({}), 'ARGUMENT', /no trajectory.*--trajectory @NAME/s);
  await asks(read({ coord }, { axes: 'coil,spoke,readout,sample' }), 'ARGUMENT', /3 different names/);
  await asks(read({ coord }, { axes: 'coil,sample,readout' }), 'ARGUMENT', /at most once each/);
  await asks(read({ coord }, { axes: 'coil,spoke,shot' }), 'ARGUMENT', /sample \(or readout\)/);
  await asks(read({ coord: packNpy(points, [5, 3, 2]) }, { trajectory: '@none' }), 'FORMAT', /none/);
  await asks(read({ coord: packNpy(points.slice(0, 24), [3, 4, 2]) }), 'SHAPE', /3×5×2.*got 3×4×2/s);
  await asks(
    read({
      coord: packNpy(
        points.map((v) => v / 9),
        [3, 5, 2],
      ),
    }),
    'GEOMETRY',
    /unit/,
  );
  await asks(read({ coord }, { trajectoryUnit: '1/m' }), 'ARGUMENT', /--size 256 and --spacing 1/);
  await asks(read({ coord, second: ksp }), 'ARGUMENT', /several arrays.*--dataset/s);
  const three = Float32Array.from({ length: 45 }, (_, i) => i);
  await asks(read({ traj: packNpy(three, [3, 3, 5]) }), 'FORMAT_UNSUPPORTED', /kz up to 44/);
  const nan = points.map((v, i) => (i === 7 ? NaN : v));
  await asks(read({ coord: packNpy(nan, [3, 5, 2]) }, { size: [20] }), 'NOT_FINITE', /\[3, 1\]/);
  const broken = data.map((v, i) => (i === 7 ? NaN : v));
  await asks(read({ ksp: packNpy(broken, [2, 3, 5], true), coord }), 'NOT_FINITE', /\[0, 0, 3\]/);
});

test('radians per pixel and cycles per metre with a size', async (t) => {
  const [rows, columns] = [24, 30];
  const radian = points.map((v, i) => (2 * Math.PI * v) / (i % 2 ? columns : rows));
  const size = [columns, rows];
  const one = await read({ coord: packNpy(radian, [3, 5, 2]) }, { size, trajectoryUnit: 'radian' });
  t.true(relativeError(one.arrays!.trajectory.data, points) < 1e-6);
  const metre = points.map((v, i) => (1000 * v) / (i % 2 ? 2 * columns : 3 * rows));
  const options: ScanOptions = { size, spacing: [2, 3, 5], trajectoryUnit: '1/m' };
  const two = await read({ coord: packNpy(metre, [3, 5, 2]) }, options);
  t.true(relativeError(two.arrays!.trajectory.data, points) < 1e-6);
  t.deepEqual(spacingOf(two.grid), [2, 3, 5]);
});

test('a trajectory in a file of its own belongs to an .npy', async (t) => {
  const trajectory = [{ name: 'coord.npy', bytes: packNpy(points, [3, 5, 2]) }];
  const options: ScanOptions = { axes: 'coil,spoke,sample', trajectory, trajectoryOrder: 'ky,kx' };
  const scan = await readMeasurement([{ name: 'k.npy', bytes: ksp }], options);
  t.deepEqual(scan.arrays!.trajectory.data, points);
});
