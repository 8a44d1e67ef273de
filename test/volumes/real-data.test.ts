import { join } from 'node:path';
import test from 'ava';
import { readInput } from '../../core/platform/files.js';
import { spacingOf } from '../../core/placement.js';
import { cropSlices, orientationCode, readVolume, shapeOf, toCanonical, volumeData } from '../../volumes/index.js';

const folder = process.env.SLICEWISE_DATA;
const real = (title: string, run: (t: import('ava').ExecutionContext, data: string) => Promise<void>) =>
  test(title, async (t) => {
    if (folder) return run(t, folder);
    t.log('skipped: SLICEWISE_DATA is not set');
    return t.pass();
  });

/** Mean of 2 × 2 pixels in every slice. */
function halved(data: Float32Array, [nk, nj, ni]: readonly number[]): Float32Array {
  const out = new Float32Array((nk * nj * ni) / 4);
  for (let k = 0, at = 0; k < nk; k++)
    for (let j = 0; j < nj; j += 2)
      for (let i = 0; i < ni; i += 2, at++) {
        const n = (k * nj + j) * ni + i;
        out[at] = (data[n] + data[n + 1] + data[n + ni] + data[n + ni + 1]) / 4;
      }
  return out;
}

real('a real GE series, turned to RAS, is the NIfTI volume that another tool made of the same scan', async (t, data) => {
  const stored = await readVolume(await readInput(join(data, 'dev/ct/dicom_cmb-crc-msb-01068')));
  t.deepEqual([shapeOf(stored), orientationCode(stored), stored.units], [[24, 512, 512], 'LPS', 'HU']);
  const series = toCanonical(stored, 'axial').volume;
  const volume = await readVolume(await readInput(join(data, 'dev/ct/cmb-crc-msb-01068_chest.nii.gz')));
  t.deepEqual([volume.units, orientationCode(volume)], ['HU', 'RAS']);
  t.deepEqual(
    spacingOf(series).map((s, n) => +(s * (n < 2 ? 2 : 1)).toFixed(3)),
    spacingOf(volume).map((s) => +s.toFixed(3)),
  );

  // the other tool clipped, averaged and rounded: find where it has these slices, then nearly all values are within 1 HU
  const mean = halved(
    volumeData(series).map((v) => Math.min(3071, Math.max(-1024, v))),
    shapeOf(series),
  );
  const agreement = Array.from({ length: shapeOf(volume)[0] - 23 }, (_, from) => {
    const other = volumeData(cropSlices(volume, from, from + 24));
    let close = 0;
    for (let n = 0; n < mean.length; n += 7) if (Math.abs(other[n] - mean[n]) <= 1) close++;
    return (7 * close) / mean.length;
  });
  t.true(Math.max(...agreement) > 0.99, `${Math.max(...agreement)}`);
});

real('a real Siemens MR series is in order, with the spacing of its positions', async (t, data) => {
  const volume = await readVolume(await readInput(join(data, 'dev/mri/dicom_vs-seg-001')));
  t.deepEqual([shapeOf(volume), volume.modality, volume.units], [[16, 512, 512], 'MR', 'arbitrary']);
  t.true(Math.abs(spacingOf(volume)[2] - 1.5) < 1e-6);
});
