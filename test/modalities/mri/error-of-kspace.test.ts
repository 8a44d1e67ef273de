import test from 'ava';
import { normals, philoxKey } from '../../../core/philox.js';
import { uniforms } from '../../../operators/patterns/draws.js';
import { errorOfKspace } from '../../../src/modalities/mri/error-of-kspace.js';

const [COILS, SIZE, STD] = [3, 96, 0.7];
const SHAPE = [1, COILS, SIZE, SIZE];
const PLANE = SIZE * SIZE;
const random = (stream: number): Float64Array => normals(2 * COILS * PLANE, philoxKey(5), 0, 0, stream);

const distance = Float64Array.from({ length: PLANE }, (_, at) => Math.hypot(Math.floor(at / SIZE) - SIZE / 2, (at % SIZE) - SIZE / 2)).map(
  (d) => (2 * d) / SIZE,
);
// denser in the middle, as masks are; a tenth of what was measured is hidden, none of it in the middle
const [drawn, chosen] = [uniforms(PLANE, 1, 0), uniforms(PLANE, 2, 0)];
const measured = distance.map((d, at) => (drawn[at] < Math.exp(-2 * d) ? 1 : 0));
const gone = Uint8Array.from(measured, (m, at) => (m && distance[at] > 0.2 && chosen[at] < 0.1 ? 1 : 0));
const seen = Float32Array.from(measured, (m, at) => (gone[at] ? 0 : m));

/**
 * A method that predicts every sample of itself with a share h of the sample and 1 − h of what it would say without it, which errs by τ,
 * and the squared error with which it predicts a second measurement: by the truth, which only the test knows.
 */
function method(h: number, tau: (at: number) => number): { predicted: Float32Array; data: Float32Array; truth: number } {
  const [signal, noise, error, again] = [1, 2, 3, 4].map(random);
  const [predicted, data] = [new Float32Array(2 * COILS * PLANE), new Float32Array(2 * COILS * PLANE)];
  let truth = 0;
  for (let n = 0; n < predicted.length; n++) {
    const at = (n >> 1) % PLANE;
    const k = 20 * Math.exp(-3 * distance[at]) * signal[n];
    const y = k + STD * noise[n];
    const without = k + tau(at) * error[n];
    predicted[n] = seen[at] ? h * y + (1 - h) * without : without;
    data[n] = measured[at] ? y : 0;
    truth += (predicted[n] - k - STD * again[n]) ** 2;
  }
  return { predicted, data, truth };
}

const estimated = ({ predicted, data }: ReturnType<typeof method>, parts = 4): number => {
  const energy = data.reduce((sum, v) => sum + v * v, 0);
  return energy * errorOfKspace(predicted, data, { shape: SHAPE, gone, seen, distance, parts }, STD)!;
};

test('what hidden and seen samples say is the error of a second measurement of all of k-space', (t) => {
  // some 180 hidden points of three coils, in four parts, tell squares to 4 % (one standard deviation), and errors fall off within a part
  for (const h of [0, 0.3, 0.8]) {
    for (const tau of [0.2, 1, 4]) {
      const one = method(h, (at) => tau * Math.exp(-distance[at] / 2));
      t.true(Math.abs(estimated(one) / one.truth - 1) < 0.12, `h ${h}, τ ${tau}: ${estimated(one) / one.truth}`);
    }
  }
});

test('hidden samples alone would follow the method that errs where it saw the data', (t) => {
  // the second is better where nobody measured, and worse where the data are: more of all is measured than not in the middle
  const [first, second] = [method(0.9, () => 1.5), method(0.1, () => 1.45)];
  const hidden = ({ predicted, data }: ReturnType<typeof method>): number =>
    data.reduce((sum, y, n) => sum + (gone[(n >> 1) % PLANE] ? (predicted[n] - y) ** 2 : 0), 0);
  t.true(hidden(second) < hidden(first));
  t.true(second.truth > first.truth);
  t.true(estimated(second) > estimated(first));
});

test('nothing is said where no sample was seen as far out as those that are hidden', (t) => {
  const { predicted, data } = method(0.5, () => 1);
  const none = seen.map(() => 0);
  t.is(errorOfKspace(predicted, data, { shape: SHAPE, gone, seen: none, distance, parts: 4 }, STD), undefined);
});
