import test from 'ava';
import {
  cropSlices,
  magnitudeOf,
  makeComplexVolume,
  matchByAffine,
  readVolume,
  toCanonical,
  volumeData,
  writeVolume,
} from '../../volumes/index.js';
import { parseNpy } from '../../volumes/formats/npy/array.js';
import { latticeOf, placed } from '../../core/placement.js';
import { partsOf } from '../support/parts.js';
import { bytesOf, golden } from '../support/golden.js';

const lattice = {
  spacing: [2, 3, 4] as [number, number, number],
  origin: [-7, 5, 1] as [number, number, number],
  direction: [0, -1, 0, 1, 0, 0, 0, 0, 1],
};
const place = { ...placed(lattice), modality: 'MR' as const };
// [2, 3, 4] voxels, (n, −100 − n)
const interleaved = Float32Array.from({ length: 48 }, (_, n) => (n % 2 ? -100 - (n - 1) / 2 : n / 2));
const volume = makeComplexVolume(interleaved, [2, 3, 4], place);
const magnitudes = Array.from({ length: 24 }, (_, n) => Math.fround(Math.hypot(n, 100 + n)));

test('complex64 NIfTI: datatype 32, pairs, the geometry of the volume', async (t) => {
  const bytes = await writeVolume('a.nii', volume, { dtype: 'complex64' });
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  // nifti1.h: datatype at 70, bitpix at 72, vox_offset at 108
  t.deepEqual([view.getInt16(70, true), view.getInt16(72, true)], [32, 64]);
  const offset = view.getFloat32(108, true);
  t.is(bytes.length, offset + 48 * 4);
  for (const n of [0, 1, 22, 47]) t.is(view.getFloat32(offset + 4 * n, true), interleaved[n]);
  const again = await readVolume([{ name: 'a.nii', bytes }], { complex: 'keep' });
  t.deepEqual([again.dtype, again.data], ['complex64', volume.data]);
  const { spacing, origin, direction } = latticeOf(again);
  t.deepEqual({ spacing, origin, direction: direction.map((v) => v + 0) }, lattice);
});

test('by default, and as int16, the magnitude is written', async (t) => {
  for (const name of ['a.nii', 'a.nii.gz', 'a.npy', 'a.npz']) {
    const again = await readVolume([{ name, bytes: await writeVolume(name, volume) }]);
    t.is(again.dtype, 'float32');
    t.deepEqual([...volumeData(again)], magnitudes, name);
  }
  const whole = await readVolume([{ name: 'a.nii', bytes: await writeVolume('a.nii', volume, { dtype: 'int16' }) }]);
  t.deepEqual([...volumeData(whole)], magnitudes.map(Math.round));
});

test('complex64 NumPy keeps the pairs', async (t) => {
  const array = parseNpy(await writeVolume('a.npy', volume, { dtype: 'complex64' }), 'a.npy');
  t.true(array.complex);
  t.deepEqual(array.float32(), interleaved);
});

test('a complex NIfTI is refused unless parts or magnitude are asked for', async (t) => {
  const bytes = await writeVolume('a.nii', volume, { dtype: 'complex64' });
  await t.throwsAsync(readVolume([{ name: 'a.nii', bytes }]), {
    code: 'FORMAT_UNSUPPORTED',
    message: /complex64.*magnitude/s,
  });
  const magnitude = await readVolume([{ name: 'a.nii', bytes }], { complex: 'magnitude' });
  t.deepEqual([...volumeData(magnitude)], magnitudes);
  // and one that nibabel wrote: the ramp of nifti.py as complex64
  const { cases } = golden<{ cases: { name: string; file: string; values: number[] }[] }>('nifti.json');
  const file = cases.find((c) => c.name === 'complex')!.file;
  const nibabel = await readVolume([{ name: 'c.nii', bytes: bytesOf(file) }], { complex: 'keep' });
  const [re, im] = partsOf(nibabel);
  t.true(im.every((v) => v === 0));
  t.is(new Set(re).size, re.length, 'a ramp');
});

test('both parts travel when a volume is turned, cut or matched', (t) => {
  const pairs = (v: typeof volume): string[] => {
    const [re, im] = partsOf(v);
    return [...re].map((value, n) => `${value},${im[n]}`);
  };
  const { volume: turned, restore } = toCanonical(volume, 'sagittal');
  t.deepEqual(pairs(turned).sort(), pairs(volume).sort());
  t.deepEqual(pairs(restore(turned)), pairs(volume));
  t.deepEqual(pairs(cropSlices(volume, 1, 2)), pairs(volume).slice(12));
  t.deepEqual(pairs(matchByAffine(cropSlices(volume, 1, 2), volume).region), pairs(volume).slice(12));
});

test('a magnitude is real and in the same place; a real volume is its own', (t) => {
  const magnitude = magnitudeOf(volume);
  t.deepEqual([...volumeData(magnitude)], magnitudes);
  t.deepEqual(magnitude.placement, volume.placement);
  t.is(magnitudeOf(magnitude), magnitude);
  t.throws(() => makeComplexVolume(new Float32Array(24), [2, 3, 4]), { code: 'SHAPE', message: /48 values/ });
  t.throws(() => volumeData(volume), { code: 'SHAPE', message: /magnitudeOf/ });
});
