import test from 'ava';
import { readScan } from '../../../src/engine/read-scan.js';
import { suggestScan } from '../../../src/engine/suggest-scan.js';
import { packNpy } from '../../../volumes/formats/npy/array.js';
import { packZip } from '../../../volumes/formats/npy/zip.js';
import { readVolume } from '../../../volumes/open.js';
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
