import test from 'ava';
import * as z from 'zod';
import { functionPrior, type Prior } from '../../models/index.js';
import {
  defineKind,
  defineModality,
  inUnitNorm,
  reconstruct,
  readMeasurement,
  registerModality,
  slicesAlong,
  writeMeasurement,
  writtenData,
  type Axis,
  type Measurement,
  type ModalityKind,
  type ScanKind,
  type Slicing,
} from '../../src/index.js';
import type { Field } from '../../compute/index.js';
import { fieldOperator, type OperatorFactory } from '../../operators/index.js';
import { space } from '../../core/space.js';
import { defineSolver, scratch, state } from '../../src/solvers/index.js';
import { inlineBackend, testNumbers } from '../support/backends.js';
import { relativeError } from '../support/dense.js';
import { smallScan } from '../support/scans.js';

/* Images of two, three and four axes, in the hands of solver and prior as `slicing` says, and back. */

/** y = x / 2 on the solver's unknowns. */
function halved(kind: ScanKind, slicing?: Slicing): ModalityKind {
  const operator: OperatorFactory = (_, grid, backend) => {
    const { space: domain } = slicing ?? slicesAlong(grid.shape, 0);
    const apply = (x: Field, y: Field): void => backend.lincomb(y, [0.5, x]);
    const given = { name: kind.name, domain, range: domain, coupling: 'slice' as const };
    return fieldOperator({ ...given, apply, adjoint: apply, norm: async () => 0.5 }, backend);
  };
  return {
    ...{ kind, operator, method: 'cgls', units: () => 'arbitrary' },
    ...(slicing ? { slicing: () => slicing } : {}),
    async normalise(scan, grid, backend) {
      const half = await operator(scan, grid, backend);
      const y = await writtenData({ ...scan, shape: half.range.shape }, half);
      return inUnitNorm(half, y, { norm: 0.5, scale: 1, source: 'as they are', units: 'arbitrary' });
    },
  };
}

const axes: readonly Axis[] = [
  { name: 'inline', unit: '', first: 1001, step: 2 },
  { name: 'offset', unit: 'm', coordinates: [100, 220, 400] },
  { name: 'trace', unit: 'm', step: 12.5 },
  { name: 'time', unit: 'ms', step: 4 },
];
const sizes = [2, 3, 5, 7];

/** A scan of the last `count` axes. */
function scanOf(kind: string, count: number): Measurement {
  const shape = sizes.slice(-count);
  const data = Float32Array.from({ length: shape.reduce((a, n) => a * n, 1) }, testNumbers(count));
  const grid = { shape, axes: axes.slice(-count), units: 'arbitrary' as const, modality: 'seismic' };
  return { kind, data, shape, dtype: 'float32', geometry: {}, noise: { type: 'none' }, grid, meta: {} };
}

/** A denoiser that changes nothing, and writes down what it was given. */
const asItIs = (seen: number[][] = []): Prior =>
  functionPrior({
    ...{ name: 'as it is', range: { unit: 'arbitrary', low: 0, high: 1 }, sigma: [0.001, 100] },
    denoise(images, [slices, ...size]) {
      seen.push([slices, ...size]);
      return images;
    },
  });

const axisNames = (count: number): string[] => axes.slice(-count).map(({ name }) => name);
const kinds = [2, 3, 4].map((count) =>
  defineKind({
    ...{ name: `halved.${['two', 'three', 'four'][count - 2]}`, title: 'half of an image', axes: axisNames(count) },
    ...{ dtype: 'float32', geometry: z.object({}) },
  }),
);
registerModality(
  defineModality({
    ...{ name: 'halved', title: 'halves', images: ['halves'], options: z.strictObject({}) },
    kinds: kinds.map((kind) => halved(kind)),
  }),
);

for (const [i, count] of [2, 3, 4].entries()) {
  test(`an image of ${count} axes: solved, denoised by slices of the last two, and a volume of these axes`, async (t) => {
    const scan = scanOf(kinds[i].name, count);
    const doubled = scan.data.map((v) => 2 * v);
    const options = { backend: inlineBackend() };
    const { volume } = await reconstruct(scan, { methodOptions: { iterations: 3 }, ...options }).result();
    t.deepEqual([volume.shape, volume.axes], [scan.grid.shape, scan.grid.axes]);
    t.true(relativeError(volume.data, doubled) < 1e-6);

    const seen: number[][] = [];
    const prior = asItIs(seen);
    const run = reconstruct(scan, { method: 'dds', prior, methodOptions: { steps: 3, lambda: 0 }, ...options });
    const denoised = await run.result();
    t.deepEqual([denoised.volume.shape, denoised.volume.axes], [scan.grid.shape, scan.grid.axes]);
    t.true(seen.length > 0 && seen.every(([, rows, columns]) => rows === 5 && columns === 7));
    t.is(seen.reduce((sum, [slices]) => sum + slices, 0) % (scan.data.length / 35), 0);
  });

  test(`a scan file of an image of ${count} axes: written = read`, async (t) => {
    const scan = scanOf(kinds[i].name, count);
    const bytes = await writeMeasurement('a.h5', scan);
    const { data, shape, grid } = await readMeasurement([{ name: 'a.h5', bytes }]);
    t.deepEqual({ data, shape, grid }, { data: scan.data, shape: scan.shape, grid: scan.grid });
  });

  test(`slices along each of ${count} axes: packed by index, and back`, (t) => {
    const { shape, data } = scanOf('', count);
    for (let axis = 0; axis < count; axis++) {
      const { space: packed, pack, unpack = (x) => x, slice } = slicesAlong(shape, axis);
      const out = pack(data);
      t.deepEqual([...unpack(out)], [...data]);
      if (count < 3) continue;
      // the axis first, the others in their order
      const order = [axis, ...shape.keys()].filter((a, n) => n === 0 || a !== axis);
      t.deepEqual(slice, [order.at(-2)!, order.at(-1)!]);
      t.deepEqual(packed.shape.slice(1), [shape[slice![0]], shape[slice![1]]]);
      const index = shape.map(() => 0);
      for (let n = 0; n < out.length; n++) {
        t.is(out[n], data[index.reduce((at, i, a) => at * shape[a] + i, 0)]);
        for (let a = order.length - 1; a >= 0 && ++index[order[a]] === shape[order[a]]; a--) index[order[a]] = 0;
      }
    }
  });
}

test('a grid whose shape and axes differ is refused before any work, and CT refuses an image of other than three axes', async (t) => {
  const scan = scanOf(kinds[1].name, 3);
  const run = reconstruct({ ...scan, grid: { ...scan.grid, axes: axes.slice(0, 2) } }, { backend: inlineBackend() });
  await t.throwsAsync(run.result(), { code: 'SHAPE', message: /the grid of the image/ });
  const { scan: ct } = await smallScan(2, 8, 4);
  const flat = { ...ct.grid, shape: [8, 8], axes: ct.grid.axes.slice(1), placement: undefined };
  const wrong = reconstruct(ct, { grid: flat, method: 'cgls', backend: inlineBackend() });
  await t.throwsAsync(wrong.result(), { code: 'SHAPE', message: /three axes/ });
});

// ---- unknowns that are no values of the grid ----

/** Three bands of every pixel from two coefficients. */
const BANDS = [
  [1, 0.5],
  [-0.25, 1],
  [0.75, 0.75],
];
const PIXELS = 4 * 6;
const unmixed = (coefficients: Float32Array): Float32Array =>
  Float32Array.from({ length: 3 * PIXELS }, (_, i) => {
    const [band, pixel] = [Math.floor(i / PIXELS), i % PIXELS];
    return BANDS[band][0] * coefficients[pixel] + BANDS[band][1] * coefficients[PIXELS + pixel];
  });
const coefficients: Slicing = { space: space(['slice', 'y', 'x'], [2, 4, 6]), unpack: unmixed, mixes: true };
const spectra = defineKind({
  ...{ name: 'spectra.coefficients', title: 'spectra by coefficients', axes: ['coefficient', 'y', 'x'] },
  ...{ dtype: 'float32', geometry: z.object({}) },
});
registerModality(
  defineModality({
    ...{ name: 'spectra', title: 'spectra', images: ['spectra'], options: z.strictObject({}) },
    kinds: [halved(spectra, coefficients)],
  }),
);

/** Aᴴy and noise: samples differ by it. */
const guess = defineSolver({
  ...{ name: 'guess', needsPrior: true, schema: z.strictObject({}), steps: () => 1 },
  fields: () => ({ x: state('domain'), noise: scratch('domain') }),
  step({ backend, operator, y, problem: { seed }, fields: { x, noise } }) {
    operator.adjoint(y, x);
    backend.noise(noise, { seed, step: 0, stream: 0 });
    backend.lincomb(x, [1, x], [0.3, noise]);
    return {};
  },
});

test('unknowns that are coefficients: images are what they unpack to, and deviations of samples are taken of these', async (t) => {
  const data = Float32Array.from({ length: 2 * PIXELS }, testNumbers(9));
  const grid = {
    shape: [3, 4, 6],
    axes: [{ name: 'band', unit: 'nm', coordinates: [450, 550, 700] }, ...['y', 'x'].map((name) => ({ name, unit: 'm', step: 2 }))],
    ...{ units: 'reflectance' as const, modality: 'hyperspectral' as const },
  };
  const scan: Measurement = {
    ...{ kind: spectra.name, data, shape: [2, 4, 6], dtype: 'float32', geometry: {}, noise: { type: 'none' }, grid },
    meta: {},
  };
  const backend = inlineBackend();
  const { volume } = await reconstruct(scan, { methodOptions: { iterations: 3 }, backend }).result();
  t.deepEqual([volume.shape, volume.axes], [grid.shape, grid.axes]);
  t.true(relativeError(volume.data, unmixed(data.map((v) => 2 * v))) < 1e-6);

  const sampled = async (seed: number, samples?: number) =>
    reconstruct(scan, { method: guess, prior: asItIs(), seed, samples, backend }).result();
  const { volume: mean, std } = await sampled(7, 3);
  const single: ArrayLike<number>[] = [];
  for (const seed of [7, 8, 9]) single.push((await sampled(seed)).volume.data);
  const means = Array.from(single[0], (_, i) => single.reduce((sum, x) => sum + x[i], 0) / 3);
  const deviations = means.map((m, i) => Math.sqrt(single.reduce((sum, x) => sum + (x[i] - m) ** 2, 0) / 2));
  t.true(deviations.every((d) => d > 1e-3));
  t.true(relativeError(mean.data, means) < 1e-5);
  t.true(relativeError(std!.data, deviations) < 1e-4);
});
