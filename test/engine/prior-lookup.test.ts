import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { checkpointFolder } from '../../core/platform/checkpoints.js';
import type { Card } from '../../models/card/card.js';
import { createBackend } from '../../src/node.js';
import { Reconstruction } from '../../src/engine/reconstruct.js';
import { network } from '../support/networks.js';
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
