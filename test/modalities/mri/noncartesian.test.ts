import test from 'ava';
import { nonCartesianFourier } from '../../../operators/fourier/noncartesian/nufft.js';
import { fourierTransform } from '../../../operators/fourier/fft/transform.js';
import { space } from '../../../core/space.js';
import { normals, philoxKey } from '../../../core/philox.js';
import { createBackend, zoo } from '../../../src/node.js';
import { Reconstruction, type ReconstructOptions } from '../../../src/engine/reconstruct.js';
import type { Measurement } from '../../../volumes/measurement.js';
import { readMeasurement, writeMeasurement } from '../../../volumes/open.js';
import { volumeData } from '../../../volumes/volume.js';
import { mrScan, psnrOf, smallHead } from '../../support/mr-scans.js';
import { radialTrajectory } from '../../support/trajectories.js';

type Options = Omit<ReconstructOptions, 'backend'>;
const [SLICES, COILS, N] = [2, 4, 64];

async function image(scan: Measurement, options: Options): Promise<Float32Array> {
  const backend = createBackend({ workers: 1 });
  try {
    return volumeData((await new Reconstruction(scan, { zoo: zoo(), ...options, backend }).result()).volume);
  } finally {
    await backend.dispose();
  }
}

/** A fully sampled Cartesian scan without noise, its coil images measured along spokes; coils and phase stay unknown. */
async function radialScan(spokes: number, std = 0): Promise<{ scan: Measurement; truth: Float32Array }> {
  const { scan, truth } = await mrScan({ coils: COILS, slices: [2, 3] }, {}, smallHead([6, N, N]));
  const trajectory = radialTrajectory(spokes, N);
  const backend = createBackend({ workers: 0 });
  try {
    const shape = [SLICES * COILS, N, N] as const;
    const fourier = fourierTransform(shape, backend);
    const images = backend.field(space(['slice', 'y', 'x'], shape, 'complex64'));
    await backend.write(images, scan.data);
    fourier.inverse(images, images);
    const a = nonCartesianFourier({ shape, trajectory, oversampling: 2, width: 8 }, backend);
    const samples = backend.field(a.range);
    a.apply(images, samples);
    const data = (await backend.read(samples)).slice();
    const noise = normals(data.length, philoxKey(5), 0, 0, 9);
    for (let i = 0; i < data.length; i++) data[i] += std * noise[i];
    const noncartesian: Measurement = {
      ...scan,
      kind: 'fourier.noncartesian',
      data,
      shape: [SLICES, COILS, trajectory.length / 2],
      geometry: { trajectory: 'radial' },
      noise: std > 0 ? { type: 'gaussian', std } : { type: 'none' },
      arrays: { trajectory: { data: trajectory, shape: [trajectory.length / 2, 2], dtype: 'float32' } },
    };
    return { scan: noncartesian, truth };
  } finally {
    await backend.dispose();
  }
}

test('enough spokes, no noise: the gridded image is the object, with maps made of the same spokes', async (t) => {
  const { scan, truth } = await radialScan(110);
  const got = psnrOf(await image(scan, { method: 'zero-filled' }), truth);
  t.true(got > 25, `${got} dB`); // the corners of k-space are missing, maps are estimated
});

test('few spokes with noise: every iterative method is better than gridding', async (t) => {
  const { scan, truth } = await radialScan(28, 12);
  const gridded = psnrOf(await image(scan, { method: 'zero-filled' }), truth);
  const methods: readonly Options[] = [
    { method: 'sense' },
    { method: 'cs-wavelet' },
    { method: 'cs-tv' },
    { method: 'dds', prior: 'mri', methodOptions: { steps: 8 } },
  ];
  const found: string[] = [];
  for (const options of methods) {
    const got = psnrOf(await image(scan, options), truth);
    found.push(`${options.method} ${got.toFixed(2)}`);
    t.true(got > gridded + 1, `${options.method}: ${got} against ${gridded} dB`);
  }
  t.log(`gridded ${gridded.toFixed(2)}, ${found.join(', ')} dB`);
});

test('a scan file holds all of it', async (t) => {
  const { scan } = await radialScan(24);
  const again = await readMeasurement([{ name: 'k.h5', bytes: await writeMeasurement('k.h5', scan) }]);
  t.deepEqual(again.arrays, scan.arrays);
  t.deepEqual([again.kind, again.geometry, again.shape], [scan.kind, scan.geometry, scan.shape]);
  const options = { method: 'zero-filled' };
  t.deepEqual(await image(again, options), await image(scan, options));
});

test('what cannot be is refused before the run', async (t) => {
  const { scan } = await radialScan(24);
  const trajectory = scan.arrays!.trajectory;
  const refuse = async (data: Measurement, method: string, code: string, message: RegExp): Promise<void> => {
    const backend = createBackend({ workers: 0 });
    await t.throwsAsync(new Reconstruction(data, { method, backend }).ready, { code, message });
    await backend.dispose();
  };
  await refuse(scan, 'grappa', 'ARGUMENT', /grappa is not for this kind/);
  await refuse({ ...scan, arrays: {} }, 'sense', 'SHAPE', /trajectory of the scan.*got none/s);
  await refuse({ ...scan, geometry: { trajectory: 'rosette' } }, 'sense', 'GEOMETRY', /radial/);
  await refuse({ ...scan, shape: [1, 2 * COILS, scan.shape[2]] }, 'sense', 'SHAPE', /slice 2/);
  const far = { ...trajectory, data: trajectory.data.map((v) => v * 1.2) };
  await refuse({ ...scan, arrays: { trajectory: far } }, 'sense', 'GEOMETRY', /outside k-space/);
  const outer = { ...trajectory, data: trajectory.data.map(() => 20) };
  await refuse({ ...scan, arrays: { trajectory: outer } }, 'sense', 'GEOMETRY', /samples about the centre/);
});
