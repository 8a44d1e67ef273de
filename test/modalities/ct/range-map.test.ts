import test from 'ava';
import { estimatedMap } from '../../../src/modalities/ct/range-map.js';

/** 30 % air around zero, soft tissue at 1 ± 0.1 and `bright` of the pixels at 3. */
function rough(bright: number): Float32Array {
  const n = 10_000;
  return Float32Array.from({ length: n }, (_, i) => {
    const wobble = 0.1 * Math.sin(i);
    if (i < 0.3 * n) return wobble;
    return i >= (1 - bright) * n ? 3 + wobble : 1 + wobble;
  });
}

test('data without a unit: zero stays zero, the bulk of the object becomes water', (t) => {
  const { scale, offset, outScale, outOffset, outUnits } = estimatedMap(rough(0));
  t.true(Math.abs(1 / scale - 0.5) < 0.01, `${1 / scale}`); // water is 0.5 in HU −1000 … 1000
  t.deepEqual([offset, outOffset, outScale, outUnits], [0, 0, scale, 'arbitrary']);
});

test('a few bright parts do not move the map', (t) => {
  t.true(Math.abs(estimatedMap(rough(0.03)).scale / estimatedMap(rough(0)).scale - 1) < 0.02);
});

test('the map follows the unit of the data', (t) => {
  const twice = estimatedMap(rough(0).map((v) => 2 * v)).scale;
  t.true(Math.abs(twice / estimatedMap(rough(0)).scale - 2) < 1e-5);
});

test('data of nothing are refused', (t) => {
  t.throws(() => estimatedMap(new Float32Array(100)), { message: /nothing that attenuates/ });
  t.throws(() => estimatedMap(new Float32Array(100).fill(-1)), { message: /nothing that attenuates/ });
});

test('a prior with another range gets the same physical map: zero is −1000 HU, the bulk is water', (t) => {
  const wide = { unit: 'HU', low: -2000, high: 3000 };
  const { scale, offset } = estimatedMap(rough(0), wide);
  const { scale: narrow } = estimatedMap(rough(0)); // bulk = narrow · ½
  const valueAt = (hu: number) => (scale * (hu + 2000)) / 5000 + offset;
  t.true(Math.abs(valueAt(-1000)) < 1e-6 * narrow);
  t.true(Math.abs(valueAt(0) - narrow / 2) < 1e-6 * narrow);
});
