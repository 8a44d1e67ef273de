import test from 'ava';
import { packNpy } from '../../volumes/formats/npy/array.js';
import { packZip } from '../../volumes/formats/npy/zip.js';
import type { ScanOptions } from '../../volumes/scan-options.js';
import { readMeasurement, readVolume } from '../../volumes/open.js';
import { withMask } from '../../volumes/kinds/kspace/mask.js';
import { readScan } from '../../src/index.js';
import { direct2d } from '../support/kspace.js';

/** Every sample different and not zero: [2 coils, 3, 5]. */
const values = Float32Array.from({ length: 2 * 30 }, (_, n) => n + 1);
const kspace = packNpy(values, [2, 3, 5], true);

const npz = (entries: { [name: string]: Uint8Array }) => ({
  name: 'k.npz',
  bytes: packZip(Object.fromEntries(Object.entries(entries).map(([name, bytes]) => [`${name}.npy`, bytes]))),
});
const read = (bytes: Uint8Array, options: ScanOptions = {}) => readMeasurement([{ name: 'k.npy', bytes }], options);
const message = async (work: Promise<unknown>, code: string): Promise<string> => {
  const error = (await work.then(
    () => new Error('no error'),
    (e: unknown) => e,
  )) as Error & { code?: string };
  if (error.code !== code) throw error;
  return error.message;
};

test('named axes are put in the order slice, coil, ky, kx', async (t) => {
  const scan = await read(kspace, { axes: 'coil,ky,kx' });
  t.deepEqual(scan.shape, [1, 2, 3, 5]);
  t.deepEqual(scan.data, values);
  t.is(scan.kind, 'fourier.cartesian');
  t.is(scan.dtype, 'complex64');
  t.deepEqual(scan.geometry, { readout: 'kx', acceleration: 1 });
  t.deepEqual(scan.grid.shape, [1, 3, 5]);

  const turned = await read(kspace, { axes: 'kx,coil,ky' });
  t.deepEqual(turned.shape, [1, 3, 5, 2]);
  // element [coil 1, ky 2, kx 0] was [kx 0, coil 1, ky 2] = complex number 7
  t.deepEqual([...turned.data.subarray(2 * ((1 * 5 + 2) * 2), 2 * ((1 * 5 + 2) * 2) + 2)], [15, 16]);
});

test('an array whose axes are not named asks for them and tells its shape', async (t) => {
  const text = await message(read(kspace), 'ARGUMENT');
  t.regex(text, /2×3×5.*--axes.*coil,ky,kx/s);
  const mask = packNpy(new Float32Array(15).fill(1), [3, 5]);
  t.regex(await message(readMeasurement([npz({ kspace, mask })]), 'ARGUMENT'), /kspace \(2×3×5.*--axes/s);
});

test('wrong names of axes are refused', async (t) => {
  for (const [axes, pattern] of [
    ['ky,kx', /3 different names.*got 2/s],
    ['coil,coil,kx', /twice/],
    ['coil,row,kx', /'row'/],
    ['slice,coil,kx', /kx and ky/],
    ['-,ky,kx', /'-'/],
  ] as const) {
    t.regex(await message(read(kspace, { axes: `${axes}`, kind: 'fourier.cartesian' }), 'ARGUMENT'), pattern);
  }
});

test('a 3-D encoding is transformed along kx, which becomes the slices', async (t) => {
  // [kz 2, ky 3, kx 5], one coil
  const scan = await read(packNpy(values, [2, 3, 5], true), { axes: 'kz,ky,kx' });
  t.deepEqual(scan.shape, [5, 1, 3, 2]);
  t.is(scan.geometry.readout, 'slice');
  for (const [z, y, x] of [
    [0, 0, 0],
    [1, 2, 4],
    [0, 1, 2],
  ]) {
    let [re, im] = [0, 0];
    for (let k = 0; k < 5; k++) {
      const at = 2 * ((z * 3 + y) * 5 + k);
      const angle = (2 * Math.PI * (k - 2) * (x - 2)) / 5;
      re += (values[at] * Math.cos(angle) - values[at + 1] * Math.sin(angle)) / Math.sqrt(5);
      im += (values[at] * Math.sin(angle) + values[at + 1] * Math.cos(angle)) / Math.sqrt(5);
    }
    const at = 2 * ((x * 3 + y) * 2 + z);
    t.true(Math.abs(scan.data[at] - re) < 1e-4 && Math.abs(scan.data[at + 1] - im) < 1e-4);
  }
});

test('without a mask, samples that are zero in all coils were not measured, and a warning says so', async (t) => {
  const holes = values.slice();
  for (const coil of [0, 1]) holes.fill(0, 2 * (coil * 15 + 5), 2 * (coil * 15 + 10));
  holes[0] = holes[1] = 0; // zero in one coil only: measured
  const scan = await read(packNpy(holes, [2, 3, 5], true), { axes: 'coil,ky,kx' });
  t.deepEqual([...scan.arrays!.mask.data], [1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
  t.deepEqual(scan.arrays!.mask.shape, [1, 3, 5]);
  t.is(scan.geometry.acceleration, 1.5);
  t.true(scan.meta.warnings!.some((w) => /no mask.*66\.7 %/.test(w)));
});

test('a mask beside the k-space is used: one line of it along the phase direction, or all of it', async (t) => {
  const line = packNpy(Float32Array.of(1, 0, 1), [3]);
  const plane = packNpy(
    Float32Array.from({ length: 15 }, (_, n) => n % 2),
    [3, 5],
  );
  const one = await readMeasurement([npz({ kspace, mask: line })], { axes: 'coil,ky,kx' });
  t.deepEqual([...one.arrays!.mask.data], [1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
  t.true(one.data.subarray(10, 20).every((v) => v === 0));
  t.is(one.data[20], 21);
  const whole = await readMeasurement([npz({ kspace, mask: plane })], { axes: 'coil,ky,kx' });
  t.deepEqual([...whole.data.subarray(0, 6)], [0, 0, 3, 4, 0, 0]);
  const crossed = await readMeasurement([npz({ kspace, mask: packNpy(Float32Array.of(1, 0, 1, 0, 0), [5]) })], {
    axes: 'coil,ky,kx',
    geometry: { readout: 'ky' },
  });
  t.deepEqual([...crossed.arrays!.mask.data.subarray(0, 5)], [1, 0, 1, 0, 0]);
});

test('a mask of another shape, of other values or without samples is refused', async (t) => {
  const with_ = (mask: Uint8Array) => readMeasurement([npz({ kspace, mask })], { axes: 'coil,ky,kx' });
  t.regex(await message(with_(packNpy(new Float32Array(15).fill(1), [5, 3])), 'SHAPE'), /3×5.*got 5×3/s);
  t.regex(await message(with_(packNpy(Float32Array.of(1, 0.5, 0), [3])), 'ARGUMENT'), /0\.5/);
  t.regex(await message(with_(packNpy(new Float32Array(3), [3])), 'ARGUMENT'), /no samples/);
});

test("the user's mask undersamples, and may only take what was measured", async (t) => {
  const scan = await read(kspace, { axes: 'coil,ky,kx' });
  const less = withMask(scan, { data: Float32Array.of(0, 1, 1), shape: [3] });
  t.deepEqual([...less.arrays!.mask.data], [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  t.true(less.data.subarray(0, 10).every((v) => v === 0));
  t.is(scan.data[0], 1, 'the scan itself stays');
  t.throws(() => withMask(less, { data: Float32Array.of(1, 1, 0), shape: [3] }), {
    code: 'ARGUMENT',
    message: /5 others/,
  });
  t.throws(() => withMask(scan, { data: new Float32Array(12), shape: [3, 4] }), { code: 'SHAPE' });
});

test("the user's mask replaces one that was guessed from zeros, with its warning", async (t) => {
  const holes = values.slice();
  for (const coil of [0, 1]) holes.fill(0, 2 * (coil * 15 + 5), 2 * (coil * 15 + 10));
  const scan = await read(packNpy(holes, [2, 3, 5], true), { axes: 'coil,ky,kx' });
  const said = withMask(scan, { data: new Float32Array(15).fill(1), shape: [3, 5] });
  t.is(said.geometry.acceleration, 1);
  t.false(said.meta.warnings!.some((w) => /no mask/.test(w)));
});

test('coils of zeros are an error that names them; they can be left out', async (t) => {
  const half = values.slice().fill(0, 0, 30);
  const bytes = packNpy(half, [2, 3, 5], true);
  t.regex(await message(read(bytes, { axes: 'coil,ky,kx' }), 'ARGUMENT'), /coils without signal: 0 of 0 … 1/);
  const scan = await read(bytes, { axes: 'coil,ky,kx', zeroCoils: 'drop' });
  t.deepEqual(scan.shape, [1, 1, 3, 5]);
  t.is(scan.data[0], 31);
  const none = packNpy(new Float32Array(60), [2, 3, 5], true);
  t.regex(await message(read(none, { axes: 'coil,ky,kx', zeroCoils: 'drop' }), 'ARGUMENT'), /zero everywhere/);
});

test('real numbers are no k-space, complex ones no volume', async (t) => {
  t.regex(await message(read(packNpy(values, [3, 4, 5]), { axes: 'coil,ky,kx' }), 'FORMAT_UNSUPPORTED'), /real/);
  t.regex(await message(readVolume([{ name: 'k.npy', bytes: kspace }]), 'FORMAT_UNSUPPORTED'), /complex/);
});

test('NaN in k-space is found', async (t) => {
  const bad = values.slice();
  bad[7] = NaN;
  t.regex(await message(read(packNpy(bad, [2, 3, 5], true), { axes: 'coil,ky,kx' }), 'NOT_FINITE'), /\[0, 0, 0, 3\]/);
});

test('the readout convention is that of the direct sum', (t) => {
  // the 2-D sum of the contract, in the helper that the readers are tested with: a point at (row 1, column 3) of 3 × 5
  const image = new Float64Array(30);
  image[2 * (1 * 5 + 3)] = 1;
  const k = direct2d(image, 3, 5, -1);
  const angle = (-2 * Math.PI * (0 - 2) * (3 - 2)) / 5;
  t.true(Math.abs(k[2 * (1 * 5 + 0)] - Math.cos(angle) / Math.sqrt(15)) < 1e-12);
});

test('coil maps beside the k-space in one archive are found by their name, or named', async (t) => {
  const maps = values.map((v) => 100 - v);
  const both = npz({ kspace, coil_sens: packNpy(maps, [2, 3, 5], true) });
  const options = { axes: 'coil,ky,kx', dataset: 'kspace', maps: [both] };
  for (const scan of [await readScan([both], options), await readScan([both], { ...options, mapsDataset: 'coil_sens' })]) {
    t.deepEqual(scan.data, values);
    t.deepEqual(scan.arrays!.maps.data, maps);
  }
  const swapped = await readScan([both], { ...options, dataset: 'coil_sens', mapsDataset: 'kspace' });
  t.deepEqual([swapped.data, swapped.arrays!.maps.data], [maps, values]);
  await t.throwsAsync(readScan([both], { axes: 'coil,ky,kx', dataset: 'kspace', mapsDataset: 'coil_sens' }), { message: /no --maps/ });
});
