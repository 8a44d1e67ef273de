import test from 'ava';
import { affineOf, makeVolume, readVolume, shapeOf, volumeData, writeVolume, type Volume } from '../../volumes/index.js';
import { bytesOf, golden } from '../support/golden.js';

// What nibabel reads from the same bytes; test/golden/scripts/nifti.py
interface Case {
  name: string;
  file: string;
  shape: number[];
  affine: number[][];
  values: number[];
}
const { cases } = golden<{ cases: (Case & { hdr?: string; img?: string })[] }>('nifti.json');
const find = (name: string) => cases.find((c) => c.name === name)!;
const open = (name: string, options = {}) => readVolume([{ name: 'x.nii', bytes: bytesOf(find(name).file) }], options);

/** Headers store float32: 1e-6 of the largest entry. */
const closeAffine = (affine: readonly number[], expected: number[][]): boolean => {
  const flat = expected.flat();
  const tolerance = 1e-6 * Math.max(...flat.map(Math.abs));
  return affine.every((value, n) => Math.abs(value - flat[n]) <= tolerance);
};

const plain = cases.filter((c) => c.values && !c.hdr && c.shape.length === 3 && !/^unit|^no form/.test(c.name));
for (const c of plain) {
  test(`${c.name}: values and affine are nibabel's`, async (t) => {
    const volume = await open(c.name);
    t.deepEqual(shapeOf(volume), [...c.shape].reverse());
    t.deepEqual([...volumeData(volume)], c.values.map(Math.fround));
    t.true(closeAffine(affineOf(volume), c.affine));
  });
}

test('lengths in metres and micrometres become millimetres', async (t) => {
  for (const [name, factor] of [
    ['unit metre', 1000],
    ['unit micron', 0.001],
  ] as const) {
    const affine = affineOf(await open(name));
    t.true(
      closeAffine(
        affine,
        find(name).affine.map((row, r) => row.map((v) => (r < 3 ? v * factor : v))),
      ),
      name,
    );
  }
});

test('without sform and qform the voxel size alone places the volume (nifti1.h, method 1), with a warning', async (t) => {
  const volume = await open('no form');
  t.deepEqual(affineOf(volume), [1.5, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1]);
  t.true(volume.meta.warnings!.some((w) => w.includes('no orientation')));
});

test('a sheared affine is read with a warning', async (t) => {
  t.true((await open('sheared sform')).meta.warnings!.some((w) => w.includes('sheared')));
});

test('a header and image pair needs both files', async (t) => {
  const { hdr, img, values, affine } = find('pair');
  const header = { name: 'p.hdr', bytes: bytesOf(hdr!) };
  const image = { name: 'p.img', bytes: bytesOf(img!) };
  for (const files of [
    [header, image],
    [image, header],
  ]) {
    const volume = await readVolume(files);
    t.deepEqual([...volumeData(volume)], values);
    t.true(closeAffine(affineOf(volume), affine));
  }
  await t.throwsAsync(readVolume([header]), { code: 'FORMAT', message: /both files/ });
});

test('two volumes are not taken for one', async (t) => {
  const files = ['a.nii', 'b.nii'].map((name) => ({ name, bytes: bytesOf(find('i2 little endian').file) }));
  await t.throwsAsync(readVolume(files), { code: 'FORMAT', message: /several volumes.*a\.nii, b\.nii/ });
});

test('two dimensions are one slice', async (t) => {
  const volume = await open('two dimensions');
  t.deepEqual(shapeOf(volume), [1, 4, 3]);
  t.deepEqual([...volumeData(volume)], find('two dimensions').values);
});

test('of four dimensions one volume is picked, or the file refused', async (t) => {
  const all = find('four dimensions').values;
  t.deepEqual([...volumeData(await open('four dimensions', { volumeIndex: 1 }))], all.slice(60));
  await t.throwsAsync(open('four dimensions'), { code: 'FORMAT_UNSUPPORTED', message: /2 volumes/ });
  await t.throwsAsync(open('four dimensions', { volumeIndex: 2 }), { code: 'ARGUMENT' });
});

test('complex and colour files are refused by name', async (t) => {
  await t.throwsAsync(open('complex'), { code: 'FORMAT_UNSUPPORTED', message: /complex64/ });
  await t.throwsAsync(open('RGB'), { code: 'FORMAT_UNSUPPORTED', message: /RGB/ });
});

const ct = (values: number[], rest: Partial<Volume> = {}) => makeVolume(Float32Array.from(values), [1, 1, values.length], rest);
const reread = async (volume: Volume, name = 'a.nii', options = {}) =>
  readVolume([{ name, bytes: await writeVolume(name, volume) }], options);

test('whole numbers from about -1000 are taken as HU, and the caller may overrule it', async (t) => {
  const bytes = bytesOf(find('i2 little endian').file);
  new DataView(bytes.buffer).setInt16(352, -1000, true);
  const guessed = await readVolume([{ name: 'x.nii', bytes }]);
  t.deepEqual([guessed.units, guessed.modality, guessed.meta.unitsFrom], ['HU', 'CT', 'values']);
  const told = await readVolume([{ name: 'x.nii', bytes }], { units: 'arbitrary', modality: 'MR' });
  t.deepEqual([told.units, told.modality, told.meta.unitsFrom], ['arbitrary', 'MR', 'given']);
  t.is((await open('i2 little endian')).units, 'arbitrary'); // smallest value -20
});

test('files we write carry their units', async (t) => {
  for (const units of ['HU', '1/mm', 'arbitrary'] as const) {
    const volume = await reread(ct([-1000, -12.5, 3], { units, modality: 'CT' }));
    t.deepEqual([volume.units, volume.modality, volume.meta.unitsFrom], [units, 'CT', 'file']);
  }
});

test('written and read again, every placement and value comes back', async (t) => {
  for (const c of plain) {
    const volume = await open(c.name);
    for (const name of ['out.nii', 'out.nii.gz']) {
      const again = await reread(volume, name);
      t.deepEqual(volumeData(again), volumeData(volume));
      t.true(closeAffine(affineOf(again), find(c.name).affine), `${c.name} ${name}`);
    }
  }
});

test('a written qform says the same as the sform; a sheared volume has only an sform', async (t) => {
  for (const c of plain) {
    const bytes = (await writeVolume('out.nii', await open(c.name))) as Uint8Array<ArrayBuffer>;
    const [v1, view] = [bytes[0] === 0x5c, new DataView(bytes.buffer)];
    const qcode = v1 ? view.getInt16(252, true) : view.getInt32(344, true);
    t.is(qcode > 0, c.name !== 'sheared sform', c.name);
    if (qcode === 0) continue;
    if (v1) view.setInt16(254, 0, true);
    else view.setInt32(348, 0, true);
    const byQform = await readVolume([{ name: 'q.nii', bytes }]);
    const largest = Math.max(...c.affine.flat().map(Math.abs));
    const error = Math.max(...affineOf(byQform).map((v, n) => Math.abs(v - c.affine.flat()[n])));
    t.true(error < 1e-5 * largest, `${c.name}: ${error}`); // float32 quaternion: a = sqrt(1 - b² - c² - d²) loses digits
  }
});

test('int16 rounds, and refuses what does not fit', async (t) => {
  const bytes = await writeVolume('a.nii', ct([-1000.4, 2.6, 32767]), { dtype: 'int16' });
  t.deepEqual([...volumeData(await readVolume([{ name: 'a.nii', bytes }]))], [-1000, 3, 32767]);
  await t.throwsAsync(writeVolume('a.nii', ct([40000]), { dtype: 'int16' }), { code: 'ARGUMENT' });
  await t.throwsAsync(writeVolume('a.nii', ct([NaN]), { dtype: 'int16' }), { code: 'NOT_FINITE' });
});

test('text fields and foreign extensions of the header survive a write', async (t) => {
  const bytes = await writeVolume('out.nii', await open('with an extension'));
  const text = new TextDecoder('latin1').decode(bytes);
  t.true(text.includes('scanner X') && text.includes('kept text, odd length'));
});
