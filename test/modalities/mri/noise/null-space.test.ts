import test from 'ava';
import { normals, philoxKey } from '../../../../core/philox.js';
import { calibrationRegion, cutCalibration } from '../../../../src/modalities/mri/coils/calibration.js';
import { noiseFromData } from '../../../../src/modalities/mri/noise/noise-level.js';
import { noiseOfNullSpace } from '../../../../src/modalities/mri/noise/null-space.js';
import { noiseOfPeriphery } from '../../../../src/modalities/mri/stages.js';
import { uncertainKspace } from '../../../../src/modalities/mri/uncertain.js';
import { kinds } from '../../../../volumes/kinds/registry.js';
import type { Measurement } from '../../../../volumes/measurement.js';
import { gaussianCoil, polar, scan, withNoise } from '../coils/phantom.js';

const N = 96;
const all = new Float32Array(N * N).fill(1);
const calibrate = (kspace: Float32Array, coils: number) => cutCalibration(kspace, [1, coils, N, N], calibrationRegion(all, [N, N]));

/** A round head with a sharp, bright rim and folds: its k-space decays slowly, so that the periphery holds signal. */
const head = (u: number, v: number): readonly [number, number] => {
  const r = Math.hypot(u / 0.8, v / 0.65);
  const fold = 0.75 + 0.06 * Math.sin(17 * Math.atan2(v, u));
  return polar(r > 1 ? 0 : r > 0.92 ? 1.5 : r > 0.85 ? 0.1 : r > fold ? 0.5 : 1, 0.6 * u);
};
const four = scan([4, N, N], head, gaussianCoil(4));
const measured = (kspace: Float32Array, coils = 4): Measurement => {
  const example = kinds.get('fourier.cartesian').example!(1);
  const grid = { ...example.grid, shape: [1, N, N] };
  return { ...example, data: kspace, shape: [1, coils, N, N], noise: { type: 'unknown' }, arrays: {}, meta: {}, grid };
};

test('the null space of the calibration region tells the noise within 30 %, whatever signal the periphery holds', (t) => {
  for (const std of [0.1, 0.01, 0.002]) {
    const kspace = withNoise(four.kspace, std, 3);
    const found = noiseOfNullSpace(calibrate(kspace, 4))!;
    const periphery = noiseFromData(kspace, [1, 4, N, N], all).std;
    t.log(`σ ${std}: null space ${(found / std).toFixed(3)}, periphery ${(periphery / std).toFixed(3)} of it`);
    t.true(Math.abs(found / std - 1) < 0.3);
    if (std === 0.002) t.true(periphery > 1.5 * std);
  }
});

test('noise alone, correlated by nothing: its own level', (t) => {
  const std = 0.7;
  const noise = Float32Array.from(normals(2 * 4 * N * N, philoxKey(8), 0, 0, 0), (v) => std * v);
  t.true(Math.abs(noiseOfNullSpace(calibrate(noise, 4))! / std - 1) < 0.3);
});

test('a region too small for windows tells nothing', (t) => {
  const small = cutCalibration(four.kspace, four.shape, { ky: 45, kx: 45, height: 6, width: 6 });
  t.is(noiseOfNullSpace(small), undefined);
});

test('where two estimates disagree the run takes the one without signal, and says so; where they agree nothing changes', (t) => {
  const quiet = noiseOfPeriphery(measured(withNoise(four.kspace, 0.002, 3)));
  t.true(Math.abs(quiet.std / 0.002 - 1) < 0.3);
  t.regex(quiet.from, /calibration region .* disagree/);
  const loud = withNoise(four.kspace, 0.1, 3);
  const known = noiseOfPeriphery(measured(loud));
  t.is(known.std, noiseFromData(loud, [1, 4, N, N], all).std);
  t.is(known.from, 'the periphery of k-space');
  t.is(uncertainKspace(measured(loud)), undefined);
});

test('one coil has a noise level that is uncertain, chosen by hidden samples of a few slices', (t) => {
  const one = scan([1, N, N], head, () => [1, 0]);
  const uncertain = uncertainKspace(measured(withNoise(one.kspace, 0.01, 4), 1))!;
  t.is(uncertain.classical, 'cs-wavelet');
  t.true(uncertain.first(1) > 0.004);
  t.is(uncertainKspace({ ...measured(one.kspace, 1), noise: { type: 'gaussian', std: 1 } }), undefined);
});
