import { zipSync } from 'fflate';
import test from 'ava';
import { affineOf, makeVolume, readVolume, shapeOf, volumeData, writeVolume } from '../../volumes/index.js';
import { placed, spacingOf } from '../../core/placement.js';
import { bytesOf, golden } from '../support/golden.js';

// NumPy's own files; test/golden/scripts/npy.py
interface Case {
  name: string;
  file: string;
  shape?: number[];
  values?: number[];
}
const { cases, archives } = golden<{ cases: Case[]; archives: Record<string, string> }>('npy.json');
const find = (name: string) => cases.find((c) => c.name === name)!;
const open = (name: string, options = {}) => readVolume([{ name: 'x.npy', bytes: bytesOf(find(name).file) }], options);
const unzip = (name: string, options = {}) => readVolume([{ name: 'x.npz', bytes: bytesOf(archives[name]) }], options);

for (const c of cases.filter(({ shape }) => shape && shape.length < 4)) {
  test(`${c.name}: values in C order are NumPy's`, async (t) => {
    const volume = await open(c.name);
    t.deepEqual(shapeOf(volume) as number[], c.shape!.length === 2 ? [1, ...c.shape!] : c.shape!);
    t.deepEqual(
      [...volumeData(volume)],
      c.values!.map((v) => Math.fround(v) + 0),
    ); // −0 becomes 0
  });
}

test('of four dimensions the first is picked', async (t) => {
  t.deepEqual([...volumeData(await open('four dimensions', { volumeIndex: 1 }))], find('four dimensions').values!.slice(24));
  await t.throwsAsync(open('four dimensions'), { code: 'FORMAT_UNSUPPORTED', message: /2 volumes/ });
});

test('what is not an array of real numbers is refused by name', async (t) => {
  for (const [name, message] of Object.entries({
    complex: /complex/,
    object: /object/,
    structured: /structured/,
    'one dimension': /dimensions/,
  })) {
    await t.throwsAsync(open(name), { code: 'FORMAT_UNSUPPORTED', message }, name);
  }
});

test('a truncated array is an error wherever it is cut', async (t) => {
  const whole = bytesOf(find('<f4').file);
  for (let length = 1; length < whole.length; length += 5) {
    await t.throwsAsync(readVolume([{ name: 'x.npy', bytes: whole.slice(0, length) }]), { code: 'FORMAT' }, `${length}`);
  }
});

test('voxel size is asked for: given, or 1 mm with a warning', async (t) => {
  t.true((await open('<f4')).meta.warnings!.some((w) => w.includes('1 mm assumed')));
  const given = await open('<f4', { spacing: [0.5, 0.5, 2] });
  t.deepEqual([spacingOf(given), given.meta.warnings], [[0.5, 0.5, 2], []]);
});

test('of an archive the one array that can be a volume is read; several are listed and picked by name', async (t) => {
  const values = find('<f4').values!.map((v) => v * 2 + 10); // the ramp 0 … 23
  for (const name of ['stored', 'deflated']) t.deepEqual([...volumeData(await unzip(name))], values);
  await t.throwsAsync(unzip('two'), { code: 'FORMAT', message: /a \(2, 3, 4\), b \(2, 3, 4\)/ });
  t.deepEqual(
    [...volumeData(await unzip('two', { dataset: 'b' }))],
    values.map((v) => v * 2),
  );
  await t.throwsAsync(unzip('two', { dataset: 'c' }), { code: 'FORMAT', message: /one of a, b/ });
  await t.throwsAsync(unzip('deflated', { dataset: 'z' }), { code: 'FORMAT_UNSUPPORTED', message: /complex/ });
});

test('a damaged or truncated archive is never read as data', async (t) => {
  const whole = bytesOf(archives.two);
  for (let length = 1; length < whole.length; length += 11) {
    await t.throwsAsync(readVolume([{ name: 'x.npz', bytes: whole.slice(0, length) }], { dataset: 'a' }), undefined, `${length}`);
  }
  const start = 30 + 5 + 20; // inside the deflated bytes of member a
  for (let at = start; at < start + 60; at += 7) {
    const damaged = whole.slice();
    damaged[at] ^= 4;
    await t.throwsAsync(readVolume([{ name: 'x.npz', bytes: damaged }], { dataset: 'a' }), { code: 'FORMAT' }, `byte ${at}`);
  }
});

test('a zip bomb that promises little, or too much, is an error', async (t) => {
  const bomb = zipSync({ 'a.npy': new Uint8Array(8 << 20) });
  const directory = bomb.length - 22 - (46 + 5);
  for (const size of [1000, 2 ** 32 - 2]) {
    const lying = bomb.slice();
    new DataView(lying.buffer).setUint32(directory + 24, size, true);
    await t.throwsAsync(readVolume([{ name: 'x.npz', bytes: lying }]), { code: 'FORMAT' }, `${size}`);
  }
});

test('written arrays come back; the archive also keeps the position', async (t) => {
  const volume = makeVolume(
    Float32Array.from({ length: 24 }, (_, n) => n / 7),
    [2, 3, 4],
    placed({ spacing: [1, 2, 3], origin: [4, 5, 6], direction: [0, -1, 0, 1, 0, 0, 0, 0, 1] }),
  );
  const array = await readVolume([{ name: 'a.npy', bytes: await writeVolume('a.npy', volume) }]);
  t.deepEqual([shapeOf(array), volumeData(array)], [shapeOf(volume), volumeData(volume)]);
  const archive = await readVolume([{ name: 'a.npz', bytes: await writeVolume('a.npz', volume) }]);
  t.deepEqual([volumeData(archive), affineOf(archive)], [volumeData(volume), affineOf(volume)]);
});
