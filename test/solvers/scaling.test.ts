import test from 'ava';
import { gaussianPrior } from '../../models/analytic/gaussian.js';
import { matrixOperator } from '../../operators/algebra/matrix.js';
import { dds } from '../../src/solvers/dds.js';
import { diffusionMbir } from '../../src/solvers/diffusion-mbir.js';
import { space } from '../../core/space.js';
import { inlineBackend, testArray, testNumbers } from '../support/backends.js';
import { relativeError, withSingularValues } from '../support/dense.js';
import { result } from '../support/gaussian-problem.js';

const [slices, pixels, rows] = [3, 9, 4];

/** The same problem in other units: A/s and y/s; x → kx + c. Starts from a classical image so that the offset has a meaning. */
async function problemIn({ s = 1, k = 1, c = 0 }: { s?: number; k?: number; c?: number }) {
  const backend = inlineBackend();
  const domain = space(['slice', 'y', 'x'], [slices, 3, 3]);
  const flat = (m: readonly Float64Array[]) => Float64Array.from(m.flatMap((row) => [...row]));
  const A = flat(withSingularValues([1, 0.7, 0.5, 0.3], pixels, testNumbers(3)));
  const operator = matrixOperator({ rows, columns: pixels, real: A.map((v) => v / s) }, domain, backend);
  const basis = withSingularValues(new Array<number>(pixels).fill(1), pixels, testNumbers(4));
  const coefficients = space(['slice', 'mode'], [slices, pixels]);
  const U = matrixOperator({ rows: pixels, columns: pixels, real: flat(basis) }, coefficients, backend, domain);
  const values = Float64Array.from({ length: pixels }, (_, i) => 0.2 * Math.exp(-i / 2) * k * k);
  const prior = await gaussianPrior(
    U,
    values,
    Float32Array.from({ length: pixels }, (_, i) => (0.3 + 0.02 * i) * k + c),
  );
  const y = backend.field(operator.range);
  const initial = backend.field(domain);
  await backend.write(
    initial,
    testArray(slices * pixels, 8).map((v) => v * k + c),
  );
  const data = testArray(slices * rows, 9);
  const ones = Array.from({ length: rows }, (_, r) => A.slice(r * pixels, (r + 1) * pixels).reduce((a, b) => a + b, 0));
  await backend.write(
    y,
    data.map((v, i) => (v * k + c * ones[i % rows]) / s),
  );
  return { backend, operator, y, prior, initial, seed: 5 };
}

const base = { rho: 0.05, lambda: 0.004, sigmaMax: 0.8, sigmaMin: 0.05, steps: 10, start: 'classical' } as const;

for (const [name, run] of [
  ['DDS', (p: Awaited<ReturnType<typeof problemIn>>, o: typeof base) => result(dds, p, { ...o, eta: 0.85, innerIterations: 3 })],
  ['DDS with γ', (p, o) => result(dds, p, { ...o, eta: 0.85, innerIterations: 3, gamma: 20 * (o.rho === base.rho ? 1 : 100) })],
  ['DiffusionMBIR', (p, o) => result(diffusionMbir, p, { ...o, finalCorrection: false })],
] as [string, (p: Awaited<ReturnType<typeof problemIn>>, o: typeof base) => Promise<Float32Array>][]) {
  test(`O5: ${name} does not depend on the scale of A`, async (t) => {
    const plain = await run(await problemIn({}), base);
    const s = 10;
    const scaled = await run(await problemIn({ s }), {
      ...base,
      rho: base.rho / s ** 2,
      lambda: base.lambda / s ** 2,
    } as never);
    t.true(relativeError(scaled, plain) < 2e-5, `${relativeError(scaled, plain)}`);
  });

  test(`O5: ${name} does not depend on the units of x`, async (t) => {
    const plain = await run(await problemIn({}), base);
    const [k, c] = [3, -0.7];
    const units = { ...base, lambda: base.lambda * k, sigmaMax: base.sigmaMax * k, sigmaMin: base.sigmaMin * k };
    const other = await run(await problemIn({ k, c }), units as never);
    const back = other.map((v) => (v - c) / k);
    t.true(relativeError(back, plain) < 2e-5, `${relativeError(back, plain)}`);
  });
}
