import test from 'ava';
import { normals, philoxKey } from '../../../../core/philox.js';
import { coilCompression, compressCoils } from '../../../../src/modalities/mri/coils/compression.js';
import { gaussianCoil, roundObject, scan } from './phantom.js';

const object = scan([10, 20, 17], roundObject, gaussianCoil(10));
const energyOf = (values: Float32Array): number => values.reduce((sum, value) => sum + value * value, 0);

test('virtual coils hold the energy they say, the strongest first, and no other unitary choice holds more', (t) => {
  const { kspace, shape } = object;
  for (const atMost of [1, 3, 6, 10]) {
    const compression = coilCompression(kspace, [1, 10], { atMost, energy: 1 });
    t.is(compression.virtual, atMost);
    const compressed = compressCoils(kspace, shape, compression);
    const share = energyOf(compressed) / energyOf(kspace);
    t.true(Math.abs(share - compression.energy) < 1e-6);
    const plane = 2 * 20 * 17;
    const each = Array.from({ length: atMost }, (_, v) => energyOf(compressed.subarray(v * plane, (v + 1) * plane)));
    t.true(each.every((energy, v) => v === 0 || energy <= each[v - 1] * (1 + 1e-6)));
    // the best of single coils or of neighbours' sums cannot beat the principal one
    for (let c = 0; c < 10; c++) t.true(energyOf(kspace.subarray(c * plane, (c + 1) * plane)) <= each[0]);
  }
});

test('at most 6 virtual coils by default, fewer when they hold the energy, never more than there are', (t) => {
  t.is(coilCompression(object.kspace, [1, 10], { energy: 1 }).virtual, 6);
  const few = coilCompression(object.kspace, [1, 10], { energy: 0.9 });
  t.true(few.virtual < 6 && few.energy >= 0.9);
  t.true(coilCompression(object.kspace, [1, 10], { energy: 0.9, atMost: few.virtual - 1 }).energy < 0.9);
  const one = scan([1, 9, 8], roundObject, () => [1, 0]);
  t.deepEqual([...coilCompression(one.kspace, [1, 1]).matrix], [1, -0]);
});

test('rows are orthonormal: white noise stays white', (t) => {
  const { matrix, virtual } = coilCompression(object.kspace, [1, 10], { energy: 1 });
  for (let v = 0; v < virtual; v++) {
    for (let w = 0; w < virtual; w++) {
      let [re, im] = [0, 0];
      for (let c = 0; c < 10; c++) {
        const [a, b, p, q] = [
          ...matrix.subarray(2 * (v * 10 + c), 2 * (v * 10 + c) + 2),
          ...matrix.subarray(2 * (w * 10 + c), 2 * (w * 10 + c) + 2),
        ];
        re += a * p + b * q;
        im += b * p - a * q;
      }
      t.true(Math.hypot(re - Number(v === w), im) < 1e-6);
    }
  }
  const noise = Float32Array.from(normals(2 * 10 * 64 * 64, philoxKey(2), 0, 0, 3));
  const compressed = compressCoils(noise, [1, 10, 64, 64], coilCompression(object.kspace, [1, 10]));
  const variance = energyOf(compressed) / compressed.length;
  t.true(Math.abs(variance - 1) < 5 * Math.sqrt(2 / compressed.length), `${variance}`);
});

test('compressed maps times the object are the compressed coil images', (t) => {
  const compression = coilCompression(object.kspace, [1, 10]);
  const maps = compressCoils(object.maps, object.shape, compression);
  const products = (s: Float32Array) => {
    const out = new Float32Array(s.length);
    for (let i = 0; i < s.length; i += 2) {
      const at = i % object.image.length;
      const [a, b, p, q] = [s[i], s[i + 1], object.image[at], object.image[at + 1]];
      out.set([a * p - b * q, a * q + b * p], i);
    }
    return out;
  };
  const [left, right] = [products(maps), compressCoils(products(object.maps), object.shape, compression)];
  t.true(left.every((value, i) => Math.abs(value - right[i]) < 1e-6));
  const pixels = 20 * 17;
  for (let i = 0; i < pixels; i++) {
    let sum = 0;
    for (let v = 0; v < compression.virtual; v++) sum += maps[2 * (v * pixels + i)] ** 2 + maps[2 * (v * pixels + i) + 1] ** 2;
    t.true(sum < 1 + 1e-6);
  }
});

test('all slices share one matrix, and identical or dead coils cost no virtual coil', (t) => {
  const plane = 2 * 20 * 17;
  const first = object.kspace.subarray(0, plane);
  const data = Float32Array.of(...first, ...first, ...new Float32Array(plane), ...first, ...first, ...new Float32Array(plane));
  const { virtual, energy, matrix } = coilCompression(data, [2, 3]);
  t.is(virtual, 1);
  t.true(Math.abs(energy - 1) < 1e-6);
  const want = [Math.SQRT1_2, 0, Math.SQRT1_2, 0, 0, 0];
  t.true([...matrix].every((value, i) => Math.abs(value - want[i]) < 1e-6));
  t.is(compressCoils(data, [2, 3, 20, 17], { matrix, virtual, energy, coils: 3 }).length, 2 * plane);
});

test('no signal, NaN, wrong shapes and options are refused', (t) => {
  t.throws(() => coilCompression(new Float32Array(40), [1, 2]), { code: 'GEOMETRY', message: /no signal/ });
  t.throws(() => coilCompression(new Float32Array(40).fill(NaN), [1, 2]), { code: 'NOT_FINITE' });
  t.throws(() => coilCompression(new Float32Array(41), [1, 2]), { code: 'SHAPE' });
  for (const options of [{ atMost: 0 }, { energy: 0 }, { energy: 1.1 }]) {
    t.throws(() => coilCompression(object.kspace, [1, 10], options), { code: 'ARGUMENT' });
  }
  const compression = coilCompression(object.kspace, [1, 10]);
  t.throws(() => compressCoils(object.kspace, [1, 5, 40, 17], compression), { code: 'SHAPE', message: /× 10 ×/ });
});
