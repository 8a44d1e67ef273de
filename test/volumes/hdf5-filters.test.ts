import test from 'ava';
import { readVolume, volumeData } from '../../volumes/index.js';
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
