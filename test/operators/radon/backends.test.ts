import { pixelGrid } from '../../../operators/radon/pixel-grid.js';
import { sizeOf, space, type Space } from '../../../core/space.js';
import type { Backend } from '../../../compute/backend.js';
import { coneProductsWebGpu } from '../../../operators/radon/cone/cone-webgpu.js';
import { sliceFbpWebGpu } from '../../../operators/radon/fbp/fbp-webgpu.js';
import { filteredBackprojection } from '../../../operators/radon/fbp/fbp.js';
import { coneFdkWebGpu } from '../../../operators/radon/fbp/fdk-webgpu.js';
import { filterResponse } from '../../../operators/radon/fbp/filters.js';
import { coneSchema, parseGeometry } from '../../../volumes/kinds/radon/schema.js';
import type { Products } from '../../../operators/radon/slice/slice-radon.js';
import { sliceProductsWebGpu } from '../../../operators/radon/slice/slice-radon-webgpu.js';
import { coneViews, fanViews } from '../../../operators/radon/vectors.js';
import { operators } from '../../../operators/registry.js';
import type { LinearOperator } from '../../../operators/operator.js';
import { createGpuBackend } from '../../../src/node.js';
import type { Geometry, Grid } from '../../../volumes/measurement.js';
import { inlineBackend, testArray } from '../../support/backends.js';
import { type Lattice, placed } from '../../../core/placement.js';
import { onWebGpu } from '../../support/every-backend.js';

/* The GPU's projectors against the CPU's: positions are the same to the bit, sums are float32 in another order. */

const grid = (shape: Grid['shape'], spacing: Lattice['spacing'], signs = [1, 1, 1]): Grid => ({
  shape,
  ...placed({ spacing, direction: [signs[0], 0, 0, 0, signs[1], 0, 0, 0, signs[2]] }),
  units: '1/mm',
  modality: 'CT',
});

const around = (n: number, from = 0): number[] => Array.from({ length: n }, (_, v) => from + (360 * v) / n);
const fan = { detectorCount: 61, detectorPitch: 1.1, detectorOffset: 1.7, sourceToAxis: 70, sourceToDetector: 110 };
const cone = {
  rows: 23,
  columns: 41,
  rowPitch: 1.9,
  columnPitch: 1.7,
  rowOffset: 1.2,
  columnOffset: -2.3,
  sourceToAxis: 60,
  sourceToDetector: 100,
};
const flat = grid([7, 30, 37], [1, 1.2, 1]);

const scans: [string, string, Geometry, Grid][] = [
  ['parallel', 'radon.parallel', { angles: around(13, -20), detectorCount: 53, detectorPitch: 0.9, detectorOffset: -2.2 }, flat],
  [
    'parallel, along the axes and the diagonals',
    'radon.parallel',
    { angles: around(8), detectorCount: 30, detectorPitch: 1 },
    grid([2, 30, 30], [1, 1, 1]),
  ],
  ['fan', 'radon.fan', { ...fan, angles: around(11) }, flat],
  [
    'fan, the source at a corner of a flipped image',
    'radon.fan',
    { ...fan, detectorPitch: 9, sourceToAxis: 19.5, angles: around(9, 5) },
    grid([3, 30, 37], [1, 1.2, 1], [-1, 1, 1]),
  ],
  ['cone', 'radon.cone', { ...cone, angles: around(9, 3) }, grid([20, 24, 27], [1.5, 1.3, 1.1])],
  ['cone, odd slices, flipped', 'radon.cone', { ...cone, angles: around(9, 3) }, grid([19, 24, 27], [1.5, 1.3, 1.1], [1, -1, -1])],
  [
    'helix',
    'radon.cone',
    { ...cone, angles: around(12), sourceZ: around(12).map((_, v) => 2.5 * (v - 5.5)) },
    grid([24, 20, 20], [1.5, 1.5, 2]),
  ],
];

async function products(a: LinearOperator): Promise<Float32Array[]> {
  const b = a.backend;
  const [x, y, ax, aty, ata] = [a.domain, a.range, a.range, a.domain, a.domain].map((space) => b.field(space));
  await b.write(
    x,
    testArray(sizeOf(a.domain), 3).map((v) => v + 0.5),
  );
  await b.write(y, testArray(sizeOf(a.range), 4));
  a.apply(x, ax);
  a.adjoint(y, aty);
  a.normal(x, ata);
  const out = [];
  for (const field of [ax, aty, ata]) out.push(await b.read(field));
  for (const field of [x, y, ax, aty, ata]) field.dispose();
  return out;
}

/** Greatest difference over the greatest value. */
function worst(a: Float32Array, b: Float32Array): number {
  let [difference, most] = [0, 0];
  b.forEach((v, i) => ((difference = Math.max(difference, Math.abs(a[i] - v))), (most = Math.max(most, Math.abs(v)))));
  return a.length === b.length ? difference / most : NaN;
}

for (const [name, kind, geometry, image] of scans) {
  onWebGpu(`A, Aᵀ and AᵀA are the CPU's: ${name}`, async (t, gpu) => {
    const build = async (b: Backend): Promise<LinearOperator> => operators.get(kind)({ geometry }, image, b);
    const [wanted, a] = [await products(await build(inlineBackend())), await build(gpu)];
    const got = await products(a);
    const again = await products(a);
    a.dispose();
    const errors = got.map((data, i) => worst(data, wanted[i]));
    t.log(errors.map((e) => e.toExponential(1)).join(' '));
    t.true(errors.every((e) => e < 1e-5)); // NaN is not
    t.deepEqual(again, got); // the same bits again
  });
}

onWebGpu('fields in several chunks give the same: slices to the bit, cone beam to rounding', async (t, gpu) => {
  const small = await createGpuBackend({ maxChunkBytes: 6 * 24 * 27 * 4 }); // 6 slices of the image, 4 views
  try {
    for (const [name, kind, geometry, image] of scans.filter(([name]) => /^(parallel|fan|cone)$/.test(name))) {
      const both = [];
      for (const b of [gpu, small]) {
        const a = await operators.get(kind)({ geometry }, image, b);
        both.push(await products(a));
        a.dispose();
      }
      const [whole, cut] = both;
      if (name === 'cone') cut.forEach((data, i) => t.true(worst(data, whole[i]) < 1e-6));
      else t.deepEqual(cut, whole);
    }
    t.is(small.field(space(['slice', 'y', 'x'], [20, 24, 27])).chunks.length, 4);
  } finally {
    await small.dispose();
  }
});

/** Relative RMS difference. */
function difference(a: Float32Array, b: Float32Array): number {
  let [d, s] = [0, 0];
  b.forEach((v, i) => ((d += (a[i] - v) ** 2), (s += v ** 2)));
  return a.length === b.length ? Math.sqrt(d / s) : NaN;
}

const parallel = { detectorCount: 53, detectorPitch: 0.9, detectorOffset: -2.2 };
const arc = (n: number, step: number): number[] => Array.from({ length: n }, (_, v) => 4.3 + step * v);
const direct: [string, string, Geometry, Grid][] = [
  ['parallel', 'radon.parallel', { ...parallel, angles: arc(25, 7.3) }, flat],
  ['parallel, half detector', 'radon.parallel', { ...parallel, detectorCount: 34, detectorOffset: 11, angles: around(31, 2) }, flat],
  ['fan', 'radon.fan', { ...fan, angles: around(31, 2) }, flat],
  ['fan, short scan', 'radon.fan', { ...fan, angles: arc(31, 7.1) }, grid([5, 30, 37], [1, 1.2, 1], [-1, 1, 1])],
  ['fan, limited arc', 'radon.fan', { ...fan, angles: arc(31, 4.1) }, flat],
  ['fan, more bins than a workgroup has', 'radon.fan', { ...fan, detectorCount: 611, detectorPitch: 0.11, angles: around(7, 2) }, flat],
  ['cone', 'radon.cone', { ...cone, angles: around(31, 3) }, grid([20, 24, 27], [1.5, 1.3, 1.1])],
  ['cone, short scan, flipped', 'radon.cone', { ...cone, angles: arc(31, 7.3) }, grid([19, 24, 27], [1.5, 1.3, 1.1], [1, -1, -1])],
  [
    'cone, half detector, even rows',
    'radon.cone',
    { ...cone, rows: 24, columns: 26, columnOffset: 12, angles: around(31, 3) },
    grid([19, 24, 27], [1.5, 1.3, 1.1]),
  ],
];

for (const [name, kind, geometry, image] of direct) {
  onWebGpu(`filtered backprojection is the CPU's: ${name}`, async (t, gpu) => {
    const b = inlineBackend();
    const a = await operators.get(kind)({ geometry }, image, b);
    const [x, y] = [b.field(a.domain), b.field(a.range)];
    await b.write(
      x,
      testArray(sizeOf(a.domain), 3).map((v) => v + 0.5),
    );
    a.apply(x, y);
    const scan = { kind, data: await b.read(y), geometry, grid: image };
    const wanted = await filteredBackprojection(scan, b, { filter: 'hamming', cutoff: 0.9 });
    const got = await filteredBackprojection(scan, gpu, { filter: 'hamming', cutoff: 0.9 });
    const small = await createGpuBackend({ maxChunkBytes: 5 * 4 * image.shape[1] * image.shape[2] });
    const cut = await filteredBackprojection(scan, small, { filter: 'hamming', cutoff: 0.9 }).finally(() => small.dispose());
    t.true(difference(cut, got) < 1e-6); // in chunks, and cone beam in several groups of views
    const error = difference(got, wanted);
    t.log(`relative RMS difference ${error.toExponential(1)}`);
    t.true(error < 1e-5);
  });
}

onWebGpu('work cut into many dispatches gives the same', async (t, gpu) => {
  const both = async (make: (most?: number) => Products, domain: Space, range: Space): Promise<Float32Array[][]> => {
    const out = [];
    for (const most of [undefined, 9000]) {
      const p = make(most);
      const [x, y, ax, aty] = [domain, range, range, domain].map((s) => gpu.field(s));
      await gpu.write(x, testArray(sizeOf(domain), 3));
      await gpu.write(y, testArray(sizeOf(range), 4));
      p.apply(x, ax);
      p.adjoint(y, aty);
      out.push([await gpu.read(ax), await gpu.read(aty)]);
      p.dispose();
    }
    return out;
  };
  const image = pixelGrid(grid([19, 24, 27], [1.5, 1.3, 1.1]));
  const domain = space(['slice', 'y', 'x'], image.shape);
  const angles = around(9, 3);
  const fanScan = {
    views: fanViews({ ...fan, angles }),
    detectors: fan.detectorCount,
    grid: image,
    domain,
    range: space(['slice', 'view', 'detector'], [19, 9, 61]),
  };
  const geometry = parseGeometry(coneSchema, { ...cone, angles }, 'radon.cone');
  const coneScan = {
    name: 'radon.cone',
    geometry,
    views: coneViews(geometry),
    grid: image,
    domain,
    range: space(['view', 'row', 'column'], [9, 23, 41]),
  };
  for (const [make, range] of [
    [(most?: number) => sliceProductsWebGpu(fanScan, gpu, most), fanScan.range],
    [(most?: number) => coneProductsWebGpu(coneScan, gpu, most), coneScan.range],
  ] as const) {
    const [whole, cut] = await both(make, domain, range);
    t.deepEqual(cut[0], whole[0]);
    t.true(worst(cut[1], whole[1]) < 1e-6);
  }
  const row = {
    detectorCount: 61,
    detectorOffset: 1.7,
    measured: 61,
    before: 0,
    weights: angles.map(() => new Float64Array(61).fill(0.3)),
  };
  const sliceFbp = {
    data: testArray(19 * 9 * 61, 5),
    grid: image,
    row,
    response: filterResponse(128, 1),
    views: fanScan.views,
    curve: 0,
    scale: 1,
  };
  t.true(difference(await sliceFbpWebGpu(sliceFbp, gpu, 9000), await sliceFbpWebGpu(sliceFbp, gpu)) < 1e-6);
  const coneRow = { ...row, detectorCount: 41, measured: 41 };
  const coneFdk = {
    data: testArray(9 * 23 * 41, 5),
    geometry,
    grid: image,
    row: coneRow,
    response: filterResponse(128, 1),
    views: coneScan.views,
  };
  t.true(difference(await coneFdkWebGpu(coneFdk, gpu, 9000), await coneFdkWebGpu(coneFdk, gpu)) < 1e-6);
});
