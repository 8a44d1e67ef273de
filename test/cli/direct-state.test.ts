import { mkdtemp, rm } from 'node:fs/promises';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import * as z from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { checkpointFolder } from '../../core/platform/checkpoints.js';
import { entriesOfScan } from '../../operators/sampling/entries-mask.js';
import type { CommandContext } from '../../src/cli/command.js';
import { recon } from '../../src/cli/recon.js';
import { defineKind, defineModality, registerModality, type DirectMethod } from '../../src/index.js';
import { spectralEntries } from '../../src/modalities/spectral/entries.js';
import { simulateSpectral } from '../../src/modalities/spectral/simulation/simulate.js';
import { spectral } from '../../src/modalities/spectral/spectral.js';
import { writeMeasurement } from '../../volumes/index.js';
import { entries } from '../../volumes/kinds/spectral/kind.js';
import { smallCube } from '../support/cube.js';
import { listing } from '../support/cli.js';

/* Ctrl-C during a direct method, through the command: the signal fires as soon as the command asks for it. */

const STEPS = 4;
const done: number[] = [];

const counting: DirectMethod = {
  schema: z.strictObject({}),
  keepsState: () => true,
  async run(scan, _, { kept, signal }) {
    let sum = kept?.from?.fields.sum ?? new Float32Array(scan.data.length);
    for (let step = kept?.from?.step ?? 0; step < STEPS; step++) {
      if (signal?.aborted) throw new SlicewiseError('ABORTED', { message: 'the run was aborted' });
      sum = sum.map((value) => value + 1);
      done.push(step + 1);
      const now = { step: step + 1, fields: { sum } };
      await kept?.after(async () => now);
    }
    return { data: sum, units: 'arbitrary', map: { scale: 1, offset: 0 } };
  },
};
const { keepsState: _, ...forgetful } = counting;

registerModality(
  defineModality({
    ...{ name: 'counting', title: 'counting', images: ['counting'], options: spectral.options },
    kinds: [
      {
        ...spectralEntries,
        kind: defineKind({ ...entries, name: 'counting.entries' }),
        operator: entriesOfScan,
        method: 'counting',
        direct: { counting, forgetful },
        candidates: undefined,
      },
    ],
  }),
);
const scan = { ...simulateSpectral(smallCube([6, 7, 8]), { noiseStd: 0.1 }), kind: 'counting.entries' };

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

async function withScan(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'slicewise-direct-'));
  try {
    writeFileSync(join(folder, 'scan.h5'), await writeMeasurement('scan.h5', scan));
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
    done.splice(0);
  }
}

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
