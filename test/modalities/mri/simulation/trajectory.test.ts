import test from 'ava';
import { trajectoryCoverage } from '../../../../operators/fourier/noncartesian/trajectory-coverage.js';
import { complexPlane, transformTo } from '../../../../src/modalities/mri/simulation/encode.js';
import { coilArray, coilMaps } from '../../../../src/modalities/mri/simulation/coils.js';
import { foregroundThreshold, objectExtent, pixelPlane } from '../../../../src/modalities/mri/simulation/object.js';
import { spectrumAlong } from '../../../../src/modalities/mri/simulation/samples.js';
import { radialTrajectory, spiralTrajectory } from '../../../../src/modalities/mri/simulation/trajectory.js';
import { simulateMri, type SimulateMriOptions } from '../../../../src/modalities/mri/simulation/simulate.js';
import type { Measurement } from '../../../../volumes/measurement.js';
import { volumeData } from '../../../../volumes/volume.js';
import { testArray } from '../../../support/backends.js';
import { smallHead } from '../../../support/mr-scans.js';

/** Straight from the definition. */
function directSpectrum(data: ArrayLike<number>, [ny, nx]: readonly [number, number], ky: number, kx: number): number[] {
  let [re, im] = [0, 0];
  for (let at = 0; at < ny * nx; at++) {
    const [y, x] = [Math.floor(at / nx) - Math.floor(ny / 2), (at % nx) - Math.floor(nx / 2)];
    const angle = -2 * Math.PI * ((ky * y) / ny + (kx * x) / nx);
    re += data[2 * at] * Math.cos(angle) - data[2 * at + 1] * Math.sin(angle);
    im += data[2 * at] * Math.sin(angle) + data[2 * at + 1] * Math.cos(angle);
  }
  return [re / Math.sqrt(ny * nx), im / Math.sqrt(ny * nx)];
}

test('the spectrum at any point is the sum of its definition to 1e-10, in even and odd sizes, out to the edge', (t) => {
  for (const shape of [
    [10, 13],
    [9, 16],
    [12, 8],
  ] as const) {
    const data = Float64Array.from(testArray(2 * shape[0] * shape[1], 3));
    const trajectory = [
      0,
      0,
      1,
      -2,
      ...testArray(60, 4).map((v, n) => (v * shape[n % 2]) / 2),
      shape[0] / 2,
      shape[1] / 2,
      -shape[0] / 2,
      0.3,
    ];
    const got = spectrumAlong(trajectory, shape)({ data, shape });
    for (let s = 0; s < trajectory.length / 2; s++) {
      const [re, im] = directSpectrum(data, shape, trajectory[2 * s], trajectory[2 * s + 1]);
      t.true(Math.hypot(got[2 * s] - re, got[2 * s + 1] - im) < 1e-10, `${shape.join()}, sample ${s}`);
    }
  }
});

test('a sample at an integer k is the Cartesian one', async (t) => {
  // one spoke along kx with a sample a cell: the middle line of the Cartesian scan, of odd and even sizes, with noise-free coils and phase
  for (const [rows, columns] of [
    [12, 16],
    [11, 15],
  ]) {
    const head = smallHead([2, rows, columns]);
    const options = { coils: 3, seed: 4 };
    const cartesian = await simulateMri(head, options);
    const along = await simulateMri(head, { ...options, trajectory: 'radial', spokes: 1, readoutOversample: 1 });
    t.deepEqual(along.shape, [2, 3, columns]);
    const { data: k } = along.arrays!.trajectory;
    for (let s = 0; s < columns; s++) t.true(Math.abs(k[2 * s]) < 1e-6 && Math.abs(k[2 * s + 1] - (s - Math.floor(columns / 2))) < 1e-6);
    const largest = Math.max(...cartesian.data.map(Math.abs));
    for (let p = 0; p < 6; p++) {
      const line = cartesian.data.subarray(2 * (p * rows + Math.floor(rows / 2)) * columns).subarray(0, 2 * columns);
      const got = along.data.subarray(2 * p * columns, 2 * (p + 1) * columns);
      // float32 samples at float32 positions
      got.forEach((v, n) => t.true(Math.abs(v - line[n]) < 1e-6 * largest, `${p} ${n}: ${v} ${line[n]}`));
    }
  }
});

test('samples are those of the product of coil and object on the finer grid, by a direct sum', async (t) => {
  const head = smallHead([1, 10, 12]);
  const scan = await simulateMri(head, { coils: 2, seed: 3, phase: 'none', trajectory: 'radial', spokes: 3 });
  const data = volumeData(head);
  const threshold = foregroundThreshold(data);
  const plane = pixelPlane(head, 0, 2);
  const maps = coilMaps(coilArray(2, objectExtent(head, threshold), 3), plane);
  const fine = transformTo(transformTo(complexPlane(data, [10, 12]), [10, 12], 'forward'), [20, 24], 'inverse').data;
  const { data: k } = scan.arrays!.trajectory;
  const largest = Math.max(...scan.data.map(Math.abs));
  for (let coil = 0; coil < 2; coil++) {
    const product = fine.map((v, n) => {
      const [map, i] = [maps.subarray(960 * coil), n - (n % 2)];
      return n % 2 ? fine[i] * map[n] + v * map[i] : v * map[n] - fine[n + 1] * map[n + 1];
    });
    for (let s = 0; s < 72; s++) {
      const [re, im] = directSpectrum(product, [20, 24], k[2 * s], k[2 * s + 1]);
      const at = 2 * (72 * coil + s);
      t.true(Math.hypot(scan.data[at] - re, scan.data[at + 1] - im) < 1e-6 * largest, `${coil} ${s}`);
    }
  }
});

test('spokes: through DC, golden or equal angles, within the matrix; accel is Nyquist ÷ spokes', async (t) => {
  const shape = [20, 32] as const;
  const { points, readouts } = radialTrajectory({ shape, spokes: 7, angles: 'golden', oversampling: 2 });
  t.is(readouts, 7);
  t.is(points.length, 2 * 7 * 64);
  for (let spoke = 0; spoke < 7; spoke++) {
    const at = (i: number): number[] => [...points.subarray(2 * (64 * spoke + i), 2 * (64 * spoke + i) + 2)];
    t.deepEqual(at(32).map(Math.abs), [0, 0]);
    const [y, x] = at(0);
    const angle = (spoke * 111.246117975 * Math.PI) / 180;
    t.true(Math.hypot(y + 10 * Math.sin(angle), x + 16 * Math.cos(angle)) < 1e-4);
    // steps of half a cycle along the longer axis
    t.true(Math.abs(Math.hypot((at(5)[0] - at(4)[0]) / 20, (at(5)[1] - at(4)[1]) / 32) - 1 / 64) < 1e-6);
  }
  const scan = await simulateMri(smallHead([1, 20, 32]), {
    coils: 1,
    trajectory: 'radial',
    accel: 3,
    angles: 'uniform',
  });
  t.deepEqual(scan.shape, [1, 1, 17 * 64]); // π/2 · 32 / 3 = 16.8
  t.like(scan.meta.simulation, { trajectory: { name: 'radial', spokes: 17, samples: 17 * 64, samplesPerReadout: 64 } });
  t.is(scan.geometry.trajectory, 'radial');
});

test('spirals: windings have the gaps that were asked, samples the steps, arms the turns', (t) => {
  const options = { shape: [64, 64], interleaves: 4, calibration: 8, oversampling: 2 } as const;
  for (const [pitch, acceleration] of [
    ['archimedean', 1],
    ['archimedean', 2.5],
    ['variable', 1],
    ['variable', 2],
    ['variable', 3],
  ] as const) {
    const { points, readouts } = spiralTrajectory({ ...options, pitch, acceleration });
    t.is(readouts, 4);
    const samples = points.length / 8;
    const radius = (i: number): number => Math.hypot(points[2 * i], points[2 * i + 1]);
    t.true(points.every((v) => Math.abs(v) <= 32));
    for (let i = 1; i < samples; i++) {
      const step = Math.hypot(points[2 * i] - points[2 * i - 2], points[2 * i + 1] - points[2 * i - 1]);
      t.true(step > 0.42 && step < 0.51, `${pitch} ${acceleration}: step ${i} of ${step}`);
    }
    // how often the arms cross the positive kx axis, and where
    const crossings: number[] = [];
    for (let arm = 0; arm < 4; arm++) {
      for (let i = arm * samples + 1; i < (arm + 1) * samples; i++) {
        const [y0, y1] = [points[2 * i - 2], points[2 * i]];
        if (y0 < 0 && y1 >= 0 && points[2 * i + 1] > 0) crossings.push(radius(i - 1) + ((radius(i) - radius(i - 1)) * y0) / (y0 - y1));
      }
    }
    crossings.sort((a, b) => a - b);
    t.true(Math.abs(crossings.length - 32 / acceleration) <= 2, `${pitch} ${acceleration}: ${crossings.length} windings`);
    const gaps = crossings.slice(1).map((r, n) => r - crossings[n]);
    if (pitch === 'archimedean') gaps.forEach((g) => t.true(Math.abs(g - acceleration) < 0.02 * acceleration, `${g}`));
    else {
      // .7 of a cell within half the calibration region, never narrower farther out
      const inside = gaps.filter((_, n) => crossings[n + 1] < 4);
      t.true(inside.length >= 4);
      inside.forEach((g) => t.true(Math.abs(g - 0.7) < 0.02, `${g}`));
      gaps.forEach((g, n) => t.true(n === 0 || g > 0.97 * gaps[n - 1], `${n}: ${g}`));
    }
  }
  const error = t.throws(() => spiralTrajectory({ ...options, pitch: 'variable', acceleration: 8 }), { code: 'ARGUMENT' });
  const most = Number(/at most ([\d.]+)/.exec(error.message)![1]);
  t.true(spiralTrajectory({ ...options, pitch: 'variable', acceleration: most }).points.length > 0);
});

test('what a trajectory covers: cells met, reach, gaps about DC', (t) => {
  const grid: number[] = [];
  for (let y = -8; y < 8; y++) for (let x = -10; x < 10; x++) grid.push(y, x);
  t.like(trajectoryCoverage(grid, [16, 20], 6), { reach: 1, cells: 320, met: 320, onGrid: true });
  t.true(Math.abs(trajectoryCoverage(grid, [16, 20], 6).gap - Math.SQRT2) < 1e-6);
  const rows = grid.filter((_, n) => grid[n - (n % 2)] % 2 === 0);
  t.is(trajectoryCoverage(rows, [16, 20], 6).met, 160);
  // gaps of two cells between rows: (1, ½) is √(1 + ¼) from the nearest sample
  t.true(Math.abs(trajectoryCoverage(rows, [16, 20], 6).gap - 2 * Math.sqrt(1.25)) < 1e-6);
  const small = grid.map((k) => k / 4);
  t.like(trajectoryCoverage(small, [16, 20], 3), { reach: 0.25, onGrid: false });
});

const noisy: SimulateMriOptions = { coils: 2, seed: 9, trajectory: 'spiral', accel: 1.5, acs: 8 };

test('noise along trajectories: white, of the σ of a Cartesian sample; same seed, same bits', async (t) => {
  const head = smallHead([3, 32, 32]);
  const clean = await simulateMri(head, noisy);
  const scan = await simulateMri(head, { ...noisy, snr: 20 });
  t.deepEqual(await simulateMri(head, { ...noisy, snr: 20 }), scan);
  const { std } = scan.noise as { std: number };
  t.is(std, ((await simulateMri(head, { coils: 2, seed: 9, snr: 20 })).noise as { std: number }).std);
  const noise = scan.data.map((v, n) => v - clean.data[n]);
  const rms = Math.sqrt(noise.reduce((s, v) => s + v * v, 0) / noise.length);
  const values = noise.length; // its relative standard error is 1/√(2 values)
  t.true(Math.abs(rms / std - 1) < 4 / Math.sqrt(2 * values), `${rms / std}`);
  let neighbours = 0;
  for (let n = 2; n < values; n++) neighbours += noise[n] * noise[n - 2];
  t.true(Math.abs(neighbours / values) < (4 * std * std) / Math.sqrt(values));
});

test('maps are written on request, for the image; the true maps are the Cartesian ones', async (t) => {
  const head = smallHead([2, 24, 32]);
  const options = { coils: 3, withMaps: true, seed: 2 };
  const scan: Measurement = await simulateMri(head, { ...options, trajectory: 'radial', spokes: 9 });
  const cartesian = await simulateMri(head, options);
  t.deepEqual(scan.arrays!.maps, cartesian.arrays!.maps);
  t.regex(scan.meta.warnings!.join(), /inverse crime/);
  t.regex(scan.meta.warnings!.join(), /acceleration 5\.59 is more than the 3 coils/);
});

test('what does not go together is refused', async (t) => {
  const refuse = (options: object, message: RegExp) =>
    t.throwsAsync(simulateMri(smallHead([1, 16, 16]), { coils: 1, ...options }), { code: 'ARGUMENT', message });
  await refuse({ trajectory: 'radial', mask: 'poisson' }, /mask and trajectory/);
  await refuse({ trajectory: 'radial', readout: 'slice' }, /readout slice and trajectory/);
  await refuse({ trajectory: 'radial', perSlice: true }, /perSlice: is for masks/);
  await refuse({ trajectory: 'radial', corners: false }, /corners: is for masks/);
  await refuse({ trajectory: 'radial', spokes: 4, accel: 2 }, /spokes and accel/);
  await refuse({ trajectory: 'radial', interleaves: 4 }, /interleaves: is for spiral traj/);
  await refuse({ trajectory: 'spiral', spokes: 4 }, /spokes: is for radial traj/);
  await refuse({ trajectory: 'spiral', angles: 'golden' }, /angles: is for radial traj/);
  await refuse({ trajectory: 'rosette' }, /trajectory/);
  await refuse({ spokes: 4 }, /spokes: is for trajectories/);
  await refuse({ mask: 'random', readoutOversample: 2 }, /readoutOversample: is for trajectories/);
  await refuse({ trajectory: 'spiral', accel: 4 }, /at most [\d.]+.*acs/s);
  const mask = { data: new Float32Array(256).fill(1), shape: [1, 16, 16] as const };
  await t.throwsAsync(simulateMri(smallHead([1, 16, 16]), { trajectory: 'radial' }, { mask }), {
    code: 'ARGUMENT',
    message: /mask and trajectory/,
  });
});
