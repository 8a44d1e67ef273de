import test from 'ava';
import fc from 'fast-check';
import { centredFft, fft } from '../../core/fft.js';

/** The sum itself, in float64. */
function direct(x: Float64Array, sign: number, origin = 0): Float64Array {
  const length = x.length / 2;
  const out = new Float64Array(x.length);
  for (let k = 0; k < length; k++) {
    for (let n = 0; n < length; n++) {
      const angle = (sign * 2 * Math.PI * (((k - origin) * (n - origin)) % length)) / length;
      out[2 * k] += x[2 * n] * Math.cos(angle) - x[2 * n + 1] * Math.sin(angle);
      out[2 * k + 1] += x[2 * n] * Math.sin(angle) + x[2 * n + 1] * Math.cos(angle);
    }
  }
  return out;
}

const random = (count: number, seed: number): Float64Array =>
  Float64Array.from({ length: 2 * count }, (_, n) => Math.sin(12.9898 * (n + 1) * (seed + 1)) * 3);

function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [error, size] = [0, 0];
  for (let n = 0; n < a.length; n++) {
    error += (a[n] - b[n]) ** 2;
    size += b[n] ** 2;
  }
  return Math.sqrt(error / size);
}

for (const length of [1, 2, 3, 5, 8, 12, 17, 45, 64, 97, 180, 230, 340]) {
  test(`${length} samples: both directions equal the direct sum`, (t) => {
    const x = random(length, length);
    const out = new Float64Array(2 * length);
    fft(length).forward(x, out);
    t.true(distance(out, direct(x, -1)) < 1e-12);
    fft(length).backward(x, out);
    t.true(distance(out, direct(x, 1)) < 1e-12);
  });

  test(`${length} samples: the centred transform has its origin at ⌊N/2⌋ and keeps the norm`, (t) => {
    const x = random(length, 7);
    const scaled = (sign: number) => direct(x, sign, Math.floor(length / 2)).map((v) => v / Math.sqrt(length));
    for (const [direction, sign] of [
      ['forward', -1],
      ['inverse', 1],
    ] as const) {
      const data = x.slice();
      centredFft(data, [length], 0, direction);
      t.true(distance(data, scaled(sign)) < 1e-12);
    }
  });
}

test('one axis of many is transformed and the inverse brings the data back', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 3 }), fc.nat(2), (shape, axis) => {
      const count = shape[0] * shape[1] * shape[2];
      const x = random(count, axis);
      const data = x.slice();
      centredFft(data, shape, axis, 'forward');
      const stride = shape.slice(axis + 1).reduce((a, n) => a * n, 1);
      const line = (from: Float64Array) => Float64Array.from({ length: 2 * shape[axis] }, (_, n) => from[2 * stride * (n >> 1) + (n & 1)]);
      const expected = direct(line(x), -1, Math.floor(shape[axis] / 2)).map((v) => v / Math.sqrt(shape[axis]));
      const first = distance(line(data), expected);
      centredFft(data, shape, axis, 'inverse');
      return first < 1e-12 && distance(data, x) < 1e-12;
    }),
    { seed: 4, numRuns: 50 },
  );
  t.pass();
});

test('float32 data are transformed in float64 and rounded once', (t) => {
  const x = Float32Array.from(random(230, 3));
  const data = x.slice();
  centredFft(data, [230], 0, 'forward');
  const exact = direct(Float64Array.from(x), -1, 115).map((v) => v / Math.sqrt(230));
  t.true(data.every((v, n) => Math.abs(v - Math.fround(exact[n])) <= 1e-6));
});

test('a transform of no samples is refused', (t) => {
  t.throws(() => fft(0), { instanceOf: RangeError });
});
