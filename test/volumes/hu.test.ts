import test from 'ava';
import { attenuationToHu, huToAttenuation, makeVolume, volumeData, type Units } from '../../volumes/index.js';

const volume = (values: number[], units: Units) => makeVolume(Float32Array.from(values), [1, 1, values.length], { units, modality: 'CT' });

test('air is no attenuation, water is μ of water, twice water is 1000 HU', (t) => {
  const mu = huToAttenuation(volume([-1000, 0, 1000], 'HU'), 0.02);
  t.deepEqual([...volumeData(mu)], [0, 0.02, 0.04].map(Math.fround));
  t.is(mu.units, '1/mm');
  const hu = attenuationToHu(mu, 0.02);
  [-1000, 0, 1000].forEach((value, n) => t.true(Math.abs(volumeData(hu)[n] - value) < 1e-4)); // float32
  t.is(hu.units, 'HU');
});

test('volumes in other units are not converted', (t) => {
  t.throws(() => huToAttenuation(volume([1], '1/mm')), { code: 'UNITS' });
  t.throws(() => huToAttenuation(volume([1], 'arbitrary')), { code: 'UNITS' });
  t.throws(() => attenuationToHu(volume([1], 'HU')), { code: 'UNITS' });
  t.throws(() => huToAttenuation(volume([1], 'HU'), 0), { code: 'ARGUMENT' });
});
