import test from 'ava';
import { space } from '../../core/space.js';
import { networkPrior } from '../../models/network/network-prior.js';
import { misplacedOperations } from '../../models/network/placement.js';
import { providers } from '../../models/network/provider.js';
import { createBackend } from '../../src/node.js';
import { testArray } from '../support/backends.js';
import { golden } from '../support/golden.js';
import { network } from '../support/networks.js';

test('a trace shows which operations on images a provider leaves to the CPU; shapes may be there', (t) => {
  const traces = golden<{ [name: string]: unknown }>('networks/placement.json');
  const of = (name: string): string[] => misplacedOperations(JSON.stringify(traces[name]));
  t.deepEqual(of('no-gpu'), ['Hardmax']);
  t.true(JSON.stringify(traces.shapes).includes('CPUExecutionProvider'));
  t.deepEqual(of('shapes'), []);
  t.deepEqual(of('real'), []);
});

const domain = space(['slice', 'y', 'x'], [3, 8, 8]);

async function values(name: 'real' | 'shapes', provider: (typeof providers)[number]): Promise<Float32Array> {
  const backend = createBackend({ workers: 1 });
  try {
    const { card, weights } = network(name);
    const prior = await networkPrior(card, weights, backend, { provider });
    const x = backend.field(domain);
    await backend.write(x, testArray(192, 1));
    prior.denoise(x, 0.5, x);
    return await backend.read(x);
  } finally {
    await backend.dispose();
  }
}

/** What this machine has decides: a provider gives the CPU's numbers or says why it cannot, and never runs elsewhere in silence. */
for (const provider of providers.filter((p) => p !== 'cpu')) {
  test(`${provider} gives the numbers of the CPU, or says why it cannot start`, async (t) => {
    for (const name of ['real', 'shapes'] as const) {
      const wanted = await values(name, 'cpu');
      try {
        const got = await values(name, provider);
        got.forEach((v, i) => t.true(Math.abs(v - wanted[i]) < 1e-3)); // half floats on some devices
      } catch (error) {
        t.is((error as { code?: string }).code, 'MODEL');
        t.regex((error as Error).message, new RegExp(`provider '${provider}' cannot start: .{10}.*Use the provider 'cpu'`, 's'));
        t.log((error as Error).message);
        continue;
      }
      const backend = createBackend({ workers: 1 });
      const { card, weights } = network('no-gpu');
      await t.throwsAsync(networkPrior(card, weights, backend, { provider }), { message: /Hardmax would silently run/ });
      await backend.dispose();
    }
  });
}

test('a provider there is none of is refused by name', async (t) => {
  const backend = createBackend({ workers: 1 });
  const { card, weights } = network('real');
  const load = networkPrior(card, weights, backend, { provider: 'abacus' as 'cpu' });
  await t.throwsAsync(load, { message: /expected one of cpu, cuda, webgpu; got 'abacus'/ });
  await backend.dispose();
});

test('WebGPU is refused with several workers, which would bring the process down', async (t) => {
  const backend = createBackend({ workers: 2 });
  const { card, weights } = network('real');
  await t.throwsAsync(networkPrior(card, weights, backend, { provider: 'webgpu' }), { message: /1 worker.*--workers 1/s });
  await backend.dispose();
});
