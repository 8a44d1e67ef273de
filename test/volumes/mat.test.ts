import test from 'ava';
import { zlibSync } from 'fflate';
import { listMat5, readMat5, readMat5Text } from '../../volumes/formats/matlab/mat5.js';
import { listMat73, readMat73 } from '../../volumes/formats/matlab/mat73.js';
import { readMeasurement, readVolume } from '../../volumes/open.js';
import { toNdarray } from '../../volumes/ndarray.js';
import { goldenArray, goldenFile, realFile, sameAsNumpy } from '../support/golden-arrays.js';

const TYPES = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'float32', 'float64'];

for (const name of ['v6.mat', 'v7.mat']) {
  const { bytes } = goldenFile(name);

  test(`${name}: every numeric class reads as SciPy wrote it`, (t) => {
    for (const type of TYPES) sameAsNumpy(t, readMat5(bytes, `v_${type}`, name), `v_${type}`);
    for (const array of ['flag', 'small', 'z', 'z32']) sameAsNumpy(t, readMat5(bytes, array, name), array);
    t.true(readMat5(bytes, 'z', name).complex);
  });

  test(`${name}: arrays of 3 and 4 dimensions keep their index order`, (t) => {
    for (const array of ['cube', 'cube4']) sameAsNumpy(t, readMat5(bytes, array, name), array);
  });

  test(`${name}: paths go into structs, struct arrays and cells`, (t) => {
    for (const path of ['scan.sinogram', 'scan.parameters.pitch', 'b(1).c', 'b(2).c', 'cell(1,2)', 'cell(2,1)']) {
      sameAsNumpy(t, readMat5(bytes, path, name), path);
    }
    // MATLAB's linear subscripts run down the columns: {3} is (1,2)
    t.deepEqual(readMat5(bytes, 'cell{3}', name).data, readMat5(bytes, 'cell(1,2)', name).data);
    t.is(readMat5Text(bytes, 'name', name), 'Größe');
    t.is(readMat5Text(bytes, 'b(2).label', name), 'second');
  });

  test(`${name}: the list has every array with its shape`, (t) => {
    const list = listMat5(bytes, name);
    t.deepEqual(list.find((a) => a.path === 'scan.sinogram')?.shape, [4, 5]);
    t.deepEqual(list.find((a) => a.path === 'b(2).c')?.shape, [3, 2]);
    t.is(list.find((a) => a.path === 'scan.parameters.unit')?.type, 'char');
  });
}

test('wrong paths are ARGUMENT errors that name what there is', (t) => {
  const { bytes, name } = goldenFile('v7.mat');
  const message = (path: string): string => t.throws(() => readMat5(bytes, path, name), { name: 'SlicewiseError' }).message;
  t.regex(message('nope'), /cube4/);
  t.regex(message('scan.nope'), /sinogram, parameters/);
  t.regex(message('b.c'), /subscript/);
  t.regex(message('b(3).c'), /1 … 2/);
  t.regex(message('scan..x'), /a\.b\(2\)\.c/);
  t.is(t.throws(() => readMat5(bytes, 'name', name), { name: 'SlicewiseError' }).message.includes('char'), true);
});

test('big-endian files read as SciPy reads them', (t) => {
  const { bytes, name } = goldenFile('big-endian.mat');
  for (const array of ['big', 'big16', 'bigz']) sameAsNumpy(t, readMat5(bytes, array, name), array);
  t.is(readMat5(bytes, 'tiny', name).data[0], 7);
});

test('MATLAB 7.3: transposed storage, complex, structs, struct arrays and cells of references', async (t) => {
  const { bytes, name } = goldenFile('v73.mat');
  for (const path of ['cube', 'z', 'scan.sinogram', 'b(1).c', 'b(2).c', 'cell{1,2}', 'cell(2,1)']) {
    const array = await readMat73(bytes, path, name);
    sameAsNumpy(t, array, path.replace('{', '(').replace('}', ')'));
  }
  const list = await listMat73(bytes, name);
  t.deepEqual(
    list.map((a) => a.path).filter((p) => p.startsWith('b')),
    ['b(1).c', 'b(2).c'],
  );
  t.deepEqual(list.find((a) => a.path === 'cube')?.shape, [2, 3, 4]);
  await t.throwsAsync(readMat73(bytes, 'b(3).c', name), { name: 'SlicewiseError' });
  await t.throwsAsync(readMat73(bytes, 'name', name), { name: 'SlicewiseError', message: /char/ });
});

test('a volume A(row, column, slice) comes slices first, from both formats', async (t) => {
  const cube = goldenArray('cube');
  for (const name of ['v7.mat', 'v73.mat']) {
    const volume = await readVolume([goldenFile(name)], { dataset: 'cube' });
    t.deepEqual(volume.shape, [4, 2, 3]);
    t.is(toNdarray(volume).get(3, 1, 2), cube.data[(1 * 3 + 2) * 4 + 3]);
    t.is(toNdarray(volume).get(1, 0, 2), cube.data[(0 * 3 + 2) * 4 + 1]);
  }
});

test('a file cut anywhere is an error, never an array', (t) => {
  for (const name of ['v6.mat', 'v7.mat', 'big-endian.mat']) {
    const { bytes } = goldenFile(name);
    for (let length = 0; length < bytes.length; length += 17) {
      const cut = bytes.subarray(0, length);
      try {
        listMat5(cut, name);
        // Cut exactly between two variables nothing shows: what is listed must then be whole.
        for (const array of listMat5(cut, name)) if (array.numeric) readMat5(cut, array.path, name);
      } catch (error) {
        t.is((error as Error).name, 'SlicewiseError', `${name} cut at ${length}: ${String(error)}`);
      }
    }
    t.throws(() => listMat5(bytes.subarray(0, bytes.length - 9), name), { message: /truncated|damaged/ });
  }
});

test('damaged bytes are our errors, whatever byte is hit', (t) => {
  const { bytes, name } = goldenFile('v6.mat');
  for (let at = 128; at < bytes.length; at += 5) {
    const bad = bytes.slice();
    bad[at] ^= 0xff;
    try {
      listMat5(bad, name);
    } catch (error) {
      t.is((error as Error).name, 'SlicewiseError', `byte ${at}: ${String(error)}`);
    }
  }
  t.pass();
});

test('a compressed bomb is refused without expanding it', (t) => {
  const header = goldenFile('v7.mat').bytes.slice(0, 128);
  const element = (declared: number, real: number): Uint8Array => {
    const inner = new Uint8Array(real);
    new DataView(inner.buffer).setUint32(0, 14, true);
    new DataView(inner.buffer).setUint32(4, declared, true);
    const packed = zlibSync(inner);
    const out = new Uint8Array(128 + 8 + packed.length);
    out.set(header);
    new DataView(out.buffer).setUint32(128, 15, true);
    new DataView(out.buffer).setUint32(132, packed.length, true);
    out.set(packed, 136);
    return out;
  };
  // says 4 GB in a stream of 100 kB; says 1 kB and goes on for 20 MB
  t.throws(() => listMat5(element(4_000_000_000, 100_000), 'bomb.mat'), { message: /expands|says/ });
  t.throws(() => listMat5(element(1000, 20_000_000), 'bomb.mat'), { message: /expands/ });
});

test('the Helsinki disc: SciPy’s numbers, found alone and by its path', async (t) => {
  const file = realFile(t, 'dev/ct-measured/htc2022_tb_arc90_fan.mat');
  if (!file) return;
  const options = {
    kind: 'radon.fan',
    geometry: { sourceToAxis: 410.66, sourceToDetector: 553.74, detectorPitch: 0.2 },
    angles: '75:165:0.5',
  };
  const scan = await readMeasurement([file], { ...options, dataset: 'CtDataLimited.sinogram' });
  t.deepEqual(scan.shape, [1, 181, 560]);
  // scipy.io.loadmat: sum and one value of the array
  t.is(scan.data[100 * 560 + 280], Math.fround(1.1521841287612915));
  t.true(Math.abs(scan.data.reduce((a, v) => a + v, 0) - 101915.48621004191) < 0.05);
  t.deepEqual(await readMeasurement([file], options), scan);
});
