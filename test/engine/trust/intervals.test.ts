import { readFileSync } from 'node:fs';
import test from 'ava';
import { placed } from '../../../core/placement.js';
import { space } from '../../../core/space.js';
import type { Calibration } from '../../../models/card/calibration-card.js';
import { calibrationFor, halfWidths } from '../../../src/engine/trust/uncertainty.js';
import { parseCard } from '../../../models/card/card.js';
import { reconstruct, simulateMri } from '../../../src/index.js';
import { createBackend } from '../../../src/node.js';
import { makeVolume, volumeData } from '../../../volumes/index.js';
import { calibrationOf } from '../../support/calibrations.js';
import { relativeError } from '../../support/dense.js';
import { network } from '../../support/networks.js';
import { smallBody } from '../../support/scans.js';

const size = 24;
const calibration = calibrationOf({
  ...{ kind: 'fourier.cartesian', axes: { slice: [3, 8] }, geometry: { readout: ['kx', 'ky'] }, shares: { mask: [0.4, 0.7] } },
  ...{ noise: { type: 'gaussian' }, noiseLevel: [0.001, 0.5], steps: [4, 4], samples: 3 },
});

/** k-space of a body of discs, one coil. */
function scanOf(options: { readonly mask: 'random' | 'poisson'; readonly accel: number; readonly snr: number }) {
  const magnitude = smallBody(3, size).map((hu) => (hu + 1000) / 1000);
  const place = placed({ spacing: [2, 2, 3], origin: [0, 0, 0] });
  const volume = makeVolume(magnitude, [3, size, size], { ...place, units: 'arbitrary', modality: 'MR', meta: {} });
  return simulateMri(volume, { coils: 1, acs: 6, seed: 1, ...options });
}

test('intervals of complex images are those of the modulus, in the units of the image', async (t) => {
  const backend = createBackend({ workers: 1 });
  t.teardown(() => backend.dispose());
  const prior = network('complex', { calibration: [calibration] });
  const scan = await scanOf({ mask: 'random', accel: 2, snr: 20 });
  const run = (options: object) =>
    reconstruct(scan, { method: 'dds', methodOptions: { steps: 4 }, prior, seed: 5, backend, ...options }).result();
  const { halfWidth, volume, manifest } = await run({ samples: 3, uncertainty: true });

  // each sample by itself, real and imaginary part
  const each = await Promise.all([5, 6, 7].map(async (seed) => (await run({ seed, complex: true })).volume.data as Float32Array));
  const { scale } = manifest.dataRange!;
  const pixels = volumeData(volume).length;
  const [mean, std] = [new Float32Array(pixels), new Float32Array(pixels)];
  for (let i = 0; i < pixels; i++) {
    const [re, im] = [0, 1].map((part) => each.reduce((sum, one) => sum + one[2 * i + part], 0) / 3);
    const variance = each.reduce((sum, one) => sum + (one[2 * i] - re) ** 2 + (one[2 * i + 1] - im) ** 2, 0) / 2;
    [mean[i], std[i]] = [Math.hypot(re, im) / scale, Math.sqrt(variance) / scale];
  }
  const wanted = halfWidths(mean, std, space(['slice', 'y', 'x'], [3, size, size]), calibration).map((h) => scale * h);
  t.deepEqual(halfWidth!.shape, volume.shape);
  t.true(relativeError(volumeData(halfWidth!), wanted) < 1e-4);
  t.like(manifest.uncertainty, { level: 0.9 });
});

test('the card of mri knows lines ×4 and Poisson discs ×8, and no other acceleration', async (t) => {
  const { calibration: known = [] } = parseCard(JSON.parse(readFileSync('models/zoo/mri.json', 'utf8')), 'mri');
  const magnitude = smallBody(3, 96).map((hu) => (hu + 1000) / 1000);
  const place = placed({ spacing: [2, 2, 3], origin: [0, 0, 0] });
  const volume = makeVolume(magnitude, [3, 96, 96], { ...place, units: 'arbitrary', modality: 'MR', meta: {} });
  const found = async (mask: 'random' | 'poisson', accel: number, noiseLevel = 0.012) => {
    const scan = await simulateMri(volume, { coils: 2, seed: 1, snr: 30, mask, accel, acs: 12 });
    const run = { method: 'dds', settings: { steps: 20 }, given: { steps: 20 }, samples: 4, noiseLevel, known: true };
    return calibrationFor(known, { scan, ...run });
  };
  t.like(await found('random', 4), { geometry: { readout: ['kx', 'ky'] } });
  t.like(await found('poisson', 8), { geometry: { readout: ['slice'] } });
  for (const [mask, accel] of [
    ['random', 2.5],
    ['poisson', 4],
  ] as const)
    t.regex(String(await found(mask, accel)), /its mask takes/);
  t.regex(String(await found('random', 4, 0.1)), /its noise is/);
});

test('scans of another pattern, another share or other noise get a warning and no interval', async (t) => {
  const backend = createBackend({ workers: 1 });
  t.teardown(() => backend.dispose());
  const cases = [
    [{ mask: 'poisson', accel: 2, snr: 20 }, {}, /its readout is kx or ky, that of these data slice/],
    [{ mask: 'random', accel: 1.1, snr: 20 }, {}, /its mask takes 0.4 to 0.7 of all, that of these data 0\.\d+/],
    [{ mask: 'random', accel: 2, snr: 20 }, { noiseLevel: [0.001, 0.0011] }, /its noise is 0.001 to 0.0011 of the brightness, that of/],
  ] as const;
  for (const [options, changes, words] of cases) {
    const prior = network('complex', { calibration: [{ ...calibration, ...changes } as Calibration] });
    const call = { method: 'dds', methodOptions: { steps: 4 }, prior, samples: 3, uncertainty: true, backend } as const;
    const { halfWidth, manifest } = await reconstruct(await scanOf(options), call).result();
    t.is(halfWidth, undefined);
    t.regex(manifest.warnings.join('\n'), words);
  }
});
