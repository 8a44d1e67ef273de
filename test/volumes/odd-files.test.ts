import test from 'ava';
import { spacingOf } from '../../core/placement.js';
import { plausibleProjections } from '../../src/modalities/ct/plausible.js';
import { readScan } from '../../src/index.js';
import { packNpy } from '../../volumes/formats/npy/array.js';
import { packZip } from '../../volumes/formats/npy/zip.js';
import { affineOf, readMeasurement, readVolume, shapeOf, volumeData, type NamedBytes, type ReadOptions } from '../../volumes/index.js';
import type { ScanOptions } from '../../volumes/scan-options.js';
import { bytesOf, floatsOf, golden } from '../support/golden.js';

// values of pydicom, ITK, tifffile, h5py, SciPy and segyio; test/golden/scripts/odd-files.py
interface Case {
  readonly files: readonly { readonly name: string; readonly file: string }[];
  readonly shape?: number[];
  readonly values?: string;
  readonly affine?: number[][];
  readonly spacing?: number[];
}
const { cases } = golden<{ cases: { [name: string]: Case } }>('odd-files.json');

const filesOf = (name: string): NamedBytes[] => cases[name].files.map(({ name: own, file }) => ({ name: own, bytes: bytesOf(file) }));
const read = (name: string, options: ReadOptions = {}) => readVolume(filesOf(name), options);
const scan = (name: string, options: ScanOptions = {}) => readMeasurement(filesOf(name), options);
const values = (name: string): Float32Array => floatsOf(cases[name].values!);
const told = ({ meta }: { meta: { warnings?: string[] } }): string => (meta.warnings ?? []).join('\n');

for (const [name, words] of [
  ['MONOCHROME1', /shown inverted \(MONOCHROME1\): their values are as stored/],
  ['float pixels', /^$/],
  ['TIFF meant to be inverted', /0 is white\): values as stored/],
  ['TIFF meant to be turned', /turned \(orientation 6\): rows as stored/],
  ['HDF5 of named numbers', /^/],
  ['HDF5 of packed numbers', /stored · 0\.5 \+ 10, as scale_factor and add_offset say\n.*1 values are the fill value/],
  ['SEG-Y with an interval of 4', /4 µs, which is short.*--interval 4/],
  ['SEG-Y with trace weights', /weighting factors \(bytes 169-170: 2\) are not applied/],
] as const) {
  test(`${name}: values are those of another reader, and what a user should know is told`, async (t) => {
    const volume = await read(name);
    t.deepEqual([...volume.shape], cases[name].shape!);
    t.deepEqual(volumeData(volume), values(name));
    t.regex(told(volume), words);
  });
}

test('a series of two orientations, or of magnitudes and phases, asks which; the hint works', async (t) => {
  for (const [name, index, by] of [
    ['two orientations', 1, /differ in orientation/],
    ['magnitude and phase', 1, /differ in image type.*PRIMARY\\M.*PRIMARY\\P/],
  ] as const) {
    const error = await t.throwsAsync(read(name), { code: 'SERIES', message: by });
    t.regex(error.message, /--volume-index/);
    t.deepEqual(volumeData(await read(name, { volumeIndex: index })), values(name));
  }
});

test('a negative step is an axis that runs the other way, as ITK has it', async (t) => {
  const name = 'MetaImage with a negative step';
  const volume = await read(name);
  t.deepEqual(volumeData(volume), values(name));
  cases[name].affine!.flat().forEach((value, n) => t.true(Math.abs(value - affineOf(volume)[n]) < 1e-6));
  t.regex(told(volume), /negative \(-1\.5 2 3\)/);
  const mark = filesOf(name).map((file) => ({ ...file, bytes: Uint8Array.of(0xef, 0xbb, 0xbf, ...file.bytes) }));
  t.deepEqual(volumeData(await readVolume(mark)), values(name)); // a byte order mark before the header
});

test('NRRD: ends of axes give the steps that spacings do not', async (t) => {
  const volume = await read('NRRD with ends of axes');
  t.deepEqual([...spacingOf(volume, 'mm')], cases['NRRD with ends of axes'].spacing!);
  t.notRegex(told(volume), /no voxel size/);
});

for (const [name, code, message] of [
  ['slope of 0', 'FORMAT_UNSUPPORTED', /rescale slope of 0/],
  ['no pixel spacing', 'SERIES', /got no Pixel Spacing \(0028,0030\)/],
  ['TIFF of 64 bits', 'FORMAT_UNSUPPORTED', /whole numbers of 64 bits.*astype\('float32'\)/s],
  ['TIFF of a palette', 'FORMAT_UNSUPPORTED', /a palette/],
  ['TIFF of three slices in planes', 'FORMAT_UNSUPPORTED', /3 values a pixel.*photometric='minisblack'/s],
  ['HDF5 with its numbers elsewhere', 'FORMAT_UNSUPPORTED', /external storage.*--raw/s],
  ['HDF5 of complex whole numbers', 'FORMAT_UNSUPPORTED', /holds complex numbers.*--complex magnitude/s],
  ['MATLAB of complex numbers', 'FORMAT_UNSUPPORTED', /holds complex numbers.*--complex magnitude/s],
  ['HDF5 of two parts', 'ARGUMENT', /real and imaginary part, make one complex array/],
] as const) {
  test(`${name}: refused with the cause and a way out`, async (t) => {
    await t.throwsAsync(read(name), { code, message });
  });
}

test('complex arrays of HDF5 and MATLAB give their magnitude, or both parts', async (t) => {
  for (const name of ['HDF5 of complex whole numbers', 'MATLAB of complex numbers']) {
    const both = await read(name, { complex: 'keep' });
    t.is(both.dtype, 'complex64');
    t.deepEqual([...both.shape], cases[name].shape!);
    t.deepEqual(both.data, values(name));
    const magnitude = volumeData(await read(name, { complex: 'magnitude' }));
    t.true(magnitude.every((value, n) => Math.abs(value - Math.hypot(values(name)[2 * n], values(name)[2 * n + 1])) < 1e-3));
  }
  const kspace = await scan('HDF5 of complex whole numbers', { axes: 'slice,ky,kx' });
  t.deepEqual(kspace.data, values('HDF5 of complex whole numbers'));
});

test('flat frames of a closed shutter are left out of the mean', async (t) => {
  const name = 'DXchange with a dark flat';
  const got = await scan(name);
  t.deepEqual([...got.shape], cases[name].shape!);
  t.true(got.data.every((value, n) => Math.abs(value - values(name)[n]) < 1e-5));
  t.regex(told(got), /1 of 3 flat frames .*left out/);
});

test('one average is not asked for', async (t) => {
  const got = await scan('fastMRI of one average');
  t.deepEqual([...got.shape], cases['fastMRI of one average'].shape!);
  t.deepEqual(got.data, values('fastMRI of one average'));
  await t.throwsAsync(scan('fastMRI of one average', { select: 'average=1' }), { code: 'ARGUMENT' });
});

test('axes of 1 in front of three are no volumes', async (t) => {
  const data = Float32Array.from({ length: 24 }, (_, n) => n);
  const volume = await readVolume([{ name: 'a.npy', bytes: packNpy(data, [1, 1, 2, 3, 4]) }]);
  t.deepEqual(shapeOf(volume), [2, 3, 4]);
  t.deepEqual(volumeData(volume), data);
});

const npz = (entries: { [name: string]: Uint8Array }): NamedBytes => ({
  name: 'a.npz',
  bytes: packZip(Object.fromEntries(Object.entries(entries).map(([name, bytes]) => [`${name}.npy`, bytes]))),
});

test('a mask that is the wrong way round is refused, a right one is not', async (t) => {
  const mask = Float32Array.from({ length: 8 }, (_, n) => n % 2);
  const kspace = (measured: number) =>
    packNpy(
      Float32Array.from({ length: 2 * 2 * 8 * 6 }, (_, n) => (Math.floor(n / 12) % 2 === measured ? n + 1 : 0)),
      [2, 8, 6],
      true,
    );
  const options = { axes: 'coil,ky,kx', dataset: 'kspace' };
  const made = (measured: number) => npz({ kspace: kspace(measured), mask: packNpy(mask, [8]) });
  await t.throwsAsync(readMeasurement([made(0)], options), { code: 'ARGUMENT', message: /wrong way round.*1 - mask/s });
  t.is((await readMeasurement([made(1)], options)).geometry.acceleration, 2);
});

test('arrays that could be the angles are named where angles lack', async (t) => {
  const theta = packNpy(Float32Array.of(0, 60, 120), [3]);
  const file = npz({ sinogram: packNpy(new Float32Array(12).fill(1), [3, 4]), theta });
  const error = await t.throwsAsync(readMeasurement([file], { geometry: { detectorPitch: 1 } }), { code: 'GEOMETRY', message: /@theta/ });
  t.regex(error.message, /theta \(3 numbers\)/);
  const got = await readMeasurement([file], { geometry: { detectorPitch: 1 }, angles: '@theta' });
  t.deepEqual(got.geometry.angles, [0, 60, 120]);
});

test('lengths in metres, and an axis outside of the detector, are told', async (t) => {
  const bytes = packNpy(
    Float32Array.from({ length: 20 * 32 }, (_, n) => Math.max(0, 12 - Math.abs((n % 32) - 15.5))),
    [20, 32],
  );
  const doubts = async (options: object) =>
    plausibleProjections(await readScan([{ name: 'a.npy', bytes }], { angles: '0:171:9', ...options })).join('\n');
  t.is(await doubts({ pitch: 0.5 }), '');
  t.regex(await doubts({ pitch: 1e-6 }), /0\.000001 mm wide|1e-6 mm wide/);
  t.regex(await doubts({ pitch: 0.5, center: 60 }), /axis lies at column 60, outside of the detector of 32 columns/);
  t.is(await doubts({ pitch: 0.5, center: 28 }), '');
});

test('files of no format that we read are called by their name, with the way out', async (t) => {
  const refused = async (name: string, bytes: Uint8Array | string, message: RegExp) => {
    const own = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
    await t.throwsAsync(readVolume([{ name, bytes: own }]), { code: 'FORMAT', message });
    await t.throwsAsync(readMeasurement([{ name, bytes: own }]), { code: 'FORMAT', message });
  };
  await refused('scan.npy.gz', Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0), /gzip archive.*gunzip/s);
  await refused('scan.bz2', 'BZh91AY', /bzip2 archive/);
  await refused('scan.nc', 'CDF\x01\0\0\0\0', /netCDF.*nccopy/s);
  await refused('scan.jpg', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), /JPEG/);
  await refused('scan.pkl', Uint8Array.of(0x80, 4, 0x95), /pickle.*numpy\.save/s);
  await refused('DICOMDIR', new Uint8Array(200), /folder that holds the slices/);
  await refused('sino.csv', 'bin 0,bin 1\n1.5,2\n3,4\n5,6\n', /numbers as text.*delimiter=',', skiprows=1/s);
  await refused('sino.txt', '# sinogram\n1.5 2\n3 4e-3\n', /numbers as text.*loadtxt\('FILE'\)/s);
  await refused('words.txt', 'Dear all,\nhere are 3 files\n', /not a .* we read/);
});

test('Analyze 7.5 is refused by its name', async (t) => {
  const header = new Uint8Array(348);
  const view = new DataView(header.buffer);
  view.setInt32(0, 348, true);
  [3, 4, 3, 2].forEach((n, at) => view.setInt16(40 + 2 * at, n, true));
  const files = [
    { name: 'a.hdr', bytes: header },
    { name: 'a.img', bytes: new Uint8Array(48) },
  ];
  await t.throwsAsync(readVolume(files), { code: 'FORMAT_UNSUPPORTED', message: /Analyze 7\.5.*nibabel/s });
});

test('ENVI: wavelengths that are none are not used, and classes are told', async (t) => {
  const made = (lines: string[]) =>
    readVolume([
      {
        name: 'a.hdr',
        bytes: new TextEncoder().encode(
          ['ENVI', 'samples = 2', 'lines = 2', 'bands = 2', 'data type = 1', 'interleave = bsq', ...lines].join('\n'),
        ),
      },
      { name: 'a.dat', bytes: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
    ]);
  const negative = await made(['wavelength = {-400, 500}', 'wavelength units = Nanometers']);
  t.regex(told(negative), /'wavelength' holds -400, which is none: not used/);
  t.deepEqual([...volumeData(negative)], [1, 2, 3, 4, 5, 6, 7, 8]);
  t.regex(told(await made(['file type = ENVI Classification'])), /numbers of classes/);
});
