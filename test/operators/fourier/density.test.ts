import test from 'ava';
import { densityCompensation } from '../../../operators/fourier/noncartesian/density.js';
import { nonCartesianFourier } from '../../../operators/fourier/noncartesian/nufft.js';
import { griddedKspace } from '../../../operators/fourier/noncartesian/gridded.js';
import { inlineBackend } from '../../support/backends.js';
import { relativeError } from '../../support/kspace.js';
import { radialTrajectory, spiralTrajectory } from '../../support/trajectories.js';

const N = 48;

test('a full Cartesian scan: every sample stands for one cell', (t) => {
  const k = Array.from({ length: N * N }, (_, s) => [Math.floor(s / N) - N / 2, (s % N) - N / 2]).flat();
  const w = densityCompensation(k, [N, N]);
  const inside = w.filter((_, s) => Math.max(Math.abs(k[2 * s]), Math.abs(k[2 * s + 1])) < N / 2 - 4);
  t.true(
    inside.every((v) => Math.abs(v - 1) < 0.02),
    `${Math.min(...inside)} … ${Math.max(...inside)}`,
  );
});

test('radial: the area between circles and spokes, π r Δr / spokes', (t) => {
  const [spokes, step] = [90, 0.5];
  const k = radialTrajectory(spokes, N, step);
  const w = densityCompensation(k, [N, N]);
  const radius = Array.from(w, (_, s) => Math.hypot(k[2 * s], k[2 * s + 1]));
  const ratio = [...w].flatMap((v, s) => (radius[s] > 4 && radius[s] < N / 2 - 6 ? [v / ((Math.PI * radius[s] * step) / spokes)] : []));
  // nearer to the edge of k-space samples stand for what lies beyond it too
  t.true(Math.min(...ratio) > 0.97 && Math.max(...ratio) < 1.03, `${Math.min(...ratio)} … ${Math.max(...ratio)}`);
  const area = w.reduce((sum, v) => sum + v, 0) / (Math.PI * (N / 2) ** 2);
  t.true(Math.abs(area - 1) < 0.06, `${area} of the disc`); // samples at the edge reach half a window farther
});

/** Gaussians in the image and their transform, orthonormal: exp(−r²/2s²) ↔ 2πs²/n exp(−2π²s²k²/n²) e^{−2πi k·r₀/n}, narrow in both. */
const BLOBS = [
  [0, 0, 5, 1],
  [-9, 6, 3, -0.6],
  [8, 10, 2.5, 0.8],
];

function kspaceAt(k: ArrayLike<number>): Float32Array {
  const out = new Float32Array(k.length);
  for (let s = 0; s < k.length; s += 2) {
    for (const [y, x, width, size] of BLOBS) {
      const value =
        ((size * 2 * Math.PI * width ** 2) / N) * Math.exp((-2 * Math.PI ** 2 * width ** 2 * (k[s] ** 2 + k[s + 1] ** 2)) / N ** 2);
      const phase = (-2 * Math.PI * (k[s] * y + k[s + 1] * x)) / N;
      out[s] += value * Math.cos(phase);
      out[s + 1] += value * Math.sin(phase);
    }
  }
  return out;
}

for (const [name, k] of [
  ['radial', radialTrajectory(90, N, 0.5)],
  ['spiral', spiralTrajectory(16, 600, N)],
] as const) {
  test(`gridding samples of the closed-form transform of an object gives the object: ${name}`, async (t) => {
    const w = densityCompensation(k, [N, N]);
    const y = kspaceAt(k);
    const backend = inlineBackend();
    const a = nonCartesianFourier({ shape: [1, N, N], trajectory: k }, backend);
    const [data, image] = [backend.field(a.range), backend.field(a.domain)];
    await backend.write(
      data,
      y.map((v, n) => v * w[n >> 1]),
    );
    a.adjoint(data, image);
    const wanted = new Float32Array(2 * N * N);
    for (let i = 0; i < N * N; i++) {
      const [row, column] = [Math.floor(i / N) - N / 2, (i % N) - N / 2];
      for (const [y0, x0, width, size] of BLOBS)
        wanted[2 * i] += size * Math.exp(-((row - y0) ** 2 + (column - x0) ** 2) / (2 * width ** 2));
    }
    const error = relativeError(await backend.read(image), wanted);
    t.true(error < 0.07, `${error}`); // found 4 % and 6 %: areas next to DC, where trajectories are densest
    a.dispose();

    // and its Cartesian k-space about the centre
    const middle = griddedKspace({ data: y, shape: [1, 1, w.length], trajectory: k, density: w }, [N, N], 16);
    const square = Array.from({ length: N * N }, (_, s) => [Math.floor(s / N) - N / 2, (s % N) - N / 2]).flat();
    const exact = kspaceAt(square).map((v, n) => v * middle.mask.data[n >> 1]);
    const off = relativeError(middle.data, exact);
    t.true(off < 0.08, `${off}`);
  });
}
