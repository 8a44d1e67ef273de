import test from 'ava';
import { space } from '../../core/space.js';
import { matrixOperator } from '../../operators/algebra/matrix.js';
import type { WaveletName } from '../../operators/wavelet/daubechies.js';
import { csTv } from '../../src/solvers/classical/cs-tv.js';
import { csWavelet } from '../../src/solvers/classical/cs-wavelet.js';
import { sense } from '../../src/solvers/classical/sense.js';
import { zeroFilled } from '../../src/modalities/mri/zero-filled.js';
import type { Problem } from '../../src/solvers/solver.js';
import { inlineBackend } from '../support/backends.js';
import { relativeError } from '../support/dense.js';
import { result } from '../support/gaussian-problem.js';
import { floatsOf, golden } from '../support/golden.js';
import { imageSpaceOf, samplesOf, senseMatrix, type CoilArrays } from '../support/sense-matrix.js';

interface Golden {
  readonly shape: [number, number, number, number];
  readonly maps: string;
  readonly mask: string;
  readonly data: string;
  readonly zeroFilled: string;
  readonly sense: readonly { readonly lambda: number; readonly image: string }[];
  readonly wavelet: readonly {
    readonly lambda: number;
    readonly iterations: number;
    readonly wavelet: WaveletName;
    readonly image: string;
  }[];
  readonly totalVariation: readonly { readonly lambda: number; readonly image: string }[];
}

/** 24 × 20, 4 coils, 2 slices, 40 % of k-space at random, noise: what SigPy makes of it (test/golden/scripts/sparse.py). */
const expected = golden<Golden>('sparse-mri.json');
const arrays: CoilArrays = {
  shape: expected.shape,
  maps: floatsOf(expected.maps),
  mask: floatsOf(expected.mask),
};

async function scan() {
  const backend = inlineBackend();
  const operator = matrixOperator(senseMatrix(arrays), imageSpaceOf(arrays), backend);
  const samples = samplesOf(arrays, floatsOf(expected.data));
  const y = backend.field(operator.range);
  await backend.write(y, samples);
  const problem: Problem = { backend, operator, y, seed: 1 };
  return { operator, samples, problem };
}

/** The same scan as the engine would hand it over: ‖A‖ = 1, image in other units. */
async function normalised(): Promise<Problem> {
  const { problem, operator } = await scan();
  const { backend } = problem;
  const [norm, scale] = [await operator.norm(), 7];
  const { rows, columns, real, imaginary } = senseMatrix(arrays);
  const unit = { rows, columns, real: real.map((v) => v / norm), imaginary: imaginary!.map((v) => v / norm) };
  const y = backend.field(operator.range);
  backend.lincomb(y, [1 / (norm * scale), problem.y]);
  return { ...problem, operator: matrixOperator(unit, imageSpaceOf(arrays), backend), y, units: { norm, scale } };
}

test('zero-filled is Aᴴy, as SigPy’s', async (t) => {
  const { operator, samples } = await scan();
  const error = relativeError(await zeroFilled(operator, samples), floatsOf(expected.zeroFilled));
  t.true(error < 1e-6, `off by ${error}`);
});

for (const { lambda, image } of expected.sense) {
  test(`CG-SENSE, converged, is SigPy’s SenseRecon: λ ${lambda}`, async (t) => {
    const { problem } = await scan();
    const error = relativeError(await result(sense, problem, { lambda, iterations: 80 }), floatsOf(image));
    t.log(error);
    t.true(error < 1e-4, `off by ${error}`); // tolerance 1e-6 × condition 1/λ
  });
}

for (const { lambda, iterations, wavelet, image } of expected.wavelet) {
  test(`CS-wavelet is SigPy’s L1WaveletRecon after ${iterations} iterations: ${wavelet}, λ ${lambda}`, async (t) => {
    const { problem } = await scan();
    const options = { lambda, iterations, wavelet, extension: 'zero' } as const;
    const error = relativeError(await result(csWavelet, problem, options), floatsOf(image));
    t.log(error);
    t.true(error < 1e-3, `off by ${error}`);
  });
}

for (const { lambda, image } of expected.totalVariation) {
  test(`CS-TV minimises what SigPy’s primal-dual method does, isotropic TV: λ ${lambda}`, async (t) => {
    const { problem } = await scan();
    const options = { lambda, rho: 2 * lambda, iterations: 120, innerIterations: 4 };
    const error = relativeError(await result(csTv, problem, options), floatsOf(image));
    t.log(error);
    t.true(error < 2e-3, `off by ${error}`);
  });
}

test('λ is in the data’s own units: a problem normalised as the engine does gives the same images', async (t) => {
  const { problem } = await scan();
  const inside = await normalised();
  const same = (x: Float32Array, own: Float32Array): void => {
    t.true(
      relativeError(
        x.map((v) => 7 * v),
        own,
      ) < 1e-4,
    );
  };
  const short = { lambda: 0.05, iterations: 6 } as const;
  same(await result(sense, inside, short), await result(sense, problem, short));
  for (const extension of ['zero', 'periodic'] as const) {
    const options = { ...short, extension };
    same(await result(csWavelet, inside, options), await result(csWavelet, problem, options));
  }
  const norm = inside.units!.norm;
  same(await result(csTv, inside, { ...short, rho: 0.1 / norm ** 2 }), await result(csTv, problem, { ...short, rho: 0.1 }));
});

test('zero-filled refuses real images: a backprojection of CT is not a reconstruction', async (t) => {
  const backend = inlineBackend();
  const domain = space(['slice', 'y', 'x'], [1, 1, 2]);
  const operator = matrixOperator({ rows: 1, columns: 2, real: Float64Array.of(1, 1) }, domain, backend);
  await t.throwsAsync(zeroFilled(operator, Float32Array.of(1)), { message: /zero-filled is for MRI.*fbp/ });
});
