import test from 'ava';
import { gunzipSync } from 'fflate';
import { centredFft } from '../../core/fft.js';
import { readMeasurement, type NamedBytes } from '../../volumes/index.js';
import { packNpy } from '../../volumes/formats/npy/array.js';
import { parseGeometryFile } from '../../volumes/kinds/radon/geometry-file.js';
import { readScan } from '../../src/index.js';
import { scanWarnings } from '../../src/modalities/facts.js';
import { residualWarning } from '../../src/engine/residual-warning.js';
import { bytesOf, floatsOf, golden } from '../support/golden.js';

// ISMRMRD files written by h5py around one k-space; test/golden/scripts/real-kspace.py
const {
  full: text,
  shape,
  files,
  stars,
} = golden<{ full: string; shape: number[]; files: { [name: string]: string }; stars: string }>('real-kspace.json');
const full = floatsOf(text);
const file = (name: string): NamedBytes => {
  const bytes = bytesOf(files[name]);
  return { name: 'x.h5', bytes: bytes[0] === 0x1f ? gunzipSync(bytes) : bytes };
};
const read = (name: string, options = {}) => readMeasurement([file(name)], options);
const told = (scan: { meta: { warnings?: string[] } }) => (scan.meta.warnings ?? []).join('\n');

/** ‖a − b‖/‖b‖. */
function apart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [error, norm] = [0, 0];
  for (let n = 0; n < b.length; n++) {
    error += (a[n] - b[n]) ** 2;
    norm += b[n] ** 2;
  }
  return Math.sqrt(error / norm);
}

for (const [name, most] of [
  ['forward', 1e-6],
  ['mirrored, says so', 1e-6],
  ['mirrored, says N/2', 1e-6],
  // the sample beyond the matrix is lost, at the edge of k-space
  ['origin at N/2, says N/2', 0.06],
  ['averages', 0.1],
  ['cartesian trajectories', 1e-6],
] as const) {
  test(`reversed and repeated readouts lie where they were measured: ${name}`, async (t) => {
    const scan = await read(name);
    t.deepEqual(scan.shape, [1, ...shape]);
    t.true(apart(scan.data, full) < most, `${apart(scan.data, full)}`);
  });
}

test('the phase between the directions of EPI is taken off by its phase-correction lines, else ghosts are told', async (t) => {
  const scan = await read('epi with navigators');
  t.true(apart(scan.data, full) < 2e-3, `${apart(scan.data, full)}`);
  t.regex(told(scan), /phase of 0\.80 rad and 0\.130 rad a pixel .* 3 phase-correction lines/);
  const without = await read('epi without navigators');
  t.true(apart(without.data, full) > 0.3);
  t.regex(told(without), /without phase-correction lines.*ghosts/);
});

test('lines of a calibration scan of its own give the maps, and never the image', async (t) => {
  const scan = await read('separate calibration');
  const odd = (n: number) => Math.floor(n / 32) % 2 === 1;
  t.true(scan.data.every((value, n) => (odd(n) ? value === 0 : Math.abs(value - full[n]) < 1e-6)));
  const { data } = scan.arrays!.calibration;
  const row = (n: number) => Math.floor(n / 32) % 16;
  t.true(data.every((value, n) => Math.abs(value - (row(n) >= 2 && row(n) < 14 ? 3 * full[n] : 0)) < 1e-5));
  t.regex(told(scan), /12 calibration lines of a separate scan: coil maps come from them/);
});

test('a calibration scan may have an encoding of its own, unless its field of view is another', async (t) => {
  const scan = await read('calibration with an encoding of its own');
  const row = (n: number) => Math.floor(n / 32) % 16;
  t.true(scan.arrays!.calibration.data.every((value, n) => Math.abs(value - (row(n) >= 2 && row(n) < 14 ? 3 * full[n] : 0)) < 1e-5));
  t.true(scan.data.every((value, n) => Math.abs(value - (row(n) % 2 ? 0 : full[n])) < 1e-6));
  t.regex(told(scan), /12 calibration lines of a separate scan with an encoding of its own: coil maps come from them/);
  const other = await read('another field of view');
  t.false('calibration' in other.arrays!);
  t.regex(told(other), /12 calibration lines .* do not fit the image \(coils, slices, field of view\)/);
});

test('--calibration: a file of calibration lines, or an array of another matrix', async (t) => {
  const scan = await readScan([file('image lines alone')], { calibration: [file('calibration lines alone')] });
  const row = (n: number) => Math.floor(n / 32) % 16;
  t.true(scan.arrays!.calibration.data.every((value, n) => Math.abs(value - (row(n) >= 2 && row(n) < 14 ? 3 * full[n] : 0)) < 1e-5));
  t.regex(told(scan), /coil maps come from the calibration scan x\.h5 \(16 × 16\)/);

  const [coils, ny, nx] = shape;
  const within = (size: number): Float32Array => {
    const out = new Float32Array(2 * coils * size * size);
    const shift = Math.floor(size / 2) - 8;
    for (let c = 0; c < coils; c++)
      for (let y = 0; y < ny; y++)
        for (let x = 0; x < nx; x++) {
          const [to, from] = [(c * size + y + shift) * size + x + shift, (c * ny + y) * nx + x];
          const inside = [y + shift, x + shift].every((n) => n >= 0 && n < size);
          if (inside) out.set(full.subarray(2 * from, 2 * from + 2), 2 * to);
        }
    return out;
  };
  const arrayOf = (size: number): NamedBytes => ({ name: `${size}.npy`, bytes: packNpy(within(size), [coils, size, size, 2]) });
  for (const size of [9, 10, 16, 21]) {
    const { arrays } = await readScan([arrayOf(16)], { axes: 'coil,ky,kx,ri', calibration: [arrayOf(size)] });
    const start = 8 - Math.floor(Math.min(size, 16) / 2);
    const inside = (n: number) => n >= start && n < start + Math.min(size, 16);
    const at = (n: number) => [Math.floor(n / (2 * nx)) % ny, Math.floor(n / 2) % nx];
    t.true(
      arrays!.calibration.data.every((value, n) => value === (at(n).every(inside) ? full[n] : 0)),
      `${size}`,
    );
  }
  const single = { name: 'one.npy', bytes: packNpy(full.slice(0, full.length / coils), [1, ny, nx, 2]) };
  const options = { axes: 'coil,ky,kx,ri' };
  await t.throwsAsync(readScan([arrayOf(16)], { ...options, calibration: [single] }), { code: 'SHAPE', message: /2 coils.*1 coils/s });
  await t.throwsAsync(readScan([arrayOf(16)], { ...options, calibrationDataset: 'a' }), { message: /no --calibration/ });
});

test('a stack of stars becomes slices along its spokes, as sums of the slices give them', async (t) => {
  // [slice, coil, spoke, sample]
  const expected = floatsOf(stars);
  for (const name of ['stack of stars', 'stack of stars, three coordinates']) {
    const scan = await read(name);
    t.is(scan.kind, 'fourier.noncartesian');
    t.deepEqual(scan.shape, [4, 2, 12 * 16]);
    t.true(apart(scan.data, expected) < 1e-5, `${name}: ${apart(scan.data, expected)}`);
    t.deepEqual(scan.grid.shape, [4, 16, 16]);
    t.regex(told(scan), /stack of 4 partitions along one trajectory/);
  }
  await t.throwsAsync(read('stack of stars, turned'), { code: 'FORMAT_UNSUPPORTED', message: /partitions.*different trajectories/ });
  const cut = 'stack of stars, without the last partition';
  await t.throwsAsync(read(cut), { code: 'FORMAT', message: /lacks partitions.*--missing-lines mask/s });
  const masked = await read(cut, { missingLines: 'mask' });
  t.deepEqual(masked.shape, [4, 2, 12 * 16]);
  t.regex(told(masked), /3 of 4 partitions/);
});

test('an array of partitions is the same stack', async (t) => {
  const { data, shape: stored, arrays } = await read('stack of stars');
  const partitions = data.slice();
  centredFft(partitions, stored, 0, 'forward');
  const files = [{ name: 'k.npy', bytes: packNpy(partitions, [4, 2, 12, 16], true) }];
  const trajectory = [{ name: 't.npy', bytes: packNpy(arrays!.trajectory.data, [12, 16, 2]) }];
  const scan = await readMeasurement(files, { axes: 'kz,coil,spoke,sample', trajectory, trajectoryOrder: 'ky,kx', size: [16] });
  t.true(apart(scan.data, data) < 1e-6);
});

test('averages of opposite sign are refused, and one of them is read', async (t) => {
  await t.throwsAsync(read('averages of opposite sign'), { code: 'FORMAT_UNSUPPORTED', message: /opposite sign.*--select average=0/s });
  t.true(apart((await read('averages of opposite sign', { select: 'average=0' })).data, full) < 1e-6);
});

test('a 3-D file that was cut off is refused, within a partition and after one', async (t) => {
  t.is((await read('3-D')).shape.length, 4);
  for (const name of ['3-D, cut within a partition', '3-D, cut after a partition']) {
    await t.throwsAsync(read(name), { code: 'FORMAT', message: /lacks lines.*kz.*--missing-lines mask/s }, name);
    t.is((await read(name, { missingLines: 'mask' })).shape.length, 4);
  }
});

test('a header that says cartesian over radial trajectories is not believed', async (t) => {
  const scan = await read('header cartesian, radial trajectories');
  t.is(scan.kind, 'fourier.noncartesian');
  t.regex(told(scan), /header says cartesian.*trajectories/);
});

/** The k-space as plain arrays: real and imaginary part in every order that files have. */
const plain = (order: string): { file: NamedBytes; axes: string } => {
  const [coils, ny, nx] = shape;
  const size = ny * nx;
  const pick = (c: number, p: number, part: number) => full[2 * (c * size + p) + part];
  const out: number[] = [];
  if (order === 'coil,ky,kx,ri') out.push(...full);
  if (order === 'ri,coil,ky,kx') for (const part of [0, 1]) for (let n = part; n < full.length; n += 2) out.push(full[n]);
  if (order === 'ky,kx,coil*ri') for (let p = 0; p < size; p++) for (let c = 0; c < coils; c++) out.push(pick(c, p, 0), pick(c, p, 1));
  if (order === 'ky,kx,ri*coil')
    for (let p = 0; p < size; p++) for (const part of [0, 1]) for (let c = 0; c < coils; c++) out.push(pick(c, p, part));
  const sizes: { readonly [axis: string]: number } = { coil: coils, ky: ny, kx: nx, ri: 2, 'coil*ri': 2 * coils, 'ri*coil': 2 * coils };
  const dims = order.split(',').map((axis) => sizes[axis]);
  return { file: { name: 'k.npy', bytes: packNpy(Float32Array.from(out), dims) }, axes: order };
};

for (const order of ['coil,ky,kx,ri', 'ri,coil,ky,kx', 'ky,kx,coil*ri', 'ky,kx,ri*coil']) {
  test(`real and imaginary parts as numbers are k-space: ${order}`, async (t) => {
    const { file: bytes, axes } = plain(order);
    t.deepEqual((await readMeasurement([bytes], { axes })).data, full);
    const unnamed = order.replace('coil*ri', 'coil').replace('ri*coil', 'coil');
    if (unnamed === order) return;
    await t.throwsAsync(readMeasurement([bytes], { axes: unnamed }), { message: /coil\*ri/ });
  });
}

test('of a further axis one entry is read, and which is asked', async (t) => {
  const twice = Float32Array.from([...full, ...full.map((v) => 2 * v)]);
  const bytes = { name: 'k.npy', bytes: packNpy(twice, [2, ...shape, 2]) };
  const axes = 'time,coil,ky,kx,ri';
  await t.throwsAsync(readMeasurement([bytes], { axes }), { code: 'ARGUMENT', message: /'time'.*--select time=0/s });
  t.deepEqual(
    (await readMeasurement([bytes], { axes, select: 'time=1' })).data,
    full.map((v) => 2 * v),
  );
  await t.throwsAsync(readMeasurement([bytes], { axes, select: 'time=2' }), { code: 'ARGUMENT', message: /time 0 … 1/ });
});

test('slices of zeros do not take the calibration region from the others', async (t) => {
  const bytes = { name: 'k.npy', bytes: packNpy(Float32Array.from([...full, ...new Float32Array(full.length)]), [2, ...shape, 2]) };
  const scan = await readMeasurement([bytes], { axes: 'slice,coil,ky,kx,ri' });
  t.true(scan.arrays!.mask.data.every((value) => value === 1));
  t.regex(told(scan), /slices without data.*: 1 of 0 … 1/);
});

/** A copy moved cyclically along kx and ky. */
const rolled = (by: number): Float32Array => {
  const [coils, ny, nx] = shape;
  const out = new Float32Array(full.length);
  for (let c = 0; c < coils; c++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++) {
        const [to, from] = [(c * ny + ((y + by) % ny)) * nx + ((x + by) % nx), (c * ny + y) * nx + x];
        out.set(full.subarray(2 * from, 2 * from + 2), 2 * to);
      }
  return out;
};

test('k-space whose centre lies in the corners is told; a centred one is not', async (t) => {
  const scan = async (data: Float32Array) =>
    readMeasurement([{ name: 'k.npy', bytes: packNpy(data, [...shape, 2]) }], { axes: 'coil,ky,kx,ri' });
  t.regex(scanWarnings(await scan(rolled(8))).join(), /corners of k-space.*fftshift/);
  t.deepEqual(scanWarnings(await scan(full)), []);
});

const sinogram = (value: (view: number, bin: number) => number, views = 24, bins = 32): NamedBytes => ({
  name: 's.npy',
  bytes: packNpy(
    Float32Array.from({ length: views * bins }, (_, n) => value(Math.floor(n / bins), n % bins)),
    [views, bins],
  ),
});
/** Line integrals of a disc in the middle. */
const disc = (_: number, bin: number): number => 0.1 * Math.sqrt(Math.max(0, 100 - (bin - 15.5) ** 2));
const common = { axes: 'view,detector', pitch: 1 };
const step = 180 / 24;
const degreesOf = Array.from({ length: 24 }, (_, n) => n * step);

test('angles in radians, counts, transmissions and a wrong sign are told, with the way out; a plausible scan is silent', async (t) => {
  const warnings = async (image: NamedBytes, angles: number[]) => scanWarnings(await readScan([image], { ...common, angles })).join('\n');
  t.is(await warnings(sinogram(disc), degreesOf), '');
  t.regex(
    await warnings(
      sinogram(disc),
      degreesOf.map((a) => (a * Math.PI) / 180),
    ),
    /span 3\.011°.*--angle-unit rad/,
  );
  t.regex(
    await warnings(
      sinogram((v, b) => Math.round(20000 * Math.exp(-disc(v, b)))),
      degreesOf,
    ),
    /counts.*--counts N/,
  );
  t.regex(
    await warnings(
      sinogram((v, b) => Math.exp(-disc(v, b))),
      degreesOf,
    ),
    /transmissions.*--counts 1/,
  );
  t.regex(
    await warnings(
      sinogram((v, b) => -disc(v, b)),
      degreesOf,
    ),
    /negative in the mean/,
  );
});

test('slices that are shifted against each other are told', async (t) => {
  const stack = (shift: number): NamedBytes => {
    const data = Float32Array.from({ length: 4 * 24 * 64 }, (_, n) => disc(0, (n % 64) - 16 - (Math.floor(n / (24 * 64)) % 2) * shift));
    return { name: 's.npy', bytes: packNpy(data, [4, 24, 64]) };
  };
  const warnings = async (shift: number) =>
    scanWarnings(await readScan([stack(shift)], { axes: 'row,view,column', pitch: 1, angles: degreesOf })).join('\n');
  t.is(await warnings(0), '');
  t.regex(await warnings(10), /shifted against each other.*--axes/);
});

test('a geometry file with angles in radians is understood and told, unless it says degrees', async (t) => {
  const angles = degreesOf.map((a) => (a * Math.PI) / 180);
  let warning = '';
  const options = parseGeometryFile(JSON.stringify({ kind: 'radon.parallel', angles }), 'g.json', (text) => (warning = text));
  t.is(options.angleUnit, 'rad');
  t.regex(warning, /g\.json does not say the unit/);
  t.is(parseGeometryFile(JSON.stringify({ kind: 'radon.parallel', angles, angleUnit: 'deg' })).angleUnit, 'deg');
  t.is(parseGeometryFile(JSON.stringify({ kind: 'radon.parallel', angles: degreesOf })).angleUnit, undefined);
  const geometryFile = [{ name: 'g.json', bytes: new TextEncoder().encode(JSON.stringify({ kind: 'radon.parallel', angles })) }];
  const scan = await readScan([sinogram(disc)], { ...common, geometryFile });
  (scan.geometry.angles as number[]).forEach((angle, n) => t.true(Math.abs(angle - degreesOf[n]) < 1e-9));
  t.regex(told(scan), /taken as radians/);
});

test('a geometry that does not fit is an error as soon as it is read', async (t) => {
  const geometry = { kind: 'radon.cone', angles: '0:345:15', sourceToAxis: 200, sourceToDetector: 400, sourceZ: [0, 1] };
  const geometryFile = [{ name: 'g.json', bytes: new TextEncoder().encode(JSON.stringify(geometry)) }];
  await t.throwsAsync(readScan([sinogram(disc)], { axes: 'view,column', geometryFile }), {
    code: 'GEOMETRY',
    message: /one height per angle/,
  });
});

test('flats and darks of every pixel give line integrals, whatever the gain of a pixel', async (t) => {
  const gain = (bin: number) => 1000 + 37 * (bin % 5);
  const raw = sinogram((v, b) => 50 + gain(b) * Math.exp(-disc(v, b)));
  const frame = (name: string, value: (bin: number) => number): NamedBytes => ({
    name,
    bytes: packNpy(
      Float32Array.from({ length: 64 }, (_, n) => value(n % 32) + (n < 32 ? 3 : -3)),
      [2, 32],
    ),
  });
  const scan = await readScan([raw], {
    ...common,
    angles: degreesOf,
    flat: [frame('flat.npy', (b) => 50 + gain(b))],
    dark: [frame('dark.npy', () => 50)],
  });
  scan.data.forEach((value, n) => t.true(Math.abs(value - disc(0, n % 32)) < 1e-4));
  await t.throwsAsync(
    readScan([raw], { ...common, angles: degreesOf, flat: [{ ...raw, name: 'f.npy' }], dark: [{ ...raw, name: 'd.npy' }] }),
    {
      message: /flat|light/i,
    },
  );
});

test('what is left of the data at the end of a run is told where it is not noise', (t) => {
  const data = new Float32Array(100).fill(1);
  const noisy = { data, noise: { type: 'gaussian' as const, std: 0.01 } };
  t.regex(residualWarning(0.95, { data, noise: { type: 'unknown' } })!, /95 % .* left/);
  t.regex(residualWarning(0.4, noisy)!, /noise explains 1\.0 %/);
  t.is(residualWarning(0.05, noisy), undefined);
  t.is(residualWarning(0.5, { data, noise: { type: 'unknown' } }), undefined);
});
