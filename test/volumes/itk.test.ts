import test from 'ava';
import { affineOf } from '../../core/placement.js';
import { isSlicewiseError } from '../../core/errors.js';
import { readVolume, volumeData, writeVolumeFiles, makeVolume, makeComplexVolume, type NamedBytes } from '../../volumes/index.js';
import { bytesOf, floatsOf, golden } from '../support/golden.js';

// MetaImage and NRRD as SimpleITK writes and reads them, and what it does not write; test/golden/scripts/itk.py
interface Case {
  readonly name: string;
  readonly files: readonly { readonly name: string; readonly bytes: string }[];
  readonly shape: number[];
  readonly values: string;
  readonly affine: number[];
  readonly index?: number;
}
const { cases } = golden<{ cases: Case[] }>('itk.json');
const filesOf = ({ files }: Case): NamedBytes[] => files.map(({ name, bytes }) => ({ name, bytes: bytesOf(bytes) }));
const named = (name: string): NamedBytes[] => filesOf(cases.find((c) => c.name === name)!);

for (const one of cases) {
  test(`${one.name}: values and place are SimpleITK's`, async (t) => {
    const volume = await readVolume(filesOf(one), { volumeIndex: one.index });
    t.deepEqual(volume.shape, one.shape);
    t.deepEqual(volumeData(volume), floatsOf(one.values));
    affineOf(volume).forEach((value, n) =>
      t.true(Math.abs(value - one.affine[n]) < 1e-5, `${affineOf(volume).join()} ${one.affine.join()}`),
    );
  });
}

test('a header alone finds its numbers beside it, and says which are missing', async (t) => {
  for (const name of ['mhd, numbers beside it', 'nhdr, numbers beside it', 'mhd, a list of files']) {
    const [header, ...data] = named(name);
    const beside = (wanted: string) => Promise.resolve(data.find((file) => file.name === wanted));
    t.is((await readVolume([{ ...header, beside }])).shape.length, 3);
    await t.throwsAsync(readVolume([header]), { code: 'FORMAT', message: new RegExp(`${data[0].name} beside it`) }, name);
  }
});

test('several volumes on an axis without direction ask which', async (t) => {
  await t.throwsAsync(readVolume(named('nrrd, an axis without direction last')), { message: /2 volumes.*--volume-index/s });
});

test('a truncated file is an error wherever it is cut, plain and compressed, and so is a damaged one', async (t) => {
  for (const name of ['mha int16', 'mha int16 compressed', 'nrrd int16', 'nrrd int16 compressed', 'nrrd, big endian']) {
    const [{ name: file, bytes }] = named(name);
    const trailer = /compressed/.test(name) ? 8 : 0; // checksum and length: without them the numbers are all there
    for (let length = 1; length < bytes.length - trailer; length += 7) {
      const error = await t.throwsAsync(readVolume([{ name: file, bytes: bytes.slice(0, length) }]), undefined, `${name}, ${length}`);
      t.true(isSlicewiseError(error), `${name}, ${length}: ${String(error)}`);
    }
  }
});

/** A file whose header is changed as text. */
function changed(name: string, from: string | RegExp, to: string): NamedBytes[] {
  const [{ name: file, bytes }, ...rest] = named(name);
  const text = Buffer.from(bytes).toString('latin1');
  const after = text.replace(from, to);
  if (after === text) throw new Error(`nothing to change in ${name}`);
  return [{ name: file, bytes: new Uint8Array(Buffer.from(after, 'latin1')) }, ...rest];
}
for (const [name, from, to, expected] of [
  ['mha int16', /DimSize = [\d ]+/, 'DimSize = 40000 40000 40000', { code: 'FORMAT' }],
  ['mha int16 compressed', /DimSize = [\d ]+/, 'DimSize = 40000 40000 1', { code: 'FORMAT' }],
  ['mha int16', 'MET_SHORT', 'MET_SHORT_ARRAY', { code: 'FORMAT_UNSUPPORTED' }],
  ['mha int16', 'NDims = 3', 'NDims = 99', { code: 'FORMAT' }],
  ['mha int16', 'ElementType', 'ElementNumberOfChannels = 3\nElementType', { code: 'FORMAT_UNSUPPORTED', message: /3 channels/ }],
  ['mhd, numbered files', ' 1 3 1', ' 1 300000000 1', { code: 'FORMAT' }],
  ['nrrd int16', /sizes: [\d ]+/, 'sizes: 5 4 300000', { code: 'FORMAT' }],
  ['nrrd int16', 'encoding: raw', 'encoding: bzip2', { code: 'FORMAT_UNSUPPORTED', message: /bzip2/ }],
  ['nrrd int16', 'type: short', 'type: block', { code: 'FORMAT_UNSUPPORTED' }],
  ['nrrd int16', 'endian: little', 'endian: middle', { code: 'FORMAT' }],
  ['nrrd int16', /space directions: \(/, 'space directions: (x', { code: 'FORMAT' }],
] as const) {
  test(`refused: ${name} with ${to.replace(/\n/g, ' ')}`, async (t) => {
    await t.throwsAsync(readVolume(changed(name, from, to)), expected);
  });
}

test('mhd and nhdr are written with their numbers beside them, complex numbers into NRRD alone', async (t) => {
  const volume = makeVolume(
    Float32Array.from({ length: 24 }, (_, n) => n - 7.5),
    [2, 3, 4],
  );
  for (const name of ['a.mhd', 'a.nhdr']) {
    const files = await writeVolumeFiles(name, volume);
    t.deepEqual(
      files.map((file) => file.name),
      [name, 'a.raw'],
    );
    t.deepEqual((await readVolume(files)).data, volume.data);
    t.deepEqual(
      (await readVolume(await writeVolumeFiles(name, volume, { dtype: 'int16' }))).data,
      volume.data.map((value) => Math.round(value) + 0),
    );
  }
  const complex = makeComplexVolume(volume.data, [2, 3, 2]);
  await t.throwsAsync(writeVolumeFiles('a.mha', complex, { dtype: 'complex64' }), { code: 'FORMAT_UNSUPPORTED' });
  const files = await writeVolumeFiles('a.nrrd', complex, { dtype: 'complex64' });
  await t.throwsAsync(readVolume(files), { code: 'FORMAT_UNSUPPORTED', message: /complex/ });
  t.deepEqual((await readVolume(files, { complex: 'keep' })).data, complex.data);
});
