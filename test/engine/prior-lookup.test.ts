import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { checkpointFolder } from '../../core/platform/checkpoints.js';
import type { Card } from '../../models/card/card.js';
import { createBackend } from '../../src/node.js';
import { Reconstruction } from '../../src/engine/reconstruct.js';
import { volumeData } from '../../volumes/index.js';
import { relativeError } from '../support/dense.js';
import { cardJson, network, networkFolder } from '../support/networks.js';
import { smallScan } from '../support/scans.js';

test('a checkpoint is refused with the same weights and another use of them, and taken with another description', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'slicewise-'));
  const backend = createBackend({ workers: 1 });
  const { scan } = await smallScan(2, 16, 6);
  const run = (changes: Partial<Card>, resume: boolean): Promise<unknown> =>
    new Reconstruction(scan, {
      method: 'dds',
      methodOptions: { steps: 2, sigmaMax: 1 },
      prior: network('real', changes),
      backend,
      checkpoint: checkpointFolder(folder),
      checkpointSeconds: 0,
      resume,
    }).result();
  await run({}, false);
  await t.notThrowsAsync(run({ description: 'in other words', quality: { psnr: 1 } }, true));
  await t.throwsAsync(run({ padding: 'edge' }, true), { message: /'prior' differs/ });
  await t.throwsAsync(run({ parametrisation: { kind: 'score' } }, true), { message: /'prior' differs/ });
  await backend.dispose();
  await rm(folder, { recursive: true });
});

test('or(a,b) and and(a,b) name priors that are laid over each other', async (t) => {
  const backend = createBackend({ workers: 1 });
  t.teardown(() => backend.dispose());
  const { scan } = await smallScan(2, 16, 6);
  // 'other' has the weights of 'real' in another use
  const card = (changes: object): Uint8Array => new TextEncoder().encode(JSON.stringify({ ...cardJson('real'), ...changes }));
  const made = {
    'other.json': card({ name: 'other', parametrisation: { kind: 'score' } }),
    'far.json': card({ name: 'far', range: { unit: 'HU', low: 0, high: 1000 } }),
  };
  const zoo = {
    list: () => Promise.resolve(['real.json', ...Object.keys(made)]),
    read: (name: string) => Promise.resolve(made[name as keyof typeof made] ?? new Uint8Array(readFileSync(`${networkFolder}/${name}`))),
  };
  const run = (prior: string, options: object = {}) =>
    new Reconstruction(scan, { method: 'dds', methodOptions: { steps: 3, sigmaMax: 1, ...options }, prior, zoo, backend });
  const one = await run('real').result();
  const over = run('or(real, real)');
  const same = await over.result();
  // the same prior twice is that prior, for twice the evaluations and with room for two
  t.true(relativeError(volumeData(same.volume), volumeData(one.volume)) < 1e-5);
  t.is(same.manifest.prior!.evaluations, 2 * (one.manifest.prior!.evaluations as number));
  t.is(over.plan.items.filter(({ what }) => what.startsWith("network 'real'")).length, 2);
  t.true(over.plan.items.some(({ what }) => what === 'images of the priors'));
  t.is(same.manifest.prior!.name, 'or(real,real)');
  for (const rule of ['or', 'and']) {
    const { volume } = await run(`${rule}(real,other)`, { sampler: 'ancestral', eta: 1 }).result();
    t.true(relativeError(volumeData(volume), volumeData(one.volume)) > 1e-3);
  }
  // methods that are guided through the derivative: as that of the prior alone, with room for both graphs
  const guided = (prior: string) =>
    new Reconstruction(scan, { method: 'pigdm', methodOptions: { steps: 3, sigmaMax: 1 }, prior, zoo, backend });
  const twice = guided('or(real,real)');
  const { volume: through } = await twice.result();
  t.true(relativeError(volumeData(through), volumeData((await guided('real').result()).volume)) < 1e-5);
  t.is(twice.plan.items.filter(({ what }) => what.startsWith("derivative of 'real'")).length, 2);
  // told with the plan, before any work
  await t.throwsAsync(guided('and(real,other)').ready, { code: 'MODEL', message: /'and' of two priors does not have/ });
  // weights: nearly all on one is that one
  const first = await run('or(real:1e30, other)', { sampler: 'ancestral', eta: 1 }).result();
  const alone = await run('real', { sampler: 'ancestral', eta: 1 }).result();
  t.true(relativeError(volumeData(first.volume), volumeData(alone.volume)) < 1e-5);
  t.deepEqual(first.manifest.prior!.weights, [1e30, 1]);
  for (const wrong of ['or(real:0,other)', 'or(real:x,other)', 'or(real:,other)', 'or(real:-1,other)']) {
    await t.throwsAsync(run(wrong).result(), { code: 'ARGUMENT', message: /weight of 'real'/ });
  }
  await t.throwsAsync(run('and(real:2,other)').result(), { code: 'ARGUMENT', message: /weights of the superposition 'and'/ });
  await t.throwsAsync(run('or(real,folder/mine.json)').result(), { code: 'ARGUMENT', message: /models add/ });
  await t.throwsAsync(run('or(real)').result(), { message: /two priors or more/ });
  await t.throwsAsync(run('and(real,real,real)').result(), { message: /two priors/ });
  await t.throwsAsync(run('or(real,none)').result(), { message: /no prior 'none'/ });
  await t.throwsAsync(run('or(real,far)').result(), { code: 'MODEL', message: /different ranges/ });
});
