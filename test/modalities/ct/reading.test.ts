import test from 'ava';
import { readScan } from '../../../src/engine/read-scan.js';
import { suggestScan } from '../../../src/engine/suggest-scan.js';
import { packNpy } from '../../../volumes/formats/npy/array.js';
import { packZip } from '../../../volumes/formats/npy/zip.js';
import { vectorGeometry } from '../../../volumes/kinds/radon/vectors.js';
import { readVolume, writeMeasurement } from '../../../volumes/open.js';
import { testArray } from '../../support/backends.js';

const [VIEWS, ROWS, BINS] = [4, 2, 3];
const stack = testArray(VIEWS * ROWS * BINS, 1);
const npy = (data: Float32Array, shape: readonly number[]) => [{ name: 'scan.npy', bytes: packNpy(data, shape) }];
const asStored = { geometry: 'parallel', axes: 'view,row,column', angles: '0:180:45', pitch: 1 } as const;

/** numpy.flip of [view, row, column]. */
function flip(axes: readonly number[]): Float32Array {
  const out = new Float32Array(stack.length);
  for (let v = 0; v < VIEWS; v++) {
    for (let r = 0; r < ROWS; r++) {
      for (let b = 0; b < BINS; b++) {
        const [fv, fr, fb] = [VIEWS - 1 - v, ROWS - 1 - r, BINS - 1 - b].map((n, a) => (axes.includes(a) ? n : [v, r, b][a]));
        out[(v * ROWS + r) * BINS + b] = stack[(fv * ROWS + fr) * BINS + fb];
      }
    }
  }
  return out;
}

for (const [words, axes] of [
  ['detector', [2]],
  ['column', [2]],
  ['row', [1]],
  ['slice', [1]],
  ['view', [0]],
  ['detector,row', [1, 2]],
] as const) {
  test(`--flip ${words} reads an array as numpy.flip of it`, async (t) => {
    const flipped = await readScan(npy(stack, [VIEWS, ROWS, BINS]), { ...asStored, flip: words });
    const wanted = await readScan(npy(flip(axes), [VIEWS, ROWS, BINS]), asStored);
    t.deepEqual(flipped.data, wanted.data);
    t.deepEqual(flipped.geometry, wanted.geometry);
    const cone = { ...asStored, geometry: 'cone', sod: 10, sdd: 20, flip: words } as const;
    const beam = await readScan(npy(stack, [VIEWS, ROWS, BINS]), cone);
    t.deepEqual(beam.data, flip(axes), 'a cone beam keeps [view, row, column]');
  });
}

test('an axis that the data do not have is refused', async (t) => {
  await t.throwsAsync(readScan(npy(stack, [VIEWS, ROWS, BINS]), { ...asStored, flip: 'coil' }), { message: /--flip.*'coil'/ });
});

test('what info suggests for plain arrays reads them as scans, with the views where they are', async (t) => {
  const theta = packNpy(
    Float64Array.from({ length: 5 }, (_, i) => 36 * i),
    [5],
  );
  const cases: [readonly { name: string; bytes: Uint8Array }[], readonly number[]][] = [
    [npy(testArray(35, 2), [7, 5]), [1, 7, 5]],
    [npy(testArray(70, 3), [7, 2, 5]), [2, 7, 5]],
    [npy(testArray(35, 4), [1, 7, 5]), [1, 7, 5]],
    // the angles beside it say which axis is the view
    [[{ name: 'a.npz', bytes: packZip({ 'sino.npy': packNpy(testArray(35, 5), [7, 5]), 'theta.npy': theta }) }], [1, 5, 7]],
    [[{ name: 'a.npz', bytes: packZip({ 'sino.npy': packNpy(testArray(70, 6), [7, 5, 2]), 'theta.npy': theta }) }], [7, 5, 2]],
  ];
  for (const [files, shape] of cases) {
    const [{ options }] = await suggestScan(files, await readVolume(files));
    const flags = Object.fromEntries([...options.matchAll(/--(\S+) (\S+)/g)].map(([, name, value]) => [name, value]));
    const scan = await readScan(files, { ...flags, pitch: Number(flags.pitch) } as object);
    t.deepEqual([scan.kind, ...scan.shape], ['radon.parallel', ...shape], options);
    const angles = scan.geometry.angles as number[];
    t.true(Math.abs(angles[1] - 180 / angles.length) < 1e-9 && angles.length === shape[1]);
  }
});

test('an array beside wavelengths is a cube, and no scan of a body', async (t) => {
  const wavelengths = packNpy(Float64Array.of(400, 450, 500, 550, 600), [5]);
  const cube = packNpy(testArray(3 * 4 * 5, 8), [3, 4, 5]);
  const files = [{ name: 'a.npz', bytes: packZip({ 'cube.npy': cube, 'wavelength_nm.npy': wavelengths }) }];
  const suggested = await suggestScan(files, await readVolume(files, { dataset: 'cube' }));
  t.deepEqual(
    suggested.map(({ options }) => options),
    ['--dataset cube --kind spectral.entries --axes line,sample,band'],
  );
  const scan = await readScan(files, { dataset: 'cube', kind: 'spectral.entries', axes: 'line,sample,band' });
  t.deepEqual([scan.kind, ...scan.shape], ['spectral.entries', 5, 3, 4]);
});

test('nothing is suggested for what says that it is a volume', async (t) => {
  const affine = packNpy(Float64Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1), [4, 4]);
  const files = [{ name: 'a.npz', bytes: packZip({ 'data.npy': packNpy(testArray(24, 7), [2, 3, 4]), 'affine.npy': affine }) }];
  t.deepEqual(await suggestScan(files, await readVolume(files)), []);
});

// ---- vectors, helices, curved detectors ----

const circle = vectorGeometry('radon.cone', {
  ...{
    angles: [0, 45, 90, 135],
    rows: ROWS,
    columns: BINS,
    rowPitch: 2,
    columnPitch: 1.5,
    columnOffset: 0.5,
    sourceToAxis: 10,
    sourceToDetector: 20,
  },
}).geometry.vectors;
const text = (rows: readonly (readonly number[])[], between: string): string => rows.map((row) => row.join(between)).join('\n');
const file = (name: string, bytes: string | Uint8Array) => [
  { name, bytes: typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes },
];

test('vectors of every view are read from .npy and text, and say the whole geometry', async (t) => {
  const flat = circle.map((row) => [row[0], row[1], row[3], row[4], row[6], row[7]]);
  const cases = [
    ['cone', file('v.npy', packNpy(Float64Array.from(circle.flat()), [VIEWS, 12])), 'radon.cone-vec', circle],
    ['cone', file('scan.geom', `# source, detector, u, v\n${text(circle, ' ')}\n`), 'radon.cone-vec', circle],
    ['parallel', file('v.csv', `x,y,z,cx,cy,cz,ux,uy,uz,vx,vy,vz\n${text(circle, ',')}`), 'radon.parallel3d-vec', circle],
    ['fan', file('v.txt', text(flat, '\t')), 'radon.fan-vec', flat],
    ['parallel', file('v.txt', text(flat, ';')), 'radon.parallel-vec', flat],
  ] as const;
  for (const [geometry, vectors, kind, wanted] of cases) {
    const scan = await readScan(npy(stack, [VIEWS, ROWS, BINS]), { geometry, vectors, axes: 'view,row,column' });
    t.is(scan.kind, kind);
    t.deepEqual(scan.geometry.vectors, wanted);
    t.deepEqual(scan.shape, kind.startsWith('radon.cone') || kind.includes('3d') ? [VIEWS, ROWS, BINS] : [ROWS, VIEWS, BINS]);
    // a scan file keeps them, and some of the views are cut out of them
    const again = await readScan([{ name: 'scan.h5', bytes: await writeMeasurement('scan.h5', scan) }], { views: '1,3' });
    t.deepEqual(again.geometry.vectors, [wanted[1], wanted[3]]);
  }
  const json = JSON.stringify({ kind: 'radon.cone-vec', vectors: circle, axes: 'view,row,column' });
  const listed = await readScan(npy(stack, [VIEWS, ROWS, BINS]), { geometryFile: file('g.json', json) });
  t.deepEqual([listed.kind, listed.geometry.vectors], ['radon.cone-vec', circle]);
});

test('vectors are laid over a scan file that is a circle', async (t) => {
  const own = await readScan(npy(stack, [VIEWS, ROWS, BINS]), { ...asStored, geometry: 'cone', sod: 10, sdd: 20 });
  const bytes = await writeMeasurement('scan.h5', own);
  const scan = await readScan([{ name: 'scan.h5', bytes }], { vectors: file('v.txt', text(circle, ' ')) });
  t.is(scan.kind, 'radon.cone-vec');
  t.deepEqual(scan.geometry, { vectors: circle, rows: ROWS, columns: BINS });
  t.deepEqual(scan.grid, own.grid);
});

test('vectors that do not fit, or beside other lengths, are refused', async (t) => {
  const read = (options: object, vectors = text(circle, ' ')) =>
    readScan(npy(stack, [VIEWS, ROWS, BINS]), { axes: 'view,row,column', geometry: 'cone', ...options, vectors: file('v.txt', vectors) });
  await t.throwsAsync(read({}, text(circle.slice(1), ' ')), { code: 'GEOMETRY', message: /vectors of 4 views.*got 3/ });
  await t.throwsAsync(read({}, '1 2 3'), { message: /views × 12.*3 numbers/ });
  await t.throwsAsync(read({}, text(circle, ' ').replace(' ', ' a ')), { message: /13 numbers|'a'/ });
  await t.throwsAsync(read({ geometry: 'fan' }), { message: /--geometry parallel or cone/ });
  await t.throwsAsync(read({ geometry: undefined }), { message: /--geometry parallel or cone/ });
  for (const beside of [
    { sod: 10 },
    { pitch: 1 },
    { center: 3 },
    { offset: 1 },
    { tableFeed: 4 },
    { detectorShape: 'curved' },
    { angles: '0:3:1' },
  ]) {
    await t.throwsAsync(read(beside), { message: /vectors say the whole geometry|vectors alone/ }, JSON.stringify(beside));
  }
});

test('a helix by its table feed or by heights, a curved detector, and where they mean nothing', async (t) => {
  const cone = { ...asStored, angles: '0:1080:360', geometry: 'cone', sod: 10, sdd: 20 } as const;
  const read = (options: object) => readScan(npy(stack, [VIEWS, ROWS, BINS]), { ...cone, ...options });
  const feed = await read({ tableFeed: 4 });
  t.deepEqual(feed.geometry.sourceZ, [-6, -2, 2, 6]);
  t.is(feed.grid.shape[0], ROWS + 24, 'an image as high as the helix climbs');
  t.deepEqual((await read({ tableFeed: 4, angles: '0:-1080:-360' })).geometry.sourceZ, [-6, -2, 2, 6]);
  t.deepEqual((await read({ tableFeed: -4 })).geometry.sourceZ, [6, 2, -2, -6]);
  t.deepEqual((await read({ sourceZ: '101:113:4' })).geometry.sourceZ, [-6, -2, 2, 6]);
  t.deepEqual((await read({ sourceZ: file('z.txt', '1\n2\n4\n5\n') })).geometry.sourceZ, [-2, -1, 1, 2]);
  t.is((await read({ detectorShape: 'curved' })).geometry.detectorShape, 'curved');
  await t.throwsAsync(read({ tableFeed: 4, angles: [0, 90, 80, 100] }), { message: /--source-z/ });
  await t.throwsAsync(read({ tableFeed: 4, sourceZ: '0:3:1' }), { message: /one of them/ });
  await t.throwsAsync(read({ sourceZ: '0:2:1' }), { message: /sourceZ/ });
  await t.throwsAsync(read({ detectorShape: 'curved', pitch: 30 }), { message: /90°/ });
  const fan = { ...cone, geometry: 'fan' };
  await t.throwsAsync(read({ ...fan, tableFeed: 4 }), { code: 'GEOMETRY', message: /helix/ });
  await t.throwsAsync(read({ ...fan, sourceZ: '0:3:1' }), { code: 'GEOMETRY' });
  await t.throwsAsync(readScan(npy(stack, [VIEWS, ROWS, BINS]), { ...asStored, detectorShape: 'curved' }), { message: /detector-shape/ });
});
