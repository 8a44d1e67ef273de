import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { affineOf, placed } from '../../core/placement.js';
import { readInput } from '../../core/platform/files.js';
import {
  makeComplexVolume,
  makeVolume,
  readDicomSource,
  readVolume,
  toCanonical,
  withDicomSource,
  writeVolume,
  writeVolumeFiles,
  type NamedBytes,
  type Volume,
} from '../../volumes/index.js';
import { inFolder, listing, slicewise } from '../support/cli.js';
import { bytesOf, golden } from '../support/golden.js';

/** Of test/golden/scripts/dicom-written.py: a series that pydicom wrote, and what pydicom reads of the one that we made of it. */
const { source, people } = golden<{ source: string[]; people: { [keyword: string]: string } }>('dicom-written.json');
const series: NamedBytes[] = source.map((file, n) => ({ name: `${n}.dcm`, bytes: bytesOf(file) }));

const near = (a: readonly number[], b: readonly number[], by = 1e-6): boolean => a.every((v, n) => Math.abs(v - b[n]) <= by);

/** The value of an element of one file, explicit VR little endian, found by its tag and VR as bytes. */
function element(bytes: Uint8Array, tag: number, vr: string): string {
  const pattern = [tag >>> 16, (tag >>> 16) >> 8, tag & 0xffff, (tag & 0xffff) >> 8]
    .map((b) => b & 255)
    .concat([...vr].map((c) => c.charCodeAt(0)));
  for (let at = 132; at + 8 < bytes.length; at++) {
    if (!pattern.every((b, n) => bytes[at + n] === b)) continue;
    const length = bytes[at + 6] + 256 * bytes[at + 7];
    return new TextDecoder('latin1').decode(bytes.subarray(at + 8, at + 8 + length)).replace(/[\0 ]+$/, '');
  }
  return '';
}

test('a series that was read and written keeps patient, study, frame of reference and window, byte for byte, under new UIDs', async (t) => {
  const volume = await readVolume(series);
  const files = await writeVolumeFiles('out/', volume);
  t.deepEqual(
    files.map(({ name }) => name),
    source.map((_, n) => `out/${String(n + 1).padStart(4, '0')}.dcm`),
  );
  const tags: { [keyword: string]: [number, string] } = {
    PatientName: [0x00100010, 'PN'],
    PatientID: [0x00100020, 'LO'],
    PatientBirthDate: [0x00100030, 'DA'],
    StudyInstanceUID: [0x0020000d, 'UI'],
    StudyDescription: [0x00081030, 'LO'],
    FrameOfReferenceUID: [0x00200052, 'UI'],
    SpecificCharacterSet: [0x00080005, 'CS'],
    WindowCenter: [0x00281050, 'DS'],
    WindowWidth: [0x00281051, 'DS'],
  };
  for (const [keyword, [tag, vr]] of Object.entries(tags)) {
    for (const { bytes } of files) t.is(element(bytes, tag, vr), people[keyword], keyword);
  }
  const uids = files.map(({ bytes }) => element(bytes, 0x00080018, 'UI'));
  t.is(new Set(uids).size, files.length);
  t.true(uids.every((uid) => /^2\.25\.[1-9]\d{20,38}$/.test(uid)));
  const [own] = new Set(files.map(({ bytes }) => element(bytes, 0x0020000e, 'UI')));
  t.not(own, people.SeriesInstanceUID);
  t.is(element(files[0].bytes, 0x00080008, 'CS'), 'DERIVED\\SECONDARY\\AXIAL');
});

test('values, place and slices come back, whatever way the volume was stored', async (t) => {
  const volume = await readVolume(series);
  const back = await readVolume(await writeVolumeFiles('out/', volume));
  t.deepEqual(back.data, volume.data);
  t.true(near(affineOf(back), affineOf(volume)));
  t.is(back.units, 'HU');
  // right, front, head: written as it is looked at, the same in the world
  const { volume: turned } = toCanonical(volume, 'axial');
  const again = await readVolume(await writeVolumeFiles('out/', turned));
  t.deepEqual(again.data, volume.data);
  t.true(near(affineOf(again), affineOf(volume)));
  // sagittal and mirrored ones too
  const sagittal = toCanonical(volume, 'sagittal').volume;
  const seen = toCanonical(await readVolume(await writeVolumeFiles('out/', sagittal)), 'sagittal').volume;
  t.deepEqual(seen.data, sagittal.data);
  t.true(near(affineOf(seen), affineOf(sagittal)));
});

test('values that are no whole numbers are rounded to half a slope, 1/16 HU in the range of a body', async (t) => {
  const data = Float32Array.from({ length: 60 }, (_, n) => 3000 * Math.sin(n));
  const volume = makeVolume(data, [3, 4, 5], { ...placed({ direction: [-1, 0, 0, 0, -1, 0, 0, 0, 1] }), units: 'HU', modality: 'CT' });
  const files = await writeVolumeFiles('out/', volume);
  t.is(element(files[0].bytes, 0x00281053, 'DS'), '0.125');
  const back = await readVolume(files);
  data.forEach((value, n) => t.true(Math.abs(back.data[n] - value) <= 1 / 16));
  for (const scale of [1e-7, 0.02, 9e5]) {
    const scaled = { ...volume, data: data.map((v) => v * scale), units: '1/mm' as const };
    const read = await readVolume(await writeVolumeFiles('out/', scaled));
    t.is(read.units, '1/mm');
    scaled.data.forEach((value, n) => t.true(Math.abs(read.data[n] - value) <= (0.51 * 3000 * scale) / 32767));
  }
});

test('a volume of no series has a study of its own and no name', async (t) => {
  const volume = makeVolume(new Float32Array(8), [2, 2, 2], { modality: 'MR' });
  const [first, second] = await writeVolumeFiles('out/', volume);
  t.is(element(first.bytes, 0x00100010, 'PN'), '');
  t.is(element(first.bytes, 0x0020000d, 'UI'), element(second.bytes, 0x0020000d, 'UI'));
  t.regex(element(first.bytes, 0x0020000d, 'UI'), /^2\.25\.\d+$/);
  t.false(JSON.stringify(withDicomSource(volume, await readDicomSource(series))).includes(people.PatientID));
});

test('complex volumes are magnitude, and with complex64 a series of phases in radians beside it', async (t) => {
  const data = Float32Array.from({ length: 2 * 12 }, (_, n) => 100 * Math.cos(n * n));
  const volume = makeComplexVolume(data, [2, 2, 3], { ...placed({ direction: [-1, 0, 0, 0, -1, 0, 0, 0, 1] }), modality: 'MR' });
  t.is((await writeVolumeFiles('out/', volume)).length, 2);
  const files = await writeVolumeFiles('out/', volume, { dtype: 'complex64' });
  t.deepEqual(
    files.map(({ name }) => name.replace('out/', '')),
    ['magnitude-0001.dcm', 'magnitude-0002.dcm', 'phase-0001.dcm', 'phase-0002.dcm'],
  );
  const magnitude = await readVolume(files, { series: 1 });
  const phase = await readVolume(files, { series: 2 });
  for (let n = 0; n < 12; n++) {
    const [re, im] = [data[2 * n], data[2 * n + 1]];
    t.true(Math.abs(magnitude.data[n] - Math.hypot(re, im)) < 0.01);
    t.true(Math.abs(phase.data[n] - Math.atan2(im, re)) < 1e-4);
  }
  await t.throwsAsync(readVolume(files), { code: 'SERIES', message: /2 series in one folder/ });
});

const volume = (rest: Partial<Volume> = {}): Volume => makeVolume(new Float32Array(8).fill(1), [2, 2, 2], { modality: 'CT', ...rest });
for (const [what, write, expected] of [
  ['NaN', () => writeVolumeFiles('o/', { ...volume(), data: new Float32Array(8).fill(NaN) }), { code: 'NOT_FINITE' }],
  ['seismic', () => writeVolumeFiles('o/', volume({ modality: 'seismic' })), { code: 'FORMAT_UNSUPPORTED' }],
  ['several slices in one file', () => writeVolume('o.dcm', volume()), { code: 'FORMAT', message: /write o\//i }],
  [
    'sheared axes',
    () => writeVolumeFiles('o/', volume(placed({ direction: [1, 0.5, 0, 0, 0.866, 0, 0, 0, 1] }))),
    { code: 'FORMAT_UNSUPPORTED', message: /right angles/ },
  ],
] as const) {
  test(`refused: ${what}`, async (t) => {
    await t.throwsAsync(write, expected);
  });
}

test('recon into a folder: whole or not at all, patient of the series that was scanned, --force for its own kind only', async (t) => {
  await inFolder(async (folder) => {
    const own = await writeVolumeFiles('in/', await readVolume(series));
    mkdirSync(join(folder, 'in'));
    for (const { name, bytes } of own) writeFileSync(join(folder, name), bytes);
    const run = (...more: string[]) => slicewise(folder, ['recon', 'scan.h5', '-o', 'out/', '--method', 'fbp', ...more]);
    t.is((await slicewise(folder, ['simulate', 'ct', 'in', '-o', 'scan.h5', '--views', '6'])).code, 0);
    const first = await run();
    t.is(first.code, 0, first.err);
    t.regex(first.err, /patient and study are kept/);
    const files = await readInput(join(folder, 'out'));
    t.is(element(files[0].bytes, 0x00100020, 'LO'), people.PatientID);
    t.is(files.length, source.length);
    const again = await run();
    t.is(again.code, 1);
    t.regex(again.err, /not empty.*--force/s);
    t.is((await run('--force')).code, 0);
    writeFileSync(join(folder, 'out', 'notes.txt'), 'mine');
    t.is((await run('--force')).code, 1);
    t.true(listing(join(folder, 'out')).includes('notes.txt'));
    t.deepEqual(listing(folder), ['in', 'out', 'scan.h5']);
  });
});
