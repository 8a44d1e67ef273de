import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { CLI, inFolder, listing, slicewise } from '../support/cli.js';

test('killed by SIGKILL in the middle, a run resumes from its checkpoint and ends with the bits of an uninterrupted one', async (t) => {
  await inFolder(async (folder) => {
    const scan = ['simulate', 'ct', 'phantom:thorax', '-o', 'scan.h5', '--views', '9', '--size', '48', '--depth', '3', '--photons', '1e5'];
    t.is((await slicewise(folder, scan)).code, 0);
    const recon = (output: string) => [
      'recon',
      'scan.h5',
      '-o',
      output,
      '--method',
      'dds',
      '--prior',
      'ct',
      '--steps',
      '12',
      '--seed',
      '2',
      '--workers',
      '1',
    ];
    const checkpoints = ['--checkpoint', 'state', '--checkpoint-seconds', '0'];
    // killed as soon as the second checkpoint is there, whatever the speed of the machine
    const child = spawn(process.execPath, [CLI, ...recon('b.npy'), ...checkpoints], { cwd: folder, stdio: 'ignore' });
    const ended = once(child, 'close');
    const state = join(folder, 'state');
    while (child.exitCode === null && !(existsSync(state) && listing(state).includes('step-000-000002'))) await setTimeout(5);
    child.kill('SIGKILL');
    const [, signal] = await ended;
    t.is(signal, 'SIGKILL');
    t.false(listing(folder).includes('b.npy'));
    const kept = listing(state).filter((name) => name.startsWith('step-'));
    t.true(kept.length >= 1 && kept.length <= 3 && !kept.includes('step-000-000012'), kept.join());
    t.is((await slicewise(folder, [...recon('b.npy'), ...checkpoints, '--resume'])).code, 0);
    t.is((await slicewise(folder, recon('a.npy'))).code, 0);
    t.deepEqual(readFileSync(join(folder, 'b.npy')), readFileSync(join(folder, 'a.npy')));
  });
});
