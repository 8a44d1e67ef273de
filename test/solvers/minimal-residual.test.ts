import test from 'ava';
import { space } from '../../core/space.js';
import { matrixOperator } from '../../operators/algebra/matrix.js';
import { conjugateGradients } from '../../src/solvers/conjugate-gradients.js';
import { minimalResidual } from '../../src/solvers/minimal-residual.js';
import { inlineBackend } from '../support/backends.js';
import { apply, build, inverse, relativeError } from '../support/dense.js';
import { joined, perSlice, randomField } from '../support/gaussian-problem.js';

/** Far from symmetric, and not positive: 1 on the diagonal, and a strong skew part. */
const H = build(8, 8, (i, j) => (i === j ? 1 : (i < j ? 1 : -1) * 0.6 + 0.1 * Math.sin(3 * i + j)));
const rows = Float64Array.from(H.flatMap((row) => [...row]));

const solved = async (iterations: number, per: 'slice' | 'volume', slices = 3) => {
  const backend = inlineBackend();
  const domain = space(['slice', 'row'], [slices, 8]);
  const operator = matrixOperator({ rows: 8, columns: 8, real: rows }, domain, backend);
  const residual = await randomField(backend, domain, 5);
  const b = perSlice(await backend.read(residual), slices, false);
  const x = backend.field(domain);
  const several = () => Array.from({ length: iterations }, () => backend.field(domain));
  minimalResidual(backend, (p, out) => operator.apply(p, out), x, { residual, directions: several(), images: several() }, per);
  return { backend, operator, b, x: perSlice(await backend.read(x), slices, false), left: await backend.read(residual) };
};

test('a system that is not symmetric is solved as by a dense inverse, far past convergence too', async (t) => {
  for (const iterations of [8, 12]) {
    const { b, x } = await solved(iterations, 'slice');
    const wanted = b.map((v) => apply(inverse(H), v));
    const error = relativeError(joined(x, false), joined(wanted, false));
    t.true(error < 1e-4, `${iterations}: ${error}`);
  }
});

test('the residual is told, and never rises; conjugate gradients fail here', async (t) => {
  let before = Infinity;
  for (const iterations of [1, 2, 3, 4, 6]) {
    const { b, x, left } = await solved(iterations, 'volume');
    const told = Math.hypot(...left);
    const computed = Math.hypot(...b.flatMap((v, k) => [...v].map((value, i) => value - apply(H, x[k])[i])));
    t.true(Math.abs(told - computed) < 1e-5 * Math.hypot(...b.flatMap((v) => [...v])), `${told} ${computed}`);
    t.true(told <= before * (1 + 1e-6));
    before = told;
  }
  const { backend, operator, b } = await solved(1, 'slice');
  const { domain } = operator;
  const [x, residual] = [backend.field(domain), await randomField(backend, domain, 5)];
  const fields = { residual, direction: backend.field(domain), image: backend.field(domain) };
  conjugateGradients(backend, (p, out) => operator.apply(p, out), x, fields, { iterations: 6, per: 'volume' });
  const ofCg = perSlice(await backend.read(x), 3, false);
  const rest = Math.hypot(...b.flatMap((v, k) => [...v].map((value, i) => value - apply(H, ofCg[k])[i])));
  t.true(rest > 3 * before, `${rest} ${before}`);
});

test('an empty slice stays 0, without NaN', async (t) => {
  const backend = inlineBackend();
  const domain = space(['slice', 'row'], [2, 8]);
  const operator = matrixOperator({ rows: 8, columns: 8, real: rows }, domain, backend);
  const residual = backend.field(domain);
  await backend.write(
    residual,
    Float32Array.from({ length: 16 }, (_, i) => (i < 8 ? 0 : i - 10)),
  );
  const x = backend.field(domain);
  const several = () => Array.from({ length: 9 }, () => backend.field(domain));
  minimalResidual(backend, (p, out) => operator.apply(p, out), x, { residual, directions: several(), images: several() }, 'slice');
  const found = await backend.read(x);
  t.true(found.subarray(0, 8).every((v) => v === 0));
  t.true(found.subarray(8).every((v) => Number.isFinite(v)) && found.subarray(8).some((v) => v !== 0));
});
