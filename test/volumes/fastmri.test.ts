import test from 'ava';
import { writeHdf5 } from '../../volumes/formats/hdf5/write.js';
import { readMeasurement } from '../../volumes/open.js';
import { relativeError } from '../support/kspace.js';
import { spacingOf } from '../../core/placement.js';
import { kspaceFile, kspaceTruth } from '../support/golden-kspace.js';

test('multi-coil: readout oversampling is taken off, columns of filled zeros are not measured', async (t) => {
  const scan = await readMeasurement([kspaceFile('fastmri.h5')]);
  t.deepEqual([...scan.shape], kspaceTruth('fastmri').shape);
  t.true(relativeError(scan.data, kspaceTruth('fastmri').data) < 2e-6);
  t.is(scan.geometry.readout, 'ky');
  t.is(scan.geometry.readoutOversampling, 2);
  t.true(Math.abs((scan.geometry.phaseOversampling as number) - 77 / 66) < 1e-12);
  t.deepEqual(scan.arrays!.mask.shape, [1, 4, 7]);
  // the file's mask is 1 0 1 1 0 1 1; counters 0 … 4 around 2 are columns 1 … 5
  for (let y = 0; y < 4; y++) t.deepEqual([...scan.arrays!.mask.data.subarray(7 * y, 7 * y + 7)], [0, 0, 1, 1, 0, 1, 0]);
  t.deepEqual(spacingOf(scan.grid), [11, 20, 4.5]);
});

test('neither the reference image nor what is computed from it, nor a patient, is in the measurement', async (t) => {
  const scan = await readMeasurement([kspaceFile('fastmri.h5')]);
  t.deepEqual(Object.keys(scan.arrays!), ['mask']);
  const said = JSON.stringify({ ...scan, data: undefined, arrays: undefined });
  for (const word of ['secret', 'reconstruction', 'norm', '"max"']) t.false(said.includes(word), word);
  t.is((scan.meta.mri as { acquisition?: string }).acquisition, 'CORPD_FBK');
});

test('single coil without header and mask: one coil, zero columns not measured, and warnings', async (t) => {
  const scan = await readMeasurement([kspaceFile('fastmri-single.h5')]);
  t.deepEqual([...scan.shape], [2, 1, 8, 7]);
  t.true(relativeError(scan.data, kspaceTruth('fastmri-single').data) < 2e-6);
  t.deepEqual([...scan.arrays!.mask.data.subarray(0, 7)], [0, 1, 1, 1, 1, 1, 0]);
  for (const text of [/no header/, /no mask/]) t.true(scan.meta.warnings!.some((w) => text.test(w)));
});

const file = async (shape: number[], mask?: number[]) => ({
  name: 'f.h5',
  bytes: await writeHdf5((f) => {
    const count = shape.reduce((a, n) => a * n, 1);
    f.array('kspace', new Float32Array(2 * count).fill(1), shape, { complex: true });
    f.attributes('', { acquisition: 'AXT2' });
    if (mask) f.numbers('mask', mask);
  }),
});

test('a mask of another length and k-space of other dimensions are refused', async (t) => {
  await t.throwsAsync(readMeasurement([await file([1, 2, 4, 5], [1, 0, 1, 1])]), {
    code: 'SHAPE',
    message: /5 \(kx\).*got 4/s,
  });
  await t.throwsAsync(readMeasurement([await file([4, 5])]), {
    code: 'FORMAT',
    message: /\[slice, coil, readout, phase\].*4×5/s,
  });
});

test('the same dataset in a file that is not fastMRI asks for its axes', async (t) => {
  const bytes = await writeHdf5((f) => f.array('kspace', new Float32Array(80).fill(1), [2, 4, 5], { complex: true }));
  await t.throwsAsync(readMeasurement([{ name: 'k.h5', bytes }]), {
    code: 'ARGUMENT',
    message: /kspace \(2×4×5, complex\).*--axes/s,
  });
  const scan = await readMeasurement([{ name: 'k.h5', bytes }], { axes: 'coil,ky,kx' });
  t.deepEqual(scan.shape, [1, 2, 4, 5]);
});
