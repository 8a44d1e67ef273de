import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import * as z from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { checkpointFolder } from '../../core/platform/checkpoints.js';
import { defineKind, defineModality, reconstruct, registerModality, type DirectMethod } from '../../src/index.js';
import { entriesOfScan } from '../../operators/sampling/entries-mask.js';
import { spectralEntries } from '../../src/modalities/spectral/entries.js';
import { simulateSpectral } from '../../src/modalities/spectral/simulation/simulate.js';
import { spectral } from '../../src/modalities/spectral/spectral.js';
import { entries } from '../../volumes/kinds/spectral/kind.js';
import { smallCube } from '../support/cube.js';

/* A direct method that keeps its state, through the engine and a folder. */

const STEPS = 6;
const done: number[] = [];
let stop = new AbortController();

/** Adds 1 in every step, and is stopped after the third. */
const counting: DirectMethod = {
  schema: z.strictObject({ keeps: z.boolean().default(true) }),
  keepsState: ({ keeps }) => keeps === true,
  async run(scan, _, { kept, signal }) {
    let sum = kept?.from?.fields.sum ?? new Float32Array(scan.data.length);
    for (let step = kept?.from?.step ?? 0; step < STEPS; step++) {
      if (signal?.aborted) throw new SlicewiseError('ABORTED', { message: 'the run was aborted' });
      sum = sum.map((value) => value + 1);
      done.push(step + 1);
      if (step === 2) stop.abort();
      const now = { step: step + 1, fields: { sum } };
      await kept?.after(async () => now);
    }
    return { data: sum, units: 'arbitrary', map: { scale: 1, offset: 0 } };
  },
};

registerModality(
  defineModality({
    ...{ name: 'counting', title: 'counting', images: ['counting'], options: spectral.options },
    kinds: [
      {
        ...spectralEntries,
        kind: defineKind({ ...entries, name: 'counting.entries' }),
        operator: entriesOfScan,
        method: 'counting',
        direct: { counting },
        candidates: undefined,
      },
    ],
  }),
);

const scan = { ...simulateSpectral(smallCube([6, 7, 8]), { noiseStd: 0.1 }), kind: 'counting.entries' };

test.serial('a direct method that keeps its state is stopped and goes on, and another scan is refused', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'slicewise-direct-'));
  try {
    const options = { checkpoint: checkpointFolder(folder), checkpointSeconds: 1000 };
    await t.throwsAsync(reconstruct(scan, { ...options, signal: stop.signal }).result(), { code: 'ABORTED' });
    t.deepEqual(done.splice(0), [1, 2, 3]);
    stop = new AbortController();
    const other = { ...scan, data: scan.data.map((value) => value + 1) };
    await t.throwsAsync(reconstruct(other, { ...options, resume: true }).result(), { code: 'CHECKPOINT' });
    t.deepEqual(done.splice(0), []);
    const { volume } = await reconstruct(scan, { ...options, resume: true }).result();
    t.deepEqual(done.splice(0), [4, 5, 6]);
    t.true(volume.data.every((value) => value === STEPS));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.serial('the first state is told once, and a run that is ended then has written it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'slicewise-direct-'));
  try {
    const checkpoint = checkpointFolder(folder);
    const told: number[] = [];
    const onState = (): void => void told.push(done.length);
    stop = new AbortController();
    await reconstruct(scan, { checkpoint, onState }).result();
    t.deepEqual([told.splice(0), done.splice(0).length], [[1], STEPS]);
    const ended = new AbortController();
    const first = { checkpoint, checkpointSeconds: 1000, signal: ended.signal, onState: () => ended.abort() };
    await t.throwsAsync(reconstruct(scan, first).result(), { code: 'ABORTED' });
    t.deepEqual(done.splice(0), [1]);
    await reconstruct(scan, { checkpoint, onState, resume: true }).result();
    t.deepEqual(done.splice(0), [2, 3, 4, 5, 6]);
    // nothing is told where nothing is kept
    told.splice(0);
    await reconstruct(scan, { onState }).result();
    t.deepEqual(told, []);
    done.splice(0);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.serial('a method that keeps no state says so of checkpoints, and refuses to go on', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'slicewise-direct-'));
  try {
    const checkpoint = checkpointFolder(folder);
    const methodOptions = { keeps: false } as object;
    stop = new AbortController();
    const without = await reconstruct(scan, { checkpoint, methodOptions }).result();
    t.true(without.manifest.warnings.some((text) => /counting keeps no checkpoints.*begins anew/.test(text)));
    const silent = [await reconstruct(scan, { checkpoint }).result(), await reconstruct(scan, { methodOptions }).result()];
    for (const { manifest } of silent) t.false(manifest.warnings.some((text) => /checkpoints/.test(text)));
    done.splice(0);
    const on = reconstruct(scan, { checkpoint, methodOptions, resume: true });
    await t.throwsAsync(on.result(), { code: 'ARGUMENT', message: /counting keeps no state.*Leave --resume out/s });
    t.deepEqual(done, []);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.serial('with options by which it keeps none, and without a folder, nothing is written', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'slicewise-direct-'));
  try {
    const checkpoint = checkpointFolder(folder);
    for (const more of [{ checkpoint, methodOptions: { keeps: false } as object }, {}]) {
      stop = new AbortController();
      await reconstruct(scan, { ...more, checkpointSeconds: 0 }).result();
      t.is(await checkpoint.latest(), undefined);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
