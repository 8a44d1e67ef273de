import test from 'ava';
import { normals, philoxKey } from '../../../../core/philox.js';
import { complexPlane, transformTo } from '../../../../src/modalities/mri/simulation/encode.js';
import { addComplexNoise } from '../../../../src/modalities/mri/simulation/noise.js';
import { pixelPlane } from '../../../../src/modalities/mri/simulation/object.js';
import { STREAM } from '../../../../src/modalities/mri/simulation/streams.js';
import { scannedMagnitude, simulateMri, type SimulateMriOptions } from '../../../../src/modalities/mri/simulation/simulate.js';
import type { Measurement } from '../../../../volumes/measurement.js';
import { reorient } from '../../../../volumes/orientation.js';
import { makeVolume, volumeData, type Volume } from '../../../../volumes/volume.js';
import { affineOf, placed, shapeOf } from '../../../../core/placement.js';
import { testArray } from '../../../support/backends.js';
import { directDft } from '../../../support/dft.js';

/** A smooth object with an edge, asymmetric, different in every slice. */
function object(nk = 3, nj = 24, ni = 30): Volume {
  const data = new Float32Array(nk * nj * ni);
  for (let at = 0; at < data.length; at++) {
    const [x, y] = [(2 * ((at % ni) + 0.5)) / ni - 1, (2 * ((Math.floor(at / ni) % nj) + 0.5)) / nj - 1];
    const k = Math.floor(at / ni / nj);
    const body = 1 / (1 + Math.exp(14 * (Math.hypot(x - 0.05, y + 0.1) - 0.7 + 0.03 * k)));
    data[at] = 1000 * body * (1 + 0.4 * Math.cos(3 * x + 2 * y + k)) + 1e-3;
  }
  return makeVolume(data, [nk, nj, ni], { ...placed({ spacing: [7, 8, 5], origin: [-100, -90, 30] }), modality: 'MR' });
}

/** One coil of one slice. */
const part = (scan: Measurement, data: Float32Array, k: number, coil: number): Float32Array => {
  const [, coils, ny, nx] = scan.shape;
  const size = 2 * ny * nx;
  return data.subarray((k * coils + coil) * size, (k * coils + coil + 1) * size);
};

/** Σ S̄_c Fᴴ y_c of a slice, by direct transforms. */
function combined(scan: Measurement, k: number, maps: Float32Array): Float64Array {
  const [, coils, ny, nx] = scan.shape;
  const sum = new Float64Array(2 * ny * nx);
  for (let coil = 0; coil < coils; coil++) {
    const image = directDft(part(scan, scan.data, k, coil), ny, nx, 1);
    const map = part(scan, maps, k, coil);
    for (let n = 0; n < sum.length; n += 2) {
      sum[n] += map[n] * image[n] + map[n + 1] * image[n + 1];
      sum[n + 1] += map[n] * image[n + 1] - map[n + 1] * image[n];
    }
  }
  return sum;
}

const rms = (values: ArrayLike<number>): number => Math.sqrt(Array.from(values).reduce((s, v) => s + v * v, 0) / values.length);
const magnitude = (x: ArrayLike<number>): Float64Array =>
  Float64Array.from({ length: x.length / 2 }, (_, n) => Math.hypot(x[2 * n], x[2 * n + 1]));

test('the true maps combine a full scan without noise to the object, exactly on the same grid', async (t) => {
  const volume = object();
  const truth = volumeData(volume);
  for (const [oversample, phase, limit] of [
    [1, 'none', 1e-6],
    [1, 'smooth', 1e-6],
    [2, 'smooth', 4e-3],
  ] as const) {
    const scan = await simulateMri(volume, { coils: 5, oversample, phase, withMaps: true, seed: 4 });
    t.deepEqual(scan.arrays!.maps.shape, [3, 5, 24, 30]);
    for (let k = 0; k < 3; k++) {
      const image = combined(scan, k, scan.arrays!.maps.data);
      const slice = truth.subarray(k * 720, (k + 1) * 720);
      const error = rms(magnitude(image).map((m, n) => m - slice[n])) / rms(slice);
      t.log(oversample, phase, k, error);
      t.true(error < limit, `oversample ${oversample}, phase ${phase}, slice ${k}: ${error}`);
      const turned = rms(image.filter((_, n) => n % 2 === 1)) / rms(slice);
      if (phase === 'none') t.true(turned < limit);
      else t.true(turned > 0.1);
    }
  }
});

test('a point has the k-space of its closed form, in even and odd sizes', async (t) => {
  for (const [ny, nx, y, x] of [
    [12, 16, 9, 2],
    [15, 11, 3, 8],
    [13, 8, 6, 4],
  ]) {
    const data = new Float32Array(ny * nx);
    data[y * nx + x] = 50;
    const volume = makeVolume(data, [1, ny, nx], { ...placed({ spacing: [10, 10, 10] }), modality: 'MR' });
    const scan = await simulateMri(volume, { coils: 3, phase: 'none', oversample: 1, withMaps: true });
    for (let coil = 0; coil < 3; coil++) {
      const [k, map] = [part(scan, scan.data, 0, coil), part(scan, scan.arrays!.maps.data, 0, coil)];
      const [re, im] = [map[2 * (y * nx + x)], map[2 * (y * nx + x) + 1]];
      for (let at = 0; at < ny * nx; at++) {
        const [ky, kx] = [Math.floor(at / nx) - Math.floor(ny / 2), (at % nx) - Math.floor(nx / 2)];
        const angle = -2 * Math.PI * ((ky * (y - Math.floor(ny / 2))) / ny + (kx * (x - Math.floor(nx / 2))) / nx);
        const [c, s] = [Math.cos(angle), Math.sin(angle)].map((v) => (50 * v) / Math.sqrt(ny * nx));
        t.true(Math.hypot(k[2 * at] - (re * c - im * s), k[2 * at + 1] - (re * s + im * c)) < 1e-5);
      }
    }
  }
});

test('Parseval: the coils together have the energy of the object', async (t) => {
  const volume = object();
  const energy = volumeData(volume).reduce((s, v) => s + v * v, 0);
  for (const [oversample, limit] of [
    [1, 1e-6],
    [2, 5e-3],
  ]) {
    const scan = await simulateMri(volume, { coils: 6, oversample });
    const measured = scan.data.reduce((s, v) => s + v * v, 0);
    t.true(Math.abs(measured / energy - 1) < limit, `${measured / energy}`);
  }
});

test('between pixels the object is its trigonometric interpolation, DC on DC, in even and odd sizes', (t) => {
  for (const [ny, nx] of [
    [12, 9],
    [11, 16],
  ]) {
    // frequencies (2, 1) and (−1, 3) around the centre pixel: band-limited
    const value = (y: number, x: number): number => {
      const [v, u] = [(y - Math.floor(ny / 2)) / ny, (x - Math.floor(nx / 2)) / nx];
      return 3 + Math.cos(2 * Math.PI * (2 * v + u)) + 0.5 * Math.sin(2 * Math.PI * (3 * u - v));
    };
    const image = complexPlane(
      Float32Array.from({ length: ny * nx }, (_, at) => value(Math.floor(at / nx), at % nx)),
      [ny, nx],
    );
    for (const f of [2, 3]) {
      const fine = transformTo(transformTo(image, [ny, nx], 'forward'), [f * ny, f * nx], 'inverse');
      const volume = makeVolume(new Float32Array(ny * nx), [1, ny, nx], placed({ spacing: [2, 3, 1], origin: [5, 6, 7] }));
      const { origin, row, column } = pixelPlane(volume, 0, f);
      for (let at = 0; at < fine.data.length / 2; at++) {
        const [j, i] = [Math.floor(at / (f * nx)), at % (f * nx)];
        // where the fine pixel lies, in pixels of the volume
        const [x, y] = [(origin[0] + i * column[0] - 5) / 2, (origin[1] + j * row[1] - 6) / 3];
        t.true(Math.abs(f * fine.data[2 * at] - value(y, x)) < 1e-5 && Math.abs(fine.data[2 * at + 1]) < 1e-5);
      }
      const back = transformTo(fine, [ny, nx], 'forward');
      const direct = directDft(image.data, ny, nx, -1);
      t.true(back.data.every((v, n) => Math.abs(v - direct[n]) < 1e-9));
    }
  }
});

const noisy: SimulateMriOptions = { coils: 4, snr: 25, seed: 9 };

test('noise has the variance that the SNR asks for: complex, white, independent in coils and parts', async (t) => {
  const volume = object(4, 48, 60);
  const [scan, clean] = [await simulateMri(volume, noisy), await simulateMri(volume, { ...noisy, snr: undefined })];
  t.is(clean.noise.type, 'none');
  const noise = scan.data.map((v, n) => v - clean.data[n]);
  const truth = volumeData(volume);
  // the definition, written again: 99th percentile of positive values, a tenth of it, mean above
  const sorted = [...truth].sort((a, b) => a - b);
  const threshold = 0.1 * sorted[Math.floor(0.99 * (sorted.length - 1))];
  const foreground = truth.filter((v) => v > threshold);
  const mean = foreground.reduce((s, v) => s + v, 0) / foreground.length;
  const sigma = mean / 25;
  const count = noise.length / 2; // 46,080 complex numbers: the variance is known to √(1/46080) = 0.47 %
  const power = noise.reduce((s, v) => s + v * v, 0) / count;
  t.true(Math.abs(power / sigma ** 2 - 1) < 4 * 0.0047, `${power / sigma ** 2}`);
  t.true(scan.noise.type === 'gaussian' && Math.abs(scan.noise.std / (sigma / Math.SQRT2) - 1) < 1e-5);
  const parts = [0, 1].map((p) => noise.filter((_, n) => n % 2 === p));
  for (const values of parts) t.true(Math.abs(rms(values) / (sigma / Math.SQRT2) - 1) < 4 * 0.0034);
  const { measuredSnr } = scan.meta.simulation as { measuredSnr: number };
  t.true(Math.abs(measuredSnr - mean / Math.sqrt(power)) < 1e-3 * measuredSnr);

  // correlations of 2880 and more samples: below 4.5 of their standard error
  const correlation = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
    let sum = 0;
    for (let n = 0; n < a.length; n++) sum += a[n] * b[n];
    return (sum / a.length / (rms(a) * rms(b))) * Math.sqrt(a.length);
  };
  t.true(Math.abs(correlation(parts[0], parts[1])) < 4.5);
  for (const shift of [1, 60, 48 * 60, 4 * 48 * 60]) {
    // the next point, line, coil and slice
    for (const values of parts) t.true(Math.abs(correlation(values.subarray(shift), values.subarray(0, values.length - shift))) < 4.5);
  }
});

test('σ is the standard deviation of the complex noise of the combined image, also where coils see little', async (t) => {
  const volume = object(2, 24, 30);
  const options = { ...noisy, coils: 8, withMaps: true };
  const [scan, clean] = [await simulateMri(volume, options), await simulateMri(volume, { ...options, snr: undefined })];
  const maps = scan.arrays!.maps.data;
  const noise = [0, 1].flatMap((k) => {
    const [a, b] = [combined(scan, k, maps), combined(clean, k, maps)];
    return [...a.map((v, n) => v - b[n])];
  });
  const { std } = scan.noise as { std: number };
  // 1440 complex numbers: 2.6 % of the variance, 1.3 % of σ
  t.true(Math.abs(rms(noise) / std - 1) < 4 * 0.013, `${rms(noise) / std}`);
});

test('the noise of a point is that of core/philox, whatever the mask', async (t) => {
  const key = philoxKey(7);
  const samples = new Float32Array(2 * 21);
  const mask = Float32Array.from({ length: 21 }, (_, n) => (n % 3 === 1 ? 1 : 0));
  addComplexNoise(samples, mask, 2, key, 5, 3);
  const all = normals(42, key, 5, 3, STREAM.noise);
  samples.forEach((v, n) => t.is(v, mask[n >> 1] ? Math.fround(2 * all[n]) : 0));

  const volume = object();
  const full = await simulateMri(volume, noisy);
  const part = await simulateMri(volume, { ...noisy, mask: 'random', accel: 2, acs: 4 });
  t.true(part.data.every((v, n) => v === 0 || v === full.data[n]));
});

test('what is not sampled is zero, what is sampled is not, and the mask is in the scan', async (t) => {
  const volume = object(3, 24, 30);
  const cases = [
    { mask: 'random', accel: 3, acs: 4 },
    { mask: 'random', accel: 3, acs: 4, perSlice: true },
    { mask: 'poisson', accel: 4, acs: 6 },
    {},
  ] as const;
  for (const options of cases) {
    const scan = await simulateMri(volume, { coils: 2, snr: 40, ...options });
    const { data, shape, dtype } = scan.arrays!.mask;
    t.is(dtype, 'float32');
    t.deepEqual(shape, ['perSlice' in options ? 3 : 1, 24, 30]);
    for (let k = 0; k < 3; k++) {
      const mask = data.subarray(shape[0] > 1 ? k * 720 : 0);
      for (let coil = 0; coil < 2; coil++) {
        magnitude(part(scan, scan.data, k, coil)).forEach((m, at) => t.is(m > 0, mask[at] === 1));
      }
    }
    t.is(scan.geometry.readout, 'mask' in options && options.mask === 'poisson' ? 'slice' : 'kx');
    t.deepEqual(scan.grid.shape, [3, 24, 30]);
    t.is(scan.grid.modality, 'MR');
    t.false('maps' in scan.arrays!);
  }
});

test('neither the phase nor the coils are in the scan, nor anywhere in its record', async (t) => {
  const scan = await simulateMri(object(), { coils: 3, snr: 20 });
  t.deepEqual(Object.keys(scan.arrays!), ['mask']);
  t.true(JSON.stringify(scan.meta).length < 2000);
  const crime = await simulateMri(object(), { coils: 3, snr: 20, withMaps: true });
  t.true(crime.meta.warnings!.some((w) => w.includes('inverse crime')));
  t.deepEqual(crime.data, scan.data);
});

test('the same seed gives the same bits; another one other coils, phase, noise and mask', async (t) => {
  const scan = (seed: number) => simulateMri(object(), { coils: 3, snr: 20, mask: 'poisson', accel: 3, acs: 4, seed });
  const [a, b, c] = [await scan(1), await scan(1), await scan(2)];
  t.deepEqual(a, b);
  t.notDeepEqual(a.data, c.data);
  t.notDeepEqual(a.arrays!.mask.data, c.arrays!.mask.data);
});

test('planes, crops and stored orders: the grid lies on the source in the world', async (t) => {
  const volume = object(5, 12, 14);
  const stored = reorient(volume, { axis: [2, 0, 1], flip: [true, false, true] });
  const [a, b] = [await simulateMri(volume, { coils: 2 }), await simulateMri(stored, { coils: 2 })];
  const scale = rms(a.data);
  t.true(a.data.every((v, n) => Math.abs(v - b.data[n]) < 1e-5 * scale));
  for (const plane of ['axial', 'coronal', 'sagittal'] as const) {
    const options = { coils: 2, plane, slices: [1, 3] as [number, number], withMaps: true, phase: 'none', oversample: 1 } as const;
    const scan = await simulateMri(volume, options);
    const truth = scannedMagnitude(volume, options);
    t.deepEqual(scan.grid.shape, shapeOf(truth));
    t.is(scan.grid.shape[0], 3);
    t.deepEqual(affineOf(scan.grid), affineOf(truth));
    const image = magnitude(combined(scan, 2, scan.arrays!.maps.data));
    const slice = volumeData(truth).subarray(2 * image.length, 3 * image.length);
    t.true(image.every((m, n) => Math.abs(m - slice[n]) < 1e-2));
  }
});

test('coils and phase stay where they are in the world, whatever the plane of the slices', async (t) => {
  const volume = object(4, 6, 5);
  const options = { coils: 3, oversample: 1, withMaps: true, seed: 2 } as const;
  const axial = await simulateMri(volume, options);
  const coronal = await simulateMri(volume, { ...options, plane: 'coronal' });
  const [a, c] = [axial.arrays!.maps.data, coronal.arrays!.maps.data];
  for (let k = 0; k < 4; k++) {
    const image = combined(axial, k, a);
    for (let j = 0; j < 6; j++) {
      for (let i = 0; i < 5; i++) {
        for (let coil = 0; coil < 3; coil++) {
          // axial slices run to the head, coronal ones to the front with rows to the head
          const [from, to] = [2 * (((k * 3 + coil) * 6 + j) * 5 + i), 2 * (((j * 3 + coil) * 4 + k) * 5 + i)];
          t.true(Math.hypot(a[from] - c[to], a[from + 1] - c[to + 1]) < 2e-4); // splines through other nodes
        }
        const other = combined(coronal, j, c);
        const [n, m] = [2 * (j * 5 + i), 2 * (k * 5 + i)];
        const size = volumeData(volume)[(k * 6 + j) * 5 + i];
        t.true(Math.hypot(image[n] - other[m], image[n + 1] - other[m + 1]) < 1e-4 * size + 1e-4);
      }
    }
  }
});

test('a given phase turns the object', async (t) => {
  const volume = object(2, 10, 12);
  const phase = makeVolume(
    testArray(240, 3).map((v) => 3 * v),
    [2, 10, 12],
    volume,
  );
  const options = { coils: 2, phase: 'none', oversample: 1, withMaps: true } as const;
  const scan = await simulateMri({ magnitude: volume, phase }, options);
  const image = combined(scan, 1, scan.arrays!.maps.data);
  for (let n = 0; n < 120; n++) {
    const [m, angle] = [volumeData(volume)[120 + n], volumeData(phase)[120 + n]];
    t.true(Math.hypot(image[2 * n] - m * Math.cos(angle), image[2 * n + 1] - m * Math.sin(angle)) < 1e-2);
  }
  const other = makeVolume(new Float32Array(120), [1, 10, 12]);
  await t.throwsAsync(simulateMri({ magnitude: volume, phase: other }, options), { code: 'SHAPE' });
});

test('what no scanner does is said, what makes no sense is refused', async (t) => {
  const volume = object();
  const warned = async (options: SimulateMriOptions, words: RegExp) => {
    const { meta } = await simulateMri(volume, options);
    t.true(
      meta.warnings?.some((w) => words.test(w)),
      `${JSON.stringify(options)}: ${meta.warnings?.join()}`,
    );
  };
  await warned({ mask: 'poisson', accel: 3, acs: 4, readout: 'kx' }, /no scanner measures so/);
  await warned({ mask: 'poisson', accel: 6, acs: 4, coils: 2 }, /more than the 2 coils/);
  t.is((await simulateMri(volume, { mask: 'random', accel: 3, acs: 4, readout: 'slice' })).meta.warnings, undefined);
  const negative = makeVolume(
    volumeData(volume).map((v, n) => (n === 3 ? -5 : v)),
    shapeOf(volume),
    volume,
  );
  t.regex((await simulateMri(negative, { coils: 1 })).meta.warnings![0], /1 voxels are negative/);

  const refused = async (options: object, code: string, message: RegExp, source = volume) =>
    t.throwsAsync(simulateMri(source, options), { code, message });
  await refused({ accel: 4 }, 'ARGUMENT', /accel: every point is measured without a mask.*poisson/);
  await refused({ mask: 'random', accel: 4 }, 'ARGUMENT', /--acs 6/);
  await refused({ mask: 'poisson', accel: 4, acs: 4, perSlice: true }, 'ARGUMENT', /same points for all slices/);
  await refused({ slices: [2, 3] }, 'ARGUMENT', /last ≤ 2/);
  await refused({ coils: 0 }, 'ARGUMENT', /coils/);
  await refused({ snr: -1 }, 'ARGUMENT', /snr/);
  await refused({}, 'UNITS', /--units arbitrary/, { ...volume, units: 'HU' });
  await refused({}, 'ARGUMENT', /nothing in these slices/, makeVolume(new Float32Array(8), [2, 2, 2]));
  await refused({}, 'NOT_FINITE', /NaN/, makeVolume(new Float32Array(8).fill(NaN), [2, 2, 2]));
  const stop = AbortSignal.abort();
  await t.throwsAsync(simulateMri(volume, {}, { signal: stop }), { code: 'ABORTED' });
  const mask = { data: new Float32Array(20).fill(1), shape: [1, 4, 5] as const };
  await t.throwsAsync(simulateMri(volume, {}, { mask }), { code: 'SHAPE' });
  await t.throwsAsync(simulateMri(volume, { mask: 'random' }, { mask }), { code: 'ARGUMENT', message: /two masks/ });
});
