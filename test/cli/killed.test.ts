import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { inFolder, listing, slicewise } from '../support/cli.js';

test('killed by SIGKILL in the middle, a run resumes from its checkpoint and ends with the bits of an uninterrupted one', async (t) => {
  await inFolder(async (folder) => {
    const scan = ['simulate', 'ct', 'phantom:thorax', '-o', 'scan.h5', '--views', '9', '--size', '48', '--depth', '3', '--photons', '1e5'];
    t.is((await slicewise(folder, scan)).code, 0);
    const recon = (output: string) =>
      ['recon', 'scan.h5', '-o', output, '--method', 'dds', '--prior', 'ct', '--steps', '8', '--seed', '2', '--workers', '1'];
    const checkpoints = ['--checkpoint', 'state', '--checkpoint-seconds', '0'];
    let killed = false;
    const outcome = await slicewise(folder, [...recon('b.npy'), ...checkpoints], (err, kill) => {
      if (killed || !/step [3-7]\/8/.test(err)) return;
      killed = true;
      kill('SIGKILL');
    });
    t.true(killed);
    t.is(outcome.code, null); // ended by the signal
    t.false(listing(folder).includes('b.npy'));
    const kept = listing(join(folder, 'state')).filter((name) => name.startsWith('step-'));
    t.true(kept.length >= 1 && kept.length <= 3 && !kept.includes('step-000-000008'), kept.join());
    t.is((await slicewise(folder, [...recon('b.npy'), ...checkpoints, '--resume'])).code, 0);
    t.is((await slicewise(folder, recon('a.npy'))).code, 0);
    t.deepEqual(readFileSync(join(folder, 'b.npy')), readFileSync(join(folder, 'a.npy')));
  });
});
