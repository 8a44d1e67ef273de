import test from 'ava';
import { encode } from 'fast-png';
import { maskFromArray } from '../../volumes/kinds/kspace/mask.js';
import { readMaskFile } from '../../volumes/kinds/kspace/mask-file.js';
import { packNpy } from '../../volumes/formats/npy/array.js';
import { packZip } from '../../volumes/formats/npy/zip.js';

const shape = [3, 4, 5] as const;
const pattern = Float32Array.from({ length: 20 }, (_, n) => ((n * 7) % 3 === 0 ? 1 : 0));
/** As the command line reads a mask for k-space of that shape. */
async function readMask(file: { name: string; bytes: Uint8Array }) {
  const { data, shape: own } = await readMaskFile([file]);
  return maskFromArray(data, own, [shape[0], 2, shape[1], shape[2]], file.name, 'ky');
}
const npy = (data: Float32Array, dims: number[]) => ({ name: 'mask.npy', bytes: packNpy(data, dims) });

test('a mask is read from arrays and images, whatever its value for sampled', async (t) => {
  const files = [
    npy(pattern, [4, 5]),
    npy(
      pattern.map((v) => 7 * v),
      [1, 4, 5],
    ),
    { name: 'mask.npz', bytes: packZip({ 'kspace.npy': packNpy(new Float32Array(60), shape), 'mask.npy': packNpy(pattern, [4, 5]) }) },
    { name: 'mask.png', bytes: encode({ width: 5, height: 4, channels: 1, depth: 8, data: Uint8Array.from(pattern, (v) => 255 * v) }) },
    {
      name: 'rgba.png',
      bytes: encode({
        width: 5,
        height: 4,
        channels: 4,
        depth: 8,
        data: Uint8Array.from({ length: 80 }, (_, n) => (n % 4 === 3 ? 255 : 255 * pattern[n >> 2])),
      }),
    },
  ];
  for (const file of files) {
    const mask = await readMask(file);
    t.deepEqual(mask.shape, [1, 4, 5], file.name);
    t.deepEqual(mask.data, pattern, file.name);
  }
});

test('a stack is a mask a slice, a list is lines', async (t) => {
  const stack = Float32Array.from({ length: 60 }, (_, n) => (n % 3 === 0 ? 1 : 0));
  t.deepEqual(await readMask(npy(stack, [3, 4, 5])), { data: stack, shape, dtype: 'float32' });
  const lines = await readMask(npy(Float32Array.of(0, 1, 1, 0), [4]));
  t.deepEqual(lines.shape, [1, 4, 5]);
  t.deepEqual([...lines.data], [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
});

test('another shape, a density instead of a mask, nothing sampled, a damaged image: refused', async (t) => {
  const refuse = (file: { name: string; bytes: Uint8Array }, code: string, message: RegExp) =>
    t.throwsAsync(readMask(file), { code, message });
  await refuse(npy(pattern, [5, 4]), 'SHAPE', /4×5 \(ky, kx\).*transpose/);
  await refuse(npy(new Float32Array(40).fill(1), [2, 4, 5]), 'SHAPE', /3×4×5/);
  await refuse(npy(new Float32Array(20).fill(1), [20]), 'SHAPE', /or 4 \(ky\)/);
  await refuse(
    npy(
      pattern.map((v, n) => v * n),
      [4, 5],
    ),
    'FORMAT',
    /many values/,
  );
  await refuse(npy(new Float32Array(20), [4, 5]), 'FORMAT', /one other value/);
  await refuse(
    npy(
      pattern.map((v) => v + 1),
      [4, 5],
    ),
    'FORMAT',
    /one other value/,
  );
  await refuse(
    npy(
      pattern.map((v) => v || NaN),
      [4, 5],
    ),
    'FORMAT',
    /one other value/,
  );
  const png = encode({ width: 5, height: 4, channels: 1, depth: 8, data: new Uint8Array(20) });
  await refuse({ name: 'short.png', bytes: png.subarray(0, 40) }, 'FORMAT', /damaged/);
  await refuse({ name: 'x.txt', bytes: new TextEncoder().encode('0 1 0') }, 'FORMAT', /not a mask file/);
});
