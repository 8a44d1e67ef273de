import test from 'ava';
import { uniform, philox, philoxKey } from '../../../../core/philox.js';
import { noiseFromData } from '../../../../src/modalities/mri/noise/noise-level.js';
import { gaussianCoil, place, polar, scan, withNoise } from '../coils/phantom.js';

const N = 128;

/** A head: skull, fluid, folded cortex and white matter with sharp borders, so that k-space decays as slowly as that of an image. */
function head(u: number, v: number): readonly [number, number] {
  const r = Math.hypot(u / 0.85, v / 0.7);
  const angle = Math.atan2(v, u);
  const fold = 0.72 + 0.06 * Math.sin(19 * angle + 4 * Math.sin(3 * angle));
  const value = r > 1 ? 0 : r > 0.93 ? 1.4 : r > 0.86 ? 0.15 : r > fold ? 0.5 : r > fold - 0.12 ? 0.75 : r > 0.15 ? 1 : 0.3;
  return polar(value * (1 + 0.1 * Math.sin(9 * u) * Math.cos(7 * v)), 0.7 * u + 0.4 * v * v);
}

/** Samples drawn with a density that falls with the radius, the centre full, as Poisson-disc masks are; nothing in the corners. */
const variableDensity = (share: number): Float32Array => {
  const words = new Uint32Array(4);
  return Float32Array.from({ length: N * N }, (_, i) => {
    const [u, v] = [place(Math.floor(i / N), N), place(i % N, N)];
    philox(words, i, 0, 0, 9, philoxKey(4));
    const r = Math.hypot(u, v);
    return Number(r < 0.18 || (r < 1 && uniform(words[0], words[1]) < (share * 1.6) / (1 + 3 * r)));
  });
};
const lines = Float32Array.from({ length: N * N }, (_, i) => {
  const y = Math.floor(i / N) - N / 2;
  return Number(Math.abs(y) < 8 || y % 5 === 0);
});
const masks = { full: new Float32Array(N * N).fill(1), lines, 'variable density': variableDensity(0.25) };

const eight = scan([8, N, N], head, gaussianCoil(8));
const one = scan([1, N, N], head, () => [1, 0]);

/** σ of a part so that the mean foreground magnitude over the standard deviation of complex noise is the SNR. */
const stdFor = (snr: number): number => {
  let [sum, count] = [0, 0];
  for (let i = 0; i < N * N; i++) {
    const size = Math.hypot(one.image[2 * i], one.image[2 * i + 1]);
    if (size > 0.1) [sum, count] = [sum + size, count + 1];
  }
  return sum / count / snr / Math.SQRT2;
};
const masked = (kspace: Float32Array, mask: Float32Array): Float32Array =>
  kspace.map((value, i) => value * mask[Math.floor(i / 2) % mask.length]);

const joined = (a: Float32Array, b: Float32Array): Float32Array => {
  const out = new Float32Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
};

test('with 8 coils the noise level comes within 8 % at SNR 30, from every kind of mask', (t) => {
  const std = stdFor(30);
  for (const [name, mask] of Object.entries(masks)) {
    const found = noiseFromData(masked(withNoise(eight.kspace, std, 5), mask), eight.shape, mask);
    t.log(
      `${name}: ${(found.std / std).toFixed(3)} of the truth; coils by themselves ` +
        `${[...found.perCoil].map((v) => (v / std).toFixed(2)).join(' ')}`,
    );
    t.true(Math.abs(found.std / std - 1) < 0.08, name);
    t.true(found.perCoil.every((own) => own > 0.9 * std));
  }
});

test('more noise, less bias: within its statistical error at SNR 5', (t) => {
  const std = stdFor(5);
  for (const mask of Object.values(masks)) {
    const { std: found, values } = noiseFromData(masked(withNoise(eight.kspace, std, 6), mask), eight.shape, mask);
    t.true(Math.abs(found / std - 1) < 0.01 + (4 * 1.17) / Math.sqrt(values));
  }
});

test('four coils leave some signal in the quietest: within 30 % at SNR 30 for this sharp head', (t) => {
  const four = scan([4, N, N], head, gaussianCoil(4));
  const std = stdFor(30);
  for (const [name, mask] of Object.entries(masks)) {
    const { std: found } = noiseFromData(masked(withNoise(four.kspace, std, 9), mask), four.shape, mask);
    t.log(`${name}: ${(found / std).toFixed(3)}`);
    t.true(Math.abs(found / std - 1) < 0.3, name);
  }
});

test('one coil has no quiet direction: an upper bound at SNR 30, within 20 % at SNR 5', (t) => {
  for (const snr of [30, 5]) {
    const std = stdFor(snr);
    for (const [name, mask] of Object.entries(masks)) {
      const { std: found } = noiseFromData(masked(withNoise(one.kspace, std, 7), mask), one.shape, mask);
      t.log(`SNR ${snr}, ${name}: ${(found / std).toFixed(3)}`);
      t.true(found / std > 0.95);
      if (snr === 5) t.true(found / std < 1.2);
    }
  }
});

test('pure noise: the level itself, with the scatter that is claimed, unbiased by the choice of quiet coils', (t) => {
  const shape = [20, 6, 24, 24] as const;
  const estimates = Array.from({ length: 12 }, (_, seed) =>
    noiseFromData(withNoise(new Float32Array(2 * 20 * 6 * 24 * 24), 0.3, seed), shape, new Float32Array(24 * 24).fill(1)),
  );
  const mean = estimates.reduce((sum, { std }) => sum + std / 0.3, 0) / 12;
  const error = 1.17 / Math.sqrt(estimates[0].values);
  t.true(Math.abs(mean - 1) < (4 * error) / Math.sqrt(12), `${mean}`);
  for (const { std } of estimates) t.true(Math.abs(std / 0.3 - 1) < 4.5 * error);
});

test('a mask a slice; samples that are zero in all coils are not noise', (t) => {
  const std = stdFor(10);
  const kspace = withNoise(eight.kspace, std, 8);
  const half = Float32Array.from({ length: N * N }, (_, i) => Number(i % N < 100));
  const both = noiseFromData(joined(masked(kspace, lines), masked(kspace, half)), [2, 8, N, N], joined(lines, half));
  t.true(Math.abs(both.std / std - 1) < 0.05);
  // partial Fourier filled with zeros, and a mask that does not say so
  const filled = noiseFromData(masked(kspace, half), eight.shape, masks.full);
  t.true(Math.abs(filled.std / std - 1) < 0.05);
});

test('no samples, no noise, NaN and other shapes are refused', (t) => {
  const shape = [1, 1, 64, 64] as const;
  const full = new Float32Array(64 * 64).fill(1);
  t.throws(() => noiseFromData(new Float32Array(2 * 64 * 64), shape, full), {
    code: 'GEOMETRY',
    message: /noise level/,
  });
  t.throws(() => noiseFromData(new Float32Array(2 * 64 * 64).fill(NaN), shape, full), { code: 'NOT_FINITE' });
  t.throws(() => noiseFromData(withNoise(new Float32Array(2 * 16), 1, 1), [1, 1, 4, 4], new Float32Array(16).fill(1)), {
    code: 'GEOMETRY',
    message: /at least 200/,
  });
  t.throws(() => noiseFromData(new Float32Array(2 * 64 * 64), shape, new Float32Array(3)), { code: 'SHAPE' });
  t.throws(() => noiseFromData(new Float32Array(2 * 64 * 64), shape, full, { fraction: 0.6 }), { code: 'ARGUMENT' });
});

test('k-space whose edge was filtered has its noise read from further inside, and that is told', (t) => {
  const std = stdFor(30);
  const noisy = withNoise(eight.kspace, std, 5);
  // a Fermi filter, as scanners apply it
  const filtered = noisy.map((value, i) => {
    const p = Math.floor(i / 2) % (N * N);
    const r = Math.hypot(Math.floor(p / N) - N / 2, (p % N) - N / 2);
    return value / (1 + Math.exp((r - 0.44 * N) / 1.5));
  });
  const found = noiseFromData(filtered, eight.shape, masks.full);
  // half of it was found here: the rings that are taken may still be filtered a little
  t.true(found.std > 0.4 * std && found.std < 1.1 * std, `${found.std} of ${std}`);
  t.true(found.outermost !== undefined && found.outermost < 0.1 * std);
  t.is(noiseFromData(noisy, eight.shape, masks.full).outermost, undefined);
});
