import test from 'ava';
import { nativeWidth, resample, viewSlice } from '../../src/report/slice-view.js';
import { defaultErrorLimit, defaultWindow, describeWindow, formatNumber } from '../../src/report/window.js';
import { placed } from '../../core/placement.js';
import { makeVolume, type Volume } from '../../volumes/volume.js';

// World extents of 4 × 5 × 6 voxels; the value says where a voxel is: 100 x + 10 y + z, counted from the − end.
const worldShape = [4, 5, 6];

/** The same object, stored with array axes (slice, row, column) along the world axes `order`, each with a sign. */
function stored(order: [number, number, number], signs: [number, number, number]): Volume {
  const shape = order.map((w) => worldShape[w]) as [number, number, number];
  const data = new Float32Array(120);
  let at = 0;
  for (let a = 0; a < shape[0]; a++) {
    for (let b = 0; b < shape[1]; b++) {
      for (let c = 0; c < shape[2]; c++) {
        const world = [0, 0, 0];
        [a, b, c].forEach((n, axis) => (world[order[axis]] = signs[axis] > 0 ? n : shape[axis] - 1 - n));
        data[at++] = 100 * world[0] + 10 * world[1] + world[2];
      }
    }
  }
  // Columns of `direction` are the world directions of i, j, k: array axes 2, 1, 0.
  const direction = new Array<number>(9).fill(0);
  order.forEach((world, axis) => (direction[3 * world + (2 - axis)] = signs[axis]));
  const spacing = [2, 1, 0].map((axis) => 1 + order[axis]) as [number, number, number]; // x 1, y 2, z 3 mm
  return makeVolume(data, shape, { ...placed({ direction, spacing }), modality: 'CT', units: 'HU' });
}

test('whatever the stored order, axial shows front up and right at the left, coronal and sagittal the head up', (t) => {
  const orders: [number, number, number][] = [
    [2, 1, 0],
    [2, 0, 1],
    [1, 2, 0],
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
  ];
  for (const order of orders) {
    for (let bits = 0; bits < 8; bits++) {
      const volume = stored(order, [bits & 1 ? 1 : -1, bits & 2 ? 1 : -1, bits & 4 ? 1 : -1]);
      const axial = viewSlice(volume, 'axial');
      t.deepEqual([axial.width, axial.height, axial.left, axial.top], [4, 5, 'R', 'A']);
      t.deepEqual([...axial.pixel], [1, 2]);
      // x grows towards the patient's right, which is at the image's left; y grows to the top.
      for (let row = 0; row < 5; row++) {
        for (let column = 0; column < 4; column++) {
          const value = axial.values[row * 4 + column];
          t.is(Math.floor(value / 10), 10 * (3 - column) + (4 - row));
        }
      }
      const coronal = viewSlice(volume, 'coronal');
      t.deepEqual([coronal.left, coronal.top, coronal.values[0] % 10], ['R', 'S', 5]);
      t.is(Math.floor(coronal.values[0] / 100), 3);
      const sagittal = viewSlice(volume, 'sagittal');
      t.deepEqual([sagittal.left, sagittal.top], ['A', 'S']);
      t.is(sagittal.values[0] % 100, 45); // front (y = 4), head (z = 5)
    }
  }
});

test('neurological convention puts the patient’s left at the left of axial and coronal images only', (t) => {
  const volume = stored([2, 1, 0], [1, 1, 1]);
  const axial = viewSlice(volume, 'axial', 'neurological');
  t.is(axial.left, 'L');
  t.is(Math.floor(axial.values[0] / 100), 0);
  t.is(viewSlice(volume, 'sagittal', 'neurological').left, 'A');
});

test('panels have square pixels and keep every stored pixel', (t) => {
  const view = viewSlice(stored([2, 1, 0], [1, 1, 1]), 'coronal'); // 4 × 1 mm by 6 × 3 mm
  t.is(nativeWidth(view, 1024), 4);
  t.is(resample(view, 4).height, 18);
  t.is(nativeWidth(view, 9), 2); // 18 rows do not fit in 9
  const same = resample({ ...view, pixel: [1, 1] }, 4);
  t.deepEqual(same.values, view.values);
});

test('windows: CT is fixed and physical, others span the volume and ignore outliers', (t) => {
  t.deepEqual(defaultWindow(stored([2, 1, 0], [1, 1, 1])), { low: -1000, high: 400 });
  t.is(defaultErrorLimit({ low: -1000, high: 400 }), 200);
  t.is(describeWindow({ low: -1000, high: 400 }, 'HU'), '−1000 … 400 HU (centre −300, width 1400)');
  const data = Float32Array.from({ length: 1000 }, (_, n) => n);
  data[500] = 1e9;
  const { low, high } = defaultWindow(makeVolume(data, [10, 10, 10]));
  t.true(low > 4 && low < 6 && high > 993 && high < 996, `${low} … ${high}`);
  t.is(formatNumber(-0.00012345), '−1.23e−4');
  t.is(formatNumber(1400), '1400');
});
