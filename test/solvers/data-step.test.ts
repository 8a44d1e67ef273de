import test from 'ava';
import type { Field } from '../../compute/backend.js';
import { identityPrior } from '../../models/analytic/identity.js';
import { matrixOperator } from '../../operators/algebra/matrix.js';
import type { Regulariser } from '../../src/regularisers/regulariser.js';
import { admm } from '../../src/solvers/classical/admm.js';
import { dds } from '../../src/solvers/dds.js';
import { scratch, state } from '../../src/solvers/fields.js';
import type { Problem, SolverState } from '../../src/solvers/solver.js';
import { space } from '../../core/space.js';
import { inlineBackend } from '../support/backends.js';
import { dataStepFor, type SweepSettings } from '../support/data-step.js';
import { add, apply, relativeError, transpose } from '../support/dense.js';
import { gaussianProblem, randomField, record, result } from '../support/gaussian-problem.js';
import { differenceMatrix, softThreshold } from '../support/reference-solvers.js';

const settings: SweepSettings = {
  mode: '3d',
  rho: 0.05,
  lambda: 0.004,
  innerIterations: 4,
  boundary: 'replicate',
};

/** x, y = Ax, and a data step for them. */
async function consistentProblem(options: Partial<SweepSettings>, complex = false) {
  const p = await gaussianProblem({ complex });
  const x = await randomField(p.backend, p.domain, 4);
  p.operator.apply(x, p.problem.y);
  return { ...p, x, ...dataStepFor(p.problem, { ...settings, ...options }) };
}

const change = async (p: { backend: { read(f: Field): Promise<Float32Array> } }, x: Field, act: () => void): Promise<number> => {
  const before = await p.backend.read(x);
  act();
  return relativeError(await p.backend.read(x), before);
};

for (const complex of [false, true]) {
  const kind = complex ? 'complex' : 'real';
  test(`consistent data are a fixed point of the 2D steps, with and without γ (${kind})`, async (t) => {
    const p = await consistentProblem({ mode: '2d' }, complex);
    t.true((await change(p, p.x, () => p.step.sweep(p.x))) < 1e-6);
    t.true((await change(p, p.x, () => p.step.sweep(p.x, { pull: 1 }))) < 1e-6);
  });

  test(`consistent data are a fixed point of the 3D sweep with z = D_z x, λ = 0, with and without γ (${kind})`, async (t) => {
    const p = await consistentProblem({ lambda: 0 }, complex);
    p.backend.dz(p.x, p.w!, 'replicate');
    t.true((await change(p, p.x, () => p.step.sweep(p.x))) < 1e-6);
    t.true((await change(p, p.x, () => p.step.sweep(p.x, { pull: 0.7 }))) < 1e-6);
  });

  test(`from z = u = 0 the first sweep changes a volume that varies along z (${kind})`, async (t) => {
    const p = await consistentProblem({}, complex);
    t.true((await change(p, p.x, () => p.step.sweep(p.x))) > 1e-3);
  });
}

/** A = I on Z slices of 6 pixels with random data; DDS with the identity prior and η = 0 is ADMM on ½‖x − y‖² + λ‖D_z x‖₁. */
async function denoising(slices: number): Promise<{ problem: Problem; y: Float32Array }> {
  const backend = inlineBackend();
  const domain = space(['slice', 'y', 'x'], [slices, 2, 3]);
  const eye = Float64Array.from({ length: 36 }, (_, i) => Number(i % 7 === 0));
  const operator = matrixOperator({ rows: 6, columns: 6, real: eye }, domain, backend);
  const y = await randomField(backend, operator.range, 11);
  return { problem: { backend, operator, y, prior: identityPrior(), seed: 1 }, y: await backend.read(y) };
}

const asAdmm = {
  mode: '3d',
  steps: 400,
  eta: 0,
  innerIterations: 5,
  rho: 0.5,
  lambda: 0.1,
  sigmaMax: 1,
  sigmaMin: 0.1,
} as const;

test('O4: two slices keep their mean, their difference is soft-thresholded by 2λ, by 4λ when periodic', async (t) => {
  for (const [boundary, threshold] of [
    ['replicate', 0.2],
    ['periodic', 0.4],
  ] as const) {
    const { problem, y } = await denoising(2);
    const x = await result(dds, problem, { ...asAdmm, boundary });
    for (let j = 0; j < 6; j++) {
      const difference = y[j + 6] - y[j];
      const kept = Math.sign(difference) * Math.max(0, Math.abs(difference) - threshold);
      t.true(Math.abs(x[j] + x[j + 6] - y[j] - y[j + 6]) < 1e-5);
      t.true(Math.abs(x[j + 6] - x[j] - kept) < 1e-5);
    }
  }
});

/** How far (x, w) is from x − y + D_zᵀ(ρu) = 0, and by how much |ρu| exceeds λ. */
function optimality(state: SolverState, y: Float32Array, slices: number, periodic: boolean): { stationarity: number; excess: number } {
  const w = Float64Array.from(state.fields.w);
  const dual = add([asAdmm.rho, w], [-asAdmm.rho, softThreshold(w, asAdmm.lambda / asAdmm.rho, false, slices)]);
  const pushed = apply(transpose(differenceMatrix(slices, 6, periodic)), dual);
  const gradient = add([1, state.fields.x], [-1, y], [1, pushed]);
  return {
    stationarity: Math.max(...gradient.map(Math.abs)),
    excess: Math.max(...dual.map(Math.abs)) - asAdmm.lambda,
  };
}

for (const boundary of ['replicate', 'periodic'] as const) {
  test(`O4: five slices meet the optimality conditions of ADMM-TV along z (${boundary})`, async (t) => {
    const { problem, y } = await denoising(5);
    const { state } = (await record(dds, problem, { ...asAdmm, boundary })).at(-1)!;
    const { stationarity, excess } = optimality(state, y, 5, boundary === 'periodic');
    t.true(stationarity < 1e-5 && excess < 1e-6, `${stationarity}, ${excess}`);
  });
}

test('O4: forgetting z and u between steps fails it', async (t) => {
  const { problem, y } = await denoising(5);
  const options = dds.options({ ...asAdmm, boundary: 'replicate' });
  let state: SolverState | undefined;
  for (let i = 0; i < 30; i++) {
    const resume = state && { step: state.step, fields: { ...state.fields, w: state.fields.w.map(() => 0) } };
    for await (const event of dds.run({ ...problem, resume }, options)) {
      state = await event.state();
      break;
    }
  }
  t.true(optimality(state!, y, 5, false).stationarity > 1e-2);
});

test('state of a regulariser goes into checkpoints: a run resumed gives the same bits, and without it others', async (t) => {
  // the threshold of every value follows a running mean of its size
  const adaptive: Regulariser = {
    name: 'adaptive',
    coupling: 'slice',
    components: (domain) => [domain],
    fields: () => ({ mean: state('domain'), ones: scratch('domain') }),
    bind: (_, backend, { mean, ones }) => ({
      apply: (x, [out]) => backend.lincomb(out, [1, x]),
      addAdjoint: (weight, [d], x) => backend.lincomb(x, [1, x], [weight, d]),
      addNormal: (weight, x, out) => backend.lincomb(out, [1, out], [weight, x]),
      prox([v], threshold, [out]) {
        backend.lincomb(mean, [0.8, mean], [0.2, v]);
        backend.lincomb(ones, [1, v], [-0.5, mean]);
        backend.shrink(ones, threshold, out);
      },
    }),
  };
  const { problem } = await gaussianProblem();
  const options = { iterations: 6, regulariser: adaptive, lambda: 0.01, rho: 0.1 };
  const all = await record(admm, problem, options);
  const at = all[2].state;
  t.true('w-mean' in at.fields && !('w-ones' in at.fields));
  const again = await record(admm, { ...problem, resume: at }, options);
  t.deepEqual(again.at(-1)!.estimate, all.at(-1)!.estimate);
  const forgotten = { ...at, fields: { ...at.fields, 'w-mean': at.fields['w-mean'].map(() => 0) } };
  const other = await record(admm, { ...problem, resume: forgotten }, options);
  t.notDeepEqual(other.at(-1)!.estimate, all.at(-1)!.estimate);
});
