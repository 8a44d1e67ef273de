import test from 'ava';
import { sizeOf } from '../../../core/space.js';
import type { CpuBackend } from '../../../compute/cpu/backend.js';
import { operators } from '../../../operators/registry.js';
import { createBackend } from '../../../src/node.js';
import type { Geometry } from '../../../volumes/measurement.js';
import { placed } from '../../../core/placement.js';
import { inlineBackend, testArray } from '../../support/backends.js';

const grid = { shape: [40, 18, 21] as const, ...placed({ spacing: [1, 1.2, 1] }), units: '1/mm' as const, modality: 'CT' as const };
const angles = Array.from({ length: 35 }, (_, v) => 11 * v);
const distances = { sourceToAxis: 60, sourceToDetector: 100 };
const scans: Record<string, Geometry> = {
  'radon.parallel': { angles, detectorCount: 25, detectorPitch: 1 },
  'radon.fan': { angles, detectorCount: 25, detectorPitch: 1.5, ...distances },
  'radon.cone': { angles, rows: 45, columns: 25, rowPitch: 1.6, columnPitch: 1.5, ...distances },
  'radon.parallel-vec': { vectors: listed((c, s) => [-s, c, 0, 0, c, s]), detectorCount: 25 },
  'radon.fan-vec': { vectors: listed((c, s) => [60 * s, -60 * c, -40 * s, 40 * c, 1.5 * c, 1.5 * s]), detectorCount: 25 },
  'radon.parallel3d-vec': { vectors: listed((c, s) => [-s, c, 0.1, 0, 0, 0, c, s, 0, 0, 0, 1.2]), rows: 45, columns: 25 },
  'radon.cone-vec': {
    vectors: listed((c, s) => [60 * s, -60 * c, 3 * s, -40 * s, 40 * c, 1, 1.5 * c, 1.5 * s, 0.1, 0, 0, 1.6]),
    rows: 45,
    columns: 25,
  },
};

/** One list a view, by the cosine and the sine of its angle. */
function listed(view: (c: number, s: number) => number[]): number[][] {
  return angles.map((angle) => view(Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)));
}

test('every CT operator gives the same bits with no, one, two and three workers', async (t) => {
  t.deepEqual(
    operators.names().filter((name) => name.startsWith('radon.')),
    Object.keys(scans),
  );
  const results = async (backend: CpuBackend): Promise<Uint8Array[]> => {
    const out: Uint8Array[] = [];
    for (const [name, geometry] of Object.entries(scans)) {
      const a = await operators.get(name)({ geometry }, grid, backend);
      const [x, y, back] = [backend.field(a.domain), backend.field(a.range), backend.field(a.domain)];
      await backend.write(x, testArray(sizeOf(a.domain), 7));
      a.apply(x, y);
      a.adjoint(y, back);
      for (const field of [y, back]) out.push(new Uint8Array((await backend.read(field)).buffer));
    }
    await backend.dispose();
    return out;
  };
  const expected = await results(inlineBackend());
  for (const workers of [1, 2, 3]) {
    const got = await results(createBackend({ workers }));
    got.forEach((bytes, i) => t.true(Buffer.compare(bytes, expected[i]) === 0, `${workers} workers, result ${i}`));
  }
});

test('a slice that workers share has the bits of one that has one worker', async (t) => {
  const one = { shape: [1, 251, 288] as const, ...placed({ spacing: [1, 1.2, 1] }), units: '1/mm' as const, modality: 'CT' as const };
  const views = Array.from({ length: 31 }, (_, v) => 11.7 * v);
  const geometries: [string, Geometry][] = [
    ['radon.parallel', { angles: views, detectorCount: 303, detectorPitch: 1.1 }],
    ['radon.fan', { angles: views, detectorCount: 270, detectorPitch: 2, sourceToAxis: 250, sourceToDetector: 480 }],
    // sources just outside of the image
    ['radon.fan', { angles: views, detectorCount: 270, detectorPitch: 2, sourceToAxis: 150, sourceToDetector: 380 }],
    // angles at which main axes change
    [
      'radon.parallel',
      { angles: [0, 20, 45, 90].flatMap((a) => Array.from({ length: 5 }, () => a)), detectorCount: 999, detectorPitch: 0.3 },
    ],
  ];
  const results = async (backend: CpuBackend): Promise<Uint8Array[]> => {
    const out: Uint8Array[] = [];
    for (const [name, geometry] of geometries) {
      const a = await operators.get(name)({ geometry }, one, backend);
      const [x, y, back] = [backend.field(a.domain), backend.field(a.range), backend.field(a.domain)];
      await backend.write(x, testArray(sizeOf(a.domain), 7));
      a.apply(x, y);
      a.adjoint(y, back);
      for (const field of [y, back]) out.push(new Uint8Array((await backend.read(field)).buffer));
      a.dispose();
    }
    await backend.dispose();
    return out;
  };
  const expected = await results(inlineBackend());
  for (const workers of [2, 3, 7]) {
    const got = await results(createBackend({ workers }));
    got.forEach((bytes, i) => t.is(Buffer.compare(bytes, expected[i]), 0, `${workers} workers, result ${i}`));
  }
});
