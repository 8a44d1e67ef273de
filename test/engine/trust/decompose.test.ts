import test from 'ava';
import { sizeOf } from '../../../core/space.js';
import { functionPrior } from '../../../models/index.js';
import { parallelRadon } from '../../../operators/radon/slice/parallel.js';
import type { LinearOperator } from '../../../operators/operator.js';
import { decompositionText } from '../../../src/engine/trust/decompose.js';
import { rangeProjection } from '../../../src/engine/trust/projection.js';
import { reconstruct } from '../../../src/index.js';
import { kinds } from '../../../volumes/kinds/registry.js';
import { inlineBackend, testNumbers } from '../../support/backends.js';
import { apply, build, eigen, relativeError, times, transpose, type Matrix } from '../../support/dense.js';
import { onEveryBackend } from '../../support/every-backend.js';
import { gaussianProblem, joined, perSlice } from '../../support/gaussian-problem.js';
import { direct2d, relativeError as relativeErrorOf } from '../../support/kspace.js';
import { mrScan, smallHead } from '../../support/mr-scans.js';
import { smallScan } from '../../support/scans.js';
import type { Volume } from '../../../volumes/volume.js';

/** A⁺A in float64: V Vᵀ over the eigenvectors of AᵀA whose values are not 0. */
function denseProjection(A: Matrix): Matrix {
  const { values, vectors } = eigen(times(transpose(A), A));
  const largest = Math.max(...values);
  const kept = [...values.keys()].filter((k) => values[k] > 1e-9 * largest);
  const n = A[0].length;
  return build(n, n, (i, j) => kept.reduce((sum, k) => sum + vectors[i][k] * vectors[j][k], 0));
}

/** The same operator, of which nobody knows the singular values. */
const withoutDecomposition = (operator: LinearOperator): LinearOperator => ({
  ...{ name: 'hidden', domain: operator.domain, range: operator.range, backend: operator.backend, coupling: 'slice' },
  apply: (x, y) => operator.apply(x, y),
  adjoint: (y, x) => operator.adjoint(y, x),
  normal: (x, out) => operator.normal(x, out),
  norm: () => operator.norm(),
  bytes: () => operator.bytes(),
  dispose: () => operator.dispose(),
});

const cases = [
  { title: 'a mask, exactly', measured: 'mask', hidden: false, exact: true, complex: false },
  { title: 'a matrix by its decomposition', measured: 'general', hidden: false, exact: true, complex: false },
  { title: 'a matrix by conjugate gradients', measured: 'general', hidden: true, exact: false, complex: false },
  { title: 'a complex matrix by conjugate gradients', measured: 'general', hidden: true, exact: false, complex: true },
] as const;

for (const { title, measured, hidden, exact, complex } of cases) {
  onEveryBackend(`A⁺A is that of the dense singular value decomposition: ${title}`, async (t, { backend }) => {
    const problem = await gaussianProblem({ backend, measured, complex });
    const { domain, slices, size } = problem;
    const operator = hidden ? withoutDecomposition(problem.operator) : problem.operator;
    const projection = await rangeProjection(operator, { tolerance: 1e-6, iterations: 60 });
    t.is(projection.exact, exact);
    const next = testNumbers(5);
    const images = Array.from({ length: slices }, () => Float64Array.from({ length: size }, next));
    const [x, out] = [backend.field(domain), backend.field(domain)];
    await backend.write(x, joined(images, complex));
    const reached = await projection.project(x, out);
    t.is(reached === undefined, exact);
    if (reached) t.true(reached.residual <= 1e-6 && reached.iterations < 60);
    const P = denseProjection(problem.A);
    const got = perSlice(await backend.read(out), slices, complex);
    // the tolerance is of AᴴA; the smallest singular value squared is .02 of the largest
    for (const [k, slice] of got.entries()) t.true(relativeError(slice, apply(P, images[k])) < (exact ? 1e-5 : 2e-4));
    projection.dispose();
  });
}

test('conjugate gradients that may not go on say how far they came', async (t) => {
  const { operator, domain, backend } = await gaussianProblem();
  const projection = await rangeProjection(withoutDecomposition(operator), { tolerance: 1e-6, iterations: 2 });
  const [x, out] = [backend.field(domain), backend.field(domain)];
  backend.fill(x, 1);
  const reached = await projection.project(x, out);
  t.is(reached!.iterations, 2);
  t.true(reached!.residual > 1e-3);
});

/** Draws a bright image everywhere, as a network draws anatomy. */
const drawing = functionPrior({
  ...{ name: 'draws', range: { unit: 'arbitrary', low: 0, high: 1 }, sigma: [0.001, 100] },
  denoise: async (images, _, sigma) => images.map((v) => (v + sigma) / (1 + sigma)),
});

test('CT: parts add up, and are those of the dense matrix; resolution is its diagonal within the spread of the probes', async (t) => {
  const [slices, size] = [2, 8];
  const { scan } = await smallScan(slices, size, 3);
  const backend = inlineBackend();
  const decompose = { tolerance: 1e-6, iterations: 300, probes: 300 };
  const { volume, decomposition, manifest } = await reconstruct(scan, {
    ...{ method: 'admm-tv', methodOptions: { iterations: 15 }, backend, decompose },
  }).result();
  const { measured, added, resolution, record } = decomposition!;
  t.deepEqual(manifest.decomposition, JSON.parse(JSON.stringify(record)));
  t.false(record.exact);
  t.true(record.reached!.residual <= 1e-6);
  const n = size * size;
  volume.data.forEach((v, i) => t.true(Math.abs(measured.data[i] + added.data[i] - v) < 0.01)); // HU, of float32

  const operator = parallelRadon(scan.geometry as never, scan.grid, backend);
  const [x, y] = [backend.field(operator.domain), backend.field(operator.range)];
  const columns: number[][] = [];
  for (let j = 0; j < n; j++) {
    const unit = new Float32Array(sizeOf(operator.domain));
    unit[j] = 1;
    await backend.write(x, unit);
    operator.apply(x, y);
    columns.push([...(await backend.read(y)).subarray(0, sizeOf(operator.range) / slices)]);
  }
  const P = denseProjection(build(columns[0].length, n, (i, j) => columns[j][i]));
  for (let k = 0; k < slices; k++) {
    // of attenuation, which is 0 in air
    const inAir = (data: ArrayLike<number>): number[] => Array.from({ length: n }, (_, i) => data[k * n + i] + 1000);
    t.true(relativeError(inAir(measured.data), apply(P, inAir(volume.data))) < 3e-3);
  }
  const off = resolution.data.map((value, i) => value - P[i % n][i % n]);
  const rms = Math.sqrt(off.reduce((sum, v) => sum + v * v, 0) / off.length);
  t.true(record.resolutionError > 0.005 && rms < 1.5 * record.resolutionError);
});

test('traces: what was added are the missing ones alone, and resolution is the mask', async (t) => {
  const scan = kinds.get('seismic.traces').example!(3);
  const { decomposition, volume } = await reconstruct(scan, {
    ...{ method: 'dds', methodOptions: { steps: 3 }, prior: drawing, backend: inlineBackend(), holdOut: false, decompose: true },
  }).result();
  const { measured, added, resolution, record } = decomposition!;
  const mask = scan.arrays!.mask.data;
  const samples = scan.shape[2];
  t.true(record.exact && record.resolutionError === 0);
  volume.data.forEach((v, i) => {
    const live = mask[Math.floor(i / samples)] === 1;
    t.is(resolution.data[i], Number(live));
    t.is(live ? added.data[i] : measured.data[i], 0);
    t.is(live ? measured.data[i] : added.data[i], v);
  });
  t.regex(decompositionText(record), /by singular values/);
});

test('one coil: what was measured is FᴴMF of the image, exactly, and what was added has none of the measured samples', async (t) => {
  const [rows, columns] = [12, 16];
  const { scan } = await mrScan({ coils: 1, mask: 'random', accel: 2, acs: 4 }, {}, smallHead([2, rows, columns]));
  const { decomposition, volume } = await reconstruct(scan, {
    ...{
      method: 'dds',
      methodOptions: { steps: 3 },
      prior: drawing,
      backend: inlineBackend(),
      complex: true,
      holdOut: false,
      decompose: true,
    },
  }).result();
  const { measured, added, resolution, record } = decomposition!;
  t.true(record.exact);
  const mask = scan.arrays!.mask.data;
  const n = rows * columns;
  // the diagonal of FᴴMF is the share of samples that were measured, everywhere
  const share = mask.reduce((sum, v) => sum + v, 0) / n;
  t.true(share < 0.6);
  const mean = resolution.data.reduce((sum, v) => sum + v, 0) / resolution.data.length;
  t.true(Math.abs(mean - share) < 0.1, `${mean} of ${share}`);
  for (let k = 0; k < 2; k++) {
    const slice = (of: Volume): ArrayLike<number> => of.data.slice(2 * k * n, 2 * (k + 1) * n);
    const kspace = direct2d(slice(volume), rows, columns, -1).map((v, i) => v * mask[i >> 1]);
    t.true(relativeErrorOf(slice(measured), direct2d(kspace, rows, columns, 1)) < 1e-5);
    const invented = direct2d(slice(added), rows, columns, -1).map((v, i) => v * mask[i >> 1]);
    t.true(Math.hypot(...invented) < 1e-5 * Math.hypot(...kspace));
    t.true(Math.hypot(...(slice(added) as Float32Array)) > 0.01 * Math.hypot(...kspace));
  }
});

test('several coils: the complex parts add up, and samples are taken apart as their mean', async (t) => {
  const scan = kinds.get('fourier.cartesian').example!(2);
  const { decomposition, volume, samples, std } = await reconstruct(scan, {
    ...{ method: 'dds', methodOptions: { steps: 3 }, prior: drawing, backend: inlineBackend(), complex: true, samples: 2, decompose: true },
  }).result();
  const { measured, added, resolution } = decomposition!;
  t.is(measured.dtype, 'complex64');
  volume.data.forEach((v, i) => t.true(Math.abs(measured.data[i] + added.data[i] - v) < 1e-5));
  t.true(resolution.data.every((v) => v >= 0 && v <= 1));
  t.is(samples!.length, 2);
  t.deepEqual(samples![0].shape, [1, ...volume.shape.slice(1)]);
  t.truthy(std);
});

for (const [title, options, words] of [
  ['a direct method', { method: 'fbp' }, /iterative methods alone/],
  ['no probes', { method: 'cgls', decompose: { probes: 0 } }, /at least 1/],
] as const) {
  test(`refused: ${title}`, async (t) => {
    const { scan } = await smallScan(1, 8, 3);
    const run = reconstruct(scan, { decompose: true, backend: inlineBackend(), ...options } as object);
    await t.throwsAsync(run.result(), { message: words });
  });
}
