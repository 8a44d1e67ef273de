import test from 'ava';
import type { Backend } from '../../../compute/backend.js';
import { placed } from '../../../core/placement.js';
import { space } from '../../../core/space.js';
import type { LinearOperator } from '../../../operators/operator.js';
import { operators } from '../../../operators/registry.js';
import { MOST_UPDATES } from '../../../operators/radon/slice/portions.js';
import { viewLines } from '../../../operators/radon/vector/lines.js';
import { vectorProductsWebGpu } from '../../../operators/radon/vector/vector-webgpu.js';
import { vectorGeometry } from '../../../volumes/kinds/radon/vectors.js';
import type { Grid, MeasurementKind } from '../../../volumes/measurement.js';
import { testArray } from '../../support/backends.js';
import { difference, grid, lineIntegral, projected, SLICES, type Signs } from '../../support/blob.js';
import { dot, norm, relativeError } from '../../support/dense.js';
import { golden } from '../../support/golden.js';
import { onEveryBackend, onWebGpu } from '../../support/every-backend.js';
import { inlineBackend } from '../../support/backends.js';

/* Scans by the vectors of every view and curved detectors, against ASTRA, RTK and a tracer in NumPy (test/golden/scripts/vectors.py). */

interface Listed {
  readonly vectors: number[][];
  readonly data: number[];
}
type Golden = Record<'parallel' | 'fan' | 'cone' | 'leaning', Listed> &
  Record<'circle' | 'shifted' | 'fan_circle', number[][]> &
  Record<'curved_fan' | 'curved_cone', number[]>;
const expected = golden<Golden>('vectors.json');

const curvedAngles = [12, 71, 133, 205, 300];
const source = { sourceToAxis: 60, sourceToDetector: 100, detectorShape: 'curved' };
const curvedFan = { angles: curvedAngles, detectorCount: 41, detectorPitch: 1.9, detectorOffset: -3.1, ...source };
const curvedCone = {
  ...{ angles: curvedAngles, rows: 9, columns: 15, rowPitch: 3.1, columnPitch: 5.2, rowOffset: 1.7, columnOffset: -3.1 },
  ...{ ...source, sourceZ: [-4, -2, 0, 2, 4] },
};

const build = async (kind: MeasurementKind, geometry: object, image: Grid, backend: Backend): Promise<LinearOperator> =>
  operators.get(kind)({ geometry: geometry as Grid & typeof geometry as never }, image, backend);

/** ASTRA's fan takes exact lengths in pixels, RTK may choose another main axis near 45°; the rest is the same formula. */
const cases: [name: string, kind: MeasurementKind, geometry: object, data: number[], tolerance: number][] = [
  [
    'parallel_vec, ASTRA linear',
    'radon.parallel-vec',
    { vectors: expected.parallel.vectors, detectorCount: 41 },
    expected.parallel.data,
    2e-5,
  ],
  ['fanflat_vec, ASTRA line_fanflat', 'radon.fan-vec', { vectors: expected.fan.vectors, detectorCount: 41 }, expected.fan.data, 0.01],
  [
    'cone, RTK by source, detector, u, v',
    'radon.cone-vec',
    { vectors: expected.cone.vectors, rows: 17, columns: 19 },
    expected.cone.data,
    1e-3,
  ],
  [
    'leaning parallel rays, NumPy',
    'radon.parallel3d-vec',
    { vectors: expected.leaning.vectors, rows: 9, columns: 13 },
    expected.leaning.data,
    2e-5,
  ],
  ['curved fan, NumPy', 'radon.fan', curvedFan, expected.curved_fan, 2e-5],
  ['curved cone, a helix, NumPy', 'radon.cone', curvedCone, expected.curved_cone, 2e-5],
];

for (const [name, kind, geometry, data, tolerance] of cases) {
  onEveryBackend(`projections equal the peer's: ${name}`, async (t, { backend }) => {
    const flat = kind === 'radon.fan' || kind === 'radon.fan-vec' || kind === 'radon.parallel-vec';
    for (const signs of [
      [1, 1, 1],
      [-1, 1, -1],
      [1, -1, -1],
    ] as Signs[]) {
      const image = grid(flat ? 1 : SLICES, signs);
      const error = difference(await projected(await build(kind, geometry, image, backend), signs, flat ? 0.5 : undefined), data);
      t.log(`axes ${signs.join(' ')}: relative RMS difference ${(100 * error).toFixed(4)} %`);
      t.true(error < tolerance, `${error}`);
    }
    // an image that is turned over is seen
    const wrong = difference(
      await projected(await build(kind, geometry, grid(flat ? 1 : SLICES, [1, -1, 1]), backend), [1, 1, 1], flat ? 0.5 : undefined),
      data,
    );
    t.true(wrong > 0.05, `${wrong}`);
  });
}

test("vectors of circles are ASTRA's own (geom_2vec, geom_postalignment)", (t) => {
  const cone = {
    angles: [0, 33, 100, 250],
    rows: 17,
    columns: 29,
    rowPitch: 2.1,
    columnPitch: 2.4,
    sourceToAxis: 60,
    sourceToDetector: 100,
  };
  const fan = { angles: cone.angles, detectorCount: 41, detectorPitch: 1.9, sourceToAxis: 60, sourceToDetector: 100 };
  const offset = { ...cone, rowOffset: 1.7, columnOffset: -3.1 };
  for (const [kind, geometry, wanted] of [
    ['radon.cone', cone, expected.circle],
    ['radon.cone', offset, expected.shifted],
    ['radon.fan', fan, expected.fan_circle],
  ] as const) {
    const got = vectorGeometry(kind, geometry).geometry.vectors.flat();
    t.true(got.every((value, n) => Math.abs(value - wanted.flat()[n]) < 1e-6));
  }
});

onEveryBackend('vectors of a circle project as the circle does, slice by slice and as a cone', async (t, { backend }) => {
  const angles = [3, 50, 118, 222.5];
  const flat = { angles, detectorCount: 31, detectorPitch: 1.7, detectorOffset: 2.1 };
  const beam = { sourceToAxis: 60, sourceToDetector: 100 };
  const rows = { rows: 17, columns: 31, rowPitch: 2, columnPitch: 1.7, rowOffset: 0.8, columnOffset: 2.1, sourceZ: [-3, -1, 1, 3] };
  for (const [kind, geometry, tolerance] of [
    ['radon.parallel', flat, 1e-6],
    ['radon.fan', { ...flat, ...beam }, 1e-6],
    ['radon.cone', { angles, ...rows, ...beam }, 3e-3], // the cone marches in the plane, also where voxels are crossed along z
  ] as const) {
    const listed = vectorGeometry(kind, geometry);
    const image = grid(5, [1, 1, 1]);
    const wanted = await projected(await build(kind, geometry, image, backend), [1, 1, 1]);
    const got = await projected(await build(listed.kind, listed.geometry, image, backend), [1, 1, 1]);
    t.true(relativeError(got, wanted) < tolerance, `${kind}: ${relativeError(got, wanted)}`);
  }
});

test('projections of a smooth object are its closed form, for tilted detectors and curved ones', async (t) => {
  const fine = (nk: number): Grid => ({ ...grid(nk, [1, 1, 1]), shape: [nk, 84, 66], ...placed({ spacing: [0.5, 0.5, 0.5] }) });
  const backend = inlineBackend();
  const sampled = async (kind: MeasurementKind, geometry: object): Promise<Float32Array> => {
    const a = await build(kind, geometry, fine(72), backend);
    const [x, y] = [backend.field(a.domain), backend.field(a.range)];
    const { blob } = await import('../../support/blob.js');
    const at = (n: number, count: number): number => (n - (count - 1) / 2) * 0.5;
    const values = Float32Array.from({ length: 72 * 84 * 66 }, (_, n) =>
      blob(at(n % 66, 66), at(Math.floor(n / 66) % 84, 84), at(Math.floor(n / (66 * 84)), 72)),
    );
    await backend.write(x, values);
    a.apply(x, y);
    return backend.read(y);
  };
  // every third view, the rays through the middle of the image
  const { vectors } = expected.cone;
  const some = vectors.filter((_, n) => n % 3 === 0);
  const wanted = some.flatMap(([ax, ay, az, cx, cy, cz, ux, uy, uz, vx, vy, vz]) =>
    Array.from({ length: 9 * 11 }, (_, n) => {
      const [r, c] = [Math.floor(n / 11) - 4, (n % 11) - 5];
      const bin = [cx + c * ux + r * vx, cy + c * uy + r * vy, cz + c * uz + r * vz];
      return lineIntegral([ax, ay, az], [bin[0] - ax, bin[1] - ay, bin[2] - az]);
    }),
  );
  const cone = difference(await sampled('radon.cone-vec', { vectors: some, rows: 9, columns: 11 }), wanted);
  t.true(cone < 0.005, `${cone}`);
  const curved = curvedAngles.flatMap((angle, view) =>
    Array.from({ length: 9 * 15 }, (_, n) => {
      const [height, gamma] = [(Math.floor(n / 15) - 4) * 3.1 + 1.7, (((n % 15) - 7) * 5.2 - 3.1) / 100];
      const theta = (angle * Math.PI) / 180;
      const direction = [-Math.sin(theta - gamma), Math.cos(theta - gamma), height / 100];
      return lineIntegral([60 * Math.sin(theta), -60 * Math.cos(theta), 2 * view - 4], direction);
    }),
  );
  const arc = difference(await sampled('radon.cone', curvedCone), curved);
  t.true(arc < 0.005, `${arc}`);
});

/** A number from a seed, −1 … 1. */
const scatter = (seed: number) => {
  const values = testArray(1000, seed);
  let at = 0;
  return (): number => Math.max(-1, Math.min(1, values[at++]));
};

/** Geometries without any order: sources inside and outside of the image, rays along all axes, detectors that lean by up to 60°. */
function wild(kind: MeasurementKind, seed: number): object {
  const r = scatter(seed);
  const three = (size: number): number[] => [size * r(), size * r(), size * r()];
  const vectors = Array.from({ length: 5 }, () => {
    const ray = kind === 'radon.cone-vec' ? three(40) : three(1);
    return [...ray, ...three(25), 2 + r(), r(), r(), r(), r(), 2 + r()];
  });
  return { vectors, rows: 6, columns: 9 };
}

const odd = (nk: number): Grid => ({
  shape: [nk, 9, 7],
  ...placed({ spacing: [1.7, 2.3, 1.9], direction: [-1, 0, 0, 0, 1, 0, 0, 0, -1] }),
  units: '1/mm',
  modality: 'CT',
});

onEveryBackend('the adjoint is the transpose: random vectors, curved detectors', async (t, { backend, runs }) => {
  const curved = (seed: number): object => ({
    ...curvedFan,
    detectorPitch: 1 + 0.3 * seed,
    detectorOffset: 4 - 3 * seed,
    detectorCount: 17,
  });
  const helix = (seed: number): object => ({ ...curvedCone, columnPitch: 2 + 2 * seed, columnOffset: 2 - seed });
  const list: [MeasurementKind, (seed: number) => object][] = [
    ['radon.cone-vec', (seed) => wild('radon.cone-vec', seed)],
    ['radon.parallel3d-vec', (seed) => wild('radon.parallel3d-vec', seed)],
    ['radon.fan', curved],
    ['radon.cone', helix],
  ];
  for (const [kind, make] of list) {
    for (let seed = 1; seed <= Math.min(5, runs); seed++) {
      const a = await build(kind, make(seed), odd(seed % 2 ? 3 : 20), backend);
      const [xs, ys] = [
        testArray(
          a.domain.shape.reduce((p, n) => p * n, 1),
          seed,
        ),
        testArray(
          a.range.shape.reduce((p, n) => p * n, 1),
          seed + 50,
        ),
      ];
      const [x, y, ax, aty] = [a.domain, a.range, a.range, a.domain].map((of) => backend.field(of));
      await backend.write(x, xs);
      await backend.write(y, ys);
      a.apply(x, ax);
      a.adjoint(y, aty);
      const [forward, back] = [await backend.read(ax), await backend.read(aty)];
      t.true(norm(forward) > 0);
      const error = Math.abs(dot(forward, ys) - dot(xs, back)) / (norm(forward) * norm(ys));
      t.true(error < 1e-6, `${kind}, ${seed}: ${error}`);
      for (const field of [x, y, ax, aty]) field.dispose();
      a.dispose();
    }
  }
});

onWebGpu('the GPU gives what the CPU gives, and the same in portions: random vectors', async (t, gpu) => {
  const cpu = inlineBackend();
  for (const kind of ['radon.cone-vec', 'radon.parallel3d-vec'] as const) {
    const geometry = wild(kind, 7) as { vectors: number[][]; rows: number; columns: number };
    const image = odd(20);
    const [domain, range] = [space(['slice', 'y', 'x'], [20, 9, 7]), space(['view', 'row', 'column'], [5, 6, 9])];
    const [xs, ys] = [testArray(20 * 63, 3), testArray(5 * 54, 4)];
    const views = viewLines(geometry.vectors, kind === 'radon.cone-vec', {
      ...{ shape: [20, 9, 7], spacing: [1.7, 2.3, 1.9], direction: [-1, 0, 0, 0, 1, 0, 0, 0, -1] },
    });
    const scan = {
      name: kind,
      views,
      detector: { rows: 6, columns: 9 },
      grid: { shape: [20, 9, 7], spacing: [1.7, 2.3, 1.9], direction: [-1, 0, 0, 0, 1, 0, 0, 0, -1] },
    } as const;
    const here = await build(kind, geometry, image, cpu);
    const [cx, cy, cax, caty] = [domain, range, range, domain].map((of) => cpu.field(of));
    await cpu.write(cx, xs);
    await cpu.write(cy, ys);
    here.apply(cx, cax);
    here.adjoint(cy, caty);
    for (const most of [MOST_UPDATES, 2000]) {
      const products = vectorProductsWebGpu({ ...scan, domain, range }, gpu, most);
      const [x, y, ax, aty] = [domain, range, range, domain].map((of) => gpu.field(of));
      await gpu.write(x, xs);
      await gpu.write(y, ys);
      products.apply(x, ax);
      products.adjoint(y, aty);
      t.true(relativeError(await gpu.read(ax), await cpu.read(cax)) < 2e-5);
      t.true(relativeError(await gpu.read(aty), await cpu.read(caty)) < 2e-5);
      for (const held of [x, y, ax, aty, products]) held.dispose();
    }
  }
});

test('vectors that are no scan are refused, naming the view', async (t) => {
  const backend = inlineBackend();
  const [good] = expected.cone.vectors;
  const wrong: [number[], RegExp][] = [
    [[...good.slice(0, 6), 0, 0, 0, ...good.slice(9)], /u or v of the detector is 0/],
    [[...good.slice(0, 9), ...good.slice(6, 9)], /parallel/],
    [[...good.slice(3, 6), ...good.slice(3)], /source lies on the detector/],
    [[good[3] + good[6], good[4] + good[7], good[5] + good[8], ...good.slice(3)], /along the detector/],
  ];
  for (const [bad, message] of wrong) {
    const error = await t.throwsAsync(build('radon.cone-vec', { vectors: [good, bad], rows: 3, columns: 3 }, odd(3), backend), {
      code: 'GEOMETRY',
    });
    t.regex(error.message, message);
    t.regex(error.message, /vectors\.1/);
  }
});
