import test from 'ava';
import { Reconstruction } from '../../src/engine/reconstruct.js';
import { createBackend, zoo } from '../../src/node.js';
import { psnr } from '../../src/metrics/index.js';
import { volumeData } from '../../volumes/index.js';
import { smallScan } from '../support/scans.js';

/* Methods that are guided through a network of the zoo, by its name. */

/** What they reach on this scan at least, with 8 evaluations (pigdm 25.1, moment-matching 25.2 dB; a gradient step sees little of CT). */
const NEEDING = {
  pigdm: { least: 24, options: {}, products: 8 },
  'moment-matching': { least: 24, options: { innerIterations: 3 }, products: 32 },
  dps: { least: 8, options: {}, products: 8 },
  gdp: { least: 14, options: { gradient: 'xt' }, products: 8 },
} as const;

test('methods that need the derivative of a network get it, the plan counts it, and the image is one', async (t) => {
  const { scan, truth } = await smallScan(3, 32, 12);
  const backend = createBackend({ workers: 2 });
  try {
    const run = (method: string, methodOptions: object, prior = 'ct'): Reconstruction =>
      new Reconstruction(scan, { method, prior, zoo: zoo(), seed: 1, backend, holdOut: false, methodOptions });
    const networkItems = async (begun: Reconstruction): Promise<string[]> => {
      await begun.ready;
      return begun.plan.items.flatMap(({ what }) => (/'ct'/.test(what) ? [what.split(' ')[0]] : []));
    };
    for (const [method, { options, least, products }] of Object.entries(NEEDING)) {
      const begun = run(method, { steps: 8, ...options });
      t.deepEqual(await networkItems(begun), ['network', 'derivative'], method);
      const { volume, manifest } = await begun.result();
      const found = psnr(volumeData(volume), truth, { peak: 2000 });
      t.log(method, found);
      t.true(found > least, `${method}: ${found} dB`);
      t.like(JSON.parse(JSON.stringify(manifest)), { prior: { name: 'ct', evaluations: 8, products } });
    }
    const { manifest } = await run('dds', { steps: 2 }).result();
    t.is(manifest.prior!.evaluations, 2);
    t.false('products' in manifest.prior!, 'a network without its derivative has none');
    for (const [method, options] of [
      ['gdp', {}],
      ['dds', {}],
    ] as const) {
      t.deepEqual(await networkItems(run(method, { steps: 2, ...options })), ['network'], `${method} needs none`);
    }
    await t.throwsAsync(run('pigdm', { steps: 2 }, 'ct-fast').result(), { code: 'MODEL', message: /8-bit layers.*'ct'/ });
  } finally {
    await backend.dispose();
  }
});
