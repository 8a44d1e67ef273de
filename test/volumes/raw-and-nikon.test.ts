import test from 'ava';
import { readMeasurement, readVolume, volumeData, writeVolume, makeVolume, type NamedBytes } from '../../volumes/index.js';
import { nikonScan } from '../support/nikon.js';
import { bytesOf, floatsOf, golden } from '../support/golden.js';
import { relativeError } from '../support/kspace.js';
import { projectCone } from '../../src/modalities/ct/phantoms/project.js';
import type { Phantom } from '../../src/modalities/ct/phantoms/phantom.js';

const bytes = (values: Float32Array | Uint16Array): Uint8Array<ArrayBuffer> => new Uint8Array(values.slice().buffer);

// ---- numbers without a header ----

const numbers = Uint16Array.from({ length: 4 * 3 * 5 }, (_, n) => 10 + 7 * n);
const swapped = (b: Uint8Array): Uint8Array => b.slice().map((_, n) => b[n ^ 1]);

test('raw numbers are a volume, of either byte order, behind a header, in one file or in several', async (t) => {
  const whole: NamedBytes = { name: 'a.raw', bytes: bytes(numbers) };
  const headed = new Uint8Array(100 + whole.bytes.length);
  headed.set(whole.bytes, 100);
  const slices = [10, 2, 1, 3].map((n, at) => {
    const slice = [3, 1, 0, 2][at];
    return { name: `s${n}.raw`, bytes: bytes(numbers.slice(slice * 15, (slice + 1) * 15)) };
  });
  for (const [files, raw] of [
    [[whole], 'uint16:4x3x5'],
    [[whole], 'uint16:*x3x5'],
    [[{ name: 'a.raw', bytes: swapped(whole.bytes) }], 'uint16:4x3x5,big'],
    [[{ name: 'a.raw', bytes: headed }], 'uint16:4x3x5,offset=100'],
    [slices, 'uint16:4x3x5'],
  ] as const) {
    const volume = await readVolume(files, { raw });
    t.deepEqual([volume.shape, [...volumeData(volume)]], [[4, 3, 5], [...numbers]], raw);
  }
});

test('raw numbers that do not fit their sizes are an error that says what would', async (t) => {
  const file = { name: 'a.raw', bytes: bytes(numbers) };
  await t.throwsAsync(readVolume([file], { raw: 'uint16:4x3x4' }), { code: 'FORMAT', message: /offset=24 would fit/ });
  await t.throwsAsync(readVolume([file], { raw: 'float64:4x3x5' }), { code: 'FORMAT' });
  await t.throwsAsync(readVolume([file], { raw: 'uint16:40000x40000x40000' }), { code: 'FORMAT' });
  for (const raw of ['uint16', 'word:3x4', 'uint16:3x*', 'uint16:3x0', 'uint16:3x4,huge', '']) {
    await t.throwsAsync(readVolume([file], { raw }), { code: 'ARGUMENT', message: /type:sizes/ }, raw);
  }
});

test('raw projections with flats and darks beside them are a scan', async (t) => {
  const flat = bytes(Uint16Array.from({ length: 2 * 15 }, () => 1000));
  const dark = bytes(Uint16Array.from({ length: 15 }, () => 8));
  const scan = await readMeasurement([{ name: 'a.raw', bytes: bytes(numbers) }], {
    raw: 'uint16:4x3x5',
    angles: '0,45,90,135',
    flat: [{ name: 'flat.raw', bytes: flat }],
    dark: [{ name: 'dark.raw', bytes: dark }],
  });
  t.deepEqual(scan.shape, [3, 4, 5]); // slice = row, view, detector
  for (let row = 0; row < 3; row++) {
    for (let view = 0; view < 4; view++) {
      for (let column = 0; column < 5; column++) {
        const value = -Math.log((numbers[(view * 3 + row) * 5 + column] - 8) / 992);
        t.true(Math.abs(scan.data[(row * 4 + view) * 5 + column] - value) < 1e-5);
      }
    }
  }
});

// ---- PNG: test/golden/scripts/png.py ----

const png = golden<{ grey16: string[]; grey8: string; colour: string; values: number[] }>('png.json');

test('grey PNG images are a stack in natural order, values as Pillow wrote them; colour and damage are errors', async (t) => {
  const files = png.grey16.map((file, n) => ({ name: `p${9 + n}.png`, bytes: bytesOf(file) }));
  const volume = await readVolume([...files].reverse());
  t.deepEqual([volume.shape, [...volume.data]], [[2, 3, 5], png.values]);
  t.deepEqual(
    [...(await readVolume([{ name: 'a.png', bytes: bytesOf(png.grey8) }])).data],
    png.values.slice(0, 15).map((v) => v >> 8),
  );
  await t.throwsAsync(readVolume([{ name: 'a.png', bytes: bytesOf(png.colour) }]), { code: 'FORMAT_UNSUPPORTED' });
  await t.throwsAsync(readVolume([files[0], { name: 'b.png', bytes: bytesOf(png.grey8) }]), { code: 'SHAPE' });
  for (let length = 40; length < files[0].bytes.length - 12; length += 3) {
    await t.throwsAsync(readVolume([{ name: 'a.png', bytes: files[0].bytes.slice(0, length) }]), { code: 'FORMAT' }, `${length}`);
  }
  const huge = files[0].bytes.slice();
  new DataView(huge.buffer).setUint32(16, 60_000);
  new DataView(huge.buffer).setUint32(20, 60_000);
  await t.throwsAsync(readVolume([{ name: 'a.png', bytes: huge }]), { code: 'FORMAT' });
  const scan = await readMeasurement(files, { angles: '0,90', flat: files, counts: false });
  t.deepEqual(scan.shape, [3, 2, 5]);
});

// ---- Nikon ----

const { header, intensity, line, projections } = nikonScan;

/** TIFF pages of float32. */
const tiffs = async (): Promise<NamedBytes[]> =>
  Promise.all(
    projections.map(async (page, n) => ({
      name: `disc_${String(n + 1).padStart(4, '0')}.tif`,
      bytes: await writeVolume('a.tif', makeVolume(page, [1, 3, 4])),
    })),
  );
const file = (text = header): NamedBytes => ({ name: 'disc.xtekct', bytes: new TextEncoder().encode(text) });

test('a Nikon scan: cone geometry, rows upwards, −ln over the white level', async (t) => {
  const scan = await readMeasurement([...(await tiffs()), file()]);
  t.is(scan.kind, 'radon.cone');
  t.deepEqual(scan.shape, [5, 3, 4]);
  t.like(scan.geometry, { sourceToAxis: 120, sourceToDetector: 600, columnPitch: 0.4, rowPitch: 0.2, columnOffset: -1.5 });
  t.deepEqual(scan.geometry.angles, [10, 82, 154, 226, 298]);
  for (let view = 0; view < 5; view++) {
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 4; column++) {
        // row 0 of an image is the highest, row 0 of the scan the lowest
        const got = scan.data[(view * 3 + row) * 4 + column];
        t.true(Math.abs(got - line(view, 2 - row, column)) < 1e-4);
        t.true(Math.abs(intensity(view, 2 - row, column) - 60_000 * Math.exp(-got)) < 10);
      }
    }
  }
});

test('its file alone finds projections and angles beside it', async (t) => {
  const all = await tiffs();
  const ctdata = {
    name: '_ctdata.txt',
    bytes: new TextEncoder().encode(
      `5\r\n1 2\r\nProjection Angle(deg) Time(s)\r\n${[1, 2, 3, 4, 5].map((n) => `${n}\t${-n * 10.5}\t${n}`).join('\r\n')}\r\n`,
    ),
  };
  const beside = (name: string) => Promise.resolve([...all, ctdata].find((f) => f.name === name));
  const scan = await readMeasurement([{ ...file(), beside }]);
  t.deepEqual(scan.geometry.angles, [-10.5, -21, -31.5, -42, -52.5]);
  t.deepEqual(scan.data, (await readMeasurement([...all, file()])).data);
  const given = await readMeasurement([{ ...file(), beside }], { angles: '0:288:72' });
  t.deepEqual(given.geometry.angles, [0, 72, 144, 216, 288]);
  const raw = projections.map((page, n) => ({ name: `disc_${String(n + 1).padStart(4, '0')}.raw`, bytes: bytes(page) }));
  t.deepEqual((await readMeasurement([...raw, file()])).data, scan.data);
});

for (const [what, change, expected] of [
  ['a missing projection', (text: string) => text.replace('Projections=5', 'Projections=6'), /6: disc_0001\.tif … disc_0006/],
  ['another detector', (text: string) => text.replace('DetectorPixelsX=4', 'DetectorPixelsX=5'), /5 of 3×5/],
  ['no distance', (text: string) => text.replace('SrcToObject=120', ''), /SrcToObject.*positive number/],
  ['no white level', (text: string) => text.replace('WhiteLevel=60000', ''), /WhiteLevel.*--counts/s],
  ['source and detector swapped', (text: string) => text.replace('SrcToDetector=600', 'SrcToDetector=60'), /before the rotation axis/],
  ['a billion projections', (text: string) => text.replace('Projections=5', 'Projections=1000000000'), /positive whole number/],
  ['words for numbers', (text: string) => text.replace('AngularStep=72', 'AngularStep=some'), /AngularStep.*a number/],
] as const) {
  test(`a Nikon file with ${what} is an error that says so`, async (t) => {
    const all = await tiffs();
    await t.throwsAsync(readMeasurement([...all, file(change(header))]), { message: expected });
  });
}

test('what bends the geometry and is not gone by is told', async (t) => {
  const scan = await readMeasurement([...(await tiffs()), file(`${header}\r\nObjectTilt=0.3\r\n`)]);
  t.regex(scan.meta.warnings!.join(), /ObjectTilt = 0\.3.*--center/);
});

test('a scan that NumPy made by the scanner’s own frame: the same line integrals, and a ball where it was', async (t) => {
  const ball = golden<{ header: string; tiffs: string[]; ball: number[]; radius: number; mu: number; lines: string; shape: number[] }>(
    'nikon.json',
  );
  const files = ball.tiffs.map((tiff, n) => ({ name: `ball_${String(n + 1).padStart(4, '0')}.tif`, bytes: bytesOf(tiff) }));
  const scan = await readMeasurement([...files, { name: 'ball.xtekct', bytes: new TextEncoder().encode(ball.header) }]);
  t.deepEqual(scan.shape, ball.shape);
  const [views, rows, columns] = ball.shape;
  const lines = floatsOf(ball.lines);
  let worst = 0;
  for (let n = 0; n < lines.length; n++) {
    const [view, row, column] = [Math.floor(n / (rows * columns)), Math.floor(n / columns) % rows, n % columns];
    worst = Math.max(worst, Math.abs(scan.data[(view * rows + rows - 1 - row) * columns + column] - lines[n]));
  }
  t.true(worst < 1e-5, `${worst}`);
  // the geometry that was read puts the shadow of the ball where the scanner saw it, in every view
  const phantom: Phantom = {
    name: 'ball',
    ellipsoids: [{ centre: ball.ball as [number, number, number], semiAxes: [ball.radius, ball.radius, ball.radius], mu: ball.mu }],
    combine: 'add',
    size: [10, 10, 10],
  };
  const { data: expected } = projectCone(phantom, scan.geometry);
  t.is(expected.length, views * rows * columns);
  t.true(relativeError(scan.data, expected) < 0.01, `${relativeError(scan.data, expected)}`);
});
