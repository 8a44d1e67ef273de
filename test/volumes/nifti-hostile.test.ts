import { gzipSync } from 'fflate';
import test from 'ava';
import { makeVolume, readVolume, writeVolume } from '../../volumes/index.js';
import { bytesOf, golden } from '../support/golden.js';

const { cases } = golden<{ cases: { name: string; file: string }[] }>('nifti.json');
const sample = (name = 'i2 little endian') => bytesOf(cases.find((c) => c.name === name)!.file);
const read = (bytes: Uint8Array, name = 'x.nii') => readVolume([{ name, bytes }]);

/** The sample with one number of its header changed. */
function patched(at: number, value: number, set: 'setInt16' | 'setInt32' | 'setFloat32' = 'setInt16'): Uint8Array {
  const bytes = sample();
  new DataView(bytes.buffer)[set](at, value, true);
  return bytes;
}

test('a truncated file is an error wherever it is cut, plain and compressed', async (t) => {
  const whole = sample();
  for (let length = 1; length < whole.length; length += 7) {
    await t.throwsAsync(read(whole.slice(0, length)), { code: 'FORMAT' }, `plain, ${length} bytes`);
  }
  const packed = gzipSync(whole);
  // the last 8 bytes are checksum and length: without them the data are still all there
  for (let length = 1; length < packed.length - 8; length += 5) {
    await t.throwsAsync(read(packed.slice(0, length), 'x.nii.gz'), { code: 'FORMAT' }, `gzip, ${length} bytes`);
  }
});

test('a flipped bit in a compressed file is never read as data', async (t) => {
  const volume = makeVolume(
    Float32Array.from({ length: 4096 }, (_, n) => Math.sin(n) * 1000),
    [16, 16, 16],
  );
  const packed = await writeVolume('a.nii.gz', volume);
  for (let at = 1000; at < packed.length - 8; at += 997) {
    const damaged = packed.slice();
    damaged[at] ^= 16;
    await t.throwsAsync(read(damaged, 'a.nii.gz'), { code: 'FORMAT' }, `byte ${at}`);
  }
});

test('what a gzip bomb holds beyond its header is not inflated', async (t) => {
  const bomb = gzipSync(new Uint8Array(64 << 20), { level: 1 });
  const before = process.memoryUsage().arrayBuffers;
  await t.throwsAsync(read(bomb, 'bomb.nii.gz'), { code: 'FORMAT' });

  const honest = new Uint8Array(48 << 20);
  honest.set(sample());
  const padded = gzipSync(honest, { level: 1 }); // a sound volume of 60 voxels, then zeros
  t.is((await read(padded, 'padded.nii.gz')).data.length, 60);
  t.true(process.memoryUsage().arrayBuffers - before < 72 << 20); // 48 MiB is `honest` itself
});

test('a header that asks for more than the compressed bytes can hold is refused before memory is taken', async (t) => {
  const bytes = sample();
  const view = new DataView(bytes.buffer);
  for (const at of [42, 44, 46]) view.setInt16(at, 32767, true);
  await t.throwsAsync(read(gzipSync(bytes), 'x.nii.gz'), { code: 'FORMAT', message: /cannot hold them/ });
  await t.throwsAsync(read(bytes), { code: 'FORMAT' });
});

test('impossible headers are errors', async (t) => {
  const bad: [string, Uint8Array][] = [
    ['negative dimension', patched(42, -3)],
    ['zero dimension', patched(44, 0)],
    ['rank 0', patched(40, 0)],
    ['rank 9', patched(40, 9)],
    ['offset inside the header', patched(108, 100, 'setFloat32')],
    ['NaN offset', patched(108, NaN, 'setFloat32')],
    [
      'infinite intercept',
      (() => {
        const b = patched(112, 2, 'setFloat32');
        new DataView(b.buffer).setFloat32(116, Infinity, true);
        return b;
      })(),
    ],
    ['wrong magic', patched(344, 0x2b6d)],
    ['wrong header size', patched(0, 347, 'setInt32')],
  ];
  for (const [name, bytes] of bad) await t.throwsAsync(read(bytes), { code: 'FORMAT' }, name);
});

test('NIfTI-2 dimensions whose product overflows are an error', async (t) => {
  const bytes = sample('NIfTI-2 little endian');
  const view = new DataView(bytes.buffer);
  for (const at of [24, 32, 40]) view.setBigInt64(at, 1n << 40n, true);
  await t.throwsAsync(read(bytes), { code: 'FORMAT' });
});

test('an extension whose size leads in a circle ends the list, not the program', async (t) => {
  const bytes = sample('with an extension');
  new DataView(bytes.buffer).setInt32(352, -16, true);
  t.is((await read(bytes)).data.length, 60);
});

test('bytes of no format are an error that lists the formats', async (t) => {
  await t.throwsAsync(read(new TextEncoder().encode('hello'), 'notes.txt'), {
    code: 'FORMAT',
    message: /NIfTI \(.nii.gz/,
  });
  await t.throwsAsync(writeVolume('out.xyz', makeVolume(new Float32Array(1), [1, 1, 1])), {
    code: 'FORMAT',
    message: /\.nii/,
  });
});
