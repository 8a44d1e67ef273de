import test from 'ava';
import { networkPrior } from '../../models/network/network-prior.js';
import { createBackend } from '../../src/node.js';
import { denoised, difference, planesOf, turned } from '../support/network-images.js';
import { closedForm, network, type NetworkName } from '../support/networks.js';

// float32 sums of a few terms and of a mean over up to 64 pixels
const ROUNDING = 1e-6;

for (const name of ['complex', 'complex-edge'] as const) {
  test(`complex images of odd sides go through '${name}' as its closed form says, for every worker and batch`, async (t) => {
    const sigma = 0.7;
    for (const [slices, rows, columns] of [
      [1, 5, 7],
      [5, 8, 3],
      [19, 7, 6],
    ] as const) {
      let first: Float32Array | undefined;
      for (const [workers, batch, inPlace] of [
        [1, 1, false],
        [2, 3, true],
        [3, 16, false],
      ] as const) {
        const backend = createBackend({ workers });
        const { x, d } = await denoised(backend, name, [slices, rows, columns], sigma, { complex: true, batch, inPlace });
        await backend.dispose();
        const wanted = Array.from({ length: slices }, (_, k) => closedForm(name, planesOf(x, k, rows * columns, 2), rows, columns, sigma));
        t.true(difference(d, wanted, 2) < ROUNDING, `${slices}×${rows}×${columns}, ${workers} workers, batch ${batch}`);
        first ??= d;
        t.deepEqual(d, first);
      }
    }
  });
}

test('a network of two planes and their variances is used for its first two only, in its parametrisation', async (t) => {
  const backend = createBackend({ workers: 2 });
  const sigma = Math.sqrt(0.1 * 0.5); // half way between t = 1 and t = 2
  const { x, d } = await denoised(backend, 'learned-variance', [3, 5, 6], sigma, { complex: true, batch: 2 });
  await backend.dispose();
  const scale = 1 / Math.sqrt(1 + sigma * sigma);
  const wanted = [0, 1, 2].map((k) => {
    const planes = planesOf(x, k, 30, 2);
    const epsilon = closedForm(
      'learned-variance',
      planes.map((p) => p.map((v) => v * scale)),
      5,
      6,
      1.5,
    );
    return planes.map((plane, p) => plane.map((v, i) => v - sigma * epsilon[p][i]));
  });
  t.true(difference(d, wanted, 2) < ROUNDING);
});

test('a network of whole time steps is asked for the nearest one, and refuses noise levels between', async (t) => {
  const backend = createBackend({ workers: 1 });
  const sigma = 0.51; // t = 2 is 0.5
  const { x, d } = await denoised(backend, 'whole-steps', [2, 4, 4], sigma, { complex: true });
  const scale = 1 / Math.sqrt(1 + sigma * sigma);
  const wanted = [0, 1].map((k) => {
    const planes = planesOf(x, k, 16, 2);
    const v = closedForm(
      'whole-steps',
      planes.map((p) => p.map((value) => value * scale)),
      4,
      4,
      2,
    );
    return planes.map((plane, p) => plane.map((value, i) => scale * scale * value - sigma * scale * v[p][i]));
  });
  t.true(difference(d, wanted, 2) < ROUNDING);
  const between = denoised(backend, 'whole-steps', [2, 4, 4], 0.3, { complex: true });
  await t.throwsAsync(between, { message: /whole time steps.*nearest being 0\.5.*got σ = 0\.3/ });
  await backend.dispose();
});

test('with a phase the network sees the image turned, and its answer is turned back', async (t) => {
  const backend = createBackend({ workers: 2 });
  const { x, d } = await denoised(backend, 'complex', [3, 5, 7], 2, { complex: true, batch: 2, phase: 1.1 });
  const wanted = [0, 1, 2].map((k) => turned(closedForm('complex', turned(planesOf(x, k, 35, 2), 1.1), 5, 7, 2), -1.1));
  t.true(difference(d, wanted, 2) < ROUNDING);
  const plain = await denoised(backend, 'complex', [3, 5, 7], 2, { complex: true });
  t.true(difference(plain.d, wanted, 2) > 1e-3, 'this network is not equivariant: the phase makes a difference');
  await backend.dispose();
});

test('a real image goes through a complex prior with an imaginary part of 0, and the record says so', async (t) => {
  const backend = createBackend({ workers: 2 });
  const real = await denoised(backend, 'complex', [3, 5, 7], 2, { complex: false, batch: 2 });
  const wanted = [0, 1, 2].map((k) => closedForm('complex', [planesOf(real.x, k, 35, 1)[0], new Float64Array(35)], 5, 7, 2));
  t.true(difference(real.d, wanted, 1) < ROUNDING);
  t.is(real.described.realImages, 'imaginary part 0, real part kept');
  const complex = await denoised(backend, 'complex', [3, 5, 7], 2, { complex: true });
  t.false('realImages' in complex.described);
  await backend.dispose();
});

test('a real prior denoises real images and refuses complex ones', async (t) => {
  const backend = createBackend({ workers: 2 });
  const { x, d } = await denoised(backend, 'real', [18, 6, 5], 0.3, { complex: false, batch: 4 });
  const wanted = Array.from({ length: 18 }, (_, k) => closedForm('real', planesOf(x, k, 30, 1), 6, 5, 0.3));
  t.true(difference(d, wanted, 1) < ROUNDING);
  const refused = denoised(backend, 'real', [2, 4, 4], 0.3, { complex: true });
  const error = (await t.throwsAsync(refused)) as { code?: string; message: string };
  t.is(error.code, 'SHAPE');
  t.regex(error.message, /'real' knows real images.*got complex64.*"channels": 2/);
  await backend.dispose();
});

test('a graph that is not the card’s is refused when it is loaded, with every difference', async (t) => {
  const backend = createBackend({ workers: 1 });
  const load = async (name: NetworkName, changes: object): Promise<string> => {
    const { card, weights } = network(name, changes);
    const error = (await t.throwsAsync(networkPrior(card, weights, backend))) as { code?: string; message: string };
    t.is(error.code, 'MODEL');
    return error.message;
  };
  t.regex(await load('complex', { inputs: { x: 'image', noise: 't' } }), /no input 'image', the graph has 'x', 't'/);
  t.regex(await load('complex', { output: 'y' }), /no output 'y', the graph has 'f'/);
  t.regex(await load('complex', { channels: 1 }), /input 'x': expected float32 \[N, 1, H, W\], got float32 \[N, 2, H, W\].*output 'f'/);
  t.regex(
    await load('real', { outputChannels: 'mean-variance' }),
    /output 'f': expected float32 \[N, 2, H, W\], got float32 \[N, 1, H, W\]/,
  );
  t.regex(await load('whole-steps', { noiseType: 'float32' }), /input 't': expected float32 \[N\], got int64 \[N\]/);
  t.regex(await load('real', { inputs: { x: 't', noise: 'x' } }), /input 't': expected float32 \[N, 1, H, W\], got float32 \[N\]/);
  t.regex(await load('third-input', {}), /input 'label' that the card does not name/);
  t.regex(await load('fixed-size', {}), /got float32 \[N, 1, 64, 64\].*dynamic N, H and W/);
  const { card } = network('real');
  const noNetwork = networkPrior(card, new TextEncoder().encode('no network'), backend);
  await t.throwsAsync(noNetwork, { message: /cannot load the network of 'real'/ });
  await backend.dispose();
});

test('an output of another shape than the graph states is an error, not an image', async (t) => {
  const backend = createBackend({ workers: 1 });
  const run = denoised(backend, 'shrinks', [1, 8, 8], 1, { complex: false });
  await t.throwsAsync(run, { message: /another shape.*expected float32 \[1, 1, 8, 8\]; got float32 \[1, 1, 4, 4\]/ });
  await backend.dispose();
});
