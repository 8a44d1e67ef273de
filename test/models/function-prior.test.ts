import test, { type ExecutionContext } from 'ava';
import type { Backend } from '../../compute/backend.js';
import { space } from '../../core/space.js';
import { functionPrior, type DenoiseCall, type DenoiseFunction } from '../../models/function/function-prior.js';
import { networkPrior } from '../../models/network/network-prior.js';
import type { Prior, PriorState } from '../../models/prior.js';
import { dds, type DdsOptions } from '../../src/solvers/dds.js';
import { diffusionMbir } from '../../src/solvers/diffusion-mbir.js';
import { createBackend } from '../../src/node.js';
import { inlineBackend, testArray } from '../support/backends.js';
import { relativeError } from '../support/dense.js';
import { onEveryBackend, onWebGpu } from '../support/every-backend.js';
import { gaussianProblem, record, result } from '../support/gaussian-problem.js';
import { closedForm, network } from '../support/networks.js';

const HU = { unit: 'HU', low: -1000, high: 1000 };
const SIGMA = [0.01, 10] as const;

/** The closed form of a test network as a plain function on images in planes. */
const formula =
  (name: 'real' | 'complex'): DenoiseFunction =>
  async (images, [count, planes, rows, columns], sigma) => {
    await Promise.resolve();
    const pixels = rows * columns;
    const out = new Float32Array(images.length);
    for (let k = 0; k < count; k++) {
      const at = (p: number): number => (k * planes + p) * pixels;
      const x = Array.from({ length: planes }, (_, p) => Float64Array.from(images.subarray(at(p), at(p) + pixels)));
      closedForm(name, x, rows, columns, sigma).forEach((plane, p) => out.set(plane, at(p)));
    }
    return out;
  };

/** One method with the same denoiser as a network and as a function. */
async function sameAsNetwork(t: ExecutionContext, backend: Backend): Promise<void> {
  for (const complex of [false, true]) {
    const name = complex ? 'complex' : 'real';
    const { card, weights } = network(name);
    const learned = await networkPrior(card, weights, backend);
    const plain = functionPrior({ range: HU, sigma: SIGMA, complex: 'planes', batch: 2, denoise: formula(name) });
    const p = await gaussianProblem({ complex, backend, slices: 3 });
    // a sweep that is well conditioned: what is compared is the denoiser, and not what CG makes of its last digits
    const options: Partial<DdsOptions> = { steps: 5, sigmaMax: 1, sigmaMin: 0.1, gamma: 1, phase: complex ? 'random' : 'none' };
    const [a, b] = [
      await result(dds, { ...p.problem, prior: learned }, options),
      await result(dds, { ...p.problem, prior: plain }, options),
    ];
    t.true(relativeError(b, a) < 1e-5, `${name}: ${relativeError(b, a)}`);
    t.is(plain.evaluations, 5);
    const [x, once, other] = [p.domain, p.domain, p.domain].map((s) => backend.field(s));
    await backend.write(x, testArray(48 * (complex ? 2 : 1), 3));
    learned.denoise(x, 0.5, once, { phase: 1 });
    plain.denoise(x, 0.5, other, { phase: 1 });
    t.true(relativeError(await backend.read(other), await backend.read(once)) < 1e-6);
    for (const f of [x, once, other]) f.dispose();
    await learned.dispose();
  }
}

test('cpu: a function gives in DDS what the same denoiser gives as a network, real and complex', async (t) => {
  const backend = createBackend({ workers: 2 });
  await sameAsNetwork(t, backend).finally(() => backend.dispose());
});
onWebGpu('a function gives in DDS what the same denoiser gives as a network, real and complex', (t, gpu) => sameAsNetwork(t, gpu));

onEveryBackend('complex images come interleaved or as planes, turned by the phase, and go back', async (t, { backend }) => {
  const s = space(['slice', 'y', 'x'], [5, 2, 3], 'complex64');
  const data = testArray(60, 4);
  const x = backend.field(s);
  for (const complex of ['interleaved', 'planes'] as const) {
    for (const phase of [0, Math.PI / 2]) {
      const shapes: (readonly number[])[] = [];
      const prior = functionPrior({
        range: HU,
        sigma: SIGMA,
        complex,
        batch: 3,
        denoise: (images, shape) => {
          shapes.push(shape);
          // the imaginary part of what comes in is taken away
          const imaginary = (i: number): boolean => (complex === 'planes' ? Math.floor(i / 6) % 2 === 1 : i % 2 === 1);
          return images.map((v, i) => (imaginary(i) ? 0 : v));
        },
      });
      await backend.write(x, data);
      prior.denoise(x, 1, x, { phase });
      const got = await backend.read(x);
      const kept = phase === 0 ? 0 : 1; // i·z has the imaginary part of z as its real part, negated
      t.true(
        relativeError(
          got,
          data.map((v, i) => (i % 2 === kept ? v : 0)),
        ) < 1e-6,
        `${complex}, ${phase}`,
      );
      t.deepEqual(
        shapes,
        complex === 'planes'
          ? [
              [3, 2, 2, 3],
              [2, 2, 2, 3],
            ]
          : [
              [3, 2, 3, 2],
              [2, 2, 3, 2],
            ],
      );
    }
  }
});

onEveryBackend('a guided function gets the planes of its slices, shaped and turned like the images', async (t, { backend }) => {
  const s = space(['slice', 'y', 'x'], [5, 2, 3], 'complex64');
  const data = [4, 5, 6].map((seed) => testArray(60, seed));
  const fields = data.map(() => backend.field(s));
  for (const [i, field] of fields.entries()) await backend.write(field, data[i]);
  const [x, a, b] = fields;
  const out = backend.field(s);
  for (const complex of ['interleaved', 'planes'] as const) {
    const prior = functionPrior({
      ...{ range: HU, sigma: SIGMA, complex, batch: 3, guide: { kind: 'two', planes: 2 } },
      // real parts of what is seen, and so of what was turned, in the second plane only
      denoise: (images, _, __, { guide: [first, second] }) =>
        images.map((v, i) => {
          const imaginary = complex === 'planes' ? Math.floor(i / 6) % 2 === 1 : i % 2 === 1;
          return v + 2 * first[i] + (imaginary ? 0 : 3 * second[i]);
        }),
    });
    for (const phase of [0, Math.PI / 2]) {
      prior.denoise(x, 1, out, { phase, guide: [a, b] });
      const kept = phase === 0 ? 0 : 1; // i·z has the imaginary part of z as its real part, negated
      const wanted = data[0].map((v, i) => v + 2 * data[1][i] + (i % 2 === kept ? 3 * data[2][i] : 0));
      t.true(relativeError(await backend.read(out), wanted) < 1e-6, `${complex}, ${phase}`);
    }
    t.throws(() => prior.denoise(x, 1, out), { code: 'MODEL', message: /given no guide/ });
    t.throws(() => prior.denoise(x, 1, out, { guide: [a] }), { code: 'SHAPE' });
  }
  for (const [i, field] of [a, b].entries()) t.deepEqual(await backend.read(field), data[i + 1], 'read only');
});

onEveryBackend('batches, scopes and what a call is told', async (t, { backend }) => {
  const x = backend.field(space(['slice', 'y', 'x'], [7, 2, 2]));
  const calls: [number, DenoiseCall][] = [];
  const denoise: DenoiseFunction = (images, [count], _, call) => {
    calls.push([count, call]);
    return images;
  };
  const base = { range: HU, sigma: SIGMA, denoise };
  functionPrior({ ...base, batch: 3 }).denoise(x, 1, x, { step: 4, steps: 9 });
  functionPrior({ ...base, scope: 'volume' }).denoise(x, 1, x);
  await backend.flush();
  t.deepEqual(
    calls.map(([count, { first, step, steps }]) => [count, first, step, steps]),
    [
      [3, 0, 4, 9],
      [3, 3, 4, 9],
      [1, 6, 4, 9],
      [7, 0, undefined, undefined],
    ],
  );
});

test('DDS and DiffusionMBIR say step, steps and signal', async (t) => {
  for (const solver of [dds, diffusionMbir] as const) {
    const told: (number | undefined)[][] = [];
    const { signal } = new AbortController();
    const prior = functionPrior({
      range: HU,
      sigma: [0.01, 400],
      denoise: (images, _, __, call) => {
        told.push([call.step, call.steps]);
        t.is(call.signal, signal);
        return images;
      },
    });
    const { problem } = await gaussianProblem();
    const own = solver === dds ? {} : { corrections: 1, finalDenoise: false };
    await result<object>(solver as never, { ...problem, prior, signal }, { steps: 3, sigmaMax: 2, ...own });
    t.deepEqual(
      told,
      solver === dds
        ? [
            [0, 3],
            [1, 3],
            [2, 3],
          ]
        : [
            [0, 3],
            [0, 3],
            [1, 3],
            [1, 3],
            [2, 3],
            [2, 3],
          ],
    );
  }
});

/** Pulls towards the mean of what it has seen so far. */
function remembering(): Prior {
  let mean = 0;
  let seen = 0;
  return functionPrior({
    range: HU,
    sigma: SIGMA,
    scope: 'volume',
    denoise: async (images) => {
      mean = (mean * seen + images.reduce((s, v) => s + v, 0) / images.length) / ++seen;
      return images.map((v) => 0.7 * v + 0.3 * mean);
    },
    // float64 as two float32, so that a resumed run has the same bits
    state: () => ({ memory: new Float32Array(Float64Array.of(mean, seen).buffer) }),
    begin: (state?: PriorState) => {
      [mean, seen] = state ? new Float64Array(state.memory.slice().buffer) : [0, 0];
    },
  });
}

test('the state of a prior goes into the checkpoint, and a run resumed from any step has the same bits', async (t) => {
  const { problem } = await gaussianProblem();
  const options = { steps: 5, sigmaMax: 2 };
  const all = await record(dds, { ...problem, prior: remembering() }, options);
  t.is(all[0].state.fields['prior-memory'].length, 4);
  for (const at of [1, 3, 4]) {
    const prior = remembering();
    await result(dds, { ...problem, prior }, options); // it has seen another run
    const again = await record(dds, { ...problem, prior, resume: all[at - 1].state }, options);
    t.deepEqual(again.at(-1)!.estimate, all.at(-1)!.estimate);
    t.deepEqual(again.at(-1)!.state, all.at(-1)!.state);
  }
  const prior = remembering();
  const [first, second] = [await result(dds, { ...problem, prior }, options), await result(dds, { ...problem, prior }, options)];
  t.deepEqual(first, second, 'every run begins afresh');
});

const bad: readonly (readonly [string, DenoiseFunction, string, RegExp])[] = [
  // @ts-expect-error: a function that returns nothing is a type error
  ['nothing', () => undefined, 'ARGUMENT', /the denoiser 'mine' gave something else than an array.*got undefined/],
  // @ts-expect-error: so is a list of numbers
  ['numbers', (images) => [...images], 'ARGUMENT', /the denoiser 'mine'.*expected a Float32Array of 48 values.*got an array of 48/],
  ['half', (images) => images.slice(1), 'SHAPE', /the denoiser 'mine'.*48 values.*got 47/],
  ['NaN', (images) => images.fill(NaN, 5, 6), 'NOT_FINITE', /the denoiser 'mine'.*NaN at slice 0, value 5/],
  [
    'a throw',
    () => {
      throw new Error('no such model');
    },
    'BACKEND',
    /the denoiser 'mine' failed: no such model/,
  ],
  ['a rejection', () => Promise.reject(new Error('no route')), 'BACKEND', /the denoiser 'mine' failed: no route/],
];

for (const complex of [false, true]) {
  test(`what a denoiser gives wrongly ends the run with what was wrong, ${complex ? 'complex' : 'real'}`, async (t) => {
    for (const [what, denoise, code, message] of bad) {
      const { problem } = await gaussianProblem({ complex });
      const prior = functionPrior({ name: 'mine', range: HU, sigma: SIGMA, denoise });
      const error = { code, message: complex ? new RegExp(message.source.replace(/48|47/g, '\\d+')) : message };
      await t.throwsAsync(result(dds, { ...problem, prior }, { steps: 2, sigmaMax: 2 }), error, what);
    }
  });
}

test('a prior whose denoise returns a promise is a type error, and stops a run at once', async (t) => {
  const { problem } = await gaussianProblem();
  const prior: Prior = {
    ...problem.prior!,
    name: 'late',
    // @ts-expect-error: nothing waits for this promise
    denoise: async (x, sigma, out) => {
      await x.backend.flush();
      x.backend.lincomb(out, [1 / (1 + sigma ** 2), x]);
      throw new Error('never seen');
    },
  };
  const run = result(dds, { ...problem, prior }, { steps: 2, sigmaMax: 2 });
  await t.throwsAsync(run, { code: 'MODEL', message: /denoise of the prior 'late' returned a promise.*functionPrior/ });
});

test('noise levels and images that it is not for are refused, and so are options that cannot be', (t) => {
  const backend = inlineBackend();
  const base = { range: HU, sigma: [0.1, 1] as const, denoise: (images: Float32Array) => images };
  const x = backend.field(space(['slice', 'y', 'x'], [2, 2, 2], 'complex64'));
  t.throws(() => functionPrior(base).denoise(x, 2, x), { code: 'SIGMA_RANGE' });
  t.throws(() => functionPrior({ ...base, complex: 'refused' }).denoise(x, 1, x), { code: 'SHAPE' });
  const wrong = (options: object, message: RegExp) =>
    t.throws(() => functionPrior({ ...base, ...options } as typeof base), { code: 'ARGUMENT', message });
  wrong({ denoise: undefined }, /denoise/);
  wrong({ sigma: [1, 0.1] }, /sigma/);
  wrong({ sigma: 1 }, /sigma/);
  wrong({ range: { unit: 'HU', low: 1, high: 1 } }, /range/);
  wrong({ batch: 0 }, /batch/);
  wrong({ batch: 2, scope: 'volume' }, /batch/);
  wrong({ state: () => ({}) }, /state and begin/);
  wrong({ guide: { kind: 'cgls', planes: 0 } }, /guide\.planes/);
  wrong({ guide: { kind: 'cgls', planes: 1, start: { plane: 1, noise: true } } }, /guide\.start\.plane.*from 0 to 0/);
});

test('another function, range or version is another description', (t) => {
  const base = { range: HU, sigma: SIGMA, denoise: (images: Float32Array) => images };
  const of = (options: object) => JSON.stringify(functionPrior({ ...base, ...options }).describe());
  t.is(of({}), of({}));
  const guide = { kind: 'cgls', planes: 1 };
  const others = [{ version: '2' }, { denoise: (images: Float32Array) => images.map((v) => v) }, { sigma: [0.02, 10] }, { guide }];
  for (const other of others) t.not(of(other), of({}));
});
