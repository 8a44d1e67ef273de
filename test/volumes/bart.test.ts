import test from 'ava';
import { readBartMaps, writeBart, writeBartArray } from '../../volumes/formats/bart/bart.js';
import { readCfl } from '../../volumes/formats/bart/cfl.js';
import { readMaps } from '../../volumes/kinds/kspace/maps.js';
import { readMeasurement } from '../../volumes/open.js';
import { direct2d, relativeError } from '../support/kspace.js';
import { bartFiles, kspaceTruth } from '../support/golden-kspace.js';

const planes = (data: ArrayLike<number>, [s, c, ny, nx]: readonly number[]): number[] =>
  Array.from({ length: s * c }, (_, p) => [
    ...direct2d(Array.prototype.slice.call(data, 2 * p * ny * nx, 2 * (p + 1) * ny * nx), ny, nx, 1),
  ]).flat();

test("BART's k-space of two slices and three coils is the transform of BART's images", async (t) => {
  const scan = await readMeasurement(bartFiles('kspace-2d'));
  t.deepEqual([...scan.shape], [2, 3, 7, 8]);
  t.true(relativeError(planes(scan.data, scan.shape), kspaceTruth('bart-images').data) < 2e-6);
  t.is(scan.geometry.readout, 'kx');
});

test("3-D k-space decouples into slices across BART's readout", async (t) => {
  const scan = await readMeasurement(bartFiles('kspace-3d'));
  t.deepEqual([...scan.shape], [5, 2, 6, 4]);
  t.true(relativeError(planes(scan.data, scan.shape), kspaceTruth('bart-block').data) < 2e-6);
  t.is(scan.geometry.readout, 'slice');
});

test('what is written is what BART wrote', async (t) => {
  const files = bartFiles('kspace-2d');
  const scan = await readMeasurement(files);
  const [cfl, hdr] = writeBart('out.cfl', scan);
  t.deepEqual(cfl.bytes, files[0].bytes);
  t.is(new TextDecoder().decode(hdr.bytes).trim(), new TextDecoder().decode(files[1].bytes).trim());
  t.deepEqual([cfl.name, hdr.name], ['out.cfl', 'out.hdr']);
});

test('maps: of several sets the first, one for each slice; and they are written back', async (t) => {
  const said: string[] = [];
  const maps = readBartMaps(bartFiles('maps'), (text) => said.push(text));
  t.deepEqual(maps.shape, [2, 3, 7, 8]);
  const one = kspaceTruth('bart-maps').data;
  t.true(relativeError(maps.data, [...one, ...one]) < 2e-6);
  t.regex(said.join(), /2 sets/);
  t.deepEqual(
    readBartMaps(writeBartArray('m', maps), () => t.fail()),
    maps,
  );

  const scan = await readMeasurement(bartFiles('kspace-2d'));
  t.deepEqual(await readMaps(bartFiles('maps'), scan), maps);
  const other = { ...scan, shape: [1, 3, 7, 8] };
  await t.throwsAsync(readMaps(bartFiles('maps'), other), { code: 'SHAPE', message: /1×3×7×8.*got 2×3×7×8/s });
});

test('one of the two files alone, truncated samples, damaged headers, unknown dimensions are refused', async (t) => {
  const [cfl, hdr] = bartFiles('kspace-2d');
  await t.throwsAsync(readMeasurement([cfl]), { code: 'FORMAT', message: /NAME\.cfl and NAME\.hdr/ });
  await t.throwsAsync(readMeasurement([hdr]), { code: 'FORMAT', message: /two files/ });
  const cut = { ...cfl, bytes: cfl.bytes.slice(0, -8) };
  await t.throwsAsync(readMeasurement([cut, hdr]), { code: 'FORMAT', message: /2688 bytes.*got 2680.*truncated/s });
  const header = (text: string) => ({ name: hdr.name, bytes: new TextEncoder().encode(text) });
  for (const text of ['# Dimensions\n8 0 3\n', '# Dimensions\n8 x\n', '# Dimensions\n', '# Dimensions\n1e9 1e9 1e9\n'])
    await t.throwsAsync(readMeasurement([cfl, header(text)]), { code: 'FORMAT' });
  await t.throwsAsync(readMeasurement([cfl, header('# Dimensions\n8 7 1 3 1 2\n')]), {
    code: 'FORMAT_UNSUPPORTED',
    message: /dimension 5 \(echo\).*--select echo=0.*echo=all/s,
  });
  await t.throwsAsync(readMeasurement([{ ...cfl, name: 'a.cfl' }, hdr]), { code: 'FORMAT' });
});

test('the order of the two files does not matter', (t) => {
  t.deepEqual(readCfl(bartFiles('maps').reverse()).data, readCfl(bartFiles('maps')).data);
});
