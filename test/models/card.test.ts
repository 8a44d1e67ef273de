import test from 'ava';
import { space } from '../../core/space.js';
import { cardProblems, checkSigma, parseCard, type Card } from '../../models/card/card.js';
import { networkMemory } from '../../models/network/network-memory.js';
import { atWholeStep, precondition } from '../../models/network/precondition.js';
import { findModels, listModels, loadModel, type ModelSource } from '../../models/sources/zoo.js';
import { zoo } from '../../src/node.js';
import { cardJson, network, networkWeights } from '../support/networks.js';

const source = (files: { [name: string]: Uint8Array }): ModelSource => ({
  list: async () => Object.keys(files),
  read: async (name) => files[name],
});
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

test('every card of the zoo is valid, within 16 MiB, and its weights have the sha256 it states', async (t) => {
  const cards = await listModels(zoo());
  t.true(cards.some((c) => c.name === 'ct'));
  for (const card of cards) {
    const { weights } = await loadModel(zoo(), card.name);
    t.true(weights.byteLength <= 16 * 2 ** 20);
    t.true(card.training.data.length > 0 && card.licence.length > 0);
  }
});

test('weights that are not the card’s are refused, an unknown name lists the known ones', async (t) => {
  const { card, weights } = await loadModel(zoo(), 'ct');
  const damaged = weights.slice();
  damaged[damaged.length >> 1] ^= 1;
  const bad = source({ 'ct.json': json(card), 'ct.onnx': damaged });
  t.is(((await t.throwsAsync(loadModel(bad, 'ct'))) as { code?: string }).code, 'MODEL');
  t.regex((await t.throwsAsync(loadModel(bad, 'cat')))?.message ?? '', /no prior 'cat'.*one of ct/);
});

test('a card is refused with everything that is wrong with it: the field, what it should hold, what it holds', (t) => {
  const { licence, sigmaMax, plane, ...rest } = cardJson('learned-variance');
  t.truthy(licence && plane);
  const wrong = {
    ...rest,
    name: 'My Prior',
    license: 'MIT',
    sigma_max: sigmaMax,
    planes: 'any',
    sha256: 'x',
    sigmaMin: '0.01',
    channels: 3,
    spacingMm: [1],
    sizeMultiple: 1.5,
    parameters: 0,
    inputs: { x: 'x' },
    parametrisation: { kind: 'magic' },
    derivedFrom: { name: 'ct', version: '1', sha256: 'abc' },
    outputChanels: 'mean',
    outputChannels: undefined,
    remark: 'the author’s own',
    training: {},
  };
  delete wrong.outputChannels;
  const error = t.throws(() => parseCard(wrong, 'a.json')) as { code?: string; message: string };
  t.is(error.code, 'MODEL');
  const lines = [
    /^the model card a\.json has 15 problems:$/,
    /'name': expected lower-case letters, digits and hyphens, got "My Prior"$/,
    /'sha256': expected 64 hexadecimal digits in lower case, got "x"$/,
    /'parametrisation\.kind': expected "edm" or "denoiser" or "epsilon" or "v" or "score", got "magic"$/,
    /'inputs\.noise': missing: noise-level input of the graph \(a text\)$/,
    /'sigmaMin': expected a number, got "0\.01"$/,
    /'sigmaMax': missing: greatest noise level it was trained for \(a number\); the card has 'sigma_max'$/,
    /'channels': expected 1 or 2, got 3$/,
    /'plane': missing: .* \("axial" or "coronal" or "sagittal" or "any"\); the card has 'planes'$/,
    /'spacingMm': expected a list of at least 2 values, got \[1\]$/,
    /'sizeMultiple': expected a whole number, got 1\.5$/,
    /'parameters': expected a number of more than 0, got 0$/,
    /'derivedFrom\.sha256': expected 64 hexadecimal digits in lower case, got "abc"$/,
    /'training\.data': missing: every source of the training data, with its licence \(a list\)$/,
    /'licence': missing: licence of the weights \(a text\); the card has 'license'$/,
    /'outputChanels': no such field; is 'outputChannels' meant\?\. See docs\/reference\/priors\.md for the fields of a card\.$/,
  ];
  error.message.split('\n').forEach((line, n) => t.regex(line, lines[n] ?? /no further line/));
  t.is(error.message.split('\n').length, lines.length);
  t.throws(() => parseCard([1], 'a.json'), { message: /a problem:\n {2}expected a JSON object, got \[1\]/ });
});

test('what fields of a card say against each other is told', (t) => {
  const problems = (changes: object): string =>
    cardProblems({ ...cardJson('learned-variance'), ...changes })
      .map(({ field, text }) => `${field}: ${text}`)
      .join('; ');
  const epsilon = (sigmas: number[]) => ({ parametrisation: { kind: 'epsilon', sigmas } });
  t.is(problems({}), '');
  t.is(problems({ sigmaMin: 2, sigmaMax: 1 }), 'sigmaMin: expected less than sigmaMax, 1, got 2');
  t.is(problems({ range: { unit: 'HU', low: 1, high: 1 } }), 'range: expected low < high, got 1 and 1');
  t.is(problems({ spacingMm: [3, 0.8] }), 'spacingMm: expected the smallest, then the largest pixel, got 3 and 0.8');
  t.is(problems({ ...epsilon([0.01, 1, 0.5, 4]) }), 'parametrisation.sigmas: expected rising noise levels, got 0.5 after 1');
  const outside = 'expected within its table of noise levels, 0.02 … 2';
  t.is(problems(epsilon([0.02, 2])), `sigmaMin: ${outside}, got 0.01; sigmaMax: ${outside}, got 4`);
  const edm = { parametrisation: { kind: 'edm', sigmaData: 0.5 } };
  t.is(problems({ ...edm, sigmaMin: 0 }), 'sigmaMin: expected more than 0 (the network takes ln σ), got 0');
  t.regex(problems({ ...edm, noiseType: 'int64' }), /^noiseType: expected 'float32' for the kind 'edm'/);
  const { sha256 } = cardJson('learned-variance');
  t.regex(problems({ derivedFrom: { name: 'a', version: '1', sha256 } }), /^derivedFrom\.sha256: .* got its own$/);
});

test('a guide is checked: planes that there are, an input of its own, nothing unknown', (t) => {
  const problems = (changes: object): string =>
    cardProblems({ ...cardJson('guided'), guide: { kind: 'cgls', planes: 2, input: 'c', ...changes } })
      .map(({ field, text }) => `${field}: ${text}`)
      .join('; ');
  t.is(problems({}), '');
  t.is(problems({ options: { iterations: 12 }, centre: 1, start: { plane: 1, noise: false } }), '');
  t.is(problems({ centre: 2 }), 'guide.centre: expected a plane from 0 to 1, got 2');
  t.is(problems({ start: { plane: 2 } }), 'guide.start: expected a plane from 0 to 1, got 2');
  t.is(problems({ input: 't' }), "guide.input: expected an input of its own, got 't', which inputs names too");
  t.is(problems({ optional: true }), '');
  t.regex(problems({ optional: 'yes' }), /^guide\.optional: expected boolean, got "yes"/);
  t.regex(problems({ planes: 0 }), /^guide\.planes: expected a number of more than 0, got 0$/);
  t.regex(problems({ kind: undefined }), /^guide\.kind: missing: how the images are made/);
  t.regex(problems({ center: 1 }), /^guide: .*center/);
  t.deepEqual(parseCard(cardJson('guided'), 'guided').guide, {
    ...{ kind: 'shown', options: {}, planes: 3, input: 'c', centre: 1 },
    start: { plane: 1, noise: false },
  });
});

test('a card without the newer fields is of a float network with one mean and a float noise level', (t) => {
  const card = parseCard(cardJson('real'), 'real');
  t.like(card, { precision: 'float32', outputChannels: 'mean', noiseType: 'float32', channels: 1 });
  t.is(card.derivedFrom, undefined);
});

test('of several sources the first that has a name wins, and a wrong card does not hide the others', async (t) => {
  const { card, weights } = network('real');
  const first = source({ 'real.json': json({ ...card, version: 'first' }), 'real.onnx': weights });
  const second = {
    location: 'there',
    ...source({
      'real/real.json': json({ ...card, version: 'second' }),
      'complex/complex.json': json(cardJson('complex')),
      'complex/complex.onnx': networkWeights('complex'),
      'bad/bad.json': json({ name: 'bad' }),
      'none/none.json': new TextEncoder().encode('{'),
    }),
  };
  t.is((await loadModel([first, second], 'real')).card.version, 'first');
  t.is((await loadModel([first, second], 'complex')).card.channels, 2);
  await t.throwsAsync(loadModel([first, second], 'bad'), { message: /bad\/bad\.json has \d+ problems/ });
  await t.throwsAsync(loadModel([first, second], 'none'), { message: /none\/none\.json is not JSON/ });
  const found = await findModels([first, second]);
  t.deepEqual(
    found.map(({ name, card: c, hidden, source: s }) => [name, c?.version, hidden, s.location]),
    [
      ['real', 'first', false, undefined],
      ['bad', undefined, false, 'there'],
      ['complex', '1', false, 'there'],
      ['none', undefined, false, 'there'],
      ['real', 'second', true, 'there'],
    ],
  );
});

test('the memory of a network grows with its weights, planes and batch, and follows a card that states it', (t) => {
  const images = space(['slice', 'y', 'x'], [32, 100, 100]);
  const bytes = (changes: Partial<Card>, workers = 1, batch = 1): number =>
    networkMemory({ ...network('real').card, ...changes }, images, workers, batch).items[0].bytes;
  const pixels = 1e4;
  t.is(bytes({ channels: 2 }) - bytes({}), 16 * pixels);
  t.is(bytes({}, 1, 3) - bytes({}), 2 * 370 * pixels);
  t.is(bytes({ activationBytes: 1000 }) - bytes({}), (1000 - 370) * pixels);
  t.is(bytes({ activationBytes: 1000, sizeMultiple: 64 }) - bytes({ activationBytes: 1000 }), 1000 * (128 ** 2 - pixels));
  t.true(bytes({ parameters: 1e8 }) - bytes({}) > 4 * 4e8);
  t.is(bytes({ parameters: 1e6 }) - bytes({ parameters: 1e6, precision: 'int8' }), 11e6);
  t.is(bytes({}, 2) - bytes({}, 1), bytes({}, 1) - 40e6);
});

test('σ outside the card is an error naming both', (t) => {
  const prior = { name: 'p', sigmaMin: 0.01, sigmaMax: 3 };
  checkSigma(prior, 0.01);
  checkSigma(prior, 3);
  t.throws(() => checkSigma(prior, 130), { message: /\[0\.01, 3\].*130/ });
  t.throws(() => checkSigma(prior, 0.009), { message: /0\.009/ });
});

/**
 * For x₀ ~ N(0, s²) every ideal network is known in closed form, so each parametrisation must give D(x) = s² x/(s² + σ²).
 * The ideal networks: EDM's F from its own definition; ε and v of the VP process at √ᾱ = 1/√(1+σ²); the VE score −x/(s² + σ²).
 */
test('every parametrisation gives the ideal denoiser of a Gaussian', (t) => {
  const s2 = 0.3 ** 2;
  for (const sigma of [0.0148, 0.3, 5]) {
    const x = 0.77;
    const ideal = (s2 * x) / (s2 + sigma ** 2);
    const epsilon = (x - ideal) / sigma;
    const alpha = 1 / Math.sqrt(1 + sigma ** 2); // √ᾱ
    const sd = 0.25;
    const root = Math.sqrt(sigma ** 2 + sd ** 2);
    const sigmas = [0.01, 0.0148, 0.1, 1, 10];
    const outputs = {
      edm: (ideal - (sd ** 2 / root ** 2) * x) / ((sigma * sd) / root),
      denoiser: ideal,
      epsilon,
      v: alpha * epsilon - alpha * sigma * ideal, // v = √ᾱ ε − √(1−ᾱ) x₀
      score: -x / (s2 + sigma ** 2),
    };
    for (const [kind, f] of Object.entries(outputs)) {
      const p = precondition({ kind, sigmaData: sd, sigmas } as never, sigma);
      t.true(Math.abs(p.skip * x + p.out * f - ideal) < 1e-12, `${kind} at ${sigma}`);
    }
    t.is(precondition({ kind: 'edm', sigmaData: sd }, sigma).input, 1 / root);
  }
  // c_noise = ¼ ln σ (Karras et al. 2022, table 1)
  for (const [power, noise] of [
    [4, 1],
    [-8, -2],
    [0, 0],
  ])
    t.is(precondition({ kind: 'edm', sigmaData: 0.25 }, Math.exp(power)).noise, noise);
  // a level of the grid has its own index; between two it is interpolated in log σ
  const vp = { kind: 'epsilon' as const, sigmas: [0.01, 0.1, 1] };
  t.is(precondition(vp, 0.1).noise, 1);
  t.true(Math.abs(precondition(vp, Math.sqrt(0.1)).noise - 1.5) < 1e-12);
});

test('a network of whole time steps is used within 5 % of one of its noise levels, and refused further off', (t) => {
  const sigmas = [0.1, 0.2, 0.8, 1.6];
  const at = (sigma: number) => atWholeStep({ name: 'whole', parametrisation: { kind: 'epsilon', sigmas } as never }, sigma);
  for (const [step, level] of sigmas.entries()) {
    for (const factor of [0.96, 1, 1.04]) t.is(at(level * factor).noise, step, `${level} × ${factor}`);
    for (const factor of [0.94, 1.07, 1.3]) {
      t.throws(() => at(level * factor), { code: 'SIGMA_RANGE', message: /within 5 %/ }, `${level} × ${factor}`);
    }
  }
});
