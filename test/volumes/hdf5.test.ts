import { readFileSync } from 'node:fs';
import test from 'ava';
import { withHdf5 } from '../../volumes/formats/hdf5/open.js';
import { bounded, loadHdf5 } from '../../volumes/formats/hdf5/library.js';
import { readMeasurement, readVolume } from '../../volumes/open.js';
import { goldenFile, sameAsNumpy } from '../support/golden-arrays.js';

const TYPES = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'float16', 'float32', 'float64'];

test('every element type reads as h5py wrote it, in both byte orders', async (t) => {
  const { bytes, name } = goldenFile('types.h5');
  await withHdf5(bytes, name, (h5) => {
    for (const path of [...TYPES, ...TYPES.map((type) => `${type}_be`), 'complex64', 'complex128', 'packed', 'flag']) {
      const { shape, type } = h5.dataset(path);
      sameAsNumpy(t, { path, shape, complex: type.startsWith('complex'), data: h5.read(path) }, `h5/${path}`);
    }
    t.is(h5.read('empty').length, 0);
    t.is(h5.readFloat32('empty').length, 0);
  });
});

test('slabs of a chunked dataset are the rows asked for', async (t) => {
  const { bytes, name } = goldenFile('types.h5');
  await withHdf5(bytes, name, (h5) => {
    const whole = h5.read('packed');
    t.deepEqual(Array.from(h5.read('packed', 1, 3)), Array.from(whole.subarray(42, 4 * 42)));
    t.deepEqual(h5.slabs('packed'), [[0, 5]]);
    t.deepEqual(h5.dataset('packed').chunks, [2, 3, 7]);
  });
});

test('attributes are plain numbers, texts and lists', async (t) => {
  const { bytes, name } = goldenFile('types.h5');
  await withHdf5(bytes, name, (h5) => {
    t.deepEqual(h5.attributes('packed'), { axes: 'theta:y:x', pitch: 0.5, count: 7, list: [1, 2, 3], ok: 1 });
  });
});

test('a dataset picked by its path is a volume', async (t) => {
  const volume = await readVolume([goldenFile('types.h5')], { dataset: '/packed' });
  t.deepEqual(volume.shape, [5, 6, 7]);
  await t.throwsAsync(readVolume([goldenFile('types.h5')]), { message: /several arrays.*--dataset/s });
  await t.throwsAsync(readVolume([goldenFile('types.h5')], { dataset: 'none' }), { message: /packed|float32/ });
});

test('truncated, damaged and foreign bytes are FORMAT errors that say so', async (t) => {
  const { bytes, name } = goldenFile('types.h5');
  for (let length = 1; length < bytes.length; length += 997) {
    const file = { name, bytes: bytes.subarray(0, length) };
    const error = await t.throwsAsync(withHdf5(file.bytes, name, () => 0));
    t.is((error as { code?: string }).code, 'FORMAT');
  }
  const cut = await t.throwsAsync(withHdf5(bytes.subarray(0, 5000), name, () => 0));
  t.regex(cut!.message, /expected 20128 bytes; got 5000 bytes: the file is truncated/);
  await t.throwsAsync(
    withHdf5(new Uint8Array(3000), name, () => 0),
    { message: /not HDF5/ },
  );
  await t.throwsAsync(readMeasurement([{ name, bytes: bytes.subarray(0, 5000) }]), { message: /truncated/ });
});

test('a file whose compressed data is damaged is an error, and the next file reads well', async (t) => {
  const { bytes, name } = goldenFile('types.h5');
  let failures = 0;
  for (let at = 2048; at < bytes.length; at += 211) {
    const bad = bytes.slice();
    bad.fill(0xa5, at, at + 64);
    try {
      await withHdf5(bad, name, (h5) => h5.datasets().forEach((d) => d.numeric && h5.read(d.path)));
    } catch (error) {
      failures++;
      t.is((error as Error).name, 'SlicewiseError', String(error));
    }
  }
  t.true(failures > 0);
  await withHdf5(bytes, name, (h5) => t.is(h5.read('packed').length, 210));
});

test('a library that broke down is dropped, and the same file is read by another one', async (t) => {
  const { bytes, name } = goldenFile('types.h5');
  const modules = new Set<unknown>();
  const length = await withHdf5(bytes, name, async (h5) => {
    modules.add((await loadHdf5()).module);
    if (modules.size === 1) throw new WebAssembly.RuntimeError('memory access out of bounds');
    return h5.read('packed').length;
  });
  t.is(length, 210);
  t.is(modules.size, 2);
  // one that breaks down again and again is a clear error, and the next good file is read
  const broken = withHdf5(bytes, name, () => {
    throw new WebAssembly.RuntimeError('unreachable');
  });
  await t.throwsAsync(broken, { code: 'FORMAT', message: /cannot be opened as HDF5/ });
  await withHdf5(bytes, name, (h5) => t.is(h5.read('packed').length, 210));
});

test('a call takes no more memory than a file can be worth', async (t) => {
  const library = await loadHdf5();
  const before = library.module.HEAPU8.byteLength;
  t.is(
    bounded(library, 1000, 0, () => library.module._malloc(500e6)),
    0,
  );
  t.is(library.module.HEAPU8.byteLength, before);
  const pointer = bounded(library, 1000, 100e6, () => library.module._malloc(100e6));
  t.not(pointer, 0);
  library.module._free(pointer);
});

test('a damaged table of contents takes no more memory than its file can be worth', async (t) => {
  const { bytes, name } = goldenFile('v73.mat');
  const bad = bytes.slice();
  t.is(bad[9320], 12); // type of a message of an object header: a link becomes a continuation of 1.2 GB
  bad[9320] = 16;
  const before = (await loadHdf5()).module.HEAPU8.byteLength;
  await withHdf5(bad, name, (h5) => h5.datasets()).catch((error: { code?: string }) => t.is(error.code, 'FORMAT'));
  t.true((await loadHdf5()).module.HEAPU8.byteLength - before < 200e6);
});

test('a damaged global heap is an error, where the library would walk over it for ever', async (t) => {
  const whole = new Uint8Array(readFileSync('test/golden/kspace/fastmri-single.h5'));
  const at = Buffer.from(whole).indexOf('GCOL');
  const read = (bytes: Uint8Array<ArrayBuffer>) => readMeasurement([{ name: 'a.h5', bytes }]);
  t.is((await read(whole)).kind, 'fourier.cartesian');
  for (const change of [
    (view: DataView) => view.setBigUint64(at + 8, 1n << 62n, true), // a collection that ends beyond the file
    (view: DataView) => view.setBigUint64(at + 24, 1n << 40n, true), // an object beyond the collection
  ]) {
    const bytes = whole.slice();
    change(new DataView(bytes.buffer));
    await t.throwsAsync(read(bytes), { code: 'FORMAT', message: /global heap/ });
  }
});

test('so it is in a heap that begins at no multiple of 8, as h5py writes them', async (t) => {
  const whole = new Uint8Array(readFileSync('test/golden/kspace/ismrmrd-2d.h5'));
  const places = [...Buffer.from(whole).toString('latin1').matchAll(/GCOL/g)].map(({ index }) => index);
  const at = places.find((place) => place % 8 !== 0)!;
  t.true(at > 0);
  const view = new DataView(whole.buffer);
  const second = at + 16 + 16 + 8 * Math.ceil(Number(view.getBigUint64(at + 24, true)) / 8);
  const damaged = whole.slice();
  damaged.fill(0, second, second + 16); // free space of no size, with data behind it
  const read = (bytes: Uint8Array<ArrayBuffer>) => readMeasurement([{ name: 'a.h5', bytes }], { select: 'slice=0,average=0' });
  t.is((await read(whole)).kind, 'fourier.cartesian');
  await t.throwsAsync(read(damaged), { code: 'FORMAT', message: /global heap/ });
});

test('a table of more records than the file can hold is an error, and not read in batches without end', async (t) => {
  const whole = new Uint8Array(readFileSync('test/golden/kspace/ismrmrd-2d.h5'));
  const bytes = whole.slice();
  const view = new DataView(bytes.buffer);
  // a data space of one axis that may grow: version, rank, flags, five zeros, length, the longest
  const head = [1, 1, 1, 0, 0, 0, 0, 0];
  const spaces = [...bytes.keys()].filter((at) => head.every((value, k) => bytes[at + k] === value));
  const acquisitions = spaces.filter((at) => view.getBigUint64(at + 8, true) === 30n); // 30 acquisitions
  t.is(acquisitions.length, 1);
  view.setBigUint64(acquisitions[0] + 8, 1n << 40n, true);
  const read = readMeasurement([{ name: 'a.h5', bytes }], { select: 'slice=0,average=0' });
  await t.throwsAsync(read, { code: 'FORMAT', message: /claims more than the file can hold/ });
});
