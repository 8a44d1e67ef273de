import test from 'ava';
import fc from 'fast-check';
import { createCpuBackend } from '../../../compute/cpu/backend.js';
import { sizeOf } from '../../../core/space.js';
import { coneRadon } from '../../../operators/radon/cone/cone.js';
import { fanRadon } from '../../../operators/radon/slice/fan.js';
import { parallelRadon } from '../../../operators/radon/slice/parallel.js';
import { IDENTITY_DIRECTION, placed } from '../../../core/placement.js';
import type { Grid } from '../../../volumes/measurement.js';
import { onEveryBackend } from '../../support/every-backend.js';
import { testNumbers } from '../../support/backends.js';
import { adjointError } from '../../support/operators.js';

const grid = (
  shape: [number, number, number],
  spacing: [number, number, number] = [1, 1, 1],
  direction = IDENTITY_DIRECTION as readonly number[],
): Grid => ({
  shape,
  ...placed({ spacing, direction }),
  units: '1/mm',
  modality: 'CT',
});

onEveryBackend('adjoint is the transpose for any shape, spacing, offset and angles, parallel and fan', async (t, { backend, runs }) => {
  let worst = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        z: fc.integer({ min: 1, max: 20 }),
        h: fc.integer({ min: 1, max: 17 }),
        w: fc.integer({ min: 1, max: 17 }),
        sx: fc.double({ min: 0.3, max: 2, noNaN: true }),
        sy: fc.double({ min: 0.3, max: 2, noNaN: true }),
        n: fc.integer({ min: 1, max: 23 }),
        offset: fc.double({ min: -4, max: 4, noNaN: true }),
        angles: fc.array(fc.double({ min: -400, max: 400, noNaN: true }), { minLength: 1, maxLength: 9 }),
        flip: fc.boolean(),
        fan: fc.boolean(),
        near: fc.boolean(),
      }),
      async ({ z, h, w, sx, sy, n, offset, angles, flip, fan, near }) => {
        const direction = flip ? [1, 0, 0, 0, -1, 0, 0, 0, 1] : [...IDENTITY_DIRECTION];
        const g = { angles, detectorCount: n, detectorPitch: 0.8, detectorOffset: offset };
        const image = grid([z, h, w], [sx, sy, 1], direction);
        // near: the source passes through the image's corners
        const sourceToAxis = near ? 0.01 + 0.52 * Math.min(w * sx, h * sy) : 60;
        const a = fan
          ? fanRadon({ ...g, sourceToAxis, sourceToDetector: sourceToAxis + 30 }, image, backend)
          : parallelRadon(g, image, backend);
        const error = await adjointError(a, 5);
        a.dispose();
        if (Number.isFinite(error)) worst = Math.max(worst, error); // 0/0: no ray meets the image
        return !(error >= 1e-5);
      },
    ),
    { numRuns: 1.5 * runs },
  );
  t.log(`worst relative error ${worst.toExponential(1)}`);
  t.true(worst > 0 && worst < 1e-5);
});

onEveryBackend('what lies behind the source is not seen', async (t, { backend }) => {
  const g = { angles: [45], detectorCount: 1, detectorPitch: 1, sourceToAxis: 11, sourceToDetector: 40 };
  for (const a of [
    fanRadon(g, grid([1, 21, 21]), backend),
    coneRadon({ ...g, rows: 1, columns: 1, rowPitch: 1, columnPitch: 1 }, grid([1, 21, 21]), backend),
  ]) {
    const [x, y] = [backend.field(a.domain), backend.field(a.range)];
    const seen = async (row: number, column: number): Promise<number> => {
      await backend.write(
        x,
        Float32Array.from({ length: 441 }, (_, i) => (i === 21 * row + column ? 1 : 0)),
      );
      a.apply(x, y);
      return (await backend.read(y))[0];
    };
    // the ray runs from (7.8, −7.8) to the upper left
    t.is(await seen(0, 20), 0);
    t.true((await seen(20, 0)) > 1);
    t.true((await seen(10, 10)) > 1);
  }
});

for (const [dx, dy] of [
  [0.5, 0.5],
  [0.4, 0.65],
] as const) {
  onEveryBackend(
    `a uniform disc on pixels of ${dx} × ${dy} mm projects to its chords, 2√(R² − s²), at the offset and angle given`,
    async (t, { backend }) => {
      const [radius, cx, cy] = [30, 12, -7];
      const [rows, columns] = [Math.ceil(100 / dy), Math.ceil(100 / dx)];
      const image = new Float32Array(rows * columns);
      for (let j = 0; j < rows; j++) {
        for (let i = 0; i < columns; i++) {
          // 4×4 samples a pixel soften the edge
          for (let k = 0; k < 16; k++) {
            const x = (i - (columns - 1) / 2 + ((k & 3) - 1.5) / 4) * dx;
            const y = (j - (rows - 1) / 2 + ((k >> 2) - 1.5) / 4) * dy;
            if (Math.hypot(x - cx, y - cy) < radius) image[j * columns + i] += 1 / 16;
          }
        }
      }
      const angles = [0, 20, 45, 90, 133, 250];
      const g = { angles, detectorCount: 301, detectorPitch: 0.4, detectorOffset: 3 };
      for (const kind of ['parallel', 'fan'] as const) {
        const fan = { sourceToAxis: 150, sourceToDetector: 220 };
        const pixels = grid([1, rows, columns], [dx, dy, 1]);
        const a = kind === 'parallel' ? parallelRadon(g, pixels, backend) : fanRadon({ ...g, ...fan }, pixels, backend);
        const [x, y] = [backend.field(a.domain), backend.field(a.range)];
        await backend.write(x, image);
        a.apply(x, y);
        const got = await backend.read(y);
        let worst = 0;
        angles.forEach((angle, v) => {
          const [c, s] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
          for (let d = 0; d < 301; d++) {
            const u = (d - 150) * 0.4 + 3;
            // signed distance of the ray from the disc's centre
            let distance = cx * c + cy * s - u;
            if (kind === 'fan') {
              const [sx, sy] = [150 * s, -150 * c];
              const [px, py] = [-70 * s + u * c, 70 * c + u * s];
              distance = ((px - sx) * (cy - sy) - (py - sy) * (cx - sx)) / Math.hypot(px - sx, py - sy);
            }
            if (Math.abs(Math.abs(distance) - radius) < 2) continue; // the rim, where the chord's slope is infinite
            const chord = Math.abs(distance) < radius ? 2 * Math.sqrt(radius ** 2 - distance ** 2) : 0;
            worst = Math.max(worst, Math.abs(got[v * 301 + d] - chord));
          }
        });
        t.log(`${kind}: worst error ${worst.toFixed(3)} mm of ${2 * radius}`);
        t.true(worst < Math.max(dx, dy) / 2);
      }
    },
  );
}

onEveryBackend('the norm agrees with a dense singular value decomposition by Gram matrix', async (t, { backend }) => {
  const a = parallelRadon({ angles: [0, 30, 77, 120], detectorCount: 9, detectorPitch: 1.1 }, grid([3, 6, 7]), backend);
  const n = 42;
  // columns of A from unit images, one per slice lane: 42 images as 42 slices
  const b = parallelRadon({ angles: [0, 30, 77, 120], detectorCount: 9, detectorPitch: 1.1 }, grid([n, 6, 7]), backend);
  const [x, y] = [backend.field(b.domain), backend.field(b.range)];
  const eye = new Float32Array(n * n);
  for (let i = 0; i < n; i++) eye[i * n + i] = 1;
  await backend.write(x, eye);
  b.apply(x, y);
  const columns = await backend.read(y); // [column][36]
  let v = new Float64Array(n).fill(1);
  let value = 0;
  for (let k = 0; k < 3000; k++) {
    const out = new Float64Array(36);
    for (let i = 0; i < n; i++) for (let m = 0; m < 36; m++) out[m] += v[i] * columns[i * 36 + m];
    const next = new Float64Array(n);
    for (let i = 0; i < n; i++) for (let m = 0; m < 36; m++) next[i] += out[m] * columns[i * 36 + m];
    value = Math.hypot(...next);
    v = next.map((q) => q / value) as Float64Array<ArrayBuffer>;
  }
  const norm = await a.norm();
  t.true(Math.abs(norm / Math.sqrt(value) - 1) < 1e-3, `${norm} against ${Math.sqrt(value)}`);
});

test('a slice by itself has the same bits as among others, forward and back, though its rays are the lanes and not slices', async (t) => {
  const cases = [
    // rays along both axes, more columns than rows, detectors that four do not divide, offset, anisotropic pixels
    { angles: [0, 10, 45, 90, 133.3, 170, 271], detectorCount: 57, shape: [70, 61], spacing: [0.7, 1.1], offset: 2.3 },
    { angles: [12, 80], detectorCount: 3, shape: [9, 300], spacing: [1, 1], offset: 0 },
    { angles: [33], detectorCount: 140, shape: [150, 131], spacing: [1, 0.9], offset: -40, fan: true },
    { angles: [0, 47, 93, 181], detectorCount: 66, shape: [64, 64], spacing: [1, 1], offset: 0.25, fan: true },
  ];
  for (const { angles, detectorCount, shape, spacing, offset, fan } of cases) {
    const backend = createCpuBackend({ workers: 0 });
    const [rows, columns] = shape;
    const [one, three] = [1, 3].map((slices) => {
      const g = { angles, detectorCount, detectorPitch: 0.9, detectorOffset: offset };
      const image = grid([slices, rows, columns], [spacing[0], spacing[1], 1]);
      return fan ? fanRadon({ ...g, sourceToAxis: 150, sourceToDetector: 260 }, image, backend) : parallelRadon(g, image, backend);
    });
    const random = testNumbers(5);
    for (const [from, to, product] of [
      ['domain', 'range', 'apply'],
      ['range', 'domain', 'adjoint'],
    ] as const) {
      const values = Float32Array.from({ length: sizeOf(three[from]) }, random);
      const each = values.length / 3;
      const results = await Promise.all(
        [three, one].map(async (a, n) => {
          const [x, y] = [backend.field(a[from]), backend.field(a[to])];
          await backend.write(x, n === 0 ? values : values.slice(2 * each));
          a[product](x, y);
          return backend.read(y);
        }),
      );
      const [among, alone] = results;
      t.deepEqual(alone, among.slice((2 * among.length) / 3), `${product}, ${detectorCount} detectors`);
      t.true(alone.some((value) => value !== 0));
    }
    await backend.dispose();
  }
});
