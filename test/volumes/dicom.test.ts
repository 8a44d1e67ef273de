import test from 'ava';
import { affineOf, readVolume, shapeOf, volumeData, type ReadOptions, type Volume } from '../../volumes/index.js';
import { spacingOf } from '../../core/placement.js';
import { toNdarray } from '../../volumes/ndarray.js';
import { bytesOf, golden } from '../support/golden.js';
import { decodeFrame } from '../../volumes/formats/dicom/decode.js';

// pydicom's values, GDCM's geometry (through ITK, turned to RAS); test/golden/scripts/dicom.py
interface Case {
  name: string;
  files: { name: string; file: string }[];
  values?: number[];
  shape?: number[];
  affine?: number[][];
  angle?: number;
}
const { cases } = golden<{ cases: Case[] }>('dicom.json');
const find = (name: string) => cases.find((c) => c.name === name)!;
const files = (name: string) => find(name).files.map((f) => ({ name: f.name, bytes: bytesOf(f.file) }));
const read = (name: string, options: ReadOptions = {}) => readVolume(files(name), options);

for (const c of cases.filter(({ values }) => values)) {
  test(`${c.name}: values are pydicom's`, async (t) => {
    const volume = await read(c.name);
    t.deepEqual(shapeOf(volume), c.shape as [number, number, number]);
    // lossy baseline: two decoders may differ by one grey value in the inverse transform; everything else is exact
    const allowed = c.name === 'JPEG baseline' ? 1 : 0;
    const data = volumeData(volume);
    const worst = Math.max(...c.values!.map((value, n) => Math.abs(Math.fround(value) - data[n])));
    t.true(worst <= allowed, `${worst}`);
  });
}

for (const c of cases.filter(({ affine }) => affine)) {
  test(`${c.name}: geometry is GDCM's`, async (t) => {
    const affine = affineOf(await read(c.name));
    // direction cosines are stored with a few digits: 1e-5 mm
    c.affine!.flat().forEach((value, n) => t.true(Math.abs(value - affine[n]) < 1e-5, `${n}: ${value} ${affine[n]}`));
  });
}

test('units and modality come from the file: CT in HU, MR in arbitrary units', async (t) => {
  const ct = await read('int16, rescale of every slice its own');
  t.deepEqual([ct.units, ct.modality, ct.meta.unitsFrom], ['HU', 'CT', 'file']);
  const mr = await read('padding range');
  t.deepEqual([mr.units, mr.modality], ['arbitrary', 'MR']);
});

test('spacing comes from positions, not from thickness', async (t) => {
  const spacing = spacingOf(await read('int16, rescale of every slice its own')); // thickness 5, "spacing between slices" 4
  t.true(Math.abs(spacing[2] - 2.5) < 1e-6);
});

/** 10 x − 7 y + 4 z of LPS mm, which linear interpolation keeps; rounding of the stored values gives 0.025. */
const formula = (volume: Volume, k: number, j: number, i: number): number => {
  const a = affineOf(volume);
  const [x, y, z] = [0, 1, 2].map((r) => a[4 * r] * i + a[4 * r + 1] * j + a[4 * r + 2] * k + a[4 * r + 3]);
  return -10 * x + 7 * y + 4 * z;
};

function worstInside(volume: Volume): { error: number; inside: number } {
  const [nk, nj, ni] = shapeOf(volume);
  let [error, inside] = [0, 0];
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++) {
        const value = toNdarray(volume).get(k, j, i);
        if (value === -1024) continue;
        inside++;
        error = Math.max(error, Math.abs(value - formula(volume, k, j, i)));
      }
  return { error, inside };
}

test('a tilted gantry is an error that gives the angle; sheared back, every value is where it was measured', async (t) => {
  const error = await t.throwsAsync(read('tilted gantry'), { code: 'SERIES', message: /tilt/ });
  t.true(error.message.includes(find('tilted gantry').angle!.toFixed(2)));
  const volume = await read('tilted gantry', { tilt: 'shear' });
  const [nk, nj] = shapeOf(volume);
  t.deepEqual([nk, nj], [4, 6 + Math.ceil((3 * 0.6) / 0.8)]);
  const { error: worst, inside } = worstInside(volume);
  t.true(worst < 0.03, `${worst}`);
  t.true(inside >= 4 * 5 * 7); // each slice keeps at least all rows but one
});

test('unequal spacing is an error that names the slices; interpolated, every value is where it was measured', async (t) => {
  const error = await t.throwsAsync(read('unequal spacing'), { code: 'SERIES' });
  t.regex(error.message, /3 mm between f2\.dcm .* and f3\.dcm|missing between/);
  const volume = await read('unequal spacing', { resample: 'linear' });
  t.deepEqual(
    [shapeOf(volume)[0], spacingOf(volume)[2]].map((n) => +n.toFixed(5)),
    [8, 1.85714],
  ); // 13 mm in steps near 2
  t.true(worstInside(volume).error < 0.06);
});

test('a missing slice is an error that names its neighbours, and can be interpolated', async (t) => {
  const four = files('uint16 of 12 bits, implicit little endian').sort((a, b) => a.name.localeCompare(b.name));
  const [, full] = [0, await readVolume(four)];
  const third = four.filter((_, n) => n !== 2); // f2.dcm is the third slice
  const error = await t.throwsAsync(readVolume(third), { code: 'SERIES', message: /1 missing between/ });
  t.regex(error.message, /f0\.dcm.*f3\.dcm/); // f0 holds the second slice
  const filled = await readVolume(third, { resample: 'linear' });
  const [a, b, size] = [volumeData(full), volumeData(filled), 42];
  t.deepEqual(b.subarray(0, 2 * size), a.subarray(0, 2 * size));
  for (let n = 0; n < size; n++) t.true(Math.abs(b[2 * size + n] - (a[size + n] + a[3 * size + n]) / 2) < 1e-3);
  t.true(Math.abs(spacingOf(filled)[2] - 2.5) < 1e-6);
});

test('a doubled position is an error; a copy of the same file is left out with a warning', async (t) => {
  const series = files('int16, rescale of every slice its own');
  const copy = { name: 'copy.dcm', bytes: series[1].bytes.slice() };
  const volume = await readVolume([...series, copy]);
  t.is(shapeOf(volume)[0], 4);
  t.true(volume.meta.warnings!.some((w) => w.includes('copy.dcm')));
  copy.bytes[copy.bytes.length - 5] ^= 1; // the same instance with other pixels
  await t.throwsAsync(readVolume([...series, copy]), {
    code: 'SERIES',
    message: /taken twice.*copy\.dcm|taken twice.*f1\.dcm/,
  });
});

test('several series are listed, and picked by number, UID or the end of it', async (t) => {
  const one = files('int16, rescale of every slice its own');
  const two = files('uint16 of 12 bits, implicit little endian').map(({ name, bytes }) => ({
    name: `b${name}`,
    bytes: renamed(bytes),
  }));
  const both = [...one, ...two];
  const error = await t.throwsAsync(readVolume(both), { code: 'SERIES', message: /2 series/ });
  t.regex(error.message, /4 'made up' \(4 images, UID 1\.2\.3\.4\.5\.1\)/);
  t.regex(error.message, /UID 1\.2\.3\.4\.5\.8/);
  for (const series of ['5.8', '1.2.3.4.5.8']) {
    t.deepEqual(volumeData(await readVolume(both, { series })), volumeData(await readVolume(two)));
  }
  await t.throwsAsync(readVolume(both, { series: 4 }), { code: 'SERIES', message: /names 2 series/ });
  await t.throwsAsync(readVolume(both, { series: '77' }), { code: 'SERIES', message: /no series '77'/ });
});

/** Series UID 1.2.3.4.5.1 → 1.2.3.4.5.8 wherever it stands as a whole or before the instance number. */
function renamed(bytes: Uint8Array): Uint8Array {
  const text = [...bytes]
    .map((b) => String.fromCharCode(b))
    .join('')
    .replaceAll('1.2.3.4.5.1', '1.2.3.4.5.8');
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

test('localizers, reports and files that are not DICOM are left out with a warning', async (t) => {
  const series = files('int16, rescale of every slice its own');
  const extra = ['localizer', 'report'].flatMap((name) => files(name).map((f) => ({ ...f, name: `${name}.dcm` })));
  const notes = { name: 'notes.txt', bytes: new TextEncoder().encode('hello') };
  const volume = await readVolume([...extra, ...series, notes]);
  t.deepEqual([...volumeData(volume)], find('int16, rescale of every slice its own').values!.map(Math.fround));
  const warnings = volume.meta.warnings!.join('\n');
  for (const word of ['localizer', 'report.dcm', 'notes.txt']) t.true(warnings.includes(word), word);
});

test('what is not a grey image with a place is refused by name', async (t) => {
  const refused = {
    RGB: /RGB/,
    mosaic: /mosaic/,
    'JPEG extended 12 bits': /12-bit JPEG/,
    'JPEG lossless predictor 7, 16 bits': /predictor 7/,
  };
  for (const [name, message] of Object.entries(refused)) {
    await t.throwsAsync(read(name), { code: 'FORMAT_UNSUPPORTED', message }, name);
  }
});

test('a truncated file is an error, in every transfer syntax', async (t) => {
  for (const name of [
    'int16, rescale of every slice its own',
    'RLE int16',
    'JPEG-LS int16',
    'JPEG 2000 int16',
    'JPEG lossless SV1, int16',
    'JPEG baseline',
    'deflated',
    'explicit big endian',
  ]) {
    const [file] = files(name);
    for (const part of [0.97, 0.9, 0.5]) {
      const cut = { name: file.name, bytes: file.bytes.slice(0, Math.floor(file.bytes.length * part)) };
      const error = await t.throwsAsync(readVolume([cut]), undefined, `${name} ${part}`);
      t.true(['FORMAT', 'SERIES'].includes((error as { code?: string }).code!), `${name} ${part}: ${String(error)}`);
    }
  }
});

test('a JPEG-LS stream without its end, or of another size than its file says, is an error at once', async (t) => {
  // 6 × 7 pixels of 16 bits whose last bytes are those of another file (`npm run bench -- fuzz`, seed 20261130, input 26805)
  const stream = Buffer.from(
    'ffd8ffe800205350494646000200000100000006000000070a1006010000012c0000012cffe8000800000001ffd8fff7000b' +
      '100006000701011100fff8000d01ffff0012004301140040ffda000801010000000046e5440f9379dc8d360051b34c7f12d2' +
      '6495ca01a4054173930000015553020008002800010155530200080028000201555302000700280003015553020000002800' +
      '5210',
    'hex',
  );
  const format = {
    ...{ rows: 6, columns: 7, bitsAllocated: 16, bitsStored: 16, highBit: 15, signed: true, samples: 1, photometric: 'MONOCHROME2' },
    ...{ transferSyntax: '1.2.840.10008.1.2.4.80', words: false, floats: false },
  };
  const before = process.cpuUsage();
  const decoded = (own: typeof format) => decodeFrame(new Uint8Array(stream), own, own.transferSyntax, 'a');
  await t.throwsAsync(decoded(format), { code: 'FORMAT', message: /cannot be decoded/ });
  await t.throwsAsync(decoded({ ...format, rows: 5 }), { code: 'FORMAT', message: /expected 5 × 7 grey pixels; got 6 × 7/ });
  const { user, system } = process.cpuUsage(before);
  t.true((user + system) / 1e6 < 4, `${(user + system) / 1e6} s of CPU time`);
});
