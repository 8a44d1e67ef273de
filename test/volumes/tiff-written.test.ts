import { readFileSync } from 'node:fs';
import test from 'ava';
import { placed } from '../../core/placement.js';
import { writeTiff } from '../../volumes/formats/tiff/write.js';
import { readVolume, writeVolume } from '../../volumes/open.js';
import { makeVolume } from '../../volumes/volume.js';
import { testArray } from '../support/backends.js';

/*
 * Files that we wrote, and that tifffile then read with these numbers and this description (test/golden/scripts/tiff-written.py asserts
 * it): the writer still gives the same bytes.
 */
const values = Float32Array.from({ length: 24 }, (_, n) => (n - 11) * 0.5);
const stack = makeVolume(values, [2, 3, 4], placed({ spacing: [0.5, 0.8, 2.5], origin: [1, 2, 3] }));
const golden = (name: string): Uint8Array => new Uint8Array(readFileSync(`test/golden/arrays/${name}`));

test('float32: the bytes that tifffile reads as the same numbers', async (t) => {
  t.deepEqual(await writeVolume('stack.tif', stack), golden('written-float32.tif'));
});

test('int16: the bytes that tifffile reads as the rounded numbers', async (t) => {
  t.deepEqual(await writeVolume('stack.tiff', stack, { dtype: 'int16' }), golden('written-int16.tif'));
});

test('a stack that was written is read with the same numbers, a page a slice, of any size', async (t) => {
  for (const shape of [
    [1, 1, 1],
    [3, 1, 5],
    [2, 7, 3],
    [4, 3],
  ]) {
    const volume = makeVolume(
      testArray(
        shape.reduce((a, n) => a * n, 1),
        5,
      ),
      shape,
      {
        axes: shape.map((_, a) => ({ name: `axis${a}`, unit: '', step: 1 })),
      },
    );
    const back = await readVolume([{ name: 'a.tif', bytes: await writeVolume('a.tif', volume) }]);
    t.deepEqual([...back.shape], shape.length === 2 ? [1, ...shape] : shape);
    t.deepEqual(back.data, volume.data);
  }
});

test('complex numbers and four axes are refused', (t) => {
  const complex = makeVolume(new Float32Array(16), [2, 2, 2], { dtype: 'complex64' });
  t.throws(() => writeTiff(complex, { dtype: 'complex64' }), { message: /slices of real numbers/ });
  t.notThrows(() => writeTiff(complex, {}), 'the magnitude can be written');
  const axes = ['a', 'b', 'c', 'd'].map((name) => ({ name, unit: '', step: 1 }));
  t.throws(() => writeTiff(makeVolume(new Float32Array(16), [2, 2, 2, 2], { axes }), {}), { message: /2×2×2×2/ });
  const large = makeVolume(new Float32Array(8).fill(4e4), [2, 2, 2]);
  t.throws(() => writeTiff(large, { dtype: 'int16' }), { message: /do not fit int16/ });
});
