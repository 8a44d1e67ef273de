import test from 'ava';
import * as z from 'zod';
import { createBackend, zoo } from '../../src/node.js';
import { Reconstruction } from '../../src/engine/reconstruct.js';
import { defineRegulariser } from '../../src/regularisers/index.js';
import { defineSolver, scratch, solvers, state } from '../../src/solvers/index.js';
import { volumeData } from '../../volumes/index.js';
import { inlineBackend } from '../support/backends.js';
import { relativeError } from '../support/dense.js';
import { smallScan } from '../support/scans.js';

/* A method and a regulariser of a user's own, made with public names alone. */

const landweber = defineSolver({
  name: 'landweber',
  schema: z.strictObject({
    iterations: z.int().positive().default(30).describe('gradient steps'),
    stepLength: z.number().positive().lt(2).default(1).describe('against 1/‖A‖²'),
  }),
  steps: ({ iterations }) => iterations,
  fields: () => ({ x: state('domain'), gradient: scratch('domain') }),
  step({ backend, operator, y, options, projection, misfit, fields: { x, gradient } }) {
    operator.apply(x, projection);
    backend.lincomb(projection, [1, y], [-1, projection]);
    operator.adjoint(projection, gradient);
    backend.lincomb(x, [1, x], [options.stepLength, gradient]);
    return { residual: misfit.ofDifference(projection) };
  },
});
solvers.add(landweber.name, landweber);

test('an own method goes through the engine by its name, with a memory plan and its own options', async (t) => {
  const { scan } = await smallScan(3, 24, 12);
  const run = new Reconstruction(scan, {
    method: 'landweber',
    methodOptions: { iterations: 8, stepLength: 1.5 },
    backend: inlineBackend(),
  });
  const { events, manifest } = await run.result();
  t.is(events.length, 8);
  t.true(events.every(({ residual }, i) => i === 0 || residual! < events[i - 1].residual!));
  t.is(manifest.method.options.stepLength, 1.5);
  t.deepEqual(run.plan.items.filter(({ what }) => ['x', 'gradient', 'projection'].includes(what)).length, 3);
  const wrong = new Reconstruction(scan, {
    method: 'landweber',
    methodOptions: { length: 1 },
    backend: inlineBackend(),
  });
  await t.throwsAsync(wrong.result(), { message: /landweber has no option 'length'/ });
});

test('an own method has flags on the command line', async (t) => {
  const { methodFlags, methodOptions } = await import('../../src/cli/method-options.js');
  const flags: Record<string, string> = methodFlags().flags;
  t.is(flags['method:stepLength'], '--step-length <n>');
  t.deepEqual(methodOptions('landweber', { 'method:stepLength': '0.5' }), { stepLength: 0.5 });
});

/** Total variation along z from K, Kᴴ and prox; its prox goes through the host. */
const slow = defineRegulariser({
  name: 'own tv-z',
  coupling: 'volume',
  operator: {
    components: (domain) => [domain],
    apply: (x, [out]) => x.backend.dz(x, out, 'replicate'),
    adjoint([d], x) {
      d.backend.lincomb(x);
      d.backend.addDzAdjoint(1, d, x, 'replicate');
    },
  },
  prox: ([v], threshold, [out]) =>
    v.backend.host({
      name: 'own prox',
      inputs: [v],
      outputs: [out],
      run: async ([values]) => [values.map((value) => Math.sign(value) * Math.max(0, Math.abs(value) - threshold))],
    }),
});

test('an own regulariser in DDS, DiffusionMBIR and ADMM gives what ours of the same mathematics gives', async (t) => {
  const { scan } = await smallScan(5, 32, 12);
  const backend = createBackend({ workers: 1 });
  const image = async (method: string, methodOptions: object): Promise<Float32Array> => {
    const prior = solvers.get(method).needsPrior ? 'ct' : undefined;
    const options = { method, prior, zoo: zoo(), seed: 1, backend, methodOptions: { ...methodOptions } };
    return volumeData((await new Reconstruction(scan, options).result()).volume);
  };
  const hounsfield = (values: Float32Array): Float32Array => values.map((hu) => hu + 1000);
  try {
    for (const [method, options] of [
      ['dds', { steps: 4 }],
      ['diffusion-mbir', { steps: 4, sigmaMax: 1 }],
      ['admm', { iterations: 4 }],
    ] as const) {
      const own = await image(method, { ...options, regulariser: slow });
      const ours = await image(method, { ...options, regulariser: 'tv-z' });
      const off = relativeError(hounsfield(own), hounsfield(ours));
      t.true(off < 1e-5, `${method}: ${off}`);
      const without = await image(method, { ...options, regulariser: 'none' });
      t.true(relativeError(hounsfield(without), hounsfield(ours)) > 1e-3, method);
    }
    // the manifest says which one it was
    const run = new Reconstruction(scan, {
      method: 'admm',
      backend,
      methodOptions: { iterations: 1, regulariser: slow },
    });
    const { manifest } = await run.result();
    t.like(JSON.parse(JSON.stringify(manifest)), { method: { options: { regulariser: { name: 'own tv-z' } } } });
  } finally {
    await backend.dispose();
  }
});

test('what a regulariser has not is refused, with the way out; so are names that nobody knows, and promises', async (t) => {
  const { dds } = await import('../../src/solvers/dds.js');
  t.throws(() => dds.options({ regulariser: 'tv-z', block: 4 }), { code: 'ARGUMENT', message: /'block'.*low-rank/ });
  t.throws(() => dds.options({ regulariser: slow, zWeight: 2 }), { message: /'zWeight'.*tv-z or tv3d.*your own/ });
  t.throws(() => dds.options({ regulariser: 'tvz' }), { message: /'regulariser'.*tv-z, tv3d/ });
  t.throws(() => dds.options({ mode: '2d', regulariser: 'low-rank' }), { message: /mode 2d.*'low-rank' couples/ });
  t.notThrows(() => dds.options({ mode: '2d', regulariser: 'wavelet' }));
  const { scan } = await smallScan(2, 24, 6);
  const late = { ...slow, name: 'late' };
  late.bind = (domain, backend, fields) => {
    const bound = slow.bind(domain, backend, fields);
    return { ...bound, prox: (async () => Promise.resolve()) as never };
  };
  const run = new Reconstruction(scan, {
    method: 'admm',
    backend: inlineBackend(),
    methodOptions: { regulariser: late },
  });
  await t.throwsAsync(run.result(), { code: 'ARGUMENT', message: /'late' returned a promise/ });
});
