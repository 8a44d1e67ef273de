import test from 'ava';
import { space } from '../../core/space.js';
import { networkPrior } from '../../models/network/network-prior.js';
import { createBackend, readModelFile } from '../../src/node.js';
import { bytesOf, golden } from '../support/golden.js';

/** Images of converted random networks, from test/golden/scripts/converted-priors.py; base64 of float32 [slice, y, x]. */
interface Expected {
  readonly shape: readonly [number, number, number];
  readonly priors: { readonly [name: string]: readonly { sigma: number; x: string; denoised: string }[] };
}

const { shape, priors } = golden<Expected>('priors/expected.json');
const floats = (base64: string): Float32Array => new Float32Array(bytesOf(base64).buffer);

/** Noise levels that a schedule of each kind begins and ends with, in the units of data 0…1. */
const BOUNDS = {
  'converted-adm': [0.0050003, 78.7],
  'converted-ncsnpp': [0.01, 378],
  'converted-unet2d': [0.0050003, 78.7],
} as const;

for (const [name, cases] of Object.entries(priors)) {
  test(`'${name}' denoises in the engine as its PyTorch network by the textbook`, async (t) => {
    const { card, weights } = await readModelFile(`test/golden/priors/${name}.json`);
    const [low, high] = BOUNDS[name as keyof typeof BOUNDS];
    t.true(Math.abs(card.sigmaMin / low - 1) < 1e-3 && Math.abs(card.sigmaMax / high - 1) < 1e-3);
    t.true(weights.byteLength < 400e3);

    const backend = createBackend({ workers: 1 });
    const prior = await networkPrior(card, weights, backend);
    const domain = space(['slice', 'y', 'x'], shape);
    const field = backend.field(domain);
    t.true(cases.length >= 4);
    for (const { sigma, x, denoised } of cases) {
      const [noisy, wanted] = [floats(x), floats(denoised)];
      await backend.write(field, noisy);
      prior.denoise(field, sigma, field);
      const got = await backend.read(field);
      const largest = (values: Float32Array): number => values.reduce((m, v, i) => Math.max(m, Math.abs(v - wanted[i])), 0);
      const changed = largest(noisy);
      // above σ = 1 relative to σ: D = x ± σ·(what the network gives), and float32 is no better; below, 1 % of what it changes
      const limit = Math.min(1e-4 * Math.max(1, sigma), 0.01 * changed);
      t.true(largest(got) < limit, `σ ${sigma}: ${largest(got)} of ${limit}`);
    }
    await prior.dispose();
    await backend.dispose();
  });
}

test('a converted prior says where it came from, and its error', async (t) => {
  for (const name of Object.keys(priors)) {
    const { card } = await readModelFile(`test/golden/priors/${name}.json`);
    const { onnxMaxError } = card.quality as { onnxMaxError: number };
    t.true(onnxMaxError > 0 && onnxMaxError <= 1e-4);
    const { converted } = card.training as unknown as { converted: { family: string; dataRange: number[] } };
    t.true(converted.family.length > 0);
    t.deepEqual(converted.dataRange, name === 'converted-ncsnpp' ? [0, 1] : [-1, 1]);
  }
});
