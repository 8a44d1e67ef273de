import test from 'ava';
import { applyGain, estimateGain, GAINED_RMS, undoGain } from '../../../src/modalities/seismic/gain.js';
import { randomMask, relative, section, withMissing } from '../../support/seismic.js';

/** Noise that falls by 60 dB along the trace and by 20 dB along the line. */
const SHAPE = [1, 30, 400] as const;
const DATA = Float32Array.from(
  { length: 30 * 400 },
  (_, k) => Math.sin(k * k * 0.71) * 10 ** ((-3 * (k % 400)) / 400 - Math.floor(k / 400) / 30),
);

test('gained data have one loudness everywhere, and the inverse gives them back', (t) => {
  const live = randomMask(30, 0.4, 3);
  const grid = withMissing(DATA, [...SHAPE], live);
  const gain = estimateGain(grid);
  const gained = applyGain(DATA, gain);
  for (let trace = 0; trace < 30; trace += 5) {
    for (let t0 = 0; t0 < 400; t0 += 100) {
      const part = gained.subarray(trace * 400 + t0, trace * 400 + t0 + 100);
      const rms = Math.sqrt(part.reduce((sum, v) => sum + v * v, 0) / 100);
      // within a window the loudness still falls by 15 dB
      t.true(rms > GAINED_RMS / 2.5 && rms < GAINED_RMS * 2.5, `${trace} ${t0} ${rms}`);
    }
  }
  t.true(relative(undoGain(gained, gain), DATA) < 1e-7);
});

test('the gain is the formula, computed sum by sum', (t) => {
  const live = Uint8Array.from({ length: 9 }, (_, k) => ([1, 2, 6].includes(k) ? 1 : 0));
  const data = section([1, 9, 30], [{ t0: 8, p2: 1, f: 0.1 }]);
  const { values } = estimateGain(withMissing(data, [1, 9, 30], live), { traces: 1.5, samples: 7 });
  const local = (k: number, at: number): number => {
    let [sum, weights] = [0, 0];
    for (let s = 0; s < 30; s++) {
      const w = Math.max(0, 7 - Math.abs(s - at));
      [sum, weights] = [sum + w * data[k * 30 + s] ** 2, weights + w];
    }
    return sum / weights;
  };
  const total = Math.sqrt([1, 2, 6].reduce((sum, k) => sum + data.subarray(k * 30, (k + 1) * 30).reduce((a, v) => a + v * v, 0), 0) / 90);
  const across = [1, 0, 0, 4, 4, 4, 0, 1, 2].map((d, k) => (k === 0 ? 1 : d));
  for (let k = 0; k < 9; k++) {
    const deviation = Math.max(1.5, across[k] / 2);
    for (let at = 0; at < 30; at++) {
      let [sum, weights] = [0, 0];
      for (const j of [1, 2, 6]) {
        const w = Math.exp(-0.5 * ((k - j) / deviation) ** 2);
        [sum, weights] = [sum + w * local(j, at), weights + w];
      }
      const expected = Math.max(Math.sqrt(sum / weights) / GAINED_RMS, 1e-4 * total);
      t.true(Math.abs(values[k * 30 + at] - expected) < 2e-5 * expected, `${k} ${at}`);
    }
  }
});

test('lines without a live trace take the gain of the nearest, silence has gain 1, and missing traces are not read', (t) => {
  const live = new Uint8Array(60);
  live.set(randomMask(30, 0.3, 1), 0);
  const data = new Float32Array(60 * 400);
  data.set(DATA);
  const grid = { data, shape: [2, 30, 400] as const, live };
  const { values } = estimateGain(grid);
  t.deepEqual(values.subarray(30 * 400), values.subarray(0, 30 * 400));
  t.deepEqual(estimateGain({ ...grid, data: data.map((v, k) => (live[Math.floor(k / 400)] ? v : NaN)) }).values, values);
  t.true(estimateGain({ ...grid, data: new Float32Array(data.length) }).values.every((v) => v === 1));
});
