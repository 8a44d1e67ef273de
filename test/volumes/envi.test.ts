import test from 'ava';
import fc from 'fast-check';
import { isSlicewiseError } from '../../core/errors.js';
import { makeVolume, readVolume, writeVolumeFiles, type NamedBytes, type Volume } from '../../volumes/index.js';
import { enviBytes, enviFiles, enviHeader, enviValues } from '../support/envi.js';
import { bytesOf, golden } from '../support/golden.js';

interface GoldenFile {
  readonly header: string;
  readonly dataName: string;
  readonly data: string;
}
const { values, shape, spy, gdal } = golden<{
  shape: number[];
  values: number[];
  spy: (GoldenFile & { type: string; interleave: string; order: number })[];
  gdal: (GoldenFile & { interleave: string; headerName: string })[];
}>('envi.json');

const warningsOf = ({ meta }: Volume): string => (meta.warnings ?? []).join('\n');
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'read',
    (error: unknown) => (isSlicewiseError(error) ? `${error.code}: ${error.message}` : String(error)),
  );

test('SPy’s files of all types, interleaves and byte orders: the numbers, and byte for byte back', async (t) => {
  t.is(spy.length, 54);
  for (const { header, dataName, data, type, interleave, order } of spy) {
    const what = `${type} ${interleave} ${order}`;
    const volume = await readVolume(enviFiles(header, bytesOf(data), ['c.hdr', dataName]));
    t.deepEqual(volume.shape, shape, what);
    t.deepEqual([...volume.data], values, what);
    // the order of the file, though the second band is of longer waves than the third
    t.deepEqual(volume.axes[0], { name: 'band', unit: 'nm', coordinates: [450, 550.5, 500] });
    t.like(volume.meta, { storedType: type, bands: { fwhm: [10, 11, 12] } });
    const [head, numbers] = await writeVolumeFiles('out.hdr', volume);
    t.deepEqual([head.name, numbers.name], ['out.hdr', `out${dataName.slice(1)}`]);
    t.deepEqual(numbers.bytes, bytesOf(data), what);
    t.is(text(head.bytes), header.replaceAll('{ ', '{ '), what);
  }
});

test('GDAL’s files: map info, names and no data read, its header kept', async (t) => {
  for (const { header, headerName, dataName, data } of gdal) {
    const volume = await readVolume(enviFiles(header, bytesOf(data), [headerName, dataName]));
    t.deepEqual([...volume.data], values);
    t.deepEqual(volume.axes.slice(1), [
      { name: 'line', unit: 'm', step: 20 },
      { name: 'sample', unit: 'm', step: 30 },
    ]);
    const names = ['blue (450 Micrometers)', 'green (550.5 Micrometers)', 'cyan (500 Micrometers)'];
    t.deepEqual(volume.meta.bands, { names, noData: 113 });
    const [head, numbers] = await writeVolumeFiles('g.dat.hdr', volume);
    t.deepEqual(numbers.bytes, bytesOf(data));
    const flat = (header: string): string => header.replace(/ +=/g, ' =').trim();
    t.is(flat(text(head.bytes)), flat(header));
  }
});

test('bytes before the data, big endian, PCI, capitals, x.ext beside x.ext.hdr', async (t) => {
  const own = { 'header offset': 7, 'file type': 'PCI', 'data type': 12, interleave: 'BIP', 'byte order': 1 };
  const bip = spy.find((f) => f.type === 'uint16' && f.interleave === 'bip' && f.order === 1)!;
  const bytes = new Uint8Array([1, 2, 3, 4, 5, 6, 7, ...bytesOf(bip.data)]);
  const volume = await readVolume(enviFiles(enviHeader(own), bytes, ['a.pix.hdr', 'a.pix']));
  t.deepEqual([...volume.data], values);
  const [head, numbers] = await writeVolumeFiles('o.hdr', volume);
  t.deepEqual(numbers.bytes, bytesOf(bip.data));
  t.regex(text(head.bytes), /header offset = 0\nfile type = ENVI Standard\n/);
});

test('ENVI’s own mandatory keys suffice; the byte order that is assumed is told', async (t) => {
  const header = 'ENVI\nsamples=4\nlines=2\nbands=3\ndata type=2\ninterleave=bsq';
  const volume = await readVolume(enviFiles(header, enviBytes()));
  t.deepEqual([...volume.data], values);
  t.regex(warningsOf(volume), /byte order: taken as 0/);
  for (const key of ['samples', 'lines', 'bands', 'data type', 'interleave']) {
    const without = enviFiles(enviHeader({ [key]: undefined }), enviBytes());
    t.regex(await code(readVolume(without)), new RegExp(`^FORMAT: c.hdr does not say ${key}`));
  }
});

test('short files are refused with both sizes, long ones read from the front and told', async (t) => {
  const bytes = enviBytes();
  const short = await code(readVolume(enviFiles(enviHeader(), bytes.subarray(0, 40))));
  t.regex(short, /FORMAT: c.dat ends before.*expected 48 bytes.*got 40 bytes/);
  const long = new Uint8Array([...bytes, 9, 9, 9]);
  const volume = await readVolume(enviFiles(enviHeader(), long));
  t.deepEqual([...volume.data], values);
  t.regex(warningsOf(volume), /3 bytes more.*from the front.*header offset of 3 would also fit/);
});

test('wavelengths without a unit are light in only one: taken so, told, and the header kept', async (t) => {
  for (const [list, unit] of [
    ['450, 850, 2200', 'nm'],
    ['0.45, 0.85, 2.2', 'µm'],
  ] as const) {
    for (const said of [undefined, 'Unknown']) {
      const header = enviHeader({ 'wavelength units': said, wavelength: `{${list}}` });
      const volume = await readVolume(enviFiles(header, enviBytes()));
      t.is(volume.axes[0].unit, unit);
      t.regex(warningsOf(volume), new RegExp(`can only be ${unit}`));
      t.is(text((await writeVolumeFiles('o.hdr', volume))[0].bytes), header);
    }
  }
  for (const said of ['Nanometers', 'nanometers', 'NM', 'Micrometers', 'um', 'Wavenumber', 'Index']) {
    const header = enviHeader({ 'wavelength units': said, wavelength: '{450, 550, 500}' });
    const { axes } = await readVolume(enviFiles(header, enviBytes()));
    t.is(axes[0].unit, { n: 'nm', m: 'µm', u: 'µm', w: '1/cm', i: '' }[said[0].toLowerCase()]!);
  }
});

test('gains and offsets: physical values inside, the file’s own numbers back; no data as it is stored', async (t) => {
  const header = enviHeader({
    'data gain values': '{0.001, 0.001, 0.002}',
    'data offset values': '{-0.5, 0, 1}',
    'data ignore value': 113,
  });
  const volume = await readVolume(enviFiles(header, enviBytes()));
  t.true(Math.abs(volume.data[0] - (0.1 - 0.5)) < 1e-7);
  t.true(Math.abs(volume.data[23] - (0.002 * 173 + 1)) < 1e-7);
  t.is(volume.data[7], 113);
  const [head, numbers] = await writeVolumeFiles('o.hdr', volume);
  t.deepEqual(numbers.bytes, enviBytes());
  t.is(text(head.bytes), header);
  // a value that was found must not become the one for no data
  const data = volume.data.slice();
  data[7] = 0.113 - 0.5;
  const mended = await readVolume(await writeVolumeFiles('o.hdr', { ...volume, data }));
  t.true(Math.abs(mended.data[7] - data[7]) <= 0.0011 && mended.data[7] !== 113);
  const factor = await readVolume(enviFiles(enviHeader({ 'reflectance scale factor': 10000 }), enviBytes()));
  t.like(factor, { units: 'reflectance' });
  t.true(Math.abs(factor.data[23] - 0.0173) < 1e-8);
});

test('values that the stored type cannot hold are written as float32, in the stored units', async (t) => {
  const volume = await readVolume(enviFiles(enviHeader({ 'data gain values': '{2, 2, 2}' }), enviBytes()));
  const data = volume.data.map((value) => 1000 * value);
  const files = await writeVolumeFiles('o.hdr', { ...volume, data });
  t.regex(text(files[0].bytes), /data type = 4/);
  const back = await readVolume(files);
  t.deepEqual([...back.data], [...data]);
  await t.throwsAsync(writeVolumeFiles('o.hdr', { ...volume, data }, { dtype: 'int16' }), { code: 'ARGUMENT' });
});

test('a misspelt key is told and kept; unknown keys, comments and order are written back', async (t) => {
  const header = `${enviHeader()}; a comment\nfoo bar = {1,\n 2}\nwavelengths = {1, 2, 3}\nMap_Note = x = y\n`;
  const volume = await readVolume(enviFiles(header, enviBytes()));
  t.regex(warningsOf(volume), /no 'wavelength'; 'wavelengths' looks like it/);
  t.is(text((await writeVolumeFiles('o.hdr', volume))[0].bytes), header);
});

test('lists of another length are told and not used; bad bands counted from 0', async (t) => {
  const header = enviHeader({ fwhm: '{1, 2}', bbl: '{1, 0, 1}', wavelength: '{1, two, 3}' });
  const volume = await readVolume(enviFiles(header, enviBytes()));
  t.deepEqual(volume.meta.bands, { bad: [1] });
  t.deepEqual(volume.axes[0], { name: 'band', unit: '', first: 1, step: 1 });
  t.regex(warningsOf(volume), /2 entries of 'fwhm' for 3 bands/);
  t.regex(warningsOf(volume), /'wavelength' holds "two"/);
  const gains = enviFiles(enviHeader({ 'data gain values': '{1, 2}' }), enviBytes());
  t.regex(await code(readVolume(gains)), /^FORMAT: c.hdr: data gain values/);
});

test('what is no image is refused as what it is', async (t) => {
  const one = (name: string, content: string): NamedBytes[] => [{ name, bytes: new TextEncoder().encode(content) }];
  const library = enviHeader({ 'file type': 'ENVI Spectral Library' });
  const refused: [files: NamedBytes[], message: RegExp][] = [
    [enviFiles(library, enviBytes(), ['l.hdr', 'l.sli']), /FORMAT_UNSUPPORTED: l.hdr is a spectral library: 2 spectra/],
    [one('l.hdr', library), /spectral library/],
    [one('e.hdr', 'BYTEORDER I\nLAYOUT BIL\nNROWS 540\n'), /FORMAT_UNSUPPORTED: e.hdr is an Esri header/],
    [one('p.hdr', '#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n'), /Radiance picture/],
    [one('c.hdr', enviHeader()), /the data of c.hdr are missing.*c, c.dat, c.img, c.raw/],
    [one('c.raw', 'no header at all'), /numbers without a header/],
    [enviFiles(enviHeader({ 'data type': 6, samples: 2 }), enviBytes()), /FORMAT: c.dat ends before/],
    [enviFiles(enviHeader({ 'data type': 7 }), enviBytes()), /data type; expected 1 \(uint8\)/],
    [enviFiles(enviHeader({ 'byte order': 2 }), enviBytes()), /byte order/],
    [enviFiles(enviHeader({ 'file compression': 1 }), enviBytes()), /compressed/],
    [enviFiles(enviHeader({ samples: -4 }), enviBytes()), /samples; expected a whole number/],
    [enviFiles(enviHeader({ samples: 999999999999999 }), enviBytes()), /no file is so large/],
    [enviFiles(`${enviHeader()}wavelength = {1, 2\n`, enviBytes()), /list of 'wavelength' is not closed/],
  ];
  for (const [files, message] of refused) t.regex(await code(readVolume(files)), message);
});

test('complex cubes: both parts, or the magnitude, and back', async (t) => {
  const numbers = new Float32Array(48).map((_, n) => (n % 2 ? 4 : 3) * (n + 1));
  const bytes = new Uint8Array(numbers.buffer);
  for (const interleave of ['bsq', 'bil', 'bip']) {
    const files = enviFiles(enviHeader({ 'data type': 6, interleave }), bytes);
    t.regex(await code(readVolume(files)), /complex numbers/);
    const volume = await readVolume(files, { complex: 'keep' });
    t.is(volume.dtype, 'complex64');
    const back = await writeVolumeFiles('c.hdr', volume, { dtype: 'complex64' });
    t.deepEqual(back[1].bytes, bytes);
    const magnitude = await readVolume(files, { complex: 'magnitude' });
    t.is(magnitude.data[0], Math.fround(Math.hypot(3, 8)));
  }
});

test('a volume of another file: bands first, wavelengths and names written; .bip and .bil choose', async (t) => {
  const data = enviValues();
  const cube = makeVolume(data, [3, 2, 4], {
    axes: [
      { name: 'band', unit: 'µm', coordinates: [0.4, 0.9, 0.7] },
      { name: 'line', unit: '', step: 1 },
      { name: 'sample', unit: '', step: 1 },
    ],
    meta: { bands: { names: ['a', 'b', 'c'], bad: [2], noData: -1 } },
  });
  for (const name of ['o.hdr', 'o.bip', 'o.bil', 'o.bsq']) {
    const files = await writeVolumeFiles(name, cube);
    t.is(files[0].name, name);
    const back = await readVolume(files);
    t.deepEqual([...back.data], [...data]);
    t.deepEqual(back.axes[0], cube.axes[0]);
    t.deepEqual(back.meta.bands, cube.meta.bands);
  }
  // [line, sample, band] in memory
  const turned = makeVolume(
    Float32Array.from({ length: 24 }, (_, n) => data[(n % 3) * 8 + Math.floor(n / 3)]),
    [2, 4, 3],
    {
      axes: [...cube.axes.slice(1), cube.axes[0]],
    },
  );
  t.deepEqual([...(await readVolume(await writeVolumeFiles('o.hdr', turned))).data], [...data]);
});

test('damaged headers are read or refused, and never more is taken than the file holds', async (t) => {
  const header = new TextEncoder().encode(
    enviHeader({
      ...{ wavelength: '{450, 550, 500}', 'wavelength units': 'nm', bbl: '{1, 1, 0}', 'data ignore value': -9999 },
      ...{ 'data gain values': '{1, 2, 3}', 'band names': '{a, b, c}', 'map info': '{UTM, 1, 1, 0, 0, 30, 30}' },
    }),
  );
  const runs = Number(process.env.SLICEWISE_MUTATIONS ?? 10_000);
  const bytes = enviBytes();
  const cut = fc.record({ at: fc.nat(header.length), byte: fc.nat(255), length: fc.nat(12), kind: fc.nat(3) });
  let read = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(cut, { minLength: 1, maxLength: 6 }), async (cuts) => {
      let mutated = [...header];
      for (const { at, byte, length, kind } of cuts) {
        if (kind === 0) mutated[at % mutated.length] = byte;
        else if (kind === 1) mutated.splice(at, length);
        else if (kind === 2) mutated.splice(at, 0, ...new TextEncoder().encode(String(byte ** length)));
        else mutated = [...mutated.slice(0, at), ...mutated.slice(at, at + length), ...mutated.slice(at)];
        if (mutated.length === 0) mutated.push(0);
      }
      const outcome = await readVolume(enviFiles(Uint8Array.from(mutated), bytes)).catch((error: unknown) => error);
      if (outcome instanceof Error) return isSlicewiseError(outcome);
      read++;
      return (outcome as Volume).data.length <= bytes.length;
    }),
    { numRuns: runs },
  );
  t.true(read > runs / 20, `${read} of ${runs} still read`);
});
