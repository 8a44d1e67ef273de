import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { writeMeasurement } from '../../volumes/index.js';
import { inFolder, listing, slicewise, type Outcome } from '../support/cli.js';
import { smallScan } from '../support/scans.js';

/** By a signal, or by the program's own answer to it. */
const interrupted = ({ code, signal }: Outcome): boolean => signal === 'SIGINT' || code === 130;

/** Sends one Ctrl-C as soon as the program has said something. */
function once(pattern: RegExp): (err: string, kill: (signal: NodeJS.Signals) => void) => void {
  let sent = false;
  return (err, kill) => {
    if (sent || !pattern.test(err)) return;
    sent = true;
    kill('SIGINT');
  };
}

test('Ctrl-C ends a run that waits for its file', (t) =>
  inFolder(async (folder) => {
    if (process.platform === 'win32') return t.pass('no named pipes here');
    // a pipe that nobody writes into: this run never gets further
    t.is(spawnSync('mkfifo', [join(folder, 'scan.npy')]).status, 0);
    const line = 'recon scan.npy --geometry parallel --angles 0:180:10 --pitch 1 -o out.nii --verbose'.split(' ');
    const outcome = await slicewise(folder, line, once(/^phase: reading$/m));
    t.true(interrupted(outcome), outcome.err);
    t.deepEqual(listing(folder), ['scan.npy']);
  }));

for (const phase of ['plan', 'geometry', 'norm', 'support']) {
  test(`Ctrl-C in the phase '${phase}', or soon after, ends the run and leaves no result`, (t) =>
    inFolder(async (folder) => {
      const { scan } = await smallScan(2, 32, 12);
      writeFileSync(join(folder, 'scan.h5'), await writeMeasurement('scan.h5', scan));
      // so many iterations that it cannot come to its end
      const line = 'recon scan.h5 -o out.nii --method sirt --iterations 10000000 --verbose'.split(' ');
      const outcome = await slicewise(folder, line, once(new RegExp(`^phase: ${phase}$`, 'm')));
      t.true(interrupted(outcome), outcome.err);
      t.deepEqual(
        listing(folder).filter((name) => name !== 'out.nii.checkpoint'),
        ['scan.h5'],
      );
    }));
}
