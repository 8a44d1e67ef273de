import test from 'ava';
import { grappaPlan, type GrappaOptions } from '../../../../src/modalities/mri/grappa/grappa-plan.js';
import { grappaSlice } from '../../../../src/modalities/mri/grappa/grappa.js';
import { golden } from '../../../support/golden.js';
import { relativeError } from '../../../support/kspace.js';

interface Golden {
  readonly shape: readonly [number, number, number];
  readonly points: number;
  readonly regularisation: number;
  readonly kspace: number[];
  readonly cases: readonly { name: string; measured: number[]; filled: number[] }[];
}

const reference = golden<Golden>('grappa.json');
const [coils, ny, nx] = reference.shape;
const options: GrappaOptions = { lines: 4, points: reference.points, regularisation: reference.regularisation };

const linesMask = (measured: readonly number[], count = ny, length = nx): Float32Array =>
  Float32Array.from({ length: count * length }, (_, n) => Number(measured.includes(Math.floor(n / length))));

/** ky and kx exchanged. */
function turned(data: ArrayLike<number>, rows: number, columns: number, width: number): Float32Array {
  const planes = data.length / (width * rows * columns);
  const out = new Float32Array(data.length);
  for (let p = 0; p < planes; p++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++)
        for (let i = 0; i < width; i++) out[((p * columns + x) * rows + y) * width + i] = data[((p * rows + y) * columns + x) * width + i];
  return out;
}

const undersample = (mask: Float32Array): Float32Array =>
  Float32Array.from(reference.kspace, (v, n) => v * mask[Math.floor(n / 2) % (ny * nx)]);

for (const { name, measured, filled } of reference.cases) {
  test(`lines along kx and along ky are filled as by explicit matrices in NumPy: ${name}`, (t) => {
    const mask = linesMask(measured);
    const data = undersample(mask);
    const alongX = data.slice();
    grappaSlice(alongX, [coils, ny, nx], grappaPlan({ data: mask, shape: [1, ny, nx] }, [1, coils, ny, nx], options), 0);
    t.true(relativeError(alongX, filled) < 1e-5, `${relativeError(alongX, filled)}`);
    t.true(relativeError(alongX, data) > 0.02); // lines were filled

    const turnedMask = { data: turned(mask, ny, nx, 1), shape: [1, nx, ny] };
    const alongY = turned(data, ny, nx, 2);
    grappaSlice(alongY, [coils, nx, ny], grappaPlan(turnedMask, [1, coils, nx, ny], options), 0);
    t.true(relativeError(alongY, turned(Float32Array.from(filled), ny, nx, 2)) < 1e-5);
  });
}

test('measured samples stay as they are, and neighbours come closer to the truth than zeros', (t) => {
  const { measured } = reference.cases[0];
  const mask = linesMask(measured);
  const data = undersample(mask);
  const out = data.slice();
  grappaSlice(out, [coils, ny, nx], grappaPlan({ data: mask, shape: [1, ny, nx] }, [1, coils, ny, nx], options), 0);
  t.true(out.every((v, n) => mask[Math.floor(n / 2) % (ny * nx)] === 0 || v === data[n]));
  // 7 % instead of 20 %: the object of the script has a sharp edge
  t.true(relativeError(out, reference.kspace) < 0.6 * relativeError(data, reference.kspace));
});

test('a mask a slice has a plan a slice', (t) => {
  const two = reference.cases.slice(1); // the calibration region is what both measured
  const masks = two.map(({ measured }) => linesMask(measured));
  const both = { data: Float32Array.from([...masks[0], ...masks[1]]), shape: [2, ny, nx] };
  const plan = grappaPlan(both, [2, coils, ny, nx], options);
  two.forEach(({ filled }, slice) => {
    const data = undersample(masks[slice]);
    grappaSlice(data, [coils, ny, nx], plan, slice);
    t.true(relativeError(data, filled) < 1e-5);
  });
});

test('points, a missing centre and gaps wider than the calibration are refused', (t) => {
  const plan = (data: Float32Array) => grappaPlan({ data, shape: [1, ny, nx] }, [1, coils, ny, nx], options);
  const whole = linesMask(Array.from({ length: ny }, (_, n) => n));
  const points = whole.map((v, n) => (n === 0 ? 0 : v));
  t.throws(() => plan(points), { code: 'GEOMETRY', message: /both directions.*use sense/is });
  t.throws(() => plan(linesMask([0, 2, 4])), { code: 'GEOMETRY', message: /calibration lines.*centre/s });
  const far = linesMask([0, 12, 13, 14]);
  t.throws(() => plan(far), { code: 'GEOMETRY', message: /too small for GRAPPA.*line \d+.*3 calibration lines/s });
  t.deepEqual(plan(whole).slices, [[]]);
  t.throws(() => plan(new Float32Array(ny * nx)), { code: 'GEOMETRY' });
});
