import test from 'ava';
import { createBackend, reconstruct } from '../../../../src/index.js';
import { dotTest } from '../../../../operators/dot-test.js';
import { fourierOfScan } from '../../../../operators/fourier/cartesian/cartesian-scan.js';
import { nonCartesianOfScan } from '../../../../operators/fourier/noncartesian/noncartesian-scan.js';
import { calibrationRegion, cutCalibration } from '../../../../src/modalities/mri/coils/calibration.js';
import { espiritKernels, espiritSlice } from '../../../../src/modalities/mri/coils/espirit.js';
import { referenceCoil } from '../../../../src/modalities/mri/coils/phase.js';
import { estimatedMaps } from '../../../../src/modalities/mri/stages.js';
import { anySet, combineSets, requireSets } from '../../../../src/modalities/mri/coils/sets.js';
import { kinds } from '../../../../volumes/kinds/registry.js';
import type { Measurement } from '../../../../volumes/measurement.js';
import { applied } from '../../../support/fourier.js';
import { onEveryBackend } from '../../../support/every-backend.js';
import { golden } from '../../../support/golden.js';
import { mrScan } from '../../../support/mr-scans.js';
import { gaussianCoil, scan } from './phantom.js';

const [NY, NX, COILS] = [40, 32, 4];
const { projector, values, pics } = golden<{ projector: number[]; values: number[]; pics: number[] }>('soft-sense.json');

/** The object of test/golden/scripts/soft-sense.py, 1.3 times as long as the field of view, as coil c sees it: folded. */
function folded(c: number, u: number, v: number): readonly [number, number] {
  let [re, im] = [0, 0];
  for (const up of [u - 2, u, u + 2]) {
    const size = Math.sqrt(Math.max(0, 1 - (up / 1.3) ** 2 - (v / 0.7) ** 2)) * (1 + 0.5 * Math.sin(5 * up + 3 * v));
    const phase = 0.8 * up - v;
    const [a, b] = gaussianCoil(COILS)(c, up, v);
    re += size * (a * Math.cos(phase) - b * Math.sin(phase));
    im += size * (a * Math.sin(phase) + b * Math.cos(phase));
  }
  return [re, im];
}
const full = scan([COILS, NY, NX], () => [1, 0], folded);
const measured = Float32Array.from({ length: NY * NX }, (_, i) => {
  const y = Math.floor(i / NX);
  return Number(Math.abs(y - NY / 2) < 9 || y % 2 === 0);
});
const sparse: Measurement = {
  ...kinds.get('fourier.cartesian').example!(1),
  data: full.kspace.map((value, n) => value * measured[(n >> 1) % (NY * NX)]),
  shape: [1, COILS, NY, NX],
  geometry: { readout: 'kx' },
  noise: { type: 'gaussian', std: 1e-4 },
  arrays: { mask: { data: measured, shape: [1, NY, NX], dtype: 'float32' } },
  meta: {},
};
const onGrid: Measurement = { ...sparse, grid: { ...sparse.grid, shape: [1, NY, NX] } };

const nrmse = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let [error, size] = [0, 0];
  for (let n = 0; n < b.length; n++) [error, size] = [error + (a[n] - b[n]) ** 2, size + b[n] ** 2];
  return Math.sqrt(error / size);
};

test('two sets of maps span what BART’s do, and both eigenvalues are its', (t) => {
  const region = calibrationRegion(measured, [NY, NX], { atMost: 16 });
  const calibration = cutCalibration(full.kspace, full.shape, region);
  const kernels = espiritKernels(calibration, 0, { kernel: 5, threshold: 0.02 });
  const size = 2 * COILS * NY * NX;
  const [maps, second, eigenvalues] = [new Float32Array(size), new Float32Array(size), new Float32Array(NY * NX)];
  const out = { maps, second, eigenvalues };
  const found = espiritSlice(kernels, [NY, NX], referenceCoil(calibration), { crop: 0.8 }, out);
  const [rows, columns] = [NY / 4, NX / 4];
  let [checked, worst, off] = [0, 0, 0];
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const at = y * columns + x;
      const pixel = 4 * y * NX + 4 * x;
      if (values[at] > 8000) off = Math.max(off, Math.abs(eigenvalues[pixel] - values[at] / 1e4));
      const map = (c: number): number => 2 * (c * NY * NX + pixel);
      const has = second[map(0)] !== 0 || second[map(1)] !== 0;
      t.is(has, values[rows * columns + at] > 8000, `${y}, ${x}`);
      if (!has || values[rows * columns + at] < 9000) continue;
      checked++;
      for (let a = 0; a < COILS; a++) {
        for (let b = 0; b < COILS; b++) {
          let [re, im] = [0, 0];
          for (const set of [maps, second]) {
            const [p, q] = [map(a), map(b)];
            re += set[p] * set[q] + set[p + 1] * set[q + 1];
            im += set[p + 1] * set[q] - set[p] * set[q + 1];
          }
          const to = 2 * ((a * COILS + b) * rows * columns + at);
          worst = Math.max(worst, Math.abs(re - projector[to] / 1e4), Math.abs(im - projector[to + 1] / 1e4));
        }
      }
    }
  }
  t.log(
    `${checked} pixels, projectors within ${worst.toExponential(1)}, eigenvalues ${off.toExponential(1)}; ` +
      `${found.twice} of ${found.seen} pixels have two maps`,
  );
  t.true(checked >= 5 && worst < 5e-3 && off < 5e-3);
});

test('a folded object comes out as BART’s soft SENSE gives it, where the error of one set is eight times as large', async (t) => {
  const backend = createBackend({ workers: 0 });
  const truth = Float64Array.from({ length: NY * NX }, (_, i) => {
    let energy = 0;
    for (let c = 0; c < COILS; c++) {
      const [re, im] = folded(c, ((Math.floor(i / NX) - NY / 2) / NY) * 2, (((i % NX) - NX / 2) / NX) * 2);
      energy += re * re + im * im;
    }
    return Math.sqrt(energy);
  });
  try {
    const image = async (mapSets: number, method: string, methodOptions: { readonly [name: string]: unknown }): Promise<Float32Array> =>
      (await reconstruct(onGrid, { method, methodOptions, mapSets, coils: 0, backend }).result()).volume.data;
    const options = { lambda: 1e-4, iterations: 60 };
    const [two, one, tv] = [await image(2, 'sense', options), await image(1, 'sense', options), await image(2, 'cs-tv', { lambda: 1e-5 })];
    const bart = pics.map((value) => value / 1e4);
    t.log(`to BART ${nrmse(two, bart).toFixed(4)}; to the truth ${[two, one, tv].map((x) => nrmse(x, truth).toFixed(4)).join(', ')}`);
    t.true(nrmse(two, bart) < 0.01);
    t.true(nrmse(two, truth) < 0.02 && nrmse(tv, truth) < 0.02);
    t.true(nrmse(one, truth) > 8 * nrmse(two, truth));
    const zero = await reconstruct(onGrid, { method: 'zero-filled', mapSets: 2, coils: 0, backend }).result();
    t.is(zero.volume.data.length, NY * NX);
  } finally {
    await backend.dispose();
  }
});

const twoSets = (length: number, seed: number): Float32Array => Float32Array.from({ length }, (_, n) => Math.sin(seed + 1.7 * n));

onEveryBackend(
  'the operator of two sets is the sum of those of each, on a grid and along a trajectory, its adjoint exact',
  async (t, under) => {
    const { backend } = under;
    const shape = [2, 3, 12, 8];
    const length = 2 * 2 * 3 * 12 * 8;
    const array = (seed: number) => ({ data: twoSets(length, seed), shape, dtype: 'complex64' as const });
    const grid = { ...onGrid.grid, shape: [2, 12, 8] };
    const trajectory = {
      data: Float32Array.from({ length: 40 }, (_, n) => 3.5 * Math.sin(n * n)),
      shape: [20, 2],
      dtype: 'float32' as const,
    };
    const cartesianMask = {
      data: Float32Array.from({ length: 96 }, (_, n) => Number(n % 3 !== 1)),
      shape: [1, 12, 8],
      dtype: 'float32' as const,
    };
    const make = {
      grid: (arrays: object) => fourierOfScan({ geometry: { readout: 'kx' }, arrays: { mask: cartesianMask, ...arrays } }, grid, backend),
      trajectory: (arrays: object) => {
        const geometry = kinds.get('fourier.noncartesian').example!(2).geometry;
        return nonCartesianOfScan({ geometry, shape: [2, 3, 20], arrays: { trajectory, ...arrays } }, grid, backend);
      },
    };
    for (const [name, of] of Object.entries(make)) {
      const both = await of({ maps: array(1), secondMaps: array(2) });
      t.deepEqual([...both.domain.shape], [2, 24, 8], name);
      t.true((await dotTest(both)) < 1e-4, name);
      const x = twoSets(2 * 2 * 24 * 8, 3);
      const got = await applied(both, 'apply', x);
      const parts = [0, 1].map((k) =>
        Float32Array.from({ length: x.length / 2 }, (_, n) => x[Math.floor(n / 192) * 384 + k * 192 + (n % 192)]),
      );
      const singles = [await of({ maps: array(1) }), await of({ maps: array(2) })];
      const [p, q] = [await applied(singles[0], 'apply', parts[0]), await applied(singles[1], 'apply', parts[1])];
      t.true(
        nrmse(
          got,
          p.map((value, n) => value + q[n]),
        ) < 1e-5,
        name,
      );
      for (const operator of [both, ...singles]) operator.dispose();
    }
  },
);

test('components combine to the root sum of squares with the phase of the first that is not 0', (t) => {
  const data = Float32Array.from([3, 0, 0, 0, /* second */ 0, 4, 0, 2]);
  t.deepEqual([...combineSets(data, 1, 2)], [5, 0, 0, 2]);
  t.deepEqual([...anySet(Float32Array.from([1, 0, 0, 0]), 1, 2)], [1, 0]);
  t.throws(() => requireSets({ ...onGrid, shape: [1, 1, NY, NX] }, { mapSets: 2 }), { code: 'ARGUMENT', message: /one coil/ });
});

test('an object that folds onto itself is told by the signal that lies there, one in air is not', async (t) => {
  const told = async (of: Measurement): Promise<string> =>
    ((await estimatedMaps({ ...of, meta: {} }, { options: {} })).meta.warnings ?? []).join('\n');
  t.regex(await told(onGrid), /two sensitivities are at work where \d+ % of the signal lies.*--map-sets 2/);
  const { scan: head } = await mrScan({ coils: 6, acs: 24, snr: 30 });
  t.notRegex(await told(head), /two sensitivities/);
});
