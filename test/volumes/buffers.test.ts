import test from 'ava';
import { makeVolume, volumeData } from '../../volumes/volume.js';
import { readVolume, writeVolume } from '../../volumes/open.js';

test('files given as Node Buffers that share one memory are read as what they are', async (t) => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  for (const name of ['a.nii', 'a.nii.gz', 'a.npy']) {
    const bytes = await writeVolume(name, makeVolume(data, [1, 2, 3]));
    const shared = Buffer.alloc(bytes.length + 24, 7);
    shared.set(bytes, 12);
    const volume = await readVolume([{ name, bytes: shared.subarray(12, 12 + bytes.length) }]);
    t.deepEqual(volumeData(volume), data, name);
  }
});
