import test from 'ava';
import { linear } from '../../../../src/modalities/seismic/classical/linear.js';
import { pocs } from '../../../../src/modalities/seismic/classical/pocs.js';
import { predict } from '../../../../src/modalities/seismic/classical/predict.js';
import { rankReduction } from '../../../../src/modalities/seismic/classical/rank-reduction.js';
import { slope } from '../../../../src/modalities/seismic/classical/slope.js';
import { randomMask, relative, section, withMissing } from '../../../support/seismic.js';

/** Only the missing traces of a and b. */
function missingOf(a: Float32Array, live: Uint8Array, nt: number): Float32Array {
  return a.filter((_, k) => !live[Math.floor(k / nt)]);
}

test('linear is exact on data that are linear along the line, and constant beyond its ends', async (t) => {
  const data = Float32Array.from({ length: 20 * 3 }, (_, k) => Math.floor(k / 3) * (1 + (k % 3)) - 4);
  const live = Uint8Array.from({ length: 20 }, (_, k) => (k >= 2 && [2, 5, 6, 11, 17].includes(k) ? 1 : 0));
  const out = await linear.interpolate(withMissing(data, [1, 20, 3], live));
  for (let k = 0; k < 20; k++) {
    for (let s = 0; s < 3; s++) t.true(Math.abs(out[3 * k + s] - data[3 * Math.min(17, Math.max(2, k)) + s]) < 1e-5, `${k} ${s}`);
  }
});

test('linear on a grid is exact on planes with live edges, and every missing trace is the weighted mean of its neighbours', async (t) => {
  const [n1, n2] = [7, 9];
  const live = randomMask(n1 * n2, 0.7, 5);
  for (let k = 0; k < n1 * n2; k++) if (k < n2 || k >= n1 * n2 - n2 || k % n2 === 0 || k % n2 === n2 - 1) live[k] = 1;
  const data = Float32Array.from({ length: n1 * n2 * 2 }, (_, k) => 3 * Math.floor(k / 2 / n2) - 2 * (Math.floor(k / 2) % n2) + (k % 2));
  const out = await linear.interpolate(withMissing(data, [n1, n2, 2], live));
  t.true(relative(out, data) < 1e-6);

  const rough = data.map((v, k) => v + Math.sin(k * k));
  const membrane = await linear.interpolate(withMissing(rough, [n1, n2, 2], live));
  // one ratio of the two axes' weights explains all missing traces
  const ratios: number[] = [];
  for (let k = 0; k < n1 * n2; k++) {
    if (live[k]) continue;
    const x = (trace: number): number => membrane[2 * trace];
    const [along, across] = [x(k - 1) + x(k + 1) - 2 * x(k), x(k - n2) + x(k + n2) - 2 * x(k)];
    if (Math.abs(across) > 0.1) ratios.push(-along / across);
  }
  t.true(ratios.length > 5);
  for (const r of ratios) t.true(Math.abs(r - ratios[0]) < 1e-3 * Math.abs(ratios[0]), `${r} ${ratios[0]}`);
});

for (const p2 of [0, 0.37, -1.3, 3.2]) {
  test(`slope finds a plane wave of ${p2} samples a trace again, though traces are missing and it is aliased`, async (t) => {
    const shape = [1, 40, 160] as const;
    const data = section([...shape], [{ t0: p2 < 0 ? 130 : 20, p2, f: 0.12 }]);
    const live = randomMask(40, 0.5, 11);
    const out = await slope.interpolate(withMissing(data, [...shape], live));
    // windowed sinc and the parabola of the scan: 1 % each
    t.true(relative(out, data) < 0.02, `${relative(out, data)}`);
    if (p2 > 1) {
      const straight = await linear.interpolate(withMissing(data, [...shape], live));
      t.true(relative(straight, data) > 0.5);
    }
  });
}

test('slope and the bars of its neighbours: a 3-D plane wave is recovered along both axes', async (t) => {
  const shape = [6, 24, 96] as const;
  const data = section([...shape], [{ t0: 30, p1: 0.8, p2: 1.1, f: 0.12 }]);
  const out = await slope.interpolate(withMissing(data, [...shape], randomMask(144, 0.4, 2)));
  t.true(relative(out, data) < 0.05, `${relative(out, data)}`);
});

/** Three waves on the bins of a line of 32 traces and 48 samples. */
const onBins = Float32Array.from({ length: 32 * 48 }, (_, k) => {
  const [x, s] = [Math.floor(k / 48), k % 48];
  const wave = (kx: number, f: number): number => Math.cos(2 * Math.PI * ((kx * x) / 32 + (f * s) / 48) + kx);
  return wave(3, 6) + 0.8 * wave(-5, 9) + 0.6 * wave(1, 3);
});

test('POCS is exact for a line of few wavenumbers', async (t) => {
  const live = randomMask(32, 0.5, 21);
  const out = await pocs.interpolate(withMissing(onBins, [1, 32, 48], live), {
    padding: 1,
    timePadding: 1,
    iterations: 120,
    last: 0.01,
    dealias: 'off',
  });
  t.true(relative(missingOf(out, live, 48), missingOf(onBins, live, 48)) < 0.01, `${relative(out, onBins)}`);
});

test('of a regular mask, POCS without dealiasing recovers nothing, with it the dipping event', async (t) => {
  const shape = [1, 32, 64] as const;
  const data = section([...shape], [{ t0: 20, p2: 0.7, f: 0.12 }]);
  const live = Uint8Array.from({ length: 32 }, (_, k) => (k % 2 === 0 ? 1 : 0));
  const error = async (dealias: 'on' | 'off' | 'auto'): Promise<number> =>
    relative(missingOf(await pocs.interpolate(withMissing(data, [...shape], live), { dealias }), live, 64), missingOf(data, live, 64));
  t.true((await error('off')) > 0.9);
  t.true((await error('on')) < 0.4, `${await error('on')}`);
  t.is(await error('auto'), await error('on'));
});

test('a single dipping event has rank 1: rank reduction recovers it, in 2-D and 3-D', async (t) => {
  for (const shape of [
    [1, 20, 64],
    [6, 12, 64],
  ] as const) {
    const data = section([...shape], [{ t0: 20, p1: 0.9, p2: 1.1, f: 0.12 }]);
    const live = randomMask(shape[0] * shape[1], 0.5, 4);
    const options = { rank: 1, damping: 0, iterations: 80, windowSamples: 64, windowTraces: 20 };
    const out = await rankReduction.interpolate(withMissing(data, [...shape], live), options);
    t.true(relative(out, data) < 0.01, `${shape.join('×')}: ${relative(out, data)}`);
  }
});

test('two crossing events need rank 2', async (t) => {
  const shape = [1, 24, 64] as const;
  const data = section(
    [...shape],
    [
      { t0: 15, p2: 1, f: 0.12 },
      { t0: 45, p2: -0.8, f: 0.12 },
    ],
  );
  const live = randomMask(24, 0.4, 9);
  const error = async (rank: number): Promise<number> =>
    relative(
      await rankReduction.interpolate(withMissing(data, [...shape], live), {
        rank,
        damping: 0,
        iterations: 80,
        windowSamples: 64,
      }),
      data,
    );
  t.true((await error(1)) > 0.2);
  t.true((await error(2)) < 0.03, `${await error(2)}`);
});

test('predict learns a shift of whole samples from the other traces', async (t) => {
  const shape = [1, 60, 120] as const;
  // a different wavelet train in every run of the noise, moved by 2 samples from trace to trace
  const train = Float32Array.from({ length: 400 }, (_, k) => Math.sin(k * k * 0.37) * Math.cos(k * 1.7));
  const data = Float32Array.from({ length: 60 * 120 }, (_, k) => train[(k % 120) + 200 - 2 * Math.floor(k / 120)]);
  const live = randomMask(60, 0.2, 13);
  const out = await predict.interpolate(withMissing(data, [...shape], live), { ridge: 1e-5 });
  // the first and last samples need what lies beyond the trace
  const inner = (a: Float32Array): Float32Array => a.filter((_, k) => k % 120 > 12 && k % 120 < 107);
  const straight = await linear.interpolate(withMissing(data, [...shape], live));
  const [ours, theirs] = [out, straight].map((x) => relative(inner(x), inner(data)));
  t.true(ours < 0.15 * theirs, `${ours} ${theirs}`);
});
