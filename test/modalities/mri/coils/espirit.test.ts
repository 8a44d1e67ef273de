import test, { type ExecutionContext } from 'ava';
import { unzipSync } from 'fflate';
import { calibrationRegion, cutCalibration, type Calibration } from '../../../../src/modalities/mri/coils/calibration.js';
import { espiritKernels, espiritMaps, espiritSlice } from '../../../../src/modalities/mri/coils/espirit.js';
import { referenceCoil } from '../../../../src/modalities/mri/coils/phase.js';
import { realFile } from '../../../support/golden-arrays.js';
import { golden } from '../../../support/golden.js';
import { differenceUpToPhase, gaussianCoil, polar, roundObject, scan, withNoise, type Scan } from './phantom.js';

interface Peers {
  readonly sigpy: number[];
  readonly sigpyValues: number[];
  readonly bart: number[];
  readonly bartValues: number[];
}
const { phantom, real } = golden<{ phantom: Peers; real: Peers }>('coils.json');
const units = (whole: number[]): number[] => whole.map((value) => value * 1e-5);

const calibrate = ({ kspace, shape }: Pick<Scan, 'kspace' | 'shape'>, atMost: number): Calibration => {
  const plane = [shape[2], shape[3]] as const;
  return cutCalibration(kspace, shape, calibrationRegion(new Float32Array(plane[0] * plane[1]).fill(1), plane, { atMost }));
};

/** Every `step`-th row and column of planes [plane, y, x] with `parts` numbers a pixel. */
function sampled(data: Float32Array, [ny, nx]: readonly [number, number], step: readonly [number, number], parts: number): number[] {
  const out: number[] = [];
  for (let plane = 0; plane < data.length / (parts * ny * nx); plane++) {
    for (let y = 0; y < ny; y += step[0]) {
      for (let x = 0; x < nx; x += step[1]) {
        const at = parts * ((plane * ny + y) * nx + x);
        out.push(...data.subarray(at, at + parts));
      }
    }
  }
  return out;
}

/** Σ|s|² of every pixel of maps [coil, y, x]. */
const squares = (maps: Float32Array, coils: number): Float64Array => {
  const pixels = maps.length / (2 * coils);
  return Float64Array.from({ length: pixels }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < coils; c++) sum += maps[2 * (c * pixels + i)] ** 2 + maps[2 * (c * pixels + i) + 1] ** 2;
    return sum;
  });
};

const object = scan([4, 37, 30], roundObject, gaussianCoil(4));

test('maps of a phantom are SigPy’s and BART’s, up to a phase a pixel', (t) => {
  const { maps, eigenvalues } = espiritMaps(calibrate(object, 16), { kernel: 5, threshold: 0.02, crop: 0 });
  const [got, values] = [sampled(maps, [37, 30], [3, 3], 2), sampled(eigenvalues, [37, 30], [3, 3], 1)];
  const inside = (i: number) => values[i] > 0.8;
  // golden numbers are rounded to 1e-5; both peers work in float32 or iterate
  const toSigpy = differenceUpToPhase(got, units(phantom.sigpy), 4, inside);
  const toBart = differenceUpToPhase(got, units(phantom.bart), 4, inside);
  t.log(`NRMSE to SigPy ${toSigpy.toExponential(1)}, to BART ${toBart.toExponential(1)}`);
  t.true(toSigpy < 1e-4 && toBart < 1e-3);
  units(phantom.sigpyValues).forEach((value, i) => inside(i) && t.true(Math.abs(values[i] - value) < 3e-5));
});

test('maps are those the phantom was made with, where it has signal', (t) => {
  const { maps, eigenvalues } = espiritMaps(calibrate(object, 16), { kernel: 5 });
  const signal = (i: number) => Math.hypot(object.image[2 * i], object.image[2 * i + 1]) > 0.1;
  // Gaussian coils are no trigonometric polynomials of the kernel's 5 terms: what is left is theirs
  const difference = differenceUpToPhase(maps, object.maps, 4, signal);
  t.log(`NRMSE ${difference.toExponential(1)}`);
  t.true(difference < 0.02);
  for (let i = 0; i < eigenvalues.length; i++) if (signal(i)) t.true(eigenvalues[i] > 0.97);
});

test('coils that are trigonometric polynomials of two terms come back exactly', (t) => {
  // relations between such coils fit in a 2 × 2 kernel, so the row space is exact: 1 is an eigenvalue, and its vector the coils
  const two = scan([3, 33, 32], roundObject, (c, u, v) => {
    const [[a, b], [p, q]] = [polar(1, Math.PI * u + c), polar(0.7, Math.PI * v + 2 * c)];
    return [1.5 + a + p * (c + 1), b + q * (c + 1)];
  });
  // oblong: autocalibration lines
  const lines = cutCalibration(two.kspace, two.shape, { ky: 10, kx: 6, height: 12, width: 21 });
  const { maps, eigenvalues } = espiritMaps(lines, { kernel: 5, threshold: 1e-5 });
  const signal = (i: number) => Math.hypot(two.image[2 * i], two.image[2 * i + 1]) > 0.1;
  const difference = differenceUpToPhase(maps, two.maps, 3, signal);
  t.log(`NRMSE ${difference.toExponential(1)}`);
  t.true(difference < 1e-4);
  for (let i = 0; i < eigenvalues.length; i++) if (signal(i)) t.true(Math.abs(eigenvalues[i] - 1) < 1e-6);
});

test('inside, squares sum to 1; outside, maps are 0; the eigenvalue decides', (t) => {
  for (const [crop, options] of [
    [0.9, { crop: 0.9 }],
    [0.8, {}],
  ] as const) {
    const { maps, eigenvalues } = espiritMaps(calibrate(object, 16), { kernel: 5, ...options });
    const sums = squares(maps, 4);
    const inside = sums.filter((sum) => sum > 0).length;
    t.true(inside > 300 && inside < sums.length - 100);
    sums.forEach((sum, i) => t.true(eigenvalues[i] > crop ? Math.abs(sum - 1) < 1e-6 : sum === 0));
    t.true(eigenvalues.every((value) => value > 0 && value < 1 + 1e-6));
  }
});

test('phase: the reference coil sees the maps as real and positive', (t) => {
  const calibration = calibrate(object, 16);
  const pixels = 37 * 30;
  for (const phase of ['virtual', 'first'] as const) {
    const { maps } = espiritMaps(calibration, { kernel: 5, phase });
    const { re, im } = referenceCoil(calibration, phase);
    for (let i = 0; i < pixels; i++) {
      let [real, imaginary] = [0, 0];
      for (let c = 0; c < 4; c++) {
        const [a, b] = maps.subarray(2 * (c * pixels + i));
        real += re[c] * a + im[c] * b;
        imaginary += re[c] * b - im[c] * a;
      }
      t.true(real >= 0 && Math.abs(imaginary) < 1e-6);
    }
  }
});

test('slices do not disturb each other, and share one phase reference', (t) => {
  const second = scan([4, 37, 30], (u, v) => roundObject(u * 1.2, v).map((part) => 0.8 * part) as [number, number], gaussianCoil(4));
  const kspace = Float32Array.of(...object.kspace, ...second.kspace);
  const calibration = calibrate({ kspace, shape: [2, 4, 37, 30] }, 16);
  const both = espiritMaps(calibration, { kernel: 5 });
  const alone = { maps: new Float32Array(second.maps.length), eigenvalues: new Float32Array(37 * 30) };
  espiritSlice(espiritKernels(calibration, 1, { kernel: 5 }), [37, 30], referenceCoil(calibration), {}, alone);
  t.deepEqual(both.maps.subarray(alone.maps.length), alone.maps);
  t.deepEqual(both.eigenvalues.subarray(37 * 30), alone.eigenvalues);
  // the same coils in both slices: maps of the middle agree with their phases, not only up to them
  const centre = 18 * 30 + 15;
  for (let c = 0; c < 4; c++) {
    const at = 2 * (c * 37 * 30 + centre);
    t.true(Math.abs(both.maps[at] - alone.maps[at]) + Math.abs(both.maps[at + 1] - alone.maps[at + 1]) < 0.02);
  }
});

test('one coil has a map of 1 where it sees signal', (t) => {
  const one = scan([1, 32, 27], roundObject, () => [1, 0]);
  const { maps } = espiritMaps(calibrate(one, 20), { kernel: 5 });
  for (let i = 0; i < 32 * 27; i++) {
    if (Math.hypot(one.image[2 * i], one.image[2 * i + 1]) > 0.1) t.is(maps[2 * i], 1);
    t.is(Math.abs(maps[2 * i + 1]), 0);
  }
});

test('coils that are alike share the signal; a dead coil has a map of 0 and does not touch the others', (t) => {
  const single = scan([1, 32, 27], roundObject, () => [1, 0]);
  const inside = (i: number) => Math.hypot(single.image[2 * i], single.image[2 * i + 1]) > 0.1;
  const alike = { kspace: Float32Array.of(...single.kspace, ...single.kspace), shape: [1, 2, 32, 27] } as const;
  const shared = espiritMaps(calibrate(alike, 20), { kernel: 5 }).maps;
  for (let i = 0; i < 2 * 32 * 27; i += 2) if (inside(i / 2)) t.true(Math.abs(shared[i] - Math.SQRT1_2) < 1e-6);

  const dead = {
    kspace: Float32Array.of(...object.kspace, ...new Float32Array(2 * 37 * 30)),
    shape: [1, 5, 37, 30],
  } as const;
  const { maps } = espiritMaps(calibrate(dead, 16), { kernel: 5 });
  t.true(maps.subarray(4 * 2 * 37 * 30).every((value) => value === 0));
  const without = espiritMaps(calibrate(object, 16), { kernel: 5 }).maps;
  t.true(without.every((value, i) => Math.abs(value - maps[i]) < 1e-6));
});

test('a slice without signal has maps of 0, and so has one of noise when the noise level is known', (t) => {
  const std = 0.01;
  const noisy = withNoise(object.kspace, std, 3);
  const nothing = new Float32Array(noisy.length);
  const kspace = Float32Array.of(...noisy, ...nothing, ...withNoise(nothing, std, 4));
  const { maps, eigenvalues } = espiritMaps(calibrate({ kspace, shape: [3, 4, 37, 30] }, 16), {
    kernel: 5,
    noise: std,
  });
  const size = noisy.length;
  t.true(maps.subarray(size).every((value) => value === 0));
  t.true(eigenvalues.subarray(37 * 30).every((value) => value === 0));
  const signal = (i: number) => Math.hypot(object.image[2 * i], object.image[2 * i + 1]) > 0.1;
  const difference = differenceUpToPhase(maps.subarray(0, size), object.maps, 4, signal);
  t.log(`NRMSE with noise ${difference.toFixed(3)}`);
  t.true(difference < 0.05);
});

test('singular values that noise could have are left out, those a fifth above its edge are kept', (t) => {
  const calibration = calibrate(object, 16);
  const [kernel, threshold] = [5, 1e-4];
  const { singularValues } = espiritKernels(calibration, 0, { kernel, threshold });
  // a random matrix of [windows, columns] with entries of standard deviation √2 σ has no singular value above √2 σ (√windows + √columns),
  // by much
  const perSigma = Math.SQRT2 * (Math.sqrt(12 ** 2) + Math.sqrt(4 * kernel ** 2));
  for (const above of [4, 9, 20]) {
    const value = singularValues[above - 1];
    t.true(value > 1.05 * singularValues[above], 'values near one another prove nothing');
    const rank = (times: number): number => espiritKernels(calibration, 0, { kernel, threshold, noise: value / perSigma / times }).rank;
    t.true(rank(1.2) >= above, `${above}: a fifth above the edge`);
    t.true(rank(1.05) < above, `${above}: as random windows have it`);
  }
});

test('a field of view smaller than the object needs a second map where tissue is folded onto tissue, and nowhere else', (t) => {
  // every second line of k-space: half the field of view along y, onto which the object folds
  const [coils, rows, columns] = [4, 64, 30];
  const whole = scan([coils, rows, columns], roundObject, gaussianCoil(coils));
  const line = 2 * columns;
  const kspace = new Float32Array(whole.kspace.length / 2);
  for (let row = 0; row < (coils * rows) / 2; row++) kspace.set(whole.kspace.subarray(2 * row * line, (2 * row + 1) * line), row * line);
  const pixelsOf = ({ kspace: k, shape }: Pick<Scan, 'kspace' | 'shape'>) => {
    const calibration = calibrate({ kspace: k, shape }, 24);
    const size: [number, number] = [shape[2], shape[3]];
    const out = { maps: new Float32Array(2 * coils * size[0] * size[1]), eigenvalues: new Float32Array(size[0] * size[1]) };
    return espiritSlice(espiritKernels(calibration, 0, { kernel: 5 }), size, referenceCoil(calibration), {}, out);
  };
  const [folded, alone] = [pixelsOf({ kspace, shape: [1, coils, rows / 2, columns] }), pixelsOf(whole)];
  t.true(folded.twice > 0.05 * folded.seen, `${folded.twice} of ${folded.seen}`);
  t.true(alone.seen > 0 && alone.twice < 0.01 * alone.seen, `${alone.twice} of ${alone.seen}`);
});

test('options out of range and a region smaller than the kernel are refused', (t) => {
  const calibration = calibrate(object, 16);
  for (const options of [{ kernel: 2.5 }, { kernel: 0 }, { threshold: 1 }, { crop: 1.1 }, { noise: -1 }, { noise: NaN }]) {
    t.throws(() => espiritMaps(calibration, options), { code: 'ARGUMENT' }, JSON.stringify(options));
  }
  t.throws(() => espiritMaps(calibration, { kernel: 17 }), { code: 'GEOMETRY', message: /17 × 17.*got 16 × 16/ });
});

test('maps of the measured 8-coil slice are SigPy’s and BART’s', (t) => {
  const slice = measuredSlice(t);
  if (!slice) return;
  const { kspace, mask } = slice;
  const region = calibrationRegion(mask, [230, 180]);
  t.deepEqual(region, { ky: 103, kx: 78, height: 24, width: 24 }); // what BART finds
  const calibration = cutCalibration(kspace, [1, 8, 230, 180], region);
  const compare = (threshold: number, maps: number[], values: number[], above: number) => {
    const ours = espiritMaps(calibration, { threshold, crop: 0 });
    const [got, ourValues] = [sampled(ours.maps, [230, 180], [17, 17], 2), sampled(ours.eigenvalues, [230, 180], [17, 17], 1)];
    const inside = (i: number) => ourValues[i] > above;
    const difference = differenceUpToPhase(got, units(maps), 8, inside);
    const worst = units(values).reduce((most, value, i) => (inside(i) ? Math.max(most, Math.abs(value - ourValues[i])) : most), 0);
    t.log(
      `threshold ${threshold.toFixed(4)}, eigenvalue above ${above}: NRMSE ${difference.toExponential(1)}, eigenvalues ` +
        `${worst.toExponential(1)}`,
    );
    return Math.max(difference, worst);
  };
  t.true(compare(0.02, real.sigpy, real.sigpyValues, 0.8) < 1e-4);
  t.true(compare(0.02, real.sigpy, real.sigpyValues, 0.95) < 1e-4);
  // BART refers phases to the same virtual coil: one phase for the whole slice is all that differs
  const { maps } = espiritMaps(calibration, { threshold: Math.sqrt(0.001), crop: 0.95 });
  const strict = sampled(maps, [230, 180], [17, 17], 2);
  const bart = units(real.bart).map((value, i) => (strict[i] === 0 ? 0 : value));
  const onePhase = differenceUpToPhase(strict, bart, bart.length / 2, () => true);
  t.log(`to BART up to one phase: NRMSE ${onePhase.toExponential(1)}`);
  t.true(onePhase < 1e-4);
  // further out the two differ by 0.4 %, where the second eigenvalue is close: why has not been found out
  t.true(compare(Math.sqrt(0.001), real.bart, real.bartValues, 0.95) < 1e-4);
  t.true(compare(Math.sqrt(0.001), real.bart, real.bartValues, 0.8) < 0.02);
});

function measuredSlice(t: ExecutionContext): { kspace: Float32Array; mask: Float32Array } | undefined {
  const file = realFile(t, 'dev/mri-kspace/sigpy_brain_8coil_poisson.npz');
  if (!file) return undefined;
  const entries = unzipSync(file.bytes);
  const body = (name: string): ArrayBuffer => {
    const npy = entries[`${name}.npy`];
    return npy.slice(10 + npy[8] + 256 * npy[9]).buffer; // after the header of NPY version 1
  };
  return { kspace: new Float32Array(body('kspace')), mask: Float32Array.from(new Uint8Array(body('mask'))) };
}

test('a small calibration region gets small kernels, whose maps are nearer to the true ones', (t) => {
  const wide = scan([6, 48, 40], roundObject, gaussianCoil(6));
  const calibration = cutCalibration(wide.kspace, wide.shape, { ky: 20, kx: 8, height: 8, width: 24 });
  const tissue = (pixel: number): boolean => Math.hypot(wide.image[2 * pixel], wide.image[2 * pixel + 1]) > 0.2;
  const error = (kernel?: number): number => differenceUpToPhase(espiritMaps(calibration, { kernel, crop: 0 }).maps, wide.maps, 6, tissue);
  t.log(`default ${error().toFixed(4)}, kernel 6 ${error(6).toFixed(4)}`);
  t.is(espiritKernels(calibration, 0).kernel, 3);
  t.true(error() < 0.8 * error(6));
});
