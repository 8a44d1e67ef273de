import test from 'ava';
import { centredFft } from '../../core/fft.js';
import { kspaceFacts } from '../../volumes/kinds/kspace/facts.js';
import { readMeasurement } from '../../volumes/open.js';
import { realFile } from '../support/golden-arrays.js';

test('the real 8-coil slice: its mask, and zeros, say which 12 % were measured', async (t) => {
  const file = realFile(t, 'dev/mri-kspace/sigpy_brain_8coil_poisson.npz');
  if (!file) return;
  const scan = await readMeasurement([file], { axes: 'coil,ky,kx' });
  const facts = kspaceFacts(scan);
  t.deepEqual([facts.coils, ...facts.matrix], [8, 230, 180]);
  t.is(facts.acceleration.toFixed(3), '8.042'); // 5148 of 41400 samples, as NumPy counts them
  t.is(facts.maskFrom, 'file');
  t.deepEqual(facts.calibration, { ky: 103, kx: 78, height: 24, width: 24 });
  await t.throwsAsync(readMeasurement([file]), { code: 'ARGUMENT', message: /kspace \(8×230×180.*--axes/ });
});

test('the real 1-coil slice is fully sampled, and its image is in the middle', async (t) => {
  const file = realFile(t, 'dev/mri-kspace/noncommercial/loraks_t2_1coil_full.npz');
  if (!file) return;
  const scan = await readMeasurement([file], { axes: 'coil,ky,kx' });
  t.is(scan.geometry.acceleration, 1);
  const image = Float64Array.from(scan.data);
  centredFft(image, [256, 340], 0, 'inverse');
  centredFft(image, [256, 340], 1, 'inverse');
  let [middle, all] = [0, 0];
  for (let y = 0; y < 256; y++)
    for (let x = 0; x < 340; x++) {
      const power = image[2 * (y * 340 + x)] ** 2 + image[2 * (y * 340 + x) + 1] ** 2;
      all += power;
      if (Math.abs(y - 128) < 96 && Math.abs(x - 170) < 128) middle += power;
    }
  // spread evenly it would be 0.56, shifted by half a field of view less than that
  t.true(middle / all > 0.8, `${middle / all}`);
});
