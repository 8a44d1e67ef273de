import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { SlicewiseError } from '../../core/errors.js';
import { checkpointFolder } from '../../core/platform/checkpoints.js';
import type { CommandContext } from '../../src/cli/command.js';
import { recon } from '../../src/cli/recon.js';
import { writeMeasurement } from '../../volumes/index.js';
import { inFolder, listing } from '../support/cli.js';
import { countingModality } from '../support/counting-method.js';

/* Ctrl-C during a direct method, through the command: the signal fires as soon as the command asks for it. */

const { scan, done } = countingModality(4);

/** `recon` in this process. @param ends whether Ctrl-C comes as soon as it is heard */
async function run(folder: string, flags: object, ends = false): Promise<{ notes: string; asked: number }> {
  const notes: string[] = [];
  let asked = 0;
  const context: CommandContext = {
    terminal: { out: () => undefined, note: (text) => void notes.push(text), interactive: false },
    interruptible() {
      asked++;
      return ends ? AbortSignal.abort(new Error('interrupted')) : new AbortController().signal;
    },
    leaveNothing: () => undefined,
    line: ['recon', 'scan.h5'],
  };
  const given = { output: join(folder, 'out.npy'), backend: 'cpu', force: true, ...flags };
  try {
    await recon.run([join(folder, 'scan.h5')], given as never, context);
  } catch (error) {
    notes.push(`${(error as SlicewiseError).code}: ${(error as Error).message}`);
  }
  return { notes: notes.join('\n'), asked };
}

const withScan = (work: (folder: string) => Promise<void>): Promise<void> =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'scan.h5'), await writeMeasurement('scan.h5', scan));
    await work(folder).finally(() => done.splice(0));
  });

for (const named of [false, true]) {
  test.serial(`Ctrl-C ends a direct method that keeps its state after a step, ${named ? 'in a folder that was named' : 'beside'}`, (t) =>
    withScan(async (folder) => {
      const state = join(folder, named ? 'state' : 'out.npy.checkpoint');
      const flags = { method: 'counting', ...(named ? { checkpoint: state } : {}) };
      const ended = await run(folder, flags, true);
      t.regex(ended.notes, /the state is kept in [\s\S]*--resume[\s\S]*ABORTED/);
      t.deepEqual([done.splice(0), ended.asked], [[1], 1]);
      t.false(listing(folder).includes('out.npy'));
      t.truthy(await checkpointFolder(state).latest());
      const on = await run(folder, { ...flags, resume: true });
      t.notRegex(on.notes, /ABORTED|keeps no/);
      t.deepEqual(done.splice(0), [2, 3, 4]);
      t.true(listing(folder).includes('out.npy'));
    }),
  );
}

test.serial('a method that keeps no state is never made to wait for a step, and says so where checkpoints are asked for', (t) =>
  withScan(async (folder) => {
    const silent = await run(folder, { method: 'forgetful' }, true);
    t.deepEqual([done.splice(0), silent.asked], [[1, 2, 3, 4], 0]);
    t.notRegex(silent.notes, /checkpoint/);
    const checkpoint = join(folder, 'state');
    const told = await run(folder, { method: 'forgetful', checkpoint });
    t.regex(told.notes, /warning: forgetful keeps no checkpoints/);
    t.deepEqual(listing(folder), ['out.npy', 'scan.h5']);
    done.splice(0);
    const on = await run(folder, { method: 'forgetful', checkpoint, resume: true });
    t.regex(on.notes, /ARGUMENT: forgetful keeps no state/);
    t.deepEqual(done, []);
  }),
);
