import test from 'ava';
import { normals, philoxKey } from '../../../core/philox.js';
import { totalVariationPrior } from '../../../models/analytic/index.js';
import { noiseCovariance, prewhiten, whitening } from '../../../src/modalities/mri/noise/coil-noise.js';
import { nonCartesianMri } from '../../../src/modalities/mri/noncartesian.js';
import { completeScan } from '../../../src/modalities/registry.js';
import { dds } from '../../../src/solvers/dds.js';
import type { SimulateMriOptions } from '../../../src/modalities/mri/simulation/simulate.js';
import type { Measurement } from '../../../volumes/measurement.js';
import { inlineBackend } from '../../support/backends.js';
import { result } from '../../support/gaussian-problem.js';
import { mrScan, psnrOf, smallHead } from '../../support/mr-scans.js';

const N = 64;
const simulated = (options: Partial<SimulateMriOptions>) => mrScan({ slices: [2, 3], ...options }, {}, smallHead([6, N, N]));
const radial = { trajectory: 'radial', spokes: 40, coils: 4, snr: 30 } as const;
const completed = (scan: Measurement): Promise<Measurement> => completeScan(scan, { options: { coilMaps: 'low-resolution' } });
const unknown = (scan: Measurement): Measurement => ({ ...scan, noise: { type: 'unknown' } });
const stdOf = ({ noise }: Measurement): number => (noise.type === 'gaussian' ? noise.std : NaN);
const told = (scan: Measurement): string => (scan.meta.warnings ?? []).join('\n');

test('a noise level that the file does not say is estimated, within 10 %, and told', async (t) => {
  const { scan } = await simulated(radial);
  const found = await completed(unknown(scan));
  t.true(Math.abs(stdOf(found) / stdOf(scan) - 1) < 0.1, `${stdOf(found) / stdOf(scan)}`);
  t.regex(told(found), /noise level estimated from neighbouring samples of the readouts: \S+ in each part/);
  t.is(stdOf(await completed(scan)), stdOf(scan));
  const once = await simulated({ ...radial, coils: 1, readoutOversample: 1 });
  t.regex(told(await completed(unknown(once.scan))), /from the outermost samples.*possibly up to twice too high/);
});

test('a noise scan whitens the samples, and given maps with them', async (t) => {
  const { scan } = await simulated({ ...radial, coils: 2, withMaps: true });
  const noise = Float32Array.from(normals(2 * 2 * 500, philoxKey(1), 0, 0, 2), (v, n) => (n < 1000 ? 3 * v : v));
  for (let n = 0; n < 1000; n++) noise[1000 + n] += 0.3 * noise[n]; // the second coil hears the first
  const noiseScan = { data: noise, shape: [2, 500], dtype: 'complex64' as const };
  const measured = unknown({ ...scan, arrays: { ...scan.arrays, noiseScan } });
  const white = await completed(measured);
  const w = whitening(noiseCovariance(noise, 2));
  t.deepEqual(white.data, prewhiten(scan.data, scan.shape, w));
  t.deepEqual(white.arrays!.maps.data, prewhiten(scan.arrays!.maps.data, [2, 2, N, N], w));
  t.deepEqual(white.noise, { type: 'gaussian', std: 1 });
  t.regex(told(white), /whitened by the noise scan/);
  // the user's word goes before it
  t.deepEqual((await completed({ ...measured, noise: { type: 'gaussian', std: 2 } })).data, scan.data);
});

test('what the trajectory leaves out is told: the undersampling always, gaps about DC and a small reach where they are', async (t) => {
  const warned = async (options: Partial<SimulateMriOptions>): Promise<string> =>
    told(await completed((await simulated({ coils: 4, ...options })).scan));
  const good = await warned({ trajectory: 'spiral', accel: 1.5, acs: 24 });
  t.regex(good, /meets \d+ of 4096 cells of k-space: undersampled \d\.\d+ times on average/);
  t.notRegex(good, /gaps|reaches/);
  t.regex(
    await warned({ trajectory: 'spiral', pitch: 'archimedean', accel: 2, interleaves: 2 }),
    /gaps of (1\.9|2\.0|2\.1) cells about DC: the coil maps made of it are wrong \(/,
  );
  t.regex(
    await warned({ trajectory: 'spiral', pitch: 'archimedean', accel: 1, interleaves: 2 }),
    /gaps of (0\.9\d|1\.0) cells about DC: the coil maps made of it are wrong if the object reaches the border/,
  );
  // π·6/16 = 1.2 cells on average, 6 cycles per field of view from DC
  t.regex(await warned({ trajectory: 'radial', spokes: 16 }), /gaps of/);
  t.notRegex(await warned({ trajectory: 'radial', spokes: 32 }), /gaps/);
  t.notRegex(await warned({ trajectory: 'spiral', pitch: 'archimedean', accel: 2, interleaves: 2, withMaps: true }), /gaps/);

  const { scan } = await simulated(radial);
  const { trajectory } = scan.arrays!;
  const shrunk = (by: number): Measurement => ({
    ...scan,
    arrays: { trajectory: { ...trajectory, data: trajectory.data.map((k) => k * by) } },
  });
  t.regex(told(await completed(shrunk(0.4))), /reaches 40 % of the matrix only: details are no finer than 2\.5 pixels/);
  // in cycles per pixel, or in radians per pixel
  for (const by of [1 / N, (2 * Math.PI) / N]) {
    const error = t.throws(() => nonCartesianMri.check!(shrunk(by), { grid: scan.grid, options: {}, iterative: true, method: 'sense' }), {
      code: 'GEOMETRY',
    });
    t.regex(error.message, /very middle of k-space.*multiply one in ±0\.5 by the matrix/s);
  }
});

test('DDS with an analytic prior runs on simulated spokes whose noise level is estimated', async (t) => {
  const { scan, truth } = await simulated({ ...radial, spokes: 24 });
  const backend = inlineBackend();
  const whole = await completed(unknown(scan));
  const { operator, y, norm, scale, noiseLevel } = await nonCartesianMri.normalise(whole, scan.grid, backend, {
    options: {},
  });
  t.true(noiseLevel! > 0);
  const prior = totalVariationPrior(backend, operator.domain);
  const problem = { backend, operator, y, prior, noiseLevel, units: { norm, scale }, seed: 1 };
  const magnitude = (x: Float32Array): number[] =>
    Array.from({ length: x.length / 2 }, (_, n) => scale * Math.hypot(x[2 * n], x[2 * n + 1]));
  const image = await result(dds, problem, { ...nonCartesianMri.defaults!(whole, {}).dds, steps: 40 });
  const got = psnrOf(magnitude(image), truth);
  t.log(`${got.toFixed(2)} dB`);
  t.true(got > 30, `${got} dB`); // 33.5 was found
  await backend.dispose();
});
