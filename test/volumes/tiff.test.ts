import test from 'ava';
import { readTiffStack } from '../../volumes/formats/tiff/tiff-stack.js';
import { readMeasurement, readVolume } from '../../volumes/open.js';
import { spacingOf } from '../../core/placement.js';
import { toNdarray } from '../../volumes/ndarray.js';
import { goldenArray, goldenFile, sameAsNumpy } from '../support/golden-arrays.js';

for (const type of ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'float32']) {
  test(`${type} pages read as tifffile wrote them`, async (t) => {
    sameAsNumpy(t, await readTiffStack([goldenFile(`${type}.tif`)]), `tiff/${type}`);
  });
}

test('deflate, predictors and big endian read as tifffile wrote them, or are refused', async (t) => {
  sameAsNumpy(t, await readTiffStack([goldenFile('deflate-be.tif')]), 'tiff/deflate');
  sameAsNumpy(t, await readTiffStack([goldenFile('deflate-le-predictor.tif')]), 'tiff/deflate');
  sameAsNumpy(t, await readTiffStack([goldenFile('float-predictor.tif')]), 'tiff/float-predictor');
  await t.throwsAsync(readTiffStack([goldenFile('deflate-be-predictor.tif')]), { message: /big-endian.*predictor/ });
});

test('a folder is read in natural order: slice_2 before slice_10', async (t) => {
  const files = ['slice_10.tif', 'slice_1.tif', 'slice_2.tif'].map(goldenFile);
  sameAsNumpy(t, await readTiffStack(files), 'tiff/deflate');
  const volume = await readVolume(files, { spacing: [0.5, 0.5, 2] });
  t.deepEqual(volume.shape, [3, 5, 6]);
  t.deepEqual(spacingOf(volume), [0.5, 0.5, 2]);
  t.is(toNdarray(volume).get(2, 4, 5), goldenArray('tiff/deflate').data[89]);
});

test('projections become a measurement when the angles are given', async (t) => {
  const files = ['slice_1.tif', 'slice_2.tif', 'slice_10.tif'].map(goldenFile);
  const scan = await readMeasurement(files, { angles: '0:120:60', geometry: { detectorPitch: 0.1 } });
  t.deepEqual(scan.shape, [5, 3, 6]); // [row, view, detector]
  t.is(scan.data[(1 * 3 + 2) * 6 + 4], goldenArray('tiff/deflate').data[(2 * 5 + 1) * 6 + 4]);
});

test('pages of different size or type, and colour, are refused with the file named', async (t) => {
  const mixed = [goldenFile('slice_1.tif'), goldenFile('int16.tif')];
  await t.throwsAsync(readTiffStack(mixed), { message: /differ.*in slice_1\.tif|differ.*int16\.tif/ });
  await t.throwsAsync(readTiffStack([goldenFile('int16.tif'), goldenFile('uint16.tif')]), { message: /Uint16Array/ });
  await t.throwsAsync(readTiffStack([goldenFile('colour.tif')]), { message: /colour/ });
});

test('a truncated TIFF is an error, unless only trailing tags are gone and every pixel is right', async (t) => {
  for (const name of ['int16.tif', 'deflate-be.tif']) {
    const { bytes } = goldenFile(name);
    const whole = await readTiffStack([{ name, bytes }]);
    let errors = 0;
    for (let length = 0; length < bytes.length - 1; length += 7) {
      try {
        t.deepEqual(await readTiffStack([{ name, bytes: bytes.subarray(0, length) }]), whole, `${name} cut at ${length}`);
      } catch (error) {
        errors++;
        t.is((error as Error).name, 'SlicewiseError', `${name} cut at ${length}: ${String(error)}`);
      }
    }
    t.true(errors > 50);
  }
});

test('strips of a part of a row, or more of them than the file can name, are an error at once', async (t) => {
  const { bytes } = goldenFile('float32.tif');
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const first = view.getUint32(4, true);
  const entries = Array.from({ length: view.getUint16(first, true) }, (_, n) => first + 2 + 12 * n);
  const rows = entries.find((at) => view.getUint16(at, true) === 278)!;
  const changed = (change: (own: DataView) => void) => {
    const own = bytes.slice();
    change(new DataView(own.buffer));
    return readTiffStack([{ name: 'a.tif', bytes: own }]);
  };
  // a double of 1e-320 or so: 10³⁰⁰ strips
  const asDouble = (own: DataView) => own.setUint16(rows + 2, 12, true);
  await t.throwsAsync(changed(asDouble), { code: 'FORMAT', message: /strips or tiles that a file of \d+ bytes can hold/ });
  await t.throwsAsync(
    changed((own) => {
      const height = entries.find((at) => own.getUint16(at, true) === 257)!;
      own.setUint32(height + 8, 300_000, true);
      own.setUint32(rows + 8, 1, true);
    }),
    { code: 'FORMAT', message: /blocks of 1 × \d+ pixels/ },
  );
});
