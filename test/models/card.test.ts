import test from 'ava';
import { checkSigma, parseCard } from '../../models/card.js';
import { precondition } from '../../models/precondition.js';
import { listModels, loadModel, type ModelSource } from '../../models/zoo.js';
import { zoo } from '../../src/node.js';

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

test('a card with a wrong field is refused by its name', async (t) => {
  const { card } = await loadModel(zoo(), 'ct');
  t.throws(() => parseCard({ ...card, sha256: 'x' }, 'a.json'), { message: /a\.json.*'sha256'/ });
  t.throws(() => parseCard({ ...card, parametrisation: { kind: 'magic' } }, 'a.json'), { message: /'parametrisation/ });
  t.throws(() => parseCard({ ...card, sigmaMax: card.sigmaMin / 2 }, 'a.json'), { message: /σ/ });
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
  // a level of the grid has its own index; between two it is interpolated in log σ
  const vp = { kind: 'epsilon' as const, sigmas: [0.01, 0.1, 1] };
  t.is(precondition(vp, 0.1).noise, 1);
  t.true(Math.abs(precondition(vp, Math.sqrt(0.1)).noise - 1.5) < 1e-12);
});
