import test from 'ava';
import { readVolume, volumeData } from '../../volumes/index.js';
import { refusingShortStreams } from '../../volumes/formats/hdf5/bzip2.js';
import { inputOf, outcomeOf } from '../support/fuzz/run.js';
import { fuzzFormats } from '../support/fuzz/seeds.js';
import { bytesOf, floatsOf, golden } from '../support/golden.js';

// h5py's and hdf5plugin's files; test/golden/scripts/filters.py
const { files, values } = golden<{ files: { [filter: string]: string }; values: string }>('filters.json');
const WITHOUT = ['SZ3', 'SPERR'];
const read = (filter: string, bytes = bytesOf(files[filter])) => readVolume([{ name: 'a.h5', bytes }]);

for (const filter of Object.keys(files).filter((name) => !WITHOUT.includes(name))) {
  test(`an array compressed by ${filter} is read`, async (t) => {
    t.deepEqual(volumeData(await read(filter)), floatsOf(values));
  });
}

for (const filter of WITHOUT) {
  test(`a filter that no plugin undoes is named, with the way out: ${filter}`, async (t) => {
    await t.throwsAsync(read(filter), {
      code: 'FORMAT_UNSUPPORTED',
      message: new RegExp(`${filter} \\(HDF5 filter \\d+\\).*h5repack`, 's'),
    });
  });
}

test('damaged compressed data are an error, and the next file is read', async (t) => {
  for (const filter of ['lzf', 'blosc', 'lz4', 'zstd', 'bitshuffle']) {
    const bytes = bytesOf(files[filter]);
    for (let at = 4000; at < bytes.length; at++) bytes[at] ^= 0x5a;
    await t.throwsAsync(read(filter, bytes), { code: 'FORMAT' }, filter);
    t.deepEqual(volumeData(await read(filter)), floatsOf(values));
  }
});

test('bzip2 data cut short are an error instead of a call without end, and the next file is read', async (t) => {
  const whole = bytesOf(files.bzip2);
  const view = new DataView(whole.buffer, whole.byteOffset, whole.length);
  // a chunk of one slice: its size, mask of filters, place in the array (HDF5 File Format Specification, III.A.1, node type 1)
  let cut = 0;
  for (let at = 0; at + 48 <= whole.length; at++) {
    const size = view.getUint32(at, true);
    const address = Number(view.getBigUint64(at + 40, true));
    if (size < 8 || address + size > whole.length || view.getUint32(address) >>> 8 !== 0x425a68) continue; // BZh
    for (const left of [4, 5, 14, 30, size >> 1, size - 1]) {
      const bytes = whole.slice();
      new DataView(bytes.buffer).setUint32(at, left, true);
      await t.throwsAsync(read('bzip2', bytes), { code: 'FORMAT' }, `${left} of ${size} bytes`);
      t.deepEqual(volumeData(await read('bzip2')), floatsOf(values));
      cut++;
    }
  }
  t.true(cut >= 6, `${cut} chunks cut short`);
});

test('input 1631 of the fuzz, bzip2 with a damaged chunk size, is refused', async (t) => {
  const format = (await fuzzFormats()).find(({ name }) => name === 'HDF5, compressed')!;
  t.is(await outcomeOf(format, inputOf(format, 1, 1631)), 'FORMAT');
});

test('a plugin that is not the one expected is not changed: it is not installed', (t) => {
  const empty = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  t.throws(() => refusingShortStreams(empty), { message: /section/ });
});
