import test from 'ava';
import fc from 'fast-check';
import { calibrationRegion, cutCalibration } from '../../../../src/modalities/mri/coils/calibration.js';

const maskOf = (ny: number, nx: number, measured: (y: number, x: number) => boolean): Float32Array =>
  Float32Array.from({ length: ny * nx }, (_, i) => Number(measured(Math.floor(i / nx), i % nx)));

test('a full mask gives the largest rectangle allowed, about the centre of k-space', (t) => {
  const region = calibrationRegion(new Float32Array(40 * 31).fill(1), [40, 31]);
  t.deepEqual(region, { ky: 20 - 12, kx: 15 - 12, height: 24, width: 24 });
  t.deepEqual(calibrationRegion(new Float32Array(40 * 31).fill(1), [40, 31], { atMost: 99 }), {
    ky: 0,
    kx: 0,
    height: 40,
    width: 31,
  });
});

test('autocalibration lines give a band, even and odd', (t) => {
  for (const lines of [7, 8, 15, 16]) {
    const first = 20 - Math.floor(lines / 2);
    const mask = maskOf(40, 30, (y) => (y >= first && y < first + lines) || (y % 2 === 0 && Math.abs(y - 20) > 9));
    t.deepEqual(calibrationRegion(mask, [40, 30]), { ky: first, kx: 3, height: lines, width: 24 });
  }
});

test('the rectangle is measured everywhere, centred, and no allowed one is larger (brute force)', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 5, max: 17 }),
      fc.integer({ min: 5, max: 17 }),
      fc.integer({ min: 2, max: 12 }),
      fc.array(fc.tuple(fc.nat(16), fc.nat(16)), { maxLength: 9 }),
      (ny, nx, atMost, holes) => {
        const [cy, cx] = [Math.floor(ny / 2), Math.floor(nx / 2)];
        const mask = maskOf(ny, nx, (y, x) => (y === cy && x === cx) || !holes.some(([a, b]) => a === y && b === x));
        const fits = (height: number, width: number): boolean => {
          const [ky, kx] = [cy - Math.floor(height / 2), cx - Math.floor(width / 2)];
          if (ky < 0 || kx < 0 || ky + height > ny || kx + width > nx) return false;
          for (let y = ky; y < ky + height; y++) for (let x = kx; x < kx + width; x++) if (!mask[y * nx + x]) return false;
          return true;
        };
        let largest = 0;
        for (let h = 1; h <= atMost; h++) for (let w = 1; w <= atMost; w++) if (fits(h, w)) largest = Math.max(largest, h * w);
        const { ky, kx, height, width } = calibrationRegion(mask, [ny, nx], { atMost, atLeast: 1 });
        t.true(fits(height, width) && height * width === largest && Math.max(height, width) <= atMost);
        t.true(ky === cy - Math.floor(height / 2) && kx === cx - Math.floor(width / 2));
      },
    ),
  );
});

test('with a mask a slice, what counts is measured in all of them', (t) => {
  const band = (lines: number) => maskOf(40, 30, (y) => y >= 20 - lines / 2 && y < 20 + lines / 2);
  const columns = maskOf(40, 30, (_, x) => x >= 15 - 5 && x < 15 + 5);
  const masks = Float32Array.of(...band(16), ...band(12), ...columns);
  t.deepEqual(calibrationRegion(masks, [40, 30]), { ky: 14, kx: 10, height: 12, width: 10 });
});

test('no calibration region, or one too small, says what was found', (t) => {
  t.throws(
    () =>
      calibrationRegion(
        maskOf(20, 20, (y) => y % 4 === 1),
        [20, 20],
      ),
    {
      code: 'GEOMETRY',
      message: /centre of k-space was not measured.*6 × 6.*got none.*coil maps/,
    },
  );
  t.throws(
    () =>
      calibrationRegion(
        maskOf(20, 20, (y) => y % 4 === 1 || Math.abs(y - 10) < 2),
        [20, 20],
      ),
    {
      code: 'GEOMETRY',
      message: /got 3 × 20/,
    },
  );
  t.throws(() => calibrationRegion(new Float32Array(399), [20, 20]), { code: 'SHAPE' });
});

test('the cut holds the samples of the region, for every slice and coil', (t) => {
  const kspace = Float32Array.from({ length: 2 * 2 * 3 * 8 * 9 }, (_, i) => i + 1);
  const region = { ky: 2, kx: 1, height: 4, width: 7 };
  const { data } = cutCalibration(kspace, [2, 3, 8, 9], region);
  t.is(data.length, 2 * 2 * 3 * 4 * 7);
  for (const [slice, coil, y, x] of [
    [0, 0, 0, 0],
    [1, 2, 3, 6],
    [1, 0, 2, 3],
  ]) {
    const from = 2 * (((slice * 3 + coil) * 8 + 2 + y) * 9 + 1 + x);
    const at = 2 * (((slice * 3 + coil) * 4 + y) * 7 + x);
    t.deepEqual([...data.subarray(at, at + 2)], [from + 1, from + 2]);
  }
});

test('no signal, NaN, other shapes and a region outside are refused', (t) => {
  const region = { ky: 0, kx: 0, height: 4, width: 4 };
  t.throws(() => cutCalibration(new Float32Array(32), [1, 1, 4, 4], region), {
    code: 'GEOMETRY',
    message: /no signal/,
  });
  t.throws(() => cutCalibration(new Float32Array(32).fill(NaN), [1, 1, 4, 4], region), { code: 'NOT_FINITE' });
  t.throws(() => cutCalibration(new Float32Array(30), [1, 1, 4, 4], region), { code: 'SHAPE' });
  t.throws(() => cutCalibration(new Float32Array(32), [1, 1, 4, 4], { ...region, ky: 1 }), { code: 'SHAPE' });
});
