import test from 'ava';
import { createBackend } from '../../src/node.js';
import { Reconstruction } from '../../src/engine/reconstruct.js';
import { readCfl, writeCfl } from '../../volumes/formats/bart/cfl.js';
import { readMaps, withMaps } from '../../volumes/kinds/kspace/maps.js';
import { packNpy } from '../../volumes/formats/npy/array.js';
import { readMeasurement } from '../../volumes/open.js';
import type { ScanOptions } from '../../volumes/scan-options.js';
import { volumeData } from '../../volumes/volume.js';
import { bartPair, directSamples, trajectoryTruth } from '../support/golden-trajectories.js';
import { spacingOf } from '../../core/placement.js';
import { relativeError } from '../support/kspace.js';

const traj = bartPair('traj');
const read = (options: ScanOptions = {}) => readMeasurement(bartPair('ksp'), { trajectory: traj, ...options });
/** BART's `nufft -s` is not orthonormal: 24 = √(24 · 24). */
const BART_SCALE = 24;

test("BART's samples are the sum of our docs over BART's image, kx along the columns", async (t) => {
  const scan = await read();
  t.deepEqual([...scan.shape], [2, 2, 36 * 24]);
  t.deepEqual(scan.geometry, { trajectory: 'radial', readouts: 36 });
  const { data: points } = scan.arrays!.trajectory;
  const expected = directSamples(trajectoryTruth('image').data, trajectoryTruth('maps').data, [24, 24], points);
  const [one, half] = [scan.data.slice(0, expected.length), scan.data.slice(expected.length)];
  t.true(
    relativeError(
      one.map((v) => v / BART_SCALE),
      expected,
    ) < 1e-5,
  );
  t.true(
    relativeError(
      half.map((v) => (2 * v) / BART_SCALE),
      expected,
    ) < 1e-5,
  );
});

test('CG-SENSE with given maps gives the object, and lies as BART’s own inverse does', async (t) => {
  const maps = trajectoryTruth('maps');
  const scan = await read();
  const double = [...maps.data, ...maps.data];
  const mapped = await readMaps([{ name: 'maps.npy', bytes: packNpy(Float32Array.from(double), [2, 2, 24, 24], true) }], scan);
  const backend = createBackend({ workers: 0 });
  const run = new Reconstruction(withMaps(scan, mapped), { method: 'sense', methodOptions: { lambda: 1e-4 }, backend });
  const image = volumeData((await run.result()).volume).slice(0, 24 * 24);
  await backend.dispose();
  const magnitude = (name: string): number[] => {
    const { data } = trajectoryTruth(name);
    return Array.from({ length: 24 * 24 }, (_, p) => Math.hypot(data[2 * p], data[2 * p + 1]));
  };
  const scaled = image.map((v) => v / BART_SCALE);
  // the corners of k-space are missing, and BART's gridding at this size is good to 3 %
  t.true(relativeError(scaled, magnitude('image')) < 0.05, `${relativeError(scaled, magnitude('image'))}`);
  const turned = (f: (y: number, x: number) => number) =>
    relativeError(
      scaled,
      Array.from({ length: 576 }, (_, p) => magnitude('image')[f(Math.floor(p / 24), p % 24)]),
    );
  t.true(turned((y, x) => x * 24 + y) > 0.3 && turned((y, x) => (23 - y) * 24 + x) > 0.3, 'the object has no symmetry');
  // BART's scale is its own
  const bart = magnitude('bart-inverse');
  const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a, (v, i) => v * b[i]).reduce((s, v) => s + v, 0);
  t.true(dot(scaled, bart) / Math.sqrt(dot(scaled, scaled) * dot(bart, bart)) > 0.99);
});

test('without a size the matrix is what the trajectory needs, as BART takes it, and that is told', async (t) => {
  const { grid, meta } = await read();
  t.deepEqual(grid.shape, [2, 24, 24]);
  t.true(meta.warnings!.some((w) => /24 × 24 taken.*11\.5 cycles/.test(w)));
  const wide = await read({ size: [32, 30], spacing: [2, 3, 4] });
  t.deepEqual(
    [wide.grid.shape, spacingOf(wide.grid)],
    [
      [2, 30, 32],
      [2, 3, 4],
    ],
  );
  t.deepEqual(wide.arrays!.trajectory, (await read()).arrays!.trajectory);
  await t.throwsAsync(read({ size: [16] }), { code: 'GEOMETRY', message: /outside.*16 × 16.*≤ 8.*--size/s });
  await t.throwsAsync(read({ size: [24, 24, 3] }), { code: 'ARGUMENT', message: /slices are the 2 measured/ });
});

test('a trajectory as an array of NumPy serves too, in either order of readouts and samples', async (t) => {
  const plain = await read();
  const points = plain.arrays!.trajectory.data;
  const npy = (data: Float32Array, shape: number[]) => [{ name: 'k.npy', bytes: packNpy(data, shape) }];
  const same = await read({ trajectory: npy(points, [36, 24, 2]), trajectoryOrder: 'ky,kx' });
  t.deepEqual(same.arrays!.trajectory, plain.arrays!.trajectory);
  const turned = new Float32Array(points.length);
  for (let r = 0; r < 36; r++)
    for (let s = 0; s < 24; s++) for (const c of [0, 1]) turned[(c * 24 + s) * 36 + r] = points[2 * (r * 24 + s) + 1 - c];
  const other = await read({ trajectory: npy(turned, [2, 24, 36]), trajectoryOrder: 'kx,ky' });
  t.deepEqual(other.arrays!.trajectory, plain.arrays!.trajectory);
});

test('kz, other samples, swapped files, another unit, a trajectory for each slice are refused', async (t) => {
  const { data, dims } = readCfl(traj);
  const changed = (change: (k: Float32Array) => void, to = dims, from = data): ScanOptions => {
    const k = from.slice();
    change(k);
    return { trajectory: writeCfl('traj', k, to) };
  };
  const kz = changed((k) => void (k[4] = 3));
  await t.throwsAsync(read(kz), { code: 'FORMAT_UNSUPPORTED', message: /three dimensions.*kz up to 3/s });
  const fewer = { trajectory: writeCfl('traj', data.slice(0, 6 * 24 * 35), [3, 24, 35]) };
  await t.throwsAsync(read(fewer), { code: 'SHAPE', message: /36×24.*got complex 35×24×3/s });
  const small = changed((k) => k.forEach((v, i) => (k[i] = v / 24)));
  await t.throwsAsync(read(small), { code: 'GEOMETRY', message: /unit.*up to 0\.4792.*pixel/s });
  const pixel = await read({ ...small, trajectoryUnit: 'pixel', size: [24] });
  t.true(relativeError(pixel.arrays!.trajectory.data, (await read()).arrays!.trajectory.data) < 1e-6);
  await t.throwsAsync(read({ ...small, trajectoryUnit: 'pixel' }), { code: 'ARGUMENT', message: /--size/ });
  const twice = Float32Array.from([...data, ...data]);
  const dims2 = [3, 24, 36, ...new Array<number>(10).fill(1), 2];
  t.deepEqual((await read(changed(() => undefined, dims2, twice))).arrays, (await read()).arrays);
  const own = changed((k) => void k[data.length + 6 * 25]++, dims2, twice);
  await t.throwsAsync(read(own), { code: 'FORMAT_UNSUPPORTED', message: /slice 1.*readout 1, sample 1/s });
  const swapped = readMeasurement(traj, { trajectory: bartPair('ksp') });
  await t.throwsAsync(swapped, { code: 'SHAPE', message: /swapped/ });
  await t.throwsAsync(read({ trajectory: bartPair('ksp') }), { code: 'SHAPE', message: /3 coordinates.*swapped/s });
  await t.throwsAsync(read({ trajectory: '@traj' }), { code: 'ARGUMENT', message: /--trajectory traj\.cfl/ });
  await t.throwsAsync(readMeasurement(bartPair('ksp')), { message: /--trajectory traj\.cfl/ });
});

test('maps of another shape are refused', async (t) => {
  const scan = await read();
  const maps = [{ name: 'maps.npy', bytes: packNpy(new Float32Array(2 * 2 * 2 * 24 * 20), [2, 2, 24, 20], true) }];
  await t.throwsAsync(readMaps(maps, scan), { code: 'SHAPE', message: /2×2×24×24.*got 2×2×24×20/s });
});
