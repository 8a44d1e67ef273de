import test from 'ava';
import { codeNorms } from '../../../src/engine/trust/code.js';
import { objectValues, spreadOf } from '../../../src/engine/trust/object-values.js';
import { trustText } from '../../../src/engine/trust/sentence.js';
import { CODE_STEPS, evenSlices, judgeWorld, surpriseOf, worldOf, worldText } from '../../../src/engine/trust/world.js';
import { testNumbers } from '../../support/backends.js';
import { apply, eigen } from '../../support/dense.js';
import { onEveryBackend } from '../../support/every-backend.js';
import { gaussianProblem, joined } from '../../support/gaussian-problem.js';

/** Images drawn from the problem's own prior: μ + U √λ n. */
function drawn(problem: Awaited<ReturnType<typeof gaussianProblem>>, wider = 1): Float32Array {
  const { C, mean, slices, size } = problem;
  const { values, vectors } = eigen(C);
  const next = testNumbers(11);
  const normal = (): number => [...Array(12)].reduce<number>((sum) => sum + next() / 2, 0); // twelve uniforms on −1 … 1
  const images = Array.from({ length: slices }, () => {
    const modes = Float64Array.from(values, (v) => wider * Math.sqrt(Math.max(0, v)) * normal());
    return apply(vectors, modes).map((v, i) => v + mean[i]);
  });
  void size;
  return joined(images, false);
}

onEveryBackend('images of a Gaussian prior are of its world, wider ones are not', async (t, { backend }) => {
  const problem = await gaussianProblem({ backend, slices: 1, rows: 8, columns: 16 });
  const { prior, domain } = problem;
  const own = await worldOf(prior, drawn(problem), domain, backend);
  // 128 numbers with 12 normals behind each: chance alone is a tenth or two
  for (const level of own.levels) t.true(Math.abs(surpriseOf(level)) < 0.5, `σ ${level.sigma}: ${surpriseOf(level)}`);
  const other = await worldOf(prior, drawn(problem, 4), domain, backend);
  // errors at large σ are those of the images themselves: variance × 16
  t.true(surpriseOf(other.levels[2]) > 2);

  const world = {
    levels: own.levels.map((level) => ({ sigma: level.sigma, surprise: surpriseOf(level) })),
    quantiles: own.quantiles.map((value, n) => ({ share: [0.1, 0.25, 0.5, 0.75, 0.9][n], least: value, most: value })),
    volumes: 1,
  };
  const known = judgeWorld(own, world);
  t.true(known.known);
  t.regex(worldText('gaussian', known), /finds such images usual/);
  const strange = judgeWorld(other, world);
  t.false(strange.known);
  t.regex(worldText('gaussian', strange), /does not know such images: taking noise of σ 1 from them it errs/);
  t.regex(judgeWorld({ ...own, quantiles: own.quantiles.map((v) => v / 2) }, world).unlike[0], /is the scale right/);

  const [code] = await codeNorms(prior, drawn(problem), domain, backend, CODE_STEPS);
  t.is(own.code, code);
  const encoded = { ...world, code: { steps: CODE_STEPS, most: own.code } };
  t.true(judgeWorld(own, encoded).known);
  t.regex(worldText('gaussian', judgeWorld(own, encoded)), /their code is \S+ times as long as noise/);
  const { unlike } = judgeWorld({ ...own, code: other.code }, encoded);
  t.is(unlike.length, 1);
  t.regex(unlike[0], /their code is/);
});

test('the narrowest range that holds half of the values, whatever they are multiplied by', (t) => {
  // three of six between 0.5 and 0.55, the others farther from each other; what is not above 0.05 is air
  const values = [0.5, 0.9, 0.02, 0.55, 0.2, 0.04, 0.52, 0.35];
  const told = spreadOf(objectValues(Float32Array.from(values), 1))!;
  t.true(Math.abs(told - Math.log(0.55 / 0.5)) < 1e-6, `${told}`);
  const turned = Float32Array.from({ length: 2 * values.length }, (_, i) => 1.5 * values[i >> 1] * (i % 2 ? 0.8 : -0.6));
  t.true(Math.abs(spreadOf(objectValues(turned, 2).filter((v) => v > 0.1))! - told) < 1e-6);
  t.is(spreadOf(objectValues(new Float32Array(4).fill(0.3), 1)), 0);
  t.is(spreadOf(objectValues(new Float32Array(4), 1)), undefined);
});

test('an object more uniform than any of the training is told', (t) => {
  const found = { levels: [{ sigma: 0.3, error: 1, belief: 1 }], quantiles: [], spread: 0.056, code: 1 };
  const world = { levels: [{ sigma: 0.3, surprise: 0.1 }], quantiles: [], volumes: 3 };
  t.true(judgeWorld(found, world).known);
  const { unlike } = judgeWorld(found, { ...world, spread: { least: 0.162 } });
  t.deepEqual(unlike, ['half of the object’s values lie within 5.8 % of each other (at least 18 % on images of its training)']);
  t.true(judgeWorld({ ...found, spread: 0.1 }, { ...world, spread: { least: 0.162 } }).known);
});

test('three checks without truth are one sentence', (t) => {
  const found = { levels: [{ sigma: 0.3, error: 1, belief: 1 }], quantiles: [], code: 1.01 };
  const world = judgeWorld(found, {
    ...{ levels: [{ sigma: 0.3, surprise: 0.1 }], quantiles: [], code: { steps: 10, most: 1.02 }, volumes: 3 },
  });
  const heldOut = { what: 'views', hidden: 2, of: 20, trials: 1, snr: 24.12, noiseRatio: 1.8 };
  t.is(
    trustText({ prior: 'ct', world, heldOut }),
    "judged without truth: the prior 'ct' finds such images usual: taking noise from them it errs 1.0 times as much as it believes (mean " +
      'square; at most 1.1 times on images of its training), and their code is 1.01 times as long as noise (at most 1.02 times); 2 of 20 ' +
      'views hidden, predicted with 24.1 dB, error 1.80 × the noise',
  );
  const strange = judgeWorld(
    { ...found, code: 1.4 },
    { levels: [{ sigma: 0.3, surprise: 0.1 }], quantiles: [], code: { steps: 10, most: 1.02 }, volumes: 3 },
  );
  const reasons = 'this prior does not know such images: their code is 1.40 times as long as noise (at most 1.02 times)';
  t.is(trustText({ prior: 'ct', world: strange }), `judged without truth: ${reasons}`);
  t.is(
    trustText({ prior: 'ct', world: strange, heldOut: { what: 'views', hidden: 2, of: 20, trials: 1, snr: 24.12 } }, true),
    "judged without truth: the prior 'ct' does not know such images; 2 of 20 views hidden, predicted with 24.1 dB",
  );
  t.is(trustText({ prior: 'ct' }), undefined);
});

onEveryBackend('a code is as long as noise for images of the prior, and longer for others', async (t, { backend }) => {
  const problem = await gaussianProblem({ backend, slices: 2, rows: 8, columns: 8 });
  const { prior, domain } = problem;
  const own = await codeNorms(prior, drawn(problem), domain, backend, 40);
  for (const code of own) t.true(Math.abs(code - 1) < 0.3, `${code}`);
  const other = await codeNorms(prior, drawn(problem, 4), domain, backend, 40);
  for (const [k, code] of other.entries()) t.true(code > 2 * own[k], `${code}`);
});

test('a few slices are spread evenly', (t) => {
  t.deepEqual(evenSlices(9), [3, 6]);
  t.deepEqual(evenSlices(1), [0]);
  t.deepEqual(evenSlices(2), [0, 1]);
  t.deepEqual(evenSlices(100, 3), [25, 50, 75]);
});
