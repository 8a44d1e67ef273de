import test from 'ava';
import fc from 'fast-check';
import { lanesOf } from '../../core/array.js';
import { affineOf, placed } from '../../core/placement.js';
import { axisFirst, inverseOrder, permuteArray, permuteVolume, alongAxis } from '../../volumes/permute.js';
import { fromNdarray, toNdarray } from '../../volumes/ndarray.js';
import { makeVolume, type Volume } from '../../volumes/volume.js';

const arrays = fc
  .record({
    shape: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
    dtype: fc.constantFrom('float32' as const, 'complex64' as const),
    seed: fc.nat(),
  })
  .map(({ shape, dtype, seed }) => {
    const count = shape.reduce((a, n) => a * n, lanesOf({ dtype }));
    const order = shape.map((_, a) => a).sort((a, b) => ((a * 7 + seed) % 5) - ((b * 7 + seed) % 5) || a - b);
    return { array: { data: Float32Array.from({ length: count }, (_, n) => n), shape, dtype }, order };
  });

test('permuted there and back is the array; every number moves as its indices do (ndarray, transposed)', (t) => {
  fc.assert(
    fc.property(arrays, ({ array, order }) => {
      const moved = permuteArray(array, order);
      t.deepEqual(permuteArray(moved, inverseOrder(order)), array);
      const lanes = lanesOf(array) === 2 ? [order.length] : [];
      const oracle = fromNdarray(toNdarray(array).transpose(...order, ...lanes), array.dtype);
      t.deepEqual(moved, oracle);
    }),
  );
  t.throws(() => permuteArray({ data: new Float32Array(4), shape: [2, 2], dtype: 'float32' }, [0, 0]), {
    code: 'ARGUMENT',
  });
});

test('an ndarray and back are the same numbers, without a copy where they lie in order', (t) => {
  fc.assert(
    fc.property(arrays, ({ array }) => {
      const back = fromNdarray(toNdarray(array), array.dtype);
      t.deepEqual(back, array);
      t.is(back.data, array.data);
    }),
  );
});

const places = placed({ spacing: [0.5, 2, 3], origin: [10, -20, 30], direction: [0, 0, 1, 1, 0, 0, 0, -1, 0] });

/** World position of every number of a volume of three axes, as `x,y,z: number`. */
function world(volume: Volume): string[] {
  const a = affineOf(volume);
  const [, nj, ni] = volume.shape;
  return [...volume.data]
    .map((value, at) => {
      const [i, j, k] = [at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj))];
      const p = [0, 1, 2].map((r) => a[4 * r] * i + a[4 * r + 1] * j + a[4 * r + 2] * k + a[4 * r + 3]);
      return `${p.map((c) => c.toFixed(6)).join()}: ${value}`;
    })
    .sort();
}

test('a volume with a place keeps every number at its place, whatever the order of its axes', (t) => {
  const volume = makeVolume(
    Float32Array.from({ length: 24 }, (_, n) => n),
    [2, 3, 4],
    places,
  );
  for (const order of [
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ]) {
    t.deepEqual(world(permuteVolume(volume, order)), world(volume));
    t.deepEqual(permuteVolume(permuteVolume(volume, order), inverseOrder(order)), volume);
  }
});

test('slices run along the axis wanted, by name or number, and come back; a place that cannot be said in between returns', (t) => {
  const axes = [
    { name: 'inline', unit: '', first: 1001, step: 2 },
    { name: 'offset', unit: 'm', coordinates: [100, 250, 300] },
    { name: 'crossline', unit: '', first: 300, step: 1 },
    { name: 'time', unit: 'ms', step: 4 },
  ];
  const shape = [2, 3, 4, 5];
  const grid = makeVolume(
    Float32Array.from({ length: 240 }, (_, n) => n),
    shape,
    { axes, dtype: 'complex64' },
  );
  for (const axis of ['inline', 'offset', 'crossline', 'time', 0, 1, 2, 3]) {
    const { volume, restore } = alongAxis(grid, axis);
    const number = typeof axis === 'number' ? axis : axes.findIndex(({ name }) => name === axis);
    t.is(volume.axes[0], axes[number]);
    t.deepEqual([volume.shape[0], volume.data.length], [shape[number], 240]);
    t.deepEqual(restore(volume), grid);
  }
  t.throws(() => alongAxis(grid, 'band'), { code: 'ARGUMENT', message: /inline, offset, crossline, time/ });

  const series = makeVolume(new Float32Array(16), [2, 2, 2, 2], {
    axes: [{ name: 'time', unit: 's', step: 1 }, ...places.axes],
    placement: places.placement,
  });
  const { volume, restore } = alongAxis(series, 'slice');
  t.is(volume.placement, undefined);
  t.deepEqual(restore(volume), series);
  t.deepEqual(axisFirst(2, 4), [2, 0, 1, 3]);
});

test('shape and axes of a volume must fit together', (t) => {
  const band = { name: 'band', unit: 'nm', coordinates: [400, 500] };
  const [y, x] = ['y', 'x'].map((name) => ({ name, unit: 'm', step: 1 }));
  const data = new Float32Array(12);
  t.notThrows(() => makeVolume(data, [2, 2, 3], { axes: [band, y, x] }));
  const wrong = [
    { shape: [3, 2, 2], axes: [band, y, x] },
    { shape: [4, 3], axes: [band, y, x] },
    { shape: [4, 3], axes: [y, x], placement: places.placement },
  ];
  for (const { shape, ...rest } of wrong) t.throws(() => makeVolume(data, shape, rest), { code: 'SHAPE' });
});
