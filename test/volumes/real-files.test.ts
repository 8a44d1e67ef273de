import test from 'ava';
import { affineOf, readMeasurement, readVolume, shapeOf, volumeData, type NamedBytes, type ReadOptions } from '../../volumes/index.js';
import { spacingOf } from '../../core/placement.js';
import { readScan } from '../../src/index.js';
import { bytesOf, floatsOf, golden } from '../support/golden.js';

// pydicom's, nibabel's, tifffile's, h5py's and SciPy's values; test/golden/scripts/real-files.py
interface Case {
  readonly files: readonly { readonly name: string; readonly file: string }[];
  readonly shape?: number[];
  readonly values?: string;
  readonly step?: number;
  readonly dataset?: string;
  readonly affine?: number[][];
  readonly qform?: number[][];
  readonly angles?: number[];
  readonly degrees?: number[];
}
const { cases } = golden<{ cases: { [name: string]: Case } }>('real-files.json');

/** The files of a case; each gives the others by name, as a folder does. */
function filesOf(name: string): NamedBytes[] {
  const all: NamedBytes[] = cases[name].files.map(({ name: own, file }) => ({
    name: own,
    bytes: bytesOf(file),
    beside: (other: string) => Promise.resolve(all.find((f) => f.name === other)),
  }));
  return all;
}
const one = (name: string): NamedBytes[] => filesOf(name).slice(0, 1);
const read = (name: string, options: ReadOptions = {}) => readVolume(filesOf(name), options);
const expected = (name: string) => ({ shape: cases[name].shape!, values: floatsOf(cases[name].values!) });
const told = (volume: { meta: { warnings?: string[] } }) => (volume.meta.warnings ?? []).join('\n');

for (const name of [
  'plain',
  'without rescale',
  'padding amid the values',
  'zeros behind the pixels',
  'pixels behind the pixels',
  'positions rounded to 0.1 mm',
  'a series UID for every slice',
  'meta header says implicit, data set is explicit',
  'meta header says explicit, data set is implicit',
  'meta header without preamble',
  'implicit data set alone',
  'explicit data set alone',
  'frames with geometry at the top level',
]) {
  test(`DICOM, ${name}: values are pydicom's, and what was amended is told`, async (t) => {
    const volume = await read(`dicom ${name}`);
    const { shape, values } = expected(`dicom ${name}`);
    t.deepEqual(shapeOf(volume), shape as [number, number, number]);
    t.deepEqual(volumeData(volume), values);
    const { step } = cases[`dicom ${name}`];
    if (step !== undefined) t.true(Math.abs(spacingOf(volume, 'mm')[2] - step) < 1e-6);
    if (name === 'plain' || /rounded|top level/.test(name)) return t.pass();
    t.not(told(volume), '');
  });
}

test('CT without rescale is not in HU unless the user says so', async (t) => {
  const volume = await read('dicom without rescale');
  t.is(volume.units, 'arbitrary');
  t.regex(told(volume), /without rescale.*--units HU/);
  t.is((await read('dicom without rescale', { units: 'HU' })).units, 'HU');
  t.is((await read('dicom plain')).units, 'HU');
});

test('padding whose value lies among the values is kept, and can be filled', async (t) => {
  t.regex(told(await read('dicom padding amid the values')), /9 pixels .*padding.*kept/);
  const filled = await read('dicom padding amid the values', { padding: 'fill' });
  volumeData(await read('dicom padding amid the values')).forEach((value, n) => t.is(volumeData(filled)[n], value === 0 ? -1024 : value));
  t.false(volumeData(filled).includes(0));
});

test('frames that follow one another in time are no slices', async (t) => {
  await t.throwsAsync(read('dicom cine'), { code: 'FORMAT_UNSUPPORTED', message: /4 frames without positions/ });
});

test('a file of two phases or two stacks asks which, and the hint works', async (t) => {
  for (const [name, index] of [
    ['dicom two phases in one file', 1],
    ['dicom two stacks in one file', 0],
  ] as const) {
    const error = await t.throwsAsync(read(name), { code: 'SERIES', message: /2 volumes/ });
    t.regex(error.message, /--volume-index/);
    t.deepEqual(volumeData(await read(name, { volumeIndex: index })), expected(name).values);
    await t.throwsAsync(read(name, { volumeIndex: 2 }), { code: 'ARGUMENT' });
  }
});

test('NIfTI headers that other readers take are read as they take them, and told', async (t) => {
  for (const name of ['nifti bitpix 0', 'nifti bitpix of another type', 'nifti a fourth dimension of 0']) {
    const volume = await read(name);
    t.deepEqual(volumeData(volume), expected(name).values, name);
    t.regex(told(volume), /bits per voxel|beyond the third/);
  }
});

test('qform and sform that disagree are told by how much, and either can be taken', async (t) => {
  const name = 'nifti qform and sform apart';
  const near = (a: readonly number[], b: number[][]) => b.flat().every((value, n) => Math.abs(value - a[n]) < 1e-4);
  const volume = await read(name);
  t.true(near(affineOf(volume), cases[name].affine!));
  t.regex(told(volume), /disagree by up to 30\.0 mm.*--affine qform/);
  t.true(near(affineOf(await read(name, { affine: 'qform' })), cases[name].qform!));
  t.notRegex(told(await read('nifti bitpix 0')), /disagree/);
});

for (const name of [
  'ImageJ with one directory',
  'ImageJ with one directory, big endian',
  'ImageJ frames with one directory',
  'shaped with one directory',
]) {
  test(`TIFF, ${name}: all pages are tifffile's`, async (t) => {
    const volume = await read(`tiff ${name}`);
    t.deepEqual(shapeOf(volume), [6, 4, 5]);
    t.deepEqual(volumeData(volume), expected(`tiff ${name}`).values);
  });
}

test('a stack with one directory that is cut off is an error', async (t) => {
  const [file] = one('tiff ImageJ with one directory');
  const cut = { ...file, bytes: file.bytes.subarray(0, file.bytes.length - 60) };
  await t.throwsAsync(readVolume([cut]), { code: 'FORMAT', message: /6 pages.*truncated|directory/s });
});

test('channels and frames of a stack are told apart, and one is read', async (t) => {
  const page = (values: Float32Array, n: number) => values.subarray(20 * n, 20 * (n + 1));
  // ImageJ: channel fastest, then slice, then frame; tifffile gives frame, slice, channel
  const hyper = 'tiff ImageJ hyperstack';
  await t.throwsAsync(read(hyper), { code: 'ARGUMENT', message: /--dataset channel=0,frame=0/ });
  const own = volumeData(await read(hyper, { dataset: 'channel=1,frame=1' }));
  for (let slice = 0; slice < 3; slice++) t.deepEqual(page(own, slice), page(expected(hyper).values, 6 + 2 * slice + 1));
  // OME as it was written: channel, frame, slice
  const ome = 'tiff OME';
  await t.throwsAsync(read(ome), { code: 'ARGUMENT' });
  const other = volumeData(await read(ome, { dataset: 'frame=1,channel=0' }));
  for (let slice = 0; slice < 3; slice++) t.deepEqual(page(other, slice), page(expected(ome).values, 3 + slice));
});

test('the voxel size that ImageJ writes is taken; codecs that we lack are named', async (t) => {
  const volume = await read('tiff ImageJ with voxel size');
  const wanted = [0.25e-3, 0.25e-3, 0.5e-3];
  spacingOf(volume, 'mm').forEach((mm, a) => t.true(Math.abs(mm / wanted[a] - 1) < 1e-6));
  t.notRegex(told(volume), /1 mm assumed/);
  await t.throwsAsync(read('tiff LZMA'), { code: 'FORMAT_UNSUPPORTED', message: /LZMA.*deflate/s });
});

for (const name of ['virtual', 'link', 'group', 'soft', 'several parts in a folder']) {
  test(`HDF5, ${name}: what lies in other files is h5py's`, async (t) => {
    const { dataset } = cases[`hdf5 ${name}`];
    const volume = await readVolume(one(`hdf5 ${name}`), { dataset });
    t.deepEqual(volumeData(volume), expected(`hdf5 ${name}`).values);
  });
}

test('a part that is not there is named, never read as zeros', async (t) => {
  for (const [name, part] of [
    ['virtual', 'frames.h5'],
    ['link', 'frames.h5'],
    ['several parts in a folder', 'parts/p0.h5'],
  ]) {
    const [{ name: file, bytes }] = one(`hdf5 ${name}`);
    const { dataset } = cases[`hdf5 ${name}`];
    for (const options of [{ dataset }, {}]) {
      await t.throwsAsync(readVolume([{ name: file, bytes }], options), { code: 'FORMAT', message: new RegExp(part) }, name);
    }
  }
});

test('angles are taken in the unit that their attribute says', async (t) => {
  const name = 'hdf5 angles with a unit';
  for (const angles of ['@theta', '@turns']) {
    const scan = await readMeasurement(filesOf(name), { dataset: 'sino', axes: 'view,detector', angles });
    (scan.geometry.angles as number[]).forEach((angle, n) => t.true(Math.abs(angle - cases[name].degrees![n]) < 1e-9));
    t.notRegex(told(scan), /unit of its angles/);
  }
});

test('NXtomo: projections alone are views, corrected by flats and darks, in mm', async (t) => {
  for (const options of [{}, { dataset: 'entry/data/data' }]) {
    const scan = await readMeasurement(filesOf('nxtomo'), options);
    const { shape, values } = expected('nxtomo');
    t.deepEqual(scan.shape, shape);
    scan.data.forEach((value, n) => t.true(Math.abs(value - values[n]) < 1e-5));
    t.deepEqual(scan.geometry.angles, cases.nxtomo.angles);
    t.true(Math.abs(Number(scan.geometry.detectorPitch) - 2) < 1e-12);
    t.regex(told(scan), /1 frames that are invalid/);
  }
});

test('MATLAB 4 is SciPy’s; Octave and archives of other files are told what to do', async (t) => {
  const volume = await read('matlab 4', { dataset: 'b' });
  t.deepEqual(volumeData(volume), expected('matlab 4').values);
  await t.throwsAsync(read('matlab 4'), { message: /several arrays/ });
  const octave = new TextEncoder().encode('# Created by Octave 6.4.0\n# name: m\n# type: matrix\n');
  await t.throwsAsync(readVolume([{ name: 'm.mat', bytes: octave }]), { code: 'FORMAT', message: /Octave.*save -v7/s });
});

test('projections of a clinical scanner (DICOM-CT-PD) are refused by name, with the way to read them', async (t) => {
  // pydicom's; test/golden/scripts/ct-pd.py
  const views = golden<{ explicit: string[]; implicit: string[] }>('ct-pd.json');
  for (const list of [views.explicit, views.implicit]) {
    const files = list.map((view, n) => ({ name: `${n}.dcm`, bytes: bytesOf(view) }));
    for (const read of [readVolume(files), readScan(files)]) {
      const message = /DICOM-CT-PD.*7031,1001.*--detector-shape curved --source-z/s;
      await t.throwsAsync(read, { code: 'FORMAT_UNSUPPORTED', message });
    }
  }
});
